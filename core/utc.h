/* Points in time as people and logs write them. */
#ifndef VESPA_CORE_UTC_H
#define VESPA_CORE_UTC_H

#include <stddef.h>
#include <time.h>

/* Enough for a time of vespa_utc_print, its zero included. */
#define VESPA_UTC_ROOM sizeof("2025-01-31T12:34:56.789Z")

/* Writes a time from 1970 to 9999 as ISO 8601 with milliseconds, "2025-01-31T12:34:56.789Z",
 * without a lock (gmtime_r takes that of the time zone: in a forked child it may stay locked for
 * ever). */
void vespa_utc_print(struct timespec at, char to[static VESPA_UTC_ROOM]);

#endif

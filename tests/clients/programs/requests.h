/* The requests of the command line, as easy handles that the program's own loop drives. */
#ifndef VESPA_TESTS_CLIENTS_PROGRAMS_REQUESTS_H
#define VESPA_TESTS_CLIENTS_PROGRAMS_REQUESTS_H

#include <curl/curl.h>

/* Adds each of them; returns how many. */
int requests_add(CURLM *multi, int argc, char **argv);

/* Reads the messages of the multi handle and prints what is over; returns how many were. Ends the
 * program when `running`, the number that libcurl gave, is not what is left. */
int requests_tell(CURLM *multi, int running);

#endif

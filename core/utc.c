/* The Gregorian calendar, counted in years that begin on the first of March: the leap day is then
 * the last of its year, and the lengths of the months follow one formula. */
#include "core/utc.h"

enum {
    DAYS_TO_1970 = 719468, /* from the first of March of year 0 */
    DAYS_IN_ERA = 146097,  /* 400 years */
    DAY = 86400            /* seconds */
};

/* Digits with zeros before them, and what stands behind. */
static char *put(char *to, unsigned number, size_t digits, char behind)
{
    for (size_t i = digits; i > 0; i--) {
        to[i - 1] = (char)('0' + number % 10);
        number /= 10;
    }
    to[digits] = behind;
    return to + digits + 1;
}

void vespa_utc_print(struct timespec at, char to[static VESPA_UTC_ROOM])
{
    unsigned long long seconds = (unsigned long long)at.tv_sec;
    unsigned days = (unsigned)(seconds / DAY) + DAYS_TO_1970;
    unsigned second = (unsigned)(seconds % DAY);

    unsigned era = days / DAYS_IN_ERA;
    unsigned day = days % DAYS_IN_ERA;
    unsigned year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
    day -= 365 * year + year / 4 - year / 100;
    unsigned month = (5 * day + 2) / 153; /* 0: March */
    day -= (153 * month + 2) / 5;

    to = put(to, era * 400 + year + (month >= 10), 4, '-');
    to = put(to, month < 10 ? month + 3 : month - 9, 2, '-');
    to = put(to, day + 1, 2, 'T');
    to = put(to, second / 3600, 2, ':');
    to = put(to, second / 60 % 60, 2, ':');
    to = put(to, second % 60, 2, '.');
    to = put(to, (unsigned)(at.tv_nsec / 1000000), 3, 'Z');
    *to = '\0';
}

/* The numbers of curl_multi_get_offt. */
#include "shim/multi_numbers.h"

/* Whether the flight has something in the real multi handle: its leg, or its call. */
static bool is_in(const struct vespa_flight *flight)
{
    return flight->added || flight->asker;
}

static curl_off_t count_in(const struct vespa_multi *multi)
{
    curl_off_t count = 0;
    for (const struct vespa_flight *flight = multi->flights; flight; flight = flight->next)
        count += is_in(flight);
    return count;
}

/* A flight has one handle at a time in the real multi handle, so that one which is pending there
 * stands for a request that is: these need no correction. */
curl_off_t vespa_multi_own_number(const struct vespa_multi *multi, int what, curl_off_t real)
{
    curl_off_t in = count_in(multi);
    curl_off_t unfinished = multi->unfinished;
    switch (what) {
    case VESPA_XFERS_CURRENT:
        return real - in + multi->flight_count;
    case VESPA_XFERS_RUNNING:
        return real - multi->running + unfinished;
    case VESPA_XFERS_DONE:
        return real - (in - multi->running) + multi->flight_count - unfinished;
    case VESPA_XFERS_ADDED:
        return real - multi->put_in + multi->begun;
    default:
        return real;
    }
}

/*
 * Many calls of curl_easy_setopt with an option that the shim does not track; prints the
 * nanoseconds of one.
 *
 *   setopts CALLS
 */
#include "tests/bench/programs/timing.h"

#include <curl/curl.h>

int main(int count, char **arguments)
{
    if (count != 2) {
        fprintf(stderr, "usage: setopts CALLS\n");
        return 2;
    }
    unsigned long calls = strtoul(arguments[1], NULL, 10);
    CURL *easy = curl_easy_init();
    if (!easy)
        return 1;
    uint64_t began_ns = now_ns();
    for (unsigned long i = 0; i < calls; i++)
        curl_easy_setopt(easy, CURLOPT_MAXCONNECTS, (long)(i & 1));
    printf("%.2f\n", (double)(now_ns() - began_ns) / (double)calls);
    curl_easy_cleanup(easy);
    return 0;
}

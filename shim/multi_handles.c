/* curl_multi_get_handles. */
#include "shim/multi_handles.h"

#include <stdlib.h>
#include <string.h>

/* An array of libcurl's own allocator, for the application gives it to curl_free. */
static CURL **allocate(const struct vespa_multi *multi, size_t count)
{
    size_t bytes = count * sizeof(CURL *);
    char *filler = malloc(bytes);
    char *array = NULL;
    if (filler) {
        memset(filler, 'a', bytes); /* stays as long as it is when it is escaped */
        array = multi->api->easy_escape(NULL, filler, (int)bytes);
    }
    free(filler);
    return (CURL **)(void *)array;
}

CURL **vespa_multi_own_handles(struct vespa_multi *multi, CURL **handles)
{
    size_t count = 0, kept = 0;
    while (handles && handles[count])
        count++;
    for (const struct vespa_flight *flight = multi->flights; flight; flight = flight->next)
        count++;
    CURL **own = allocate(multi, count + 1);
    for (CURL **handle = handles; own && handle && *handle; handle++)
        if (!vespa_flight_of_call(*handle))
            own[kept++] = *handle;
    for (const struct vespa_flight *flight = multi->flights; own && flight; flight = flight->next)
        if (!flight->added)
            own[kept++] = flight->easy;
    if (own)
        own[kept] = NULL;
    multi->api->free((void *)handles);
    return own;
}

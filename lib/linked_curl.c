/* The linked libcurl as a table. */
#include "lib/linked_curl.h"

const struct vespa_curl_api *vespa_linked_curl(void)
{
    static const struct vespa_curl_api table = {
        .easy_init = curl_easy_init,
        .easy_setopt = curl_easy_setopt,
        .easy_perform = curl_easy_perform,
        .easy_getinfo = curl_easy_getinfo,
        .easy_cleanup = curl_easy_cleanup,
        .easy_reset = curl_easy_reset,
        .easy_duphandle = curl_easy_duphandle,
        .easy_strerror = curl_easy_strerror,
        .slist_free_all = curl_slist_free_all,
        .free = curl_free,
        .version_info = curl_version_info,
        .url = curl_url,
        .url_cleanup = curl_url_cleanup,
        .url_set = curl_url_set,
        /* without the const before 8.0 */
        .url_get = (CURLUcode(*)(const CURLU *, CURLUPart, char **, unsigned int))curl_url_get,
        .global_cleanup = curl_global_cleanup,
        .easy_pause = curl_easy_pause,
        .easy_escape = curl_easy_escape,
        .multi_init = curl_multi_init,
        .multi_setopt = curl_multi_setopt,
        .multi_add_handle = curl_multi_add_handle,
        .multi_remove_handle = curl_multi_remove_handle,
        .multi_perform = curl_multi_perform,
        .multi_socket_action = curl_multi_socket_action,
        .multi_socket = curl_multi_socket,
        .multi_socket_all = curl_multi_socket_all,
        .multi_timeout = curl_multi_timeout,
        .multi_wait = curl_multi_wait,
        .multi_poll = curl_multi_poll,
        .multi_info_read = curl_multi_info_read,
        .multi_cleanup = curl_multi_cleanup,
    };
    return &table;
}

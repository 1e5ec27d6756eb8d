/*
 * libcurl as a table. Everything that transfers reaches libcurl through one of these, filled with
 * the linked libcurl (lib, cli) or with the real functions of one of the libcurls in a foreign
 * process (shim). Floor: libcurl 7.74.
 */
#ifndef VESPA_CORE_CURL_API_H
#define VESPA_CORE_CURL_API_H

#ifndef CURL_DISABLE_TYPECHECK
#define CURL_DISABLE_TYPECHECK
#endif
/* The names of old options stay usable: applications use them. */
#define CURL_DISABLE_DEPRECATION
#include <curl/curl.h>

/* struct curl_header (curl/header.h of 7.83), which is newer than our floor. */
struct vespa_curl_header {
    char *name;
    char *value;
    size_t amount; /* so many of that name there are */
    size_t index;  /* of these, this is number … */
    unsigned origin;
    void *anchor;
};

struct vespa_curl_api {
    CURL *(*easy_init)(void);
    CURLcode (*easy_setopt)(CURL *, CURLoption, ...);
    CURLcode (*easy_perform)(CURL *);
    CURLcode (*easy_getinfo)(CURL *, CURLINFO, ...);
    void (*easy_cleanup)(CURL *);
    void (*easy_reset)(CURL *);
    CURL *(*easy_duphandle)(CURL *);
    const char *(*easy_strerror)(CURLcode);
    void (*slist_free_all)(struct curl_slist *);
    void (*free)(void *);
    curl_version_info_data *(*version_info)(CURLversion);
    CURLU *(*url)(void);
    void (*url_cleanup)(CURLU *);
    CURLUcode (*url_set)(CURLU *, CURLUPart, const char *, unsigned int);
    CURLUcode (*url_get)(const CURLU *, CURLUPart, char **, unsigned int);
    void (*global_cleanup)(void);
    CURLcode (*easy_pause)(CURL *, int);
    char *(*easy_escape)(CURL *, const char *, int);
    CURLM *(*multi_init)(void);
    CURLMcode (*multi_setopt)(CURLM *, CURLMoption, ...);
    CURLMcode (*multi_add_handle)(CURLM *, CURL *);
    CURLMcode (*multi_remove_handle)(CURLM *, CURL *);
    CURLMcode (*multi_perform)(CURLM *, int *);
    CURLMcode (*multi_socket_action)(CURLM *, curl_socket_t, int, int *);
    CURLMcode (*multi_socket)(CURLM *, curl_socket_t, int *);
    CURLMcode (*multi_socket_all)(CURLM *, int *);
    CURLMcode (*multi_timeout)(CURLM *, long *);
    CURLMcode (*multi_wait)(CURLM *, struct curl_waitfd *, unsigned int, int, int *);
    CURLMcode (*multi_poll)(CURLM *, struct curl_waitfd *, unsigned int, int, int *);
    CURLMsg *(*multi_info_read)(CURLM *, int *);
    CURLMcode (*multi_cleanup)(CURLM *);
    int (*easy_header)(CURL *, const char *, size_t, unsigned, int,
                       struct vespa_curl_header **); /* NULL before 7.83 */
    struct vespa_curl_header *(*easy_nextheader)(CURL *, unsigned, int,
                                                 struct vespa_curl_header *); /* likewise */
    CURL **(*multi_get_handles)(CURLM *);                                     /* NULL before 8.4 */
    CURLMcode (*multi_get_offt)(CURLM *, int, curl_off_t *);                  /* NULL before 8.16 */
};

#endif

/*
 * A user of libcurl: one request, begun and finished, with the functions that CALL names. Prints
 *
 *     LABEL result 0 status 200 by GnuTLS/3.7.9 with a handle of GnuTLS answer {"from":"LABEL"}
 *
 * Included by what reaches libcurl as a linker does it (client.c) and by what looks it up (ffi.c).
 */
#ifndef VESPA_TESTS_LAYOUTS_USER_H
#define VESPA_TESTS_LAYOUTS_USER_H

#ifndef CURL_DISABLE_TYPECHECK
#define CURL_DISABLE_TYPECHECK
#endif
#include <curl/curl.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct user {
    CURL *easy;
    struct curl_slist *headers;
    char label[64];
    char url[256];
    char body[128];
    char answer[512];
    size_t answer_length;
};

static size_t user_take(char *bytes, size_t size, size_t count, void *context)
{
    struct user *user = context;
    size_t room = sizeof user->answer - 1 - user->answer_length;
    size_t length = size * count < room ? size * count : room;
    memcpy(user->answer + user->answer_length, bytes, length);
    user->answer_length += length;
    return size * count;
}

static const char *user_backend(const struct curl_tlssessioninfo *session)
{
    if (session && session->backend == CURLSSLBACKEND_OPENSSL)
        return "OpenSSL";
    return session && session->backend == CURLSSLBACKEND_GNUTLS ? "GnuTLS" : "nobody";
}

#define USER_BEGIN(user, name, made)                                                  \
    do {                                                                              \
        const char *host = getenv("LAYOUT_URL");                                      \
        snprintf((user)->label, sizeof(user)->label, "%s", (name));                   \
        snprintf((user)->url, sizeof(user)->url, "%s/echo?from=%s",                   \
                 host ? host : "http://my-endpoint.vespa.internal", (name));          \
        snprintf((user)->body, sizeof(user)->body, "{\"from\":\"%s\"}", (name));      \
        (user)->easy = (made);                                                        \
        (user)->headers = CALL(slist_append)(NULL, "Content-Type: application/json"); \
        CALL(easy_setopt)((user)->easy, CURLOPT_URL, (user)->url);                    \
        CALL(easy_setopt)((user)->easy, CURLOPT_HTTPHEADER, (user)->headers);         \
        CALL(easy_setopt)((user)->easy, CURLOPT_POSTFIELDS, (user)->body);            \
        CALL(easy_setopt)((user)->easy, CURLOPT_WRITEFUNCTION, user_take);            \
        CALL(easy_setopt)((user)->easy, CURLOPT_WRITEDATA, (user));                   \
        CALL(easy_setopt)((user)->easy, CURLOPT_TIMEOUT, 20L);                        \
    } while (0)

#define USER_REPORT(user, result)                                                                 \
    do {                                                                                          \
        long status = 0;                                                                          \
        struct curl_tlssessioninfo *session = NULL;                                               \
        const char *ssl = CALL(version_info)(CURLVERSION_NOW)->ssl_version;                       \
        CALL(easy_getinfo)((user)->easy, CURLINFO_RESPONSE_CODE, &status);                        \
        CALL(easy_getinfo)((user)->easy, CURLINFO_TLS_SSL_PTR, &session);                         \
        printf("%s result %d status %ld by %s with a handle of %s answer %s\n", (user)->label,    \
               (int)(result), status, ssl ? ssl : "none", user_backend(session), (user)->answer); \
        fflush(stdout);                                                                           \
        CALL(slist_free_all)((user)->headers);                                                    \
        CALL(easy_cleanup)((user)->easy);                                                         \
    } while (0)

/* In a multi handle, as an application drives it. */
#define USER_MULTI(user, result)                                       \
    do {                                                               \
        CURLM *multi = CALL(multi_init)();                             \
        int running = 1, left;                                         \
        CALL(multi_add_handle)(multi, (user)->easy);                   \
        while (running) {                                              \
            CALL(multi_perform)(multi, &running);                      \
            if (running)                                               \
                CALL(multi_poll)(multi, NULL, 0, 1000, NULL);          \
        }                                                              \
        CURLMsg *message = CALL(multi_info_read)(multi, &left);        \
        (result) = message ? message->data.result : CURLE_FAILED_INIT; \
        CALL(multi_remove_handle)(multi, (user)->easy);                \
        CALL(multi_cleanup)(multi);                                    \
    } while (0)

#endif

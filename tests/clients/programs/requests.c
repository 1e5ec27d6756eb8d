/* The requests of the command line. */
#include "tests/clients/programs/requests.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct request {
    int number;
    bool stream;
    char *received;
    size_t length;
};

static struct curl_slist *headers;
static int unfinished;

static size_t receive(char *data, size_t size, size_t count, void *context)
{
    struct request *request = context;
    size_t length = size * count;
    if (request->stream) {
        fwrite(data, 1, length, stdout);
        fflush(stdout);
    } else {
        char *received = realloc(request->received, request->length + length);
        if (!received)
            return 0;
        memcpy(received + request->length, data, length);
        request->received = received;
    }
    request->length += length;
    return length;
}

static void add(CURLM *multi, int number, const char *url, const char *body)
{
    struct request *request = calloc(1, sizeof *request);
    CURL *easy = curl_easy_init();
    if (!request || !easy)
        abort();
    request->number = number;
    request->stream = strstr(url, "/stream/") != NULL;
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "client/1");
    curl_easy_setopt(easy, CURLOPT_PRIVATE, request);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, receive);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, request);
    if (*body) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS, body);
        curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
    }
    curl_multi_add_handle(multi, easy);
    unfinished++;
}

int requests_add(CURLM *multi, int argc, char **argv)
{
    headers = curl_slist_append(NULL, "Content-Type: application/json");
    for (int i = 1; i + 1 < argc; i += 2)
        add(multi, i / 2, argv[i], argv[i + 1]);
    return unfinished;
}

static void report(CURL *easy, CURLcode error)
{
    struct request *request;
    long status = 0;
    const char *type = NULL;
    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&request);
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
    curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
    if (!request->stream && request->length)
        fwrite(request->received, 1, request->length, stdout);
    printf("\n%d %ld %s %zu %d\n", request->number, status, type ? type : "-", request->length,
           (int)error);
    fflush(stdout);
    free(request->received);
    free(request);
}

int requests_tell(CURLM *multi, int running)
{
    int told = 0, left = 0;
    for (CURLMsg *message; (message = curl_multi_info_read(multi, &left)); told++) {
        CURL *easy = message->easy_handle;
        report(easy, message->data.result);
        curl_multi_remove_handle(multi, easy);
        curl_easy_cleanup(easy);
    }
    unfinished -= told;
    if (running != unfinished) {
        fprintf(stderr, "%d are running, and %d are not finished\n", running, unfinished);
        exit(1);
    }
    if (unfinished == 0)
        curl_slist_free_all(headers);
    return told;
}

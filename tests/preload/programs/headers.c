/*
 * An ordinary program that asks libcurl for the headers of an answer (curl_easy_header and
 * curl_easy_nextheader, 7.83) and prints what it is told. Knows nothing of the shim.
 *
 *     headers [multi] ACTION…
 *
 *     URL               sends a request with a JSON body there, with an easy or a multi handle
 *     reset             curl_easy_reset
 *     next              "next NAME=VALUE INDEX/AMOUNT" for each that curl_easy_nextheader gives
 *     get:NAME:INDEX    "get NAME=VALUE INDEX/AMOUNT" or "get CODE", of curl_easy_header
 *     early:NAME        the same from inside the header callback of the next request, at its last
 * line
 *
 * A line of the header callback is printed as "line TEXT".
 */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if LIBCURL_VERSION_NUM >= 0x075300

#define ANY (CURLH_HEADER | CURLH_TRAILER | CURLH_CONNECT | CURLH_1XX)

static CURL *easy;
static const char *early;

static void print(const char *what, const struct curl_header *header)
{
    printf("%s %s=%s %zu/%zu\n", what, header->name, header->value, header->index, header->amount);
}

static void get(const char *name, size_t index)
{
    struct curl_header *header = NULL;
    CURLHcode code = curl_easy_header(easy, name, index, ANY, -1, &header);
    if (code)
        printf("get %d%s\n", (int)code, header ? " and a header" : "");
    else
        print("get", header);
}

static void next(void)
{
    struct curl_header *header = NULL;
    while ((header = curl_easy_nextheader(easy, ANY, -1, header)) != NULL)
        print("next", header);
}

static size_t tell_line(char *bytes, size_t size, size_t count, void *user)
{
    (void)user;
    int length = (int)(size * count);
    printf("line %.*s\n", (int)strcspn(bytes, "\r\n"), bytes);
    if (early && length == 2)
        get(early, 0);
    return size * count;
}

static size_t pass_over(char *bytes, size_t size, size_t count, void *user)
{
    (void)bytes;
    (void)user;
    return size * count;
}

static CURLcode perform_in(CURLM *multi)
{
    CURLcode result = CURLE_FAILED_INIT;
    int running = 1, left;
    curl_multi_add_handle(multi, easy);
    while (running) {
        curl_multi_perform(multi, &running);
        if (running)
            curl_multi_poll(multi, NULL, 0, 1000, NULL);
    }
    const CURLMsg *message = curl_multi_info_read(multi, &left);
    if (message)
        result = message->data.result;
    curl_multi_remove_handle(multi, easy);
    return result;
}

static void request(const char *url, CURLM *multi)
{
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "{\"a\":1}");
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, tell_line);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, pass_over);
    printf("result %d\n", (int)(multi ? perform_in(multi) : curl_easy_perform(easy)));
}

static void get_as_said(const char *said)
{
    char name[128];
    unsigned index;
    if (sscanf(said, "%127[^:]:%u", name, &index) == 2)
        get(name, index);
}

static void act(const char *action, CURLM *multi)
{
    if (strcmp(action, "reset") == 0)
        curl_easy_reset(easy);
    else if (strcmp(action, "next") == 0)
        next();
    else if (strncmp(action, "get:", 4) == 0)
        get_as_said(action + 4);
    else if (strncmp(action, "early:", 6) == 0)
        early = action + 6;
    else
        request(action, multi);
}

int main(int argc, char **argv)
{
    int at = 1;
    CURLM *multi = NULL;
    curl_global_init(CURL_GLOBAL_ALL);
    if (argc > 1 && strcmp(argv[1], "multi") == 0) {
        multi = curl_multi_init();
        at++;
    }
    easy = curl_easy_init();
    for (; at < argc; at++)
        act(argv[at], multi);
    curl_easy_cleanup(easy);
    if (multi)
        curl_multi_cleanup(multi);
    curl_global_cleanup();
    return 0;
}

#else

int main(void)
{
    puts("no such functions");
    return 0;
}

#endif

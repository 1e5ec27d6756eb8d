/*
 * Requests that are not for a virtual host: the same bytes on the wire, the same results and the
 * same callbacks in the same order, with the shim and without.
 */
#include "tests/preload/received.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_WORDS = 24 };

#define INFO                                                                                       \
    "info=EFFECTIVE_URL,EFFECTIVE_METHOD,SCHEME,PROTOCOL,HTTP_VERSION,RESPONSE_CODE,CONTENT_TYPE," \
    "REDIRECT_URL,REDIRECT_COUNT,SIZE_DOWNLOAD_T,SIZE_UPLOAD_T,CONTENT_LENGTH_DOWNLOAD_T,"         \
    "CONTENT_LENGTH_UPLOAD_T,NUM_CONNECTS,HEADER_SIZE,REQUEST_SIZE,CONDITION_UNMET,PRIMARY_IP,"    \
    "PRIMARY_PORT,HTTPAUTH_AVAIL,COOKIELIST,REFERER,PRIVATE,OS_ERRNO"

/* "URL=/…" is a path of the recording server. All have callbacks that tell what they got. */
typedef const char *const sequence[MOST_WORDS];

static bool is_path(const char *action)
{
    return strncmp(action, "URL=/", 5) == 0 || strncmp(action, "curlu=/", 7) == 0;
}

static void make_actions(struct received *r, const char *const *words, char **actions)
{
    unsigned port = vespa_recorder_port(r->recorder);
    size_t count = 0;
    actions[count++] = strdup("ERRORBUFFER=own");
    actions[count++] = strdup("WRITEFUNCTION=stream");
    actions[count++] = strdup("HEADERFUNCTION=collect");
    for (size_t i = 0; i < MOST_WORDS && words[i]; i++) {
        char text[512];
        const char *equals = strchr(words[i], '=');
        if (is_path(words[i]))
            snprintf(text, sizeof text, "%.*s=http://127.0.0.1:%u%s", (int)(equals - words[i]),
                     words[i], port, equals + 1);
        else
            snprintf(text, sizeof text, "%s", words[i]);
        actions[count++] = strdup(text);
    }
    actions[count++] = strdup("error");
    actions[count++] = strdup(INFO);
    actions[count] = NULL;
}

static void assert_same_bytes(const char *with, size_t with_length, const char *without,
                              size_t without_length)
{
    if (with_length != without_length || memcmp(with, without, with_length) != 0)
        fail_msg("on the wire with the shim:\n%s\nand without:\n%s", with, without);
}

/* How long libcurl tried differs from run to run: "after 1 ms" becomes "after N ms". */
static void hide_times(char *text)
{
    for (char *at = text; (at = strstr(at, " after ")) != NULL;) {
        at += strlen(" after ");
        size_t digits = strspn(at, "0123456789");
        if (!digits || strncmp(at + digits, " ms", 3) != 0)
            continue;
        *at = 'N';
        memmove(at + 1, at + digits, strlen(at + digits) + 1);
    }
}

static void assert_same(struct received *r, const char *const *words)
{
    char *actions[MOST_WORDS + 8];
    size_t plain_length, shim_length;
    make_actions(r, words, actions);
    received_plain_list(r, (const char *const *)actions);
    char *plain = vespa_recorder_take(r->recorder, &plain_length);
    char *output = strdup(r->result.out);
    received_easy_list(r, NULL, (const char *const *)actions);
    char *shim = vespa_recorder_take(r->recorder, &shim_length);
    assert_same_bytes(shim, shim_length, plain, plain_length);
    hide_times(output);
    hide_times(r->result.out);
    assert_string_equal(r->result.out, output);
    assert_string_equal(r->result.err, "");
    free(plain);
    free(shim);
    free(output);
    for (size_t i = 0; actions[i]; i++)
        free(actions[i]);
}

static void assert_all_same(void **state, sequence *sequences, size_t count)
{
    struct received *r = *state;
    for (size_t i = 0; i < count; i++) {
        print_message("sequence %zu: %s\n", i, sequences[i][0]);
        assert_same(r, sequences[i]);
    }
    assert_int_equal(received_routes(r), 0);
    assert_int_equal(received_requests(r), 0);
}

#define ALL_SAME(...)                                                            \
    do {                                                                         \
        static sequence sequences[] = {__VA_ARGS__};                             \
        assert_all_same(state, sequences, sizeof sequences / sizeof *sequences); \
    } while (0)

static void requests_without_a_body(void **state)
{
    ALL_SAME({"URL=/a?x=1&key=kept#f", "perform"}, {"URL=/a", "NOBODY=1", "perform"},
             {"URL=/a", "CUSTOMREQUEST=DELETE", "perform"}, {"URL=/a", "HTTPGET=1", "perform"},
             {"curlu=/a?b", "perform"}, {"URL=/vespa.internal", "perform"},
             {"URL=/x/../a/./b", "perform"}, {"URL=/x/../a/./b", "PATH_AS_IS=1", "perform"},
             {"URL=/a", "REQUEST_TARGET=*", "CUSTOMREQUEST=OPTIONS", "perform"});
}

static void requests_with_a_body_in_memory(void **state)
{
    ALL_SAME({"URL=/a", "POSTFIELDS=not json", "perform", "perform"},
             {"URL=/a", "POSTFIELDS=cut here", "POSTFIELDSIZE=3", "perform"},
             {"URL=/a", "POSTFIELDSIZE=3", "POSTFIELDS=cut here", "perform"},
             {"URL=/a", "POSTFIELDS=", "perform"},
             {"URL=/a", "COPYPOSTFIELDS=copied", "perform", "perform"},
             {"URL=/a", "POSTFIELDSIZE=4", "COPYPOSTFIELDS=copied", "perform", "dup", "perform"},
             {"URL=/a", "POSTFIELDS=x", "CUSTOMREQUEST=PATCH", "perform"},
             {"URL=/a", "POSTFIELDS=x", "HTTPHEADER=Expect: 100-continue", "perform"});
}

static void requests_with_a_body_from_a_callback(void **state)
{
    ALL_SAME(
        {"URL=/a", "POST=1", "READFUNCTION=body", "body=some text", "perform"},
        {"URL=/a", "POST=1", "READFUNCTION=small", "body=some more text", "perform"},
        {"URL=/a", "POST=1", "READFUNCTION=body", "body=some text", "POSTFIELDSIZE=9", "perform"},
        {"URL=/a", "UPLOAD=1", "READFUNCTION=body", "body=some text", "perform"},
        {"URL=/a", "UPLOAD=1", "READFUNCTION=small", "body=some text", "INFILESIZE=9", "perform"},
        {"URL=/a", "UPLOAD=1", "READFUNCTION=pause", "body=some text", "INFILESIZE=9",
         "XFERINFOFUNCTION=count", "NOPROGRESS=0", "perform"},
        {"URL=/a", "UPLOAD=1", "READFUNCTION=abort", "INFILESIZE=9",
         "HTTPHEADER=Expect:", "perform"},
        {"URL=/a", "UPLOAD=1", "READFUNCTION=body", "body=\na\n", "CRLF=1", "perform"});
}

static void redirects(void **state)
{
    ALL_SAME({"URL=/redirect", "perform"}, {"URL=/redirect", "FOLLOWLOCATION=1", "perform"},
             {"URL=/redirect", "FOLLOWLOCATION=1", "POSTFIELDS=x", "perform"},
             {"URL=/redirect", "FOLLOWLOCATION=1", "POSTFIELDS=x", "POSTREDIR=7", "perform"},
             {"URL=/again", "FOLLOWLOCATION=1", "POSTFIELDS=x", "AUTOREFERER=1", "perform"},
             {"URL=/again", "FOLLOWLOCATION=1", "UPLOAD=1", "READFUNCTION=body",
              "SEEKFUNCTION=body", "body=again", "perform"},
             {"URL=/redirect", "FOLLOWLOCATION=1", "MAXREDIRS=0", "perform"});
}

static void headers_and_credentials(void **state)
{
    ALL_SAME({"URL=/a", "USERPWD=user:word", "perform"},
             {"URL=/locked", "USERPWD=user:word", "HTTPAUTH=-17", "perform"},
             {"URL=/a", "XOAUTH2_BEARER=token", "HTTPAUTH=64", "perform"},
             {"URL=/a", "HTTPHEADER=Authorization: Bearer x|X-Api-Key: y|Accept:|Empty;",
              "USERAGENT=agent/1", "REFERER=http://somewhere/", "COOKIE=a=b", "perform"},
             {"URL=/a", "RANGE=1-2", "ACCEPT_ENCODING=", "perform"},
             {"URL=/a", "RESUME_FROM=3", "perform"},
             {"URL=/a", "TIMECONDITION=1", "TIMEVALUE=1000000000", "perform"},
             {"URL=/a", "TRANSFER_ENCODING=1", "HTTP_VERSION=1", "perform", "perform"});
}

static void answers_of_every_kind(void **state)
{
    ALL_SAME({"URL=/chunked", "perform"}, {"URL=/gzip", "ACCEPT_ENCODING=gzip", "perform"},
             {"URL=/gzip", "perform"}, {"URL=/early", "perform"}, {"URL=/missing", "perform"},
             {"URL=/missing", "FAILONERROR=1", "perform"}, {"URL=/cut", "perform"},
             {"URL=/nothing", "perform"}, {"URL=/ancient", "perform"},
             {"URL=/ancient", "HTTP09_ALLOWED=1", "perform"}, {"URL=/a", "HEADER=1", "perform"},
             {"URL=/chunked", "HEADER=1", "perform"}, {"URL=/a", "MAXFILESIZE=2", "perform"});
}

static void callbacks_that_interfere(void **state)
{
    ALL_SAME(
        {"URL=/a", "WRITEFUNCTION=abort", "perform"}, {"URL=/a", "HEADERFUNCTION=abort", "perform"},
        {"URL=/a", "WRITEFUNCTION=pause", "XFERINFOFUNCTION=count", "NOPROGRESS=0", "perform"},
        {"URL=/a", "XFERINFOFUNCTION=abort", "NOPROGRESS=0", "perform"},
        {"URL=/a", "in:header:USERAGENT=later", "perform", "perform"},
        {"URL=/a", "in:write:POSTFIELDS=later", "perform", "perform"},
        {"URL=/a", "in:header:" INFO, "perform"}, {"URL=/a", "HEADERFUNCTION=NULL", "perform"});
}

static void handles_that_are_used_again(void **state)
{
    ALL_SAME({"URL=/a", "perform", "URL=/b", "perform"},
             {"URL=/a", "POSTFIELDS=x", "perform", "reset", "URL=/a", "perform"},
             {"URL=/a", "USERAGENT=one", "dup", "USERAGENT=two", "perform", "close", "perform"},
             {"URL=/a", "COPYPOSTFIELDS=x", "perform", "HTTPGET=1", "perform", "fresh", "URL=/a",
              "perform"},
             {"COOKIEFILE=", "URL=/cookie", "perform", "URL=/a", "perform", "dup", "perform"},
             {"share=cookie", "URL=/cookie", "perform", "URL=/a", "perform"},
             {"URL=/a", "FORBID_REUSE=1", "perform", "perform"},
             {"URL=/a", "PRIVATE=mine", "perform", "global_cleanup", "URL=/a", "perform"});
}

/* What setopt and perform answer, without a transfer too. */
static void results_of_calls(void **state)
{
    ALL_SAME({"perform"}, {"URL=", "perform"}, {"URL=http://", "perform"},
             {"URL=http://a b/", "perform"}, {"URL=nothing://127.0.0.1/", "perform"},
             {"URL=http://127.0.0.1:1/", "perform"}, {"HTTPAUTH=0", "PROTOCOLS_STR=nonsense"},
             {"TIMEOUT_MS=-1", "PORT=70000", "POSTFIELDSIZE=-2"},
             {"URL=/a", "PROTOCOLS_STR=https", "perform"}, {"URL=/a", "PORT=1", "perform"});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        RECEIVED(requests_without_a_body),
        RECEIVED(requests_with_a_body_in_memory),
        RECEIVED(requests_with_a_body_from_a_callback),
        RECEIVED(redirects),
        RECEIVED(headers_and_credentials),
        RECEIVED(answers_of_every_kind),
        RECEIVED(callbacks_that_interfere),
        RECEIVED(handles_that_are_used_again),
        RECEIVED(results_of_calls),
    };
    return cmocka_run_group_tests(tests, received_start, received_stop);
}

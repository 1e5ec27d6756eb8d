/* What libcurl's results mean for another attempt (protocol.md §5). */
#include "core/failure.h"

#include <curl/curl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* How far the transfer had come. */
enum { NOT_CONNECTED, CONNECTED, ANSWERED, STAGES };

struct row {
    int code;
    enum vespa_failure meaning[STAGES];
};

#define CONNECT VESPA_FAILURE_CONNECT
#define CLOSED  VESPA_FAILURE_CLOSED
#define TIMEOUT VESPA_FAILURE_TIMEOUT
#define CUT     VESPA_FAILURE_CUT
#define TLS     VESPA_FAILURE_TLS
#define LOCAL   VESPA_FAILURE_LOCAL

static const struct row rows[] = {
    {CURLE_COULDNT_RESOLVE_PROXY, {CONNECT, CONNECT, CONNECT}},
    {CURLE_COULDNT_RESOLVE_HOST, {CONNECT, CONNECT, CONNECT}},
    {CURLE_COULDNT_CONNECT, {CONNECT, CONNECT, CONNECT}},
    {97 /* CURLE_PROXY */, {CONNECT, CONNECT, CONNECT}},
    {CURLE_OPERATION_TIMEDOUT, {CONNECT, TIMEOUT, CUT}},
    {CURLE_GOT_NOTHING, {CONNECT, CLOSED, CUT}},
    {CURLE_SEND_ERROR, {CONNECT, CLOSED, CUT}},
    {CURLE_RECV_ERROR, {CONNECT, CLOSED, CUT}},
    {CURLE_HTTP2, {CONNECT, CLOSED, CUT}},
    {CURLE_HTTP2_STREAM, {CONNECT, CLOSED, CUT}},
    {CURLE_SSL_CONNECT_ERROR, {TLS, TLS, TLS}},
    {CURLE_PEER_FAILED_VERIFICATION, {TLS, TLS, TLS}},
    {60 /* CURLE_SSL_CACERT of old */, {TLS, TLS, TLS}},
    {CURLE_SSL_CIPHER, {TLS, TLS, TLS}},
    {CURLE_SSL_ISSUER_ERROR, {TLS, TLS, TLS}},
    {CURLE_SSL_INVALIDCERTSTATUS, {TLS, TLS, TLS}},
    {CURLE_SSL_CACERT_BADFILE, {LOCAL, LOCAL, CUT}},
    {CURLE_WEIRD_SERVER_REPLY, {CUT, CUT, CUT}},
    {CURLE_PARTIAL_FILE, {CUT, CUT, CUT}},
    {CURLE_BAD_CONTENT_ENCODING, {CUT, CUT, CUT}},
    {100 /* CURLE_TOO_LARGE */, {CUT, CUT, CUT}},
    {CURLE_UNSUPPORTED_PROTOCOL, {LOCAL, CUT, CUT}},
    {CURLE_OUT_OF_MEMORY, {LOCAL, LOCAL, CUT}},
    {CURLE_URL_MALFORMAT, {LOCAL, LOCAL, CUT}},
    {CURLE_READ_ERROR, {LOCAL, LOCAL, CUT}},
    {CURLE_ABORTED_BY_CALLBACK, {LOCAL, LOCAL, CUT}},
    {CURLE_SEND_FAIL_REWIND, {LOCAL, LOCAL, CUT}},
    {9999 /* of a libcurl to come */, {LOCAL, LOCAL, CUT}},
};

static void each_result_means_what_the_protocol_has_a_rule_for(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(rows); i++)
        for (int stage = 0; stage < STAGES; stage++) {
            struct vespa_transfer_end end = {.code = rows[i].code,
                                             .connected = stage >= CONNECTED,
                                             .answer_started = stage >= ANSWERED};
            if (vespa_failure_of(end) != rows[i].meaning[stage])
                fail_msg("code %d, stage %d: %d", rows[i].code, stage, (int)vespa_failure_of(end));
        }
}

/* What may lead to another attempt has to be named; nothing does by default. */
static void only_named_results_allow_another_attempt(void **state)
{
    (void)state;
    for (int code = 0; code < 200; code++) {
        bool named = false;
        for (size_t i = 0; i < COUNT(rows); i++)
            named |= rows[i].code == code;
        enum vespa_failure failure =
            vespa_failure_of((struct vespa_transfer_end){.code = code, .connected = true});
        bool repeatable = failure == CONNECT || failure == CLOSED;
        bool rare = code == CURLE_QUIC_CONNECT_ERROR || code == CURLE_HTTP3;
        if (repeatable && !named && !rare)
            fail_msg("code %d", code);
    }
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_result_means_what_the_protocol_has_a_rule_for),
        cmocka_unit_test(only_named_results_allow_another_attempt),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * Memory that runs out: at each allocation of a conversation in turn, for once or for good. There
 * is always a next step, the conversation always ends, and nothing is lost.
 */
#include "exchange_play.h"
#include "tests/unit/failing_memory.h"
#include "vast_root.h"

/* ---- conversations --------------------------------------------------------------------------- */

/* What the others answer, in turn; the last goes on for ever. */
struct script {
    const char *name;
    struct vespa_request request;
    bool fetches;    /* there is an account key only, and no root */
    bool falls_back; /* to the same endpoint, after one attempt */
    const char *routes[4];
    const char *heads[4];
    const char *line; /* of the head, to be filtered */
};

static const struct vespa_header headers[] = {
    {VESPA_LITERAL("Accept"), VESPA_LITERAL("*/*")},
    {VESPA_LITERAL("User-Agent"), VESPA_LITERAL("app/1")},
};

static const struct script scripts[] = {
    {
        .name = "cold start, busy worker, answer",
        .request = {.method = VESPA_LITERAL("POST"),
                    .url = VESPA_LITERAL(URL "?a=1&key=x"),
                    .headers = headers,
                    .header_count = 2,
                    .body_kind = VESPA_BODY_BYTES,
                    .body = VESPA_LITERAL("{\"input\": {\"max_tokens\": 5}}")},
        .fetches = true,
        .routes = {NOT_READY, ASSIGNMENT},
        .heads = {"HTTP/1.1 503 Busy\r\n\r\n",
                  "HTTP/1.1 307 Elsewhere\r\nLocation: " WORKER "/b\r\n\r\n"},
        .line = "Location: " WORKER "/b\r\n",
    },
    {
        .name = "query form",
        .request = {.method = VESPA_LITERAL("DELETE"),
                    .url = VESPA_LITERAL(URL),
                    .body_kind = VESPA_BODY_BYTES,
                    .body = VESPA_LITERAL("{\"na\\u006de\": \"a\\tb\", \"l\": [1]}")},
        .routes = {ASSIGNMENT},
        .heads = {OK_HEAD},
    },
    {
        .name = "refused at once",
        .request = {.method = VESPA_LITERAL("POST"),
                    .url = VESPA_LITERAL(URL),
                    .body_kind = VESPA_BODY_BYTES,
                    .body = VESPA_LITERAL("{")},
    },
    {
        .name = "the autoscaler answers garbage",
        .request = {.method = VESPA_LITERAL("POST"), .url = VESPA_LITERAL(URL)},
        .routes = {"{\"error\": {\"message\": \"a\\u0020b\"}}", "garbage", "{\"url\":\"x\"}"},
    },
    {
        .name = "redirect elsewhere",
        .request = {.method = VESPA_LITERAL("GET"), .url = VESPA_LITERAL(URL)},
        .routes = {ASSIGNMENT},
        .heads = {"HTTP/1.1 302 Found\r\nLocation: https://elsewhere.example/\r\n\r\n"},
    },
    {
        .name = "a form, and a fallback",
        .request = {.method = VESPA_LITERAL("POST"),
                    .url = VESPA_LITERAL(URL "?a=1"),
                    .headers = headers,
                    .header_count = 2,
                    .body_kind = VESPA_BODY_FORM,
                    .content_type = VESPA_LITERAL("multipart/form-data; boundary=X"),
                    .body = VESPA_LITERAL("--X\r\nContent-Disposition: form-data; name=\"file\"; "
                                          "filename=\"a\"\r\n\r\nfoo\r\n--X--")},
        .falls_back = true,
        .routes = {ASSIGNMENT},
        .heads = {"HTTP/1.1 503 Busy\r\n\r\n", OK_HEAD},
    },
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static const char *in_turn(const char *const texts[4], unsigned *turn)
{
    const char *text = texts[*turn] ? texts[*turn] : "";
    if (*turn < 3 && texts[*turn + 1])
        *turn += 1;
    return text;
}

static void answer_call(struct play *play, const struct script *script,
                        const struct vespa_call *call, unsigned *turn)
{
    static const char list[] =
        "{\"results\":[{\"endpoint_name\":\"my-endpoint\",\"api_key\":\"fetched-key\"}]}";

    switch (call->purpose) {
    case VESPA_FETCH_KEY:
        play_answer(play, 200, list);
        break;
    case VESPA_FETCH_ROOT:
        play_answer(play, 200, VAST_ROOT);
        break;
    case VESPA_ASK_FOR_WORKER:
        play_answer(play, 200, in_turn(script->routes, turn));
        break;
    }
}

static void answer_send(struct play *play, const struct script *script, unsigned *turn)
{
    struct vespa_slice replacement;

    if (play_head(play, in_turn(script->heads, turn)) == VESPA_DELIVER && script->line)
        vespa_exchange_filter(play->exchange, vespa_slice_of(script->line), &replacement);
    vespa_exchange_finished(play->exchange, play->now);
}

/* Plays a conversation to its end. Returns the status of our own answer, 0 for a worker's, -1 when
 * the exchange could not even begin. Asserts nothing that could need memory. */
static int converse(struct play *play, const struct script *script)
{
    unsigned route = 0;
    unsigned head = 0;
    int status = 0;

    play->exchange = vespa_exchange_new(play->runtime, &play->request, play->now);
    if (!play->exchange)
        return -1;
    for (int steps = 0; steps < 200; steps++) {
        const struct vespa_step *step = vespa_exchange_next(play->exchange, play->now);
        switch (step->kind) {
        case VESPA_CALL:
            answer_call(play, script, &step->call, &route);
            break;
        case VESPA_WAIT:
            play->now += step->wait_ms;
            vespa_exchange_waited(play->exchange, play->now);
            break;
        case VESPA_SEND:
            answer_send(play, script, &head);
            break;
        case VESPA_REPLY:
            status = step->reply.status;
            assert_true(step->reply.body.length > 0 && step->reply.header_count > 0);
            vespa_exchange_replied(play->exchange, play->now);
            break;
        case VESPA_ORIGIN:
            fail();
            break;
        case VESPA_DONE:
            vespa_exchange_free(play->exchange);
            play->exchange = NULL;
            return status;
        }
    }
    fail_msg("%s: goes on for ever", script->name);
    return 0;
}

/* Plays it on a runtime of its own, so that key and root are fetched each time. Returns its status
 * and sets *needed to the number of its allocations. */
static int play_once(const struct script *script, unsigned long fail, bool for_good,
                     unsigned long *needed)
{
    void *state;
    assert_int_equal(play_setup(&state), 0);
    struct play *play = state;
    play->request = script->request;
    play->request.match = VESPA_OURS;
    play->request.rule = play->rule;
    if (script->fetches) {
        set_text(&play->rule->endpoint_key, NULL);
        set_text(&play->rule->account_key, ACCOUNT_KEY);
        set_text(&play->rule->ca_file, NULL);
    }

    play->rule->translates_uploads = true;
    if (script->falls_back) {
        play->rule->attempts = 1;
        play->rule->fallback = VESPA_FALLBACK_ENDPOINT;
        play->rule->fallback_rule = play->rule;
        play->rule->fallback_after_ms = 60000;
    }

    allocations = 0;
    living = 0;
    fail_from = fail;
    fail_for_good = for_good;
    counting = true;
    int status = converse(play, script);
    fail_from = 0;
    *needed = allocations;
    play_teardown(&state);
    counting = false;
    return status;
}

/* What is freed at the end, and was allocated before counting began. AddressSanitizer's strdup does
 * not come through here, but it looks for leaks itself. */
static long balance_of(const struct script *script)
{
    unsigned long needed;
    play_once(script, 0, false, &needed);
    return living;
}

static void run_out(const struct script *script, bool for_good)
{
    unsigned long needed, ignored;
    int usual = play_once(script, 0, false, &needed);
    long balance = balance_of(script);
    (void)balance;

#ifdef CANNOT_FAIL
    skip();
#endif
    assert_true(needed > 3);
    for (unsigned long fail = 1; fail <= needed; fail++) {
        int status = play_once(script, fail, for_good, &ignored);
        if (status != usual && status != -1 && status < 500)
            fail_msg("%s, allocation %lu: status %d", script->name, fail, status);
#ifndef __SANITIZE_ADDRESS__
        if (living != balance)
            fail_msg("%s, allocation %lu: %ld are lost", script->name, fail, living - balance);
#endif
    }
}

static void an_allocation_that_fails_once_ends_in_an_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(scripts); i++)
        run_out(&scripts[i], false);
}

static void memory_that_is_gone_for_good_ends_in_an_answer(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(scripts); i++)
        run_out(&scripts[i], true);
}

static void the_conversations_are_what_they_should_be(void **state)
{
    (void)state;
    static const int expected[] = {0, 0, 400, 502, 502, 0};
    unsigned long needed;
    for (size_t i = 0; i < COUNT(scripts); i++)
        assert_int_equal(play_once(&scripts[i], 0, false, &needed), expected[i]);
}

static void a_runtime_that_cannot_be_made_leaves_the_configuration_alone(void **state)
{
    struct play *play = *state;
#ifdef CANNOT_FAIL
    skip();
#endif
    for (unsigned long fail = 1; fail <= 2; fail++) {
        allocations = 0;
        fail_from = fail;
        counting = true;
        struct vespa_runtime *runtime = vespa_runtime_new(play->config, 1);
        counting = false;
        assert_null(runtime);
    }
    assert_string_equal(play->config->rules[0].endpoint, "my-endpoint");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_conversations_are_what_they_should_be),
        cmocka_unit_test(an_allocation_that_fails_once_ends_in_an_answer),
        cmocka_unit_test(memory_that_is_gone_for_good_ends_in_an_answer),
        PLAY(a_runtime_that_cannot_be_made_leaves_the_configuration_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

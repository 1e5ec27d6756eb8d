/* What is fetched from the console: an endpoint's key (protocol.md §2), the workers' root (§8). */
#include "exchange_play.h"
#include "vast_root.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define FETCHED_KEY "fetched-key-5555555555"
#define RENEWED_KEY "renewed-key-6666666666"
#define LIST(key)                                                                               \
    "{\"success\":true,\"results\":[{\"endpoint_name\":\"other\",\"id\":1,\"api_key\":\"other-" \
    "key-777777\"},{\"endpoint_name\":\"my-endpoint\",\"id\":2,\"api_key\":\"" key "\"}]}"

#define OTHER_ROOT                                                        \
    "-----BEGIN CERTIFICATE-----\nTm90IGEgY2VydGlmaWNhdGUgYXQgYWxsLg==\n" \
    "-----END CERTIFICATE-----\n"

/* An account key alone, as the vastai command line keeps it. */
static void use_account_key(struct play *play)
{
    set_text(&play->rule->endpoint_key, NULL);
    set_text(&play->rule->account_key, ACCOUNT_KEY);
}

static void expect_key(struct play *play, const char *authorization)
{
    const struct vespa_call *call = play_call(play, VESPA_ASK_FOR_WORKER);
    assert_header(call->headers, call->header_count, "Authorization", authorization);
}

static void the_endpoints_key_is_looked_up_once(void **state)
{
    struct play *play = *state;
    use_account_key(play);
    set_text(&play->rule->instance, "a b");
    play_post(play);
    const struct vespa_call *call = play_call(play, VESPA_FETCH_KEY);
    assert_string_equal(call->method, "GET");
    assert_string_equal(call->url,
                        "https://console.vast.ai/api/v0/endptjobs/?autoscaler_instance=a%20b");
    assert_header(call->headers, call->header_count, "Authorization", "Bearer " ACCOUNT_KEY);
    assert_int_equal(call->body.length, 0);
    play_answer(play, 200, LIST(FETCHED_KEY));
    expect_key(play, "Bearer " FETCHED_KEY);
    play_send(play);
    play_delivered(play, OK_HEAD);
    play_post(play);
    expect_key(play, "Bearer " FETCHED_KEY);
}

static void a_console_that_refuses_the_key_wants_the_accounts(void **state)
{
    struct play *play = *state;
    use_account_key(play);
    for (int status = 401; status <= 403; status += 2) {
        play_post(play);
        play_call(play, VESPA_FETCH_KEY);
        play_answer(play, status, "{\"msg\":\"who is " ACCOUNT_KEY "?\"}");
        const struct vespa_reply *reply =
            play_reply(play, 401, "wrong_key", "wants the *account's* key");
        assert_lacks(reply->body, ACCOUNT_KEY);
    }
    assert_not_logged(play, ACCOUNT_KEY);
}

static void an_endpoint_that_the_account_lacks_is_a_404_with_the_names_it_has(void **state)
{
    struct play *play = *state;
    use_account_key(play);
    set_text(&play->rule->endpoint, "third");
    play_post(play);
    play_call(play, VESPA_FETCH_KEY);
    play_answer(play, 200, LIST(FETCHED_KEY));
    const struct vespa_reply *reply =
        play_reply(play, 404, "unknown_endpoint", "other, my-endpoint");
    assert_lacks(reply->body, FETCHED_KEY);
    assert_lacks(reply->body, "other-key");
}

/* protocol.md §2: asked more often than every 3 s it answers 429. */
static void a_console_that_was_asked_too_often_is_asked_after_three_seconds(void **state)
{
    struct play *play = *state;
    use_account_key(play);
    play_post(play);
    for (int i = 0; i < 2; i++) {
        play_call(play, VESPA_FETCH_KEY);
        play_answer(play, 429, "slow down");
        play_wait(play, 3000, 4000);
    }
    play_call(play, VESPA_FETCH_KEY);
    play_answer(play, 200, LIST(FETCHED_KEY));
    expect_key(play, "Bearer " FETCHED_KEY);
}

static void a_key_that_another_request_fetched_meanwhile_is_used(void **state)
{
    struct play *play = *state;
    use_account_key(play);
    play_post(play);
    play_call(play, VESPA_FETCH_KEY);
    play_answer(play, 429, "slow down");
    play_wait(play, 3000, 4000);
    assert_true(
        vespa_runtime_set_endpoint_key(play->runtime, play->rule, VESPA_LITERAL(FETCHED_KEY)));
    expect_key(play, "Bearer " FETCHED_KEY);
}

static void a_console_that_fails_is_asked_again_and_in_the_end_a_502(void **state)
{
    struct play *play = *state;
    static const char *const answers[] = {
        "", "{}", "{\"results\":[{\"endpoint_name\":\"my-endpoint\",\"api_key\":\"a b\"}]}"};
    use_account_key(play);
    play_post(play);
    for (unsigned failure = 1; failure <= 6; failure++) {
        play_call(play, VESPA_FETCH_KEY);
        if (failure <= COUNT(answers))
            play_answer(play, 200, answers[failure - 1]);
        else if (failure == 4)
            vespa_exchange_call_failed(play->exchange, play->now, VESPA_FAILURE_TIMEOUT, "late");
        else
            play_answer(play, 500, "{\"error\":\"down\"}");
        if (failure < 6)
            play_wait(play, 500, 5000);
    }
    play_reply(play, 502, "autoscaler_failed", "the endpoint's key failed 6 times");
}

/* protocol.md §2: endpoint keys rotate; on a 401 fetch once more before giving up. */
static void a_fetched_key_that_is_refused_is_fetched_once_more(void **state)
{
    struct play *play = *state;
    use_account_key(play);
    vespa_runtime_set_endpoint_key(play->runtime, play->rule, VESPA_LITERAL(FETCHED_KEY));
    play_post(play);
    expect_key(play, "Bearer " FETCHED_KEY);
    play_answer(play, 401, "{\"error\":\"bad key\"}");
    play_call(play, VESPA_FETCH_KEY);
    play_answer(play, 200, LIST(RENEWED_KEY));
    expect_key(play, "Bearer " RENEWED_KEY);
    play_answer(play, 401, "{\"error\":\"bad key\"}");
    play_reply(play, 401, "wrong_key", "bad key");
}

static void a_key_that_was_renewed_meanwhile_is_not_forgotten(void **state)
{
    struct play *play = *state;
    use_account_key(play);
    vespa_runtime_set_endpoint_key(play->runtime, play->rule, VESPA_LITERAL(FETCHED_KEY));
    play_post(play);
    expect_key(play, "Bearer " FETCHED_KEY);
    vespa_runtime_set_endpoint_key(play->runtime, play->rule, VESPA_LITERAL(RENEWED_KEY));
    play_answer(play, 401, "");
    expect_key(play, "Bearer " RENEWED_KEY);
}

static void a_configured_key_is_not_looked_up(void **state)
{
    struct play *play = *state;
    set_text(&play->rule->account_key, ACCOUNT_KEY);
    play_post(play);
    expect_key(play, "Bearer " ENDPOINT_KEY);
    play_answer(play, 401, "");
    play_reply(play, 401, "wrong_key", "VAST_API_KEY");
}

static void without_any_key_there_is_nothing_to_ask_with(void **state)
{
    struct play *play = *state;
    set_text(&play->rule->endpoint_key, NULL);
    play_post(play);
    play_reply(play, 500, "configuration", "VAST_API_KEY");
}

/* ---- the workers' root ----------------------------------------------------------------------- */

static void the_root_is_fetched_before_the_first_worker_is_sent_to(void **state)
{
    struct play *play = *state;
    set_text(&play->rule->ca_file, NULL);
    play->rule->own_root = true;
    play_post(play);
    play_route(play, 200, ASSIGNMENT);
    const struct vespa_call *call = play_call(play, VESPA_FETCH_ROOT);
    assert_string_equal(call->method, "GET");
    assert_string_equal(call->url, "https://console.vast.ai/static/jvastai_root.cer");
    for (size_t i = 0; i < call->header_count; i++)
        assert_false(
            vespa_slice_equal_nocase(call->headers[i].name, VESPA_LITERAL("Authorization")));
    play_answer(play, 200, "Issued:\n" VAST_ROOT "\n-----BEGIN CERTIFICATE-----\n");
    const struct vespa_send *send = &play_next(play, VESPA_SEND)->send;
    assert_null(send->ca_file);
    assert_slice(send->ca_pem, VAST_ROOT);
    play_delivered(play, OK_HEAD);
    play_post(play);
    assert_slice(play_send(play)->ca_pem, VAST_ROOT);
}

static void an_unknown_root_is_a_502_that_shows_its_fingerprint(void **state)
{
    struct play *play = *state;
    set_text(&play->rule->ca_file, NULL);
    play->rule->own_root = true;
    play_post(play);
    play_route(play, 200, ASSIGNMENT);
    play_call(play, VESPA_FETCH_ROOT);
    play_answer(play, 200, OTHER_ROOT);
    play_reply(play, 502, "worker_not_acceptable",
               "599B48A48F895401D77AE2D1C1CA2F4C4481230B1D39EA3F8E977E5BE60AAB1C");
}

static void a_root_that_cannot_be_had_is_asked_for_again_and_in_the_end_a_502(void **state)
{
    struct play *play = *state;
    set_text(&play->rule->ca_file, NULL);
    play->rule->own_root = true;
    play_post(play);
    play_route(play, 200, ASSIGNMENT);
    for (unsigned failure = 1; failure <= 6; failure++) {
        play_call(play, VESPA_FETCH_ROOT);
        if (failure == 1)
            play_answer(play, 200, "<html></html>");
        else if (failure == 2)
            vespa_exchange_call_failed(play->exchange, play->now, VESPA_FAILURE_TLS, "cert");
        else
            play_answer(play, 404, VAST_ROOT);
        if (failure < 6)
            play_wait(play, 500, 5000);
    }
    play_reply(play, 502, "autoscaler_failed", "root certificate failed 6 times");
    assert_int_equal(counted(play, VESPA_COUNT_ATTEMPTS), 0);
}

static void local_workers_are_verified_against_the_systems_roots(void **state)
{
    struct play *play = *state;
    set_text(&play->rule->ca_file, NULL);
    play->rule->local_workers = true;
    play->rule->own_root = false;
    play_post(play);
    const struct vespa_send *send = play_send(play);
    assert_null(send->ca_file);
    assert_int_equal(send->ca_pem.length, 0);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        PLAY(the_endpoints_key_is_looked_up_once),
        PLAY(a_console_that_refuses_the_key_wants_the_accounts),
        PLAY(an_endpoint_that_the_account_lacks_is_a_404_with_the_names_it_has),
        PLAY(a_console_that_was_asked_too_often_is_asked_after_three_seconds),
        PLAY(a_key_that_another_request_fetched_meanwhile_is_used),
        PLAY(a_console_that_fails_is_asked_again_and_in_the_end_a_502),
        PLAY(a_fetched_key_that_is_refused_is_fetched_once_more),
        PLAY(a_key_that_was_renewed_meanwhile_is_not_forgotten),
        PLAY(a_configured_key_is_not_looked_up),
        PLAY(without_any_key_there_is_nothing_to_ask_with),
        PLAY(the_root_is_fetched_before_the_first_worker_is_sent_to),
        PLAY(an_unknown_root_is_a_502_that_shows_its_fingerprint),
        PLAY(a_root_that_cannot_be_had_is_asked_for_again_and_in_the_end_a_502),
        PLAY(local_workers_are_verified_against_the_systems_roots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

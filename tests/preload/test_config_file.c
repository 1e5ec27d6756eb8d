/*
 * A configuration file as a program under the shim sees it: hosts split by paths, fallbacks,
 * payload styles, which workers are acceptable, and mistakes that hit only the requests concerned.
 */
#include "tests/preload/configured.h"

/* ---- paths ----------------------------------------------------------------------------------- */

static void a_host_is_split_by_paths(void **state)
{
    struct fixture f;
    begin(&f, *state);
    configure(&f, "{" KEY ", \"hosts\": [\"$h\"], \"paths\": [\"/echo\"]}");
    routed_easy(f.routed, FILE_ALONE(f), COLLECT, target(&f, "/echo/x"), PERFORM,
                target(&f, "/other"), PERFORM, target(&f, "/echoes"), PERFORM,
                target(&f, "/echo/../other"), PERFORM, NULL);
    assert_body(f.routed, "{\"a\":1}");
    assert_body(f.routed, "hello");
    routed_stats(f.routed);
    assert_int_equal(routed_worker_requests(f.routed), 1);
    char *seen = vespa_recorder_take(f.origin, NULL);
    assert_non_null(strstr(seen, "POST /other HTTP/1.1"));
    assert_non_null(strstr(seen, "POST /echoes HTTP/1.1"));
    assert_null(strstr(seen, "/echo/"));
    free(seen);
    end(&f);
}

static void several_endpoints_are_told_apart_by_name(void **state)
{
    struct fixture f;
    begin(&f, *state);
    configure(&f, "{" KEY "}, {\"endpoint\": \"other\", \"api_key\": \"k\", $a}");
    routed_easy(f.routed, FILE_ALONE(f), ASK("/echo"), PERFORM, NULL);
    assert_body(f.routed, "{\"a\":1}");
    routed_easy(f.routed, FILE_ALONE(f), COLLECT, "URL=http://nobody.vespa.internal/", PERFORM,
                NULL);
    routed_assert_reply(f.routed, 404, "unknown_endpoint", "my-endpoint, other", NULL);
    routed_easy(f.routed, FILE_ALONE(f), COLLECT, "URL=http://vespa.internal/", PERFORM, NULL);
    routed_assert_reply(f.routed, 404, "unknown_endpoint", "my-endpoint, other", NULL);
    end(&f);
}

/* ---- fallback -------------------------------------------------------------------------------- */

static void the_origin_gets_the_request_untouched(void **state)
{
    struct fixture f;
    begin(&f, *state);
    configure(&f, "{" KEY ", \"hosts\": [\"$h\"], \"retries\": 0, \"fallback\": \"origin\"}");
    vespa_sim_process_fault(f.routed->sim, "worker-status,status=503");
    routed_easy(f.routed, FILE_ALONE(f), COLLECT, target(&f, "/echo?api_key=own"),
                "HTTPHEADER=Authorization: Bearer own|X-Own: 1", "USERAGENT=own/1", PERFORM, NULL);
    assert_body(f.routed, "hello");
    assert_string_equal(routed_info(f.routed, "RESPONSE_CODE"), "200");
    char *seen = vespa_recorder_take(f.origin, NULL);
    assert_non_null(strstr(seen, "POST /echo?api_key=own HTTP/1.1\r\n"));
    assert_non_null(strstr(seen, "\r\nAuthorization: Bearer own\r\n"));
    assert_non_null(strstr(seen, "\r\nX-Own: 1\r\n"));
    assert_non_null(strstr(seen, "\r\nUser-Agent: own/1\r\n"));
    assert_non_null(strstr(seen, "\r\n\r\n{\"a\":1}"));
    free(seen);
    routed_stats(f.routed);
    assert_int_equal(routed_worker_requests(f.routed), 1);
    char *stats = cJSON_PrintUnformatted(vespa_json_find(f.routed->stats, "workers"));
    assert_non_null(stats);
    assert_null(strstr(stats, "X-Own"));
    assert_null(strstr(stats, "Bearer own"));
    free(stats);
    end(&f);
}

static void the_origin_gets_a_body_that_was_read_already(void **state)
{
    struct fixture f;
    begin(&f, *state);
    configure(&f, "{" KEY ", \"hosts\": [\"$h\"], \"retries\": 0, \"fallback\": \"origin\"}");
    vespa_sim_process_fault(f.routed->sim, "worker-dead");
    routed_easy(f.routed, FILE_ALONE(f), "WRITEFUNCTION=collect", "HEADERFUNCTION=collect",
                "ERRORBUFFER=own", "POST=1", "READFUNCTION=small", "body={\"from\":\"callback\"}",
                "POSTFIELDSIZE=19", target(&f, "/echo"), PERFORM, NULL);
    assert_body(f.routed, "hello");
    char *seen = vespa_recorder_take(f.origin, NULL);
    assert_non_null(strstr(seen, "{\"from\":\"callback\"}"));
    free(seen);
    end(&f);
}

static void the_origin_is_used_when_no_worker_is_ready_in_time(void **state)
{
    struct fixture f;
    begin(&f, *state);
    configure(&f, "{" KEY ", \"hosts\": [\"$h\"], \"fallback\": \"origin\","
                  "\"fallback_after\": 1}");
    vespa_sim_process_fault(f.routed->sim, "route-cold");
    routed_easy(f.routed, FILE_ALONE(f), COLLECT, target(&f, "/echo"), PERFORM, NULL);
    assert_body(f.routed, "hello");
    char *log = routed_log(f.routed);
    assert_non_null(strstr(log, "no worker was ready in time"));
    free(log);
    routed_stats(f.routed);
    assert_int_equal(routed_worker_requests(f.routed), 0);
    end(&f);
}

/* A worker is there long before the fallback would be due, on a busy machine too. */
static void a_job_that_may_be_running_does_not_go_to_the_origin(void **state)
{
    struct fixture f;
    begin(&f, *state);
    configure(&f, "{" KEY ", \"hosts\": [\"$h\"], \"fallback\": \"origin\", \"deadline\": 6,"
                  "\"fallback_after\": 5}");
    vespa_sim_process_fault(f.routed->sim, "worker-slow,ms=20000");
    routed_easy(f.routed, FILE_ALONE(f), COLLECT, target(&f, "/echo"), PERFORM, NULL);
    routed_assert_reply(f.routed, 503, "worker_timeout", "not sent again", NULL);
    char *seen = vespa_recorder_take(f.origin, NULL);
    assert_string_equal(seen, "");
    free(seen);
    end(&f);
}

static void another_endpoint_takes_over(void **state)
{
    struct fixture f;
    char rules[600];
    begin(&f, *state);
    struct vespa_raw_server *cold =
        vespa_raw_server_start("HTTP/1.1 200 OK\r\nContent-Length: "
                               "38\r\n\r\n{\"status\":\"loading\",\"request_idx\":4711}");
    snprintf(rules, sizeof rules,
             "{" KEY "}, {\"endpoint\": \"cold\", \"api_key\": \"cold-key\", \"hosts\": [\"$h\"],"
             "\"autoscaler_url\": \"%s\", \"fallback\": \"my-endpoint\", \"fallback_after\": 1}",
             vespa_raw_server_url(cold));
    configure(&f, rules);
    routed_easy(f.routed, FILE_ALONE(f), COLLECT, target(&f, "/echo"), PERFORM, NULL);
    assert_body(f.routed, "{\"a\":1}");
    assert_true(vespa_raw_server_requests(cold) > 0);
    routed_stats(f.routed);
    routed_assert_one_request(f.routed, 1); /* without the cold one's index */
    vespa_raw_server_stop(cold);
    end(&f);
}

/* ---- payload, workers ------------------------------------------------------------------------ */

static void a_payload_is_given_as_input_where_workers_want_that(void **state)
{
    struct fixture f;
    begin(&f, *state);
    configure(&f, "{" KEY ", \"payload\": \"input\"}");
    routed_easy(f.routed, FILE_ALONE(f), ASK("/echo"), PERFORM, NULL);
    assert_body(f.routed, "{\"input\": {\"a\":1}}");
    end(&f);
}

static void workers_elsewhere_are_refused(void **state)
{
    struct fixture f;
    begin(&f, *state);
    configure(&f, "{" KEY ", \"worker_hosts\": [\"10.0.0.0/8\", \"*.example.org\"]}");
    routed_easy(f.routed, FILE_ALONE(f), ASK("/echo"), PERFORM, NULL);
    routed_assert_reply(f.routed, 502, "worker_not_acceptable", "worker_hosts", NULL);
    configure(&f, "{" KEY ", \"worker_schemes\": [\"https\"]}");
    routed_easy(f.routed, FILE_ALONE(f), ASK("/echo"), PERFORM, NULL);
    routed_assert_reply(f.routed, 502, "worker_not_acceptable", "worker_schemes", NULL);
    configure(&f, "{" KEY ", \"worker_hosts\": [\"127.0.0.0/8\"]}");
    routed_easy(f.routed, FILE_ALONE(f), ASK("/echo"), PERFORM, NULL);
    assert_body(f.routed, "{\"a\":1}");
    end(&f);
}

static void a_certificate_is_unverified_only_where_the_rule_says_so(void **state)
{
    struct fixture f;
    begin(&f, *state);
    routed_restart(f.routed, "--tls", NULL);
    snprintf(f.autoscaler, sizeof f.autoscaler, "\"autoscaler_url\": \"%s\"",
             vespa_sim_process_value(f.routed->sim, "VESPA_AUTOSCALER_URL"));
    const char *const environment[] = {f.variable, "VAST_ENDPOINT", "VESPA_AUTOSCALER_URL",
                                       "VESPA_CA_FILE", NULL};
    configure(&f, "{" KEY "}");
    routed_easy(f.routed, environment, ASK("/echo"), "SSL_VERIFYPEER=0", PERFORM, NULL);
    routed_assert_reply(f.routed, 502, "worker_not_acceptable", "certificate", NULL);
    configure(&f, "{" KEY ", \"insecure\": true}");
    routed_easy(f.routed, environment, ASK("/echo"), PERFORM, NULL);
    assert_body(f.routed, "{\"a\":1}");
    end(&f);
}

/* ---- mistakes -------------------------------------------------------------------------------- */

static void a_mistake_hits_only_the_requests_concerned(void **state)
{
    struct fixture f;
    begin(&f, *state);
    configure(&f, "{" KEY "},\n{\"endpoint\": \"bad\", \"api_key\": \"k\", \"deadline\": -1}");
    routed_easy(f.routed, FILE_ALONE(f), COLLECT, "URL=http://bad.vespa.internal/x", PERFORM, NULL);
    routed_assert_reply(f.routed, 500, "configuration", "config.json:2: rules[1].deadline is",
                        "expected seconds", NULL);
    routed_easy(f.routed, FILE_ALONE(f), ASK("/echo"), PERFORM, target(&f, "/other"), PERFORM,
                NULL);
    assert_body(f.routed, "{\"a\":1}");
    assert_body(f.routed, "hello");
    end(&f);
}

static void a_mistake_is_logged_once(void **state)
{
    struct fixture f;
    begin(&f, *state);
    configure(&f, "{" KEY "}, {\"endpoint\": \"other\", \"api_key\": \"k\"}], \"lock\": [");
    routed_easy(f.routed, FILE_ALONE(f), ASK("/echo"), PERFORM, PERFORM, NULL);
    routed_assert_reply(f.routed, 500, "configuration", "the nearest is \"log\"", NULL);
    char *log = routed_log(f.routed);
    const char *line = strstr(log, "configuration: ");
    assert_non_null(line);
    assert_null(strstr(line + 1, "configuration: /"));
    free(log);
    end(&f);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        ROUTED(a_host_is_split_by_paths),
        ROUTED(several_endpoints_are_told_apart_by_name),
        ROUTED(the_origin_gets_the_request_untouched),
        ROUTED(the_origin_gets_a_body_that_was_read_already),
        ROUTED(the_origin_is_used_when_no_worker_is_ready_in_time),
        ROUTED(a_job_that_may_be_running_does_not_go_to_the_origin),
        ROUTED(another_endpoint_takes_over),
        ROUTED(a_payload_is_given_as_input_where_workers_want_that),
        ROUTED(workers_elsewhere_are_refused),
        ROUTED(a_certificate_is_unverified_only_where_the_rule_says_so),
        ROUTED(a_mistake_hits_only_the_requests_concerned),
        ROUTED(a_mistake_is_logged_once),
    };
    return routed_run_both(tests);
}

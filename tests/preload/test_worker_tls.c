/*
 * TLS towards workers (protocol.md §8, design.md §2.2): verified by the workers' own root, whatever
 * the program has relaxed for its own server; with both of libcurl's TLS flavours.
 */
#include "tests/preload/routed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define RELAXED "SSL_VERIFYPEER=0", "SSL_VERIFYHOST=0"

static const char *const gnutls = "easy-gnutls";

/* The program with libcurl's GnuTLS flavour is built where there is that library. */
static void use(struct routed *r, const char *program)
{
    if (!routed_use(r, program))
        skip();
}

static void assert_answered(struct routed *r, int route_calls, int worker_requests)
{
    vespa_assert_line(&r->result, "result 0");
    vespa_assert_line(&r->result, "body {\"a\":1}");
    routed_stats(r);
    assert_int_equal(vespa_json_number(r->stats, "route.count"), route_calls);
    assert_int_equal(routed_worker_requests(r), worker_requests);
}

/* ---- accepted -------------------------------------------------------------------------------- */

static void answers(struct routed *r)
{
    routed_restart(r, "--tls", NULL);
    routed_easy(r, NULL, ASK("/echo"), PERFORM, NULL);
    assert_answered(r, 1, 1);
}

static void a_worker_is_trusted_by_its_own_root(void **state)
{
    answers(*state);
}

static void a_worker_is_trusted_by_its_own_root_with_gnutls(void **state)
{
    use(*state, gnutls);
    answers(*state);
}

/* A program's roots, pins and revocations are those of its own server. */
static void what_the_program_trusts_plays_no_part(void **state)
{
    struct routed *r = *state;
    routed_restart(r, "--tls", NULL);
    routed_easy(r, NULL, ASK("/echo"), "CAINFO=/nonexistent/ca.pem", "CAPATH=/nonexistent",
                "PINNEDPUBLICKEY=sha256//YhKJKSzoTt2b5FP18fvpHo7fJYqQCjAa3HWY3tvRMwE=", PERFORM,
                NULL);
    assert_answered(r, 1, 1);
}

static void one_bad_certificate_is_routed_around(struct routed *r)
{
    routed_restart(r, "--tls", "--tls-fault", "expired,0", NULL);
    vespa_sim_process_fault(r->sim, "route-worker,worker=0,count=1");
    vespa_sim_process_fault(r->sim, "route-worker,worker=1");
    routed_easy(r, ENVIRONMENT("VESPA_LOG=warn"), ASK("/echo"), RELAXED, PERFORM, NULL);
    assert_answered(r, 2, 1);
    assert_non_null(strstr(r->result.err, "no acceptable certificate"));
}

static void a_worker_with_a_bad_certificate_is_routed_around(void **state)
{
    one_bad_certificate_is_routed_around(*state);
}

static void a_worker_with_a_bad_certificate_is_routed_around_with_gnutls(void **state)
{
    use(*state, gnutls);
    one_bad_certificate_is_routed_around(*state);
}

/* ---- refused --------------------------------------------------------------------------------- */

static const struct {
    const char *fault;
    const char *cause; /* in the message */
} bad_certificates[] = {
    {"expired", "has expired"},
    {"not-yet-valid", "is not yet valid"},
    {"wrong-host", "does not match the worker's address"},
    {"unknown-issuer", "was not issued by the workers' root"},
    {"forged-issuer", "was not issued by the workers' root"},
};

/* Nothing of the request has left, though the program verifies nothing of its own. */
static void assert_refused(struct routed *r)
{
    for (size_t i = 0; i < sizeof bad_certificates / sizeof *bad_certificates; i++) {
        routed_restart(r, "--tls", "--tls-fault", bad_certificates[i].fault, NULL);
        routed_easy(r, NULL, ASK("/echo"), RELAXED, PERFORM, NULL);
        routed_assert_reply(r, 502, "worker_not_acceptable", "certificate",
                            bad_certificates[i].cause, NULL);
        routed_stats(r);
        assert_int_equal(vespa_json_number(r->stats, "route.count"), 2);
        assert_int_equal(routed_worker_requests(r), 0);
    }
}

static void a_bad_certificate_is_refused_and_its_fault_named(void **state)
{
    assert_refused(*state);
}

static void a_bad_certificate_is_refused_and_its_fault_named_with_gnutls(void **state)
{
    use(*state, gnutls);
    assert_refused(*state);
}

/* The system's roots do not vouch for a worker, and no file of the program's does. */
static void without_the_workers_root_nobody_is_trusted(void **state)
{
    struct routed *r = *state;
    char own[512];
    routed_restart(r, "--tls", NULL);
    snprintf(own, sizeof own, "CAINFO=%s", vespa_sim_process_value(r->sim, "VESPA_CA_FILE"));
    routed_easy(r, ENVIRONMENT("VESPA_CA_FILE="), ASK("/echo"), own, RELAXED, PERFORM, NULL);
    routed_assert_reply(r, 502, "worker_not_acceptable", "certificate", NULL);
    routed_stats(r);
    assert_int_equal(routed_worker_requests(r), 0);
}

static void a_root_file_that_is_not_there_is_named(void **state)
{
    struct routed *r = *state;
    routed_restart(r, "--tls", NULL);
    routed_easy(r, ENVIRONMENT("VESPA_CA_FILE=/nonexistent/root.pem"), ASK("/echo"), PERFORM, NULL);
    vespa_assert_line(&r->result, "result 0");
    assert_true(atoi(routed_info(r, "RESPONSE_CODE")) >= 500);
    vespa_assert_shows(&r->result, "/nonexistent/root.pem");
    routed_stats(r);
    assert_int_equal(routed_worker_requests(r), 0);
}

/* ---- the root that the console gives --------------------------------------------------------- */

static const char nobodys[] =
    "VESPA_ROOT_SHA256=0000000000000000000000000000000000000000000000000000000000000000";

/* What the shim says of a root that it does not know, and so what would have it accepted. */
static const char *told_fingerprint(const struct routed *r)
{
    static const char before[] = "SHA-256 fingerprint is ";
    static char variable[128];
    const char *found = strstr(r->result.out, before);
    assert_non_null(found);
    snprintf(variable, sizeof variable, "VESPA_ROOT_SHA256=%.64s", found + strlen(before));
    return variable;
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fputs(text, file) >= 0, 1);
    assert_int_equal(fclose(file), 0);
}

static void copy_file(const char *from, const char *to)
{
    char text[16384] = "";
    FILE *file = fopen(from, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    write_file(to, text);
}

static int root_fetches(struct routed *r)
{
    routed_stats(r);
    const cJSON *other = vespa_json_find(r->stats, "other");
    const cJSON *count = cJSON_GetObjectItem(other, "/static/jvastai_root.cer");
    return cJSON_IsNumber(count) ? count->valueint : 0;
}

/* Without a file: it is fetched once, held against its fingerprint, and used from memory. */
static void the_root_is_fetched(struct routed *r)
{
    char cache[128];
    snprintf(cache, sizeof cache, "XDG_CACHE_HOME=%s", r->directory);
    routed_restart(r, "--tls", NULL);
    routed_easy(r, ENVIRONMENT("VESPA_CA_FILE", cache, nobodys), ASK("/echo"), RELAXED, PERFORM,
                NULL);
    routed_assert_reply(r, 502, "worker_not_acceptable", "none of the known ones",
                        "SHA-256 fingerprint is ", NULL);
    assert_int_equal(root_fetches(r), 1);
    assert_int_equal(routed_worker_requests(r), 0);
    const char *known = told_fingerprint(r);
    vespa_sim_process_reset(r->sim);
    routed_easy(r, ENVIRONMENT("VESPA_CA_FILE", cache, known), ASK("/echo"), PERFORM, PERFORM,
                NULL);
    assert_answered(r, 2, 2);
    assert_int_equal(root_fetches(r), 1);
    char *kept = routed_file(r, "vespa/jvastai_root.pem");
    assert_string_equal(kept, "");
    free(kept);
}

static void a_root_without_a_file_is_fetched_and_checked(void **state)
{
    the_root_is_fetched(*state);
}

static void a_root_without_a_file_is_fetched_and_checked_with_gnutls(void **state)
{
    use(*state, gnutls);
    the_root_is_fetched(*state);
}

/* One that was kept is held against its fingerprint as well each time that it is read. */
static void a_root_that_was_kept_is_checked_when_it_is_read(void **state)
{
    struct routed *r = *state;
    char cache[128], path[160];
    snprintf(cache, sizeof cache, "XDG_CACHE_HOME=%s", r->directory);
    snprintf(path, sizeof path, "%s/vespa", r->directory);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/vespa/jvastai_root.pem", r->directory);
    routed_restart(r, "--tls", NULL);
    routed_easy(r, ENVIRONMENT("VESPA_CA_FILE", cache, nobodys), ASK("/echo"), PERFORM, NULL);
    const char *known = told_fingerprint(r);
    copy_file(vespa_sim_process_value(r->sim, "VESPA_CA_FILE"), path);
    vespa_sim_process_reset(r->sim);
    routed_easy(r, ENVIRONMENT("VESPA_CA_FILE", cache, known), ASK("/echo"), PERFORM, NULL);
    assert_answered(r, 1, 1);
    assert_int_equal(root_fetches(r), 0);
    write_file(path, "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    vespa_sim_process_reset(r->sim);
    routed_easy(r, ENVIRONMENT("VESPA_CA_FILE", cache, known), ASK("/echo"), PERFORM, NULL);
    assert_answered(r, 1, 1);
    assert_int_equal(root_fetches(r), 1);
}

/* The root counts for workers alone: the program's other hosts have what it set. */
static void the_workers_root_is_trusted_for_workers_only(void **state)
{
    struct routed *r = *state;
    char other[256];
    routed_restart(r, "--tls", NULL);
    snprintf(other, sizeof other, "URL=%s/health", vespa_sim_process_worker(r->sim, 0));
    routed_easy(r, NULL, ASK("/echo"), "perform", other, PERFORM, NULL);
    vespa_assert_line(&r->result, "body {\"a\":1}");
    vespa_assert_line(&r->result, "result 60");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROUTED(a_worker_is_trusted_by_its_own_root),
        ROUTED(a_worker_is_trusted_by_its_own_root_with_gnutls),
        ROUTED(what_the_program_trusts_plays_no_part),
        ROUTED(a_worker_with_a_bad_certificate_is_routed_around),
        ROUTED(a_worker_with_a_bad_certificate_is_routed_around_with_gnutls),
        ROUTED(a_bad_certificate_is_refused_and_its_fault_named),
        ROUTED(a_bad_certificate_is_refused_and_its_fault_named_with_gnutls),
        ROUTED(without_the_workers_root_nobody_is_trusted),
        ROUTED(a_root_file_that_is_not_there_is_named),
        ROUTED(a_root_without_a_file_is_fetched_and_checked),
        ROUTED(a_root_without_a_file_is_fetched_and_checked_with_gnutls),
        ROUTED(a_root_that_was_kept_is_checked_when_it_is_read),
        ROUTED(the_workers_root_is_trusted_for_workers_only),
    };
    return routed_run_both(tests);
}

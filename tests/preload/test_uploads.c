/*
 * Forms of libcurl's making where the rule translates them (protocol.md §7): CURLOPT_MIMEPOST and
 * CURLOPT_HTTPPOST, files and pipes, and the system's curl.
 */
#include "tests/preload/configured.h"

#include <unistd.h>

#define UPLOADS KEY ", \"uploads\": \"base64\""

/* What easy prints of an answer. */
#define SEEN "WRITEFUNCTION=collect", "HEADERFUNCTION=collect", "ERRORBUFFER=own"

/* A file with so many bytes of all kinds; the caller frees its path. */
static char *make_file(const struct routed *r, const char *name, size_t length)
{
    char *path;
    assert_true(asprintf(&path, "%s/%s", r->directory, name) > 0);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    for (size_t i = 0; i < length; i++)
        fputc((int)(i * 7 % 251), file);
    assert_int_equal(fclose(file), 0);
    return path;
}

/* The base64 of such a file, by the definition; the caller frees it. */
static char *encoded(size_t length)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *text = calloc(1, (length + 2) / 3 * 4 + 1);
    assert_non_null(text);
    for (size_t bit = 0; bit < length * 8; bit += 6) {
        unsigned value = 0;
        for (size_t k = bit; k < bit + 6; k++) {
            unsigned byte = k / 8 < length ? (unsigned)(k / 8 * 7 % 251) : 0;
            value = value * 2 + (byte >> (7 - k % 8) & 1);
        }
        text[bit / 6] = digits[value];
    }
    for (size_t i = strlen(text); i % 4; i++)
        text[i] = '=';
    return text;
}

/* The worker got that payload, of which the file's part is the encoded bytes. */
static void assert_file_arrived(struct routed *r, size_t length, const char *name)
{
    char *body = routed_body(r);
    char *text = encoded(length);
    char *expected;
    assert_true(asprintf(&expected, "{\"file\": \"%s\", \"filename\": \"%s\"}", text, name) > 0);
    if (strcmp(body, expected) != 0)
        fail_msg("got %.200s", body);
    free(expected);
    free(text);
    free(body);
}

static void ask_with_file(struct fixture *f, const char *kind, size_t length)
{
    char action[300];
    char *file = make_file(f->routed, "a.mp3", length);
    snprintf(action, sizeof action, "%s=file=@%s", kind, file);
    routed_easy(f->routed, FILE_ALONE(*f), SEEN, "URL=" HOST "/echo", action, PERFORM, NULL);
    vespa_assert_line(&f->routed->result, "result 0");
    free(file);
}

/* ---- what arrives ---------------------------------------------------------------------------- */

static void a_form_becomes_json_whichever_way_it_was_made(void **state)
{
    static const char *const kinds[] = {"mime", "form"};
    static const size_t lengths[] = {0, 1, 1000, 300001};
    struct fixture f;
    begin(&f, *state);
    configure(&f, "{" UPLOADS "}");
    for (size_t i = 0; i < 2; i++)
        for (size_t k = 0; k < 4; k++) {
            ask_with_file(&f, kinds[i], lengths[k]);
            assert_file_arrived(f.routed, lengths[k], "a.mp3");
        }
    routed_easy(f.routed, FILE_ALONE(f), SEEN, "URL=" HOST "/echo", "mime=model=whisper",
                "HTTPHEADER=X-Serverless-Cost: 7|Expect: 100-continue", PERFORM, NULL);
    assert_body(f.routed, "{\"model\": \"whisper\"}");
    routed_stats(f.routed);
    assert_string_equal(vespa_json_string(f.routed->stats, "route.calls.-1.cost"), "7");
    assert_int_equal(vespa_json_number(f.routed->stats, "violation_count"), 0);
    end(&f);
}

static void each_attempt_has_the_whole_form(void **state)
{
    struct fixture f;
    begin(&f, *state);
    configure(&f, "{" UPLOADS "}");
    vespa_sim_process_fault(f.routed->sim, "worker-status,status=503,count=2");
    ask_with_file(&f, "mime", 100000);
    assert_file_arrived(f.routed, 100000, "a.mp3");
    routed_stats(f.routed);
    assert_int_equal(routed_worker_requests(f.routed), 3);
    end(&f);
}

/* What libcurl has copied cannot be set again. */
static void a_duplicates_form_is_used_up_and_the_log_says_so(void **state)
{
    struct fixture f;
    begin(&f, *state);
    configure(&f, "{" UPLOADS "}");
    routed_easy(f.routed, FILE_ALONE(f), SEEN, "URL=" HOST "/echo", "mime=model=whisper", "dup",
                PERFORM, NULL);
    assert_body(f.routed, "{\"model\": \"whisper\"}");
    char *log = routed_log(f.routed);
    assert_non_null(strstr(log, "can be uploaded to a virtual host once"));
    free(log);
    end(&f);
}

/* A second request on the same handle, elsewhere and not ours: libcurl's own form. */
static void the_form_is_as_it_was_afterwards(void **state)
{
    struct fixture f;
    begin(&f, *state);
    configure(&f, "{" UPLOADS "}");
    routed_easy(f.routed, FILE_ALONE(f), SEEN, "URL=" HOST "/echo", "mime=a=whole", PERFORM,
                target(&f, "/other"), "HTTPHEADER=X-Own: 1", PERFORM, "URL=" HOST "/echo", PERFORM,
                NULL);
    assert_body(f.routed, "{\"a\": \"whole\"}");
    assert_body(f.routed, "hello");
    char *seen = vespa_recorder_take(f.origin, NULL);
    assert_non_null(strstr(seen, "POST /other HTTP/1.1"));
    assert_non_null(strstr(seen, "Content-Type: multipart/form-data; boundary="));
    assert_non_null(strstr(seen, "name=\"a\"\r\n\r\nwhole\r\n"));
    free(seen);
    end(&f);
}

static void the_origin_gets_libcurls_own_form(void **state)
{
    struct fixture f;
    begin(&f, *state);
    configure(&f, "{" UPLOADS ", \"hosts\": [\"$h\"], \"retries\": 0, \"fallback\": \"origin\"}");
    vespa_sim_process_fault(f.routed->sim, "worker-status,status=503");
    routed_easy(f.routed, FILE_ALONE(f), SEEN, target(&f, "/echo"), "mime=a=whole", PERFORM, NULL);
    assert_body(f.routed, "hello");
    char *seen = vespa_recorder_take(f.origin, NULL);
    assert_non_null(strstr(seen, "Content-Type: multipart/form-data; boundary="));
    assert_non_null(strstr(seen, "name=\"a\"\r\n\r\nwhole\r\n"));
    free(seen);
    end(&f);
}

/* ---- the system's curl ----------------------------------------------------------------------- */

static void a_form_of_curls_from_a_pipe_arrives_whole(void **state)
{
    struct fixture f;
    char command[400];
    begin(&f, *state);
    configure(&f, "{" UPLOADS "}");
    char *file = make_file(f.routed, "pipe", 200000);
    snprintf(command, sizeof command,
             "cat %s | curl -sS -F 'file=@-;filename=in' " HOST "/echo | sed 's/^/body /'", file);
    const char *const argv[] = {"sh", "-c", command, NULL};
    vespa_program_result_free(&f.routed->result);
    f.routed->result = vespa_preload_run(f.routed->sim, FILE_ALONE(f), argv);
    assert_int_equal(f.routed->result.status, 0);
    assert_file_arrived(f.routed, 200000, "in");
    free(file);
    end(&f);
}

static void several_parts_of_curls_are_members(void **state)
{
    struct fixture f;
    begin(&f, *state);
    configure(&f, "{" UPLOADS ", \"payload\": \"input\"}");
    char *file = make_file(f.routed, "i.png", 2);
    char image[300];
    snprintf(image, sizeof image, "image[]=@%s", file);
    vespa_program_result_free(&f.routed->result);
    f.routed->result = vespa_preload_curl(f.routed->sim, FILE_ALONE(f), "-F", "prompt=a cat", "-F",
                                          "n=2", "-F", image, "-F", image, HOST "/echo", NULL);
    assert_int_equal(f.routed->result.status, 0);
    assert_string_equal(f.routed->result.out,
                        "{\"input\": {\"prompt\": \"a cat\", \"n\": 2, \"image\": [\"AAc=\", "
                        "\"AAc=\"], \"image_filename\": [\"i.png\", \"i.png\"]}}");
    free(file);
    end(&f);
}

/* ---- what cannot be -------------------------------------------------------------------------- */

static void a_file_that_is_not_there_is_libcurls_own_error(void **state)
{
    struct fixture f;
    begin(&f, *state);
    configure(&f, "{" UPLOADS "}");
    char *file = make_file(f.routed, "gone", 5);
    char action[300];
    snprintf(action, sizeof action, "form=file=@%s", file);
    unlink(file);
    routed_easy(f.routed, FILE_ALONE(f), SEEN, "URL=" HOST "/echo", action, PERFORM, NULL);
    vespa_assert_line(&f.routed->result, "result 26"); /* CURLE_READ_ERROR */
    routed_stats(f.routed);
    assert_int_equal(vespa_json_number(f.routed->stats, "route.count"), 0);
    free(file);
    end(&f);
}

static void a_form_that_workers_would_not_take_is_413(void **state)
{
    struct fixture f;
    begin(&f, *state);
    configure(&f, "{" UPLOADS "}");
    ask_with_file(&f, "mime", 25U * 1024 * 1024 + 1);
    routed_assert_reply(f.routed, 413, "body_too_large", "25 MiB", NULL);
    ask_with_file(&f, "mime", 65U * 1024 * 1024);
    routed_assert_reply(f.routed, 413, "body_too_large", "64 MiB", NULL);
    configure_all(&f, "{\"body_limit\": 4096, \"rules\": [{" UPLOADS "}]}");
    ask_with_file(&f, "mime", 5000);
    routed_assert_reply(f.routed, 413, "body_too_large", "4096 bytes", NULL);
    end(&f);
}

static void without_the_rule_a_form_is_415_and_not_even_read(void **state)
{
    struct fixture f;
    begin(&f, *state);
    configure(&f, "{" KEY "}");
    routed_easy(f.routed, FILE_ALONE(f), SEEN, "URL=" HOST "/echo", "mime=file=@/nowhere", PERFORM,
                NULL);
    routed_assert_reply(f.routed, 415, "unsupported_body", "uploads", NULL);
    end(&f);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        ROUTED(a_form_becomes_json_whichever_way_it_was_made),
        ROUTED(each_attempt_has_the_whole_form),
        ROUTED(a_duplicates_form_is_used_up_and_the_log_says_so),
        ROUTED(the_form_is_as_it_was_afterwards),
        ROUTED(the_origin_gets_libcurls_own_form),
        ROUTED(a_form_of_curls_from_a_pipe_arrives_whole),
        ROUTED(several_parts_of_curls_are_members),
        ROUTED(a_file_that_is_not_there_is_libcurls_own_error),
        ROUTED(a_form_that_workers_would_not_take_is_413),
        ROUTED(without_the_rule_a_form_is_415_and_not_even_read),
    };
    return routed_run_both(tests);
}

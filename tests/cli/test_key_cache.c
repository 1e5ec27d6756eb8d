// Keys that are fetched with an account's key: kept for the next process, and fetched anew when
// they are refused (protocol.md §2).

#include "tests/cli/vespa.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

struct cache {
    struct vespa_sim_process *sim;
    struct vespa_program_result result;
    cJSON *json;
    char directory[64];
    char variable[100]; // XDG_CACHE_HOME=…
    char account[200];  // VAST_ACCOUNT_KEY=…
};

static int set_up(void **state)
{
    struct cache *c = calloc(1, sizeof *c);
    strcpy(c->directory, "/tmp/vespa-keys-XXXXXX");
    *state = c;
    if (!mkdtemp(c->directory))
        return -1;
    c->sim = vespa_sim_process_start(NULL);
    snprintf(c->variable, sizeof c->variable, "XDG_CACHE_HOME=%s", c->directory);
    snprintf(c->account, sizeof c->account, "VAST_ACCOUNT_KEY=%s",
             vespa_sim_process_value(c->sim, "VESPA_SIM_ACCOUNT_KEY"));
    return 0;
}

static int tear_down(void **state)
{
    struct cache *c = *state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", c->directory);
    int code = system(command);
    vespa_program_result_free(&c->result);
    vespa_sim_process_stop(c->sim);
    cJSON_Delete(c->json);
    free(c);
    return code;
}

#define CACHE(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

// `vespa request`, with the account's key alone.
static void request(struct cache *c)
{
    vespa_program_result_free(&c->result);
    c->result =
        vespa_command(c->sim, (const char *const[]){c->variable, c->account, "VAST_API_KEY", NULL},
                      "request", "POST", "/echo", "-d", "{\"a\":1}", NULL);
}

static void assert_answered(struct cache *c)
{
    request(c);
    vespa_assert_status(&c->result, 0);
    assert_string_equal(c->result.out, "{\"a\":1}");
    assert_string_equal(c->result.err, "");
}

static int lists_read(struct cache *c)
{
    cJSON_Delete(c->json);
    c->json = vespa_sim_process_stats_quiet(c->sim);
    const cJSON *count =
        cJSON_GetObjectItem(vespa_json_find(c->json, "other"), "/api/v0/endptjobs/");
    return cJSON_IsNumber(count) ? count->valueint : 0;
}

// The one file in the cache, or "".
static const char *cached(const struct cache *c)
{
    static char path[400];
    char directory[80];
    snprintf(directory, sizeof directory, "%s/vespa", c->directory);
    DIR *files = opendir(directory);
    path[0] = '\0';
    for (const struct dirent *file; files && (file = readdir(files)) != NULL;)
        if (strncmp(file->d_name, "key-", 4) == 0) {
            assert_string_equal(path, "");
            snprintf(path, sizeof path, "%s/%s", directory, file->d_name);
        }
    if (files)
        closedir(files);
    return path;
}

static const char *contents(const char *path)
{
    static char text[512];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    return text;
}

static void a_key_is_fetched_once_for_all_processes(void **state)
{
    struct cache *c = *state;
    struct stat status;
    assert_answered(c);
    assert_int_equal(lists_read(c), 1);
    assert_string_equal(contents(cached(c)), vespa_sim_process_value(c->sim, "VAST_API_KEY"));
    assert_int_equal(stat(cached(c), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0600);
    assert_answered(c);
    assert_answered(c);
    assert_int_equal(lists_read(c), 1);
}

static void a_key_that_is_refused_is_fetched_anew_and_kept(void **state)
{
    struct cache *c = *state;
    assert_answered(c);
    vespa_sim_process_admin(c->sim, "/admin/key", "another-key");
    assert_answered(c);
    assert_int_equal(lists_read(c), 2);
    assert_string_equal(contents(cached(c)), "another-key");
    assert_answered(c);
    assert_int_equal(lists_read(c), 2);
}

static void another_accounts_key_is_not_taken(void **state)
{
    struct cache *c = *state;
    assert_answered(c);
    strcpy(c->account, "VAST_ACCOUNT_KEY=somebody-elses");
    request(c);
    assert_int_equal(lists_read(c), 2);
    assert_true(c->result.status != 0);
    vespa_assert_err(&c->result, "account");
}

static void a_file_that_others_may_read_is_not_believed(void **state)
{
    struct cache *c = *state;
    assert_answered(c);
    assert_int_equal(chmod(cached(c), 0640), 0);
    assert_answered(c);
    assert_int_equal(lists_read(c), 2);
    struct stat status;
    assert_int_equal(stat(cached(c), &status), 0); /* and was written anew */
    assert_int_equal(status.st_mode & 07777, 0600);
}

static void what_is_no_key_is_not_taken(void **state)
{
    struct cache *c = *state;
    assert_answered(c);
    FILE *file = fopen(cached(c), "w");
    assert_non_null(file);
    fputs("a b\n", file);
    fclose(file);
    assert_answered(c);
    assert_int_equal(lists_read(c), 2);
}

static void a_cache_that_cannot_be_written_is_told_of_and_no_failure(void **state)
{
    struct cache *c = *state;
    char path[80];
    snprintf(path, sizeof path, "%s/vespa", c->directory);
    FILE *file = fopen(path, "w"); /* where the directory would be */
    assert_non_null(file);
    fclose(file);
    request(c);
    vespa_assert_status(&c->result, 0);
    assert_string_equal(c->result.out, "{\"a\":1}");
    vespa_assert_err(&c->result, "cannot be written");
    vespa_assert_silent(&c->result, vespa_sim_process_value(c->sim, "VAST_API_KEY"));
}

// A program under the shim reads what the commands have kept, and writes nothing itself.
static void a_preloaded_program_reads_the_cache_and_writes_none(void **state)
{
    struct cache *c = *state;
    const char *const environment[] = {c->variable, c->account, "VAST_API_KEY", NULL};
#define CURL "run", "curl", "-s", "http://my-endpoint.vespa.internal/echo", "-d", "{\"a\":1}", NULL
    c->result = vespa_command(c->sim, environment, CURL);
    assert_string_equal(c->result.out, "{\"a\":1}");
    assert_string_equal(cached(c), "");
    assert_answered(c);
    assert_int_equal(lists_read(c), 2);
    vespa_program_result_free(&c->result);
    c->result = vespa_command(c->sim, environment, CURL);
    assert_string_equal(c->result.out, "{\"a\":1}");
    assert_int_equal(lists_read(c), 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CACHE(a_key_is_fetched_once_for_all_processes),
        CACHE(a_key_that_is_refused_is_fetched_anew_and_kept),
        CACHE(another_accounts_key_is_not_taken),
        CACHE(a_file_that_others_may_read_is_not_believed),
        CACHE(what_is_no_key_is_not_taken),
        CACHE(a_cache_that_cannot_be_written_is_told_of_and_no_failure),
        CACHE(a_preloaded_program_reads_the_cache_and_writes_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

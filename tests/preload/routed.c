/* What tests of routed requests have in common. */
#include "tests/preload/routed.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST_WORDS = 300, GROUPS = 6 };

int routed_set_up(void **state)
{
    struct routed *routed = calloc(1, sizeof *routed);
    routed->program = "easy";
    routed->interface = *state ? *state : "interface=easy";
    strcpy(routed->directory, "/tmp/vespa-test-XXXXXX");
    if (!mkdtemp(routed->directory))
        return -1;
    snprintf(routed->log, sizeof routed->log, "VESPA_LOG_FILE=%s/log", routed->directory);
    routed->sim = vespa_sim_process_start("--token-delay", "1", NULL);
    *state = routed;
    return 0;
}

static void remove_directory(const char *path)
{
    DIR *directory = opendir(path);
    for (struct dirent *entry; directory && (entry = readdir(directory));) {
        char file[512];
        snprintf(file, sizeof file, "%s/%s", path, entry->d_name);
        if (entry->d_name[0] != '.')
            unlink(file);
    }
    if (directory)
        closedir(directory);
    rmdir(path);
}

int routed_tear_down(void **state)
{
    struct routed *routed = *state;
    cJSON_Delete(routed->stats);
    cJSON_Delete(routed->body);
    vespa_program_result_free(&routed->result);
    vespa_raw_server_stop(routed->server);
    vespa_sim_process_stop(routed->sim);
    remove_directory(routed->directory);
    free(routed);
    return 0;
}

static void collect(const char **words, size_t count, const char *first, va_list rest)
{
    for (const char *word = first; word; word = va_arg(rest, const char *)) {
        assert_true(count + 1 < MOST_WORDS);
        words[count++] = word;
    }
    words[count] = NULL;
}

void routed_reset(struct routed *routed)
{
    vespa_sim_process_reset(routed->sim);
    cJSON_Delete(routed->stats);
    routed->stats = NULL;
}

void routed_restart(struct routed *routed, const char *option, ...)
{
    const char *options[MOST_WORDS];
    va_list rest;
    va_start(rest, option);
    collect(options, 0, option, rest);
    va_end(rest);
    vespa_sim_process_stop(routed->sim);
    routed->sim = NULL;
    routed->sim = vespa_sim_process_start_list(options);
}

static void run(struct routed *routed, const char *const *environment, const char *const *argv)
{
    vespa_program_result_free(&routed->result);
    routed->result = vespa_preload_run(routed->sim, environment, argv);
    assert_int_equal(routed->result.signal, 0);
    assert_int_equal(routed->result.status, 0);
}

void routed_easy_list(struct routed *routed, const char *const *environment,
                      const char *const *actions)
{
    char name[64];
    snprintf(name, sizeof name, "tests/programs/%s", routed->program);
    char *program = vespa_build_path(name);
    const char *argv[MOST_WORDS] = {program, routed->interface};
    size_t count = 2;
    for (; *actions; actions++) {
        assert_true(count + 1 < MOST_WORDS);
        argv[count++] = *actions;
    }
    run(routed, environment, argv);
    free(program);
}

void routed_multi(struct routed *routed, const char *style, const char *action, ...)
{
    char admin[256], way[64];
    char *program = vespa_build_path("tests/programs/multi");
    const char *argv[MOST_WORDS] = {program};
    va_list rest;
    snprintf(admin, sizeof admin, "MULTI_ADMIN=%s",
             vespa_sim_process_value(routed->sim, "VESPA_SIM_ADMIN"));
    snprintf(way, sizeof way, "MULTI_STYLE=%s", style);
    va_start(rest, action);
    collect(argv, 1, action, rest);
    va_end(rest);
    run(routed, ENVIRONMENT(admin, way), argv);
    free(program);
    vespa_assert_hides(&routed->result, "WRONG");
    vespa_assert_line(&routed->result, "tasks 1");
    vespa_assert_line(&routed->result, "left 0");
}

void routed_easy(struct routed *routed, const char *const *environment, const char *action, ...)
{
    const char *actions[MOST_WORDS];
    va_list rest;
    va_start(rest, action);
    collect(actions, 0, action, rest);
    va_end(rest);
    routed_easy_list(routed, environment, actions);
}

void routed_program(struct routed *routed, const char *const *environment, const char *name,
                    const char *argument, ...)
{
    char path[128];
    snprintf(path, sizeof path, "tests/programs/%s", name);
    char *program = vespa_build_path(path);
    const char *argv[MOST_WORDS] = {program};
    va_list rest;
    va_start(rest, argument);
    collect(argv, 1, argument, rest);
    va_end(rest);
    vespa_program_result_free(&routed->result);
    routed->result = vespa_preload_run(routed->sim, environment, argv);
    if (routed->result.status != 0)
        fail_msg("%s ended with %d, signal %d\n%s%s", name, routed->result.status,
                 routed->result.signal, routed->result.out, routed->result.err);
    free(program);
}

void routed_raw_worker(struct routed *routed, const char *answer, unsigned count)
{
    char fault[256];
    char times[32] = "";
    if (routed->server)
        vespa_sim_process_reset(routed->sim);
    vespa_raw_server_stop(routed->server);
    routed->server = NULL;
    routed->server = vespa_raw_server_start(answer);
    if (count)
        snprintf(times, sizeof times, "count=%u,", count);
    snprintf(fault, sizeof fault, "route-url,%surl=%s", times,
             vespa_raw_server_url(routed->server));
    vespa_sim_process_fault(routed->sim, fault);
}

static int count_requests(const cJSON *stats)
{
    const cJSON *worker;
    int count = 0;
    cJSON_ArrayForEach(worker, vespa_json_find(stats, "workers"))
    {
        count += cJSON_GetArraySize(vespa_json_find(worker, "requests"));
    }
    return count;
}

int routed_worker_requests(const struct routed *routed)
{
    return count_requests(routed->stats);
}

void routed_stats(struct routed *routed)
{
    cJSON_Delete(routed->stats);
    routed->stats = NULL;
    routed->stats = vespa_sim_process_stats_quiet(routed->sim);
}

static bool are_there(const cJSON *stats, void *context)
{
    const int *wanted = context;
    return count_requests(stats) >= *wanted;
}

void routed_stats_of(struct routed *routed, int worker_requests)
{
    cJSON_Delete(vespa_sim_process_stats_when(routed->sim, are_there, &worker_requests));
    routed_stats(routed);
}

int routed_worker_connections(const struct routed *routed)
{
    const cJSON *worker;
    double count = 0;
    cJSON_ArrayForEach(worker, vespa_json_find(routed->stats, "workers"))
    {
        count += vespa_json_number(worker, "connections");
    }
    return (int)count;
}

static const char *string_or_nothing(const cJSON *call, const char *name)
{
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(call, name));
    return text ? text : "";
}

void routed_assert_one_request(const struct routed *routed, int route_calls)
{
    const cJSON *calls = vespa_json_find(routed->stats, "route.calls");
    const char *known = "";
    const cJSON *call;
    assert_int_equal(vespa_json_number(routed->stats, "violation_count"), 0);
    assert_int_equal(cJSON_GetArraySize(calls), route_calls);
    cJSON_ArrayForEach(call, calls)
    {
        assert_string_equal(string_or_nothing(call, "cost"),
                            vespa_json_string(routed->stats, "route.calls.0.cost"));
        assert_string_equal(string_or_nothing(call, "request_idx"), known);
        if (!known[0])
            known = string_or_nothing(call, "answered_idx");
    }
}

/* The rest of the last line that begins so. NULL: there is none. */
static const char *last_line(const char *text, const char *beginning)
{
    const char *found = NULL;
    size_t length = strlen(beginning);
    for (const char *line = text; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncmp(line, beginning, length) == 0)
            found = line + length;
    }
    return found;
}

/* Undoes what easy does to what it prints; up to the line's end. */
static char *unescape(const char *line)
{
    char *text = calloc(1, strcspn(line, "\n") + 1);
    char *to = text;
    while (*line && *line != '\n') {
        unsigned byte = (unsigned char)*line++;
        if (byte == '\\') {
            char kind = *line++;
            byte = kind == 'r' ? '\r' : kind == 'n' ? '\n' : '\\';
            if (kind == 'x' && sscanf(line, "%2x", &byte) == 1)
                line += 2;
        }
        *to++ = (char)byte;
    }
    return text;
}

char *routed_body(const struct routed *routed)
{
    const char *line = last_line(routed->result.out, "body ");
    if (!line)
        fail_msg("no body in:\n%s", routed->result.out);
    return unescape(line);
}

const char *routed_info(const struct routed *routed, const char *name)
{
    static char value[256];
    char label[80];
    snprintf(label, sizeof label, "info %s ", name);
    const char *line = last_line(routed->result.out, label);
    if (!line)
        fail_msg("no %s in:\n%s", label, routed->result.out);
    snprintf(value, sizeof value, "%.*s", (int)strcspn(line, "\n"), line);
    return value;
}

void routed_assert_info(const struct routed *routed, const char *name, const char *value)
{
    const char *told = routed_info(routed, name);
    if (strcmp(told, value) != 0)
        fail_msg("%s: «%s» instead of «%s»", name, told, value);
}

static const char *member(const struct routed *routed, const char *name)
{
    const cJSON *error = cJSON_GetObjectItemCaseSensitive(routed->body, "error");
    const char *text = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(error, name));
    if (!text || !text[0])
        fail_msg("the body has no error.%s:\n%s", name, routed->result.out);
    return text;
}

void routed_assert_reply(struct routed *routed, int status, const char *code, const char *text, ...)
{
    char *body = routed_body(routed);
    char number[16];
    va_list rest;
    snprintf(number, sizeof number, "%d", status);
    vespa_assert_line(&routed->result, "result 0");
    if (strcmp(routed_info(routed, "RESPONSE_CODE"), number) != 0)
        fail_msg("status %s instead of %s:\n%s", routed_info(routed, "RESPONSE_CODE"), number,
                 body);
    assert_string_equal(routed_info(routed, "CONTENT_TYPE"), "application/json");
    cJSON_Delete(routed->body);
    routed->body = cJSON_ParseWithOpts(body, NULL, 1);
    if (!routed->body)
        fail_msg("the body is not JSON:\n%s", body);
    assert_string_equal(member(routed, "code"), code);
    const char *type = status == 401  ? "authentication_error"
                       : status < 500 ? "invalid_request_error"
                                      : "server_error";
    assert_string_equal(member(routed, "type"), type);
    const char *message = member(routed, "message");
    va_start(rest, text);
    for (const char *part = text; part; part = va_arg(rest, const char *))
        if (!strstr(message, part))
            fail_msg("the message says nothing of «%s»: %s", part, message);
    va_end(rest);
    free(body);
}

void routed_assert_header(const struct routed *routed, const char *header)
{
    char line[512];
    snprintf(line, sizeof line, "header %s\\r\\n", header);
    vespa_assert_line(&routed->result, line);
}

char *routed_file(const struct routed *routed, const char *name)
{
    char path[128];
    char *text = calloc(1, 65536);
    snprintf(path, sizeof path, "%s/%s", routed->directory, name);
    FILE *file = fopen(path, "r");
    if (!file)
        return text;
    size_t length = fread(text, 1, 65535, file);
    text[length] = '\0';
    fclose(file);
    return text;
}

char *routed_log(const struct routed *routed)
{
    return routed_file(routed, strrchr(routed->log, '/') + 1);
}

bool routed_use(struct routed *routed, const char *program)
{
    char name[64];
    snprintf(name, sizeof name, "tests/programs/%s", program);
    char *path = vespa_build_path(name);
    bool is_there = access(path, X_OK) == 0;
    free(path);
    if (is_there)
        routed->program = program;
    return is_there;
}

/* ---- running tests --------------------------------------------------------------------------- */

/* Every GROUPS-th test, from number `first` on. */
static int run_group(const struct routed_tests *all, size_t first)
{
    const struct CMUnitTest *tests = all->tests;
    size_t count = all->count;
    struct CMUnitTest *group = calloc(count, sizeof *group);
    size_t length = 0;
    char name[16];
    for (size_t i = first; i < count; i += GROUPS)
        group[length++] = tests[i];
    snprintf(name, sizeof name, "group %zu", first);
    /* Not as cmocka's group setup, for that takes the tests their initial state. */
    void *shared = NULL;
    if (all->set_up && all->set_up(&shared) != 0)
        return 1;
    int failed = _cmocka_run_group_tests(name, group, length, NULL, NULL);
    if (all->tear_down)
        failed |= all->tear_down(&shared);
    free(group);
    return failed;
}

static pid_t start_group(const struct routed_tests *tests, size_t first, FILE *output)
{
    fflush(NULL);
    pid_t child = fork();
    if (child != 0)
        return child;
    if (dup2(fileno(output), 1) < 0 || dup2(fileno(output), 2) < 0)
        _exit(1);
    int failed = run_group(tests, first);
    fflush(NULL);
    _exit(failed != 0);
}

static void copy(FILE *from)
{
    char bytes[4096];
    size_t length;
    rewind(from);
    while ((length = fread(bytes, 1, sizeof bytes, from)) > 0)
        fwrite(bytes, 1, length, stdout);
    fclose(from);
}

int routed_run_tests(const struct CMUnitTest *tests, size_t count)
{
    return routed_run_groups(&(struct routed_tests){.tests = tests, .count = count});
}

int routed_run_groups(const struct routed_tests *tests)
{
    size_t count = tests->count;
    FILE *output[GROUPS];
    pid_t child[GROUPS];
    size_t groups = count < GROUPS ? count : GROUPS;
    int failed = 0;
    for (size_t i = 0; i < groups; i++) {
        output[i] = tmpfile();
        child[i] = output[i] ? start_group(tests, i, output[i]) : -1;
        if (child[i] < 0)
            return 1;
    }
    for (size_t i = 0; i < groups; i++) {
        int status = 1;
        while (waitpid(child[i], &status, 0) < 0 && errno == EINTR)
            ;
        failed |= status != 0;
        copy(output[i]);
    }
    return failed;
}

/* cmocka hands a test's initial state to its setup. */
int routed_run_tests_both(const struct CMUnitTest *tests, size_t count)
{
    static const char *const interfaces[] = {"interface=easy", "interface=multi"};
    struct CMUnitTest *both = calloc(2 * count, sizeof *both);
    char(*names)[128] = calloc(2 * count, sizeof *names);
    for (size_t i = 0; i < 2 * count; i++) {
        both[i] = tests[i / 2];
        both[i].initial_state = (void *)(uintptr_t)interfaces[i % 2];
        snprintf(names[i], sizeof names[i], "%s (%s)", tests[i / 2].name, interfaces[i % 2] + 10);
        both[i].name = names[i];
    }
    int failed = routed_run_tests(both, 2 * count);
    free(names);
    free(both);
    return failed;
}

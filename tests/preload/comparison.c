/* One program twice, with and without the shim. */
#include "tests/preload/comparison.h"

#include <ctype.h>
#include <fcntl.h>
#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define HOST          "http://my-endpoint.vespa.internal"
#define UNKNOWN_HOST  "http://elsewhere.vespa.internal"
#define MOST_WORDS    1000
#define ROUTED_BEGINS "say routed"
#define ROUTED_ENDS   "say over"

struct comparison *comparison_new(void)
{
    struct comparison *comparison = calloc(1, sizeof *comparison);
    char path[128];
    comparison->sim = vespa_sim_process_start("--workers", "2", NULL);
    comparison->server = recording_server_start();
    strcpy(comparison->directory, "/tmp/vespa-test-XXXXXX");
    assert_non_null(comparison->server);
    assert_non_null(mkdtemp(comparison->directory));
    snprintf(path, sizeof path, "%s/.netrc", comparison->directory);
    FILE *netrc = fopen(path, "w");
    assert_non_null(netrc);
    fputs("machine 127.0.0.1 login netrc-" MARKER " password netrc-" MARKER "\n", netrc);
    fclose(netrc);
    return comparison;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *at)
{
    (void)status, (void)type, (void)at;
    return remove(path);
}

void comparison_free(struct comparison *comparison)
{
    recording_server_stop(comparison->server);
    vespa_sim_process_stop(comparison->sim);
    nftw(comparison->directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    free(comparison);
}

/* ---- actions to arguments ---------------------------------------------------------------------
 */

struct words {
    struct comparison *comparison;
    bool routed; /* with the shim */
    char *argv[MOST_WORDS + 1];
    size_t count;
    unsigned looks;
};

static void add(struct words *words, const char *text)
{
    assert_true(words->count < MOST_WORDS);
    words->argv[words->count++] = strdup(text);
    words->argv[words->count] = NULL;
}

/* With %P, %W and %D filled in. */
static void add_filled(struct words *words, const char *text)
{
    char filled[4096] = "";
    size_t length = 0;
    const struct comparison *comparison = words->comparison;
    for (const char *at = text; *at; at++) {
        char *to = filled + length;
        size_t room = sizeof filled - length;
        if (strncmp(at, "%P", 2) == 0)
            snprintf(to, room, "%u", recording_server_port(comparison->server));
        else if (strncmp(at, "%W", 2) == 0)
            snprintf(to, room, "%s",
                     strrchr(vespa_sim_process_worker(comparison->sim, 0), ':') + 1);
        else if (strncmp(at, "%D", 2) == 0)
            snprintf(to, room, "%s", comparison->directory);
        else
            snprintf(to, room, "%c", *at);
        at += at[0] == '%' && strchr("PWD", at[1]) && at[1];
        length += strlen(to);
    }
    add(words, filled);
}

static void visit(struct words *words, const char *path)
{
    char url[512];
    if (strncmp(path, "http://", 7) == 0)
        snprintf(url, sizeof url, "URL=%s", path);
    else
        snprintf(url, sizeof url, "URL=http://127.0.0.1:%%P%s", path);
    add_filled(words, url);
    add(words, "perform");
    add(words, "info=RESPONSE_CODE,EFFECTIVE_URL,EFFECTIVE_METHOD,SCHEME,NUM_CONNECTS,REDIRECT_URL,"
               "CONTENT_TYPE");
}

/* The number of the look is part of its paths, to tell one from the other. */
static void look(struct words *words)
{
    static const char *const paths[] = {"first",    "second", "redirect", "locked",
                                        "a/../dot", "short",  "alias",    "ancient"};
    char path[128];
    unsigned number = ++words->looks;
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        snprintf(path, sizeof path, "/%u/%s", number, paths[i]);
        visit(words, path);
    }
    add(words, "error");
    snprintf(path, sizeof path, "http://inurl:inurl@127.0.0.1:%%P/%u/user", number);
    visit(words, path);
    snprintf(path, sizeof path, "http://127.0.0.2:1/%u/through-a-proxy", number);
    visit(words, path);
    snprintf(path, sizeof path, "URL=127.0.0.1:%%P/%u/no-scheme", number);
    add_filled(words, path);
    add(words, "perform");
}

static void routed(struct words *words, const char *host, const char *path, bool must_succeed)
{
    char url[512];
    if (!words->routed)
        return;
    add(words, "say");
    add(words, must_succeed ? "routed" : "routed or not");
    snprintf(url, sizeof url, "URL=%s%s", host, path);
    add_filled(words, url);
    add(words, "perform");
    add(words, "say");
    add(words, "over");
}

static bool starts(const char *text, const char *begin)
{
    return strncmp(text, begin, strlen(begin)) == 0;
}

static void expand(struct words *words, const char *action)
{
    if (strcmp(action, "routed") == 0 || strcmp(action, "retried") == 0)
        routed(words, HOST, "/inspect", true);
    else if (starts(action, "routed:"))
        routed(words, HOST, action + strlen("routed:"), true);
    else if (starts(action, "attempt:"))
        routed(words, HOST, action + strlen("attempt:"), false);
    else if (strcmp(action, "canned") == 0)
        routed(words, UNKNOWN_HOST, "/", false);
    else if (strcmp(action, "look") == 0)
        look(words);
    else if (starts(action, "visit:"))
        visit(words, action + strlen("visit:"));
    else if (strcmp(action, "upload") == 0) {
        add(words, "UPLOAD=1");
        visit(words, "/upload");
        add(words, "HTTPGET=1");
    } else if (strcmp(action, "redirect") == 0) {
        add(words, "REFERER=NULL");
        visit(words, "/redirect");
    } else if (starts(action, "inside:")) {
        const char *event = action + strlen("inside:");
        if (words->routed) {
            char inside[1024];
            snprintf(inside, sizeof inside, "in:%s", event);
            add_filled(words, inside);
        } else {
            add_filled(words, strchr(event, ':') + 1);
        }
    } else {
        add_filled(words, action);
    }
}

/* ---- what was seen ----------------------------------------------------------------------------
 */

struct seen {
    char *printed; /* outside of routed transfers */
    char *errors;
    char *sent;   /* to the recording server */
    char *routed; /* what was printed during routed transfers */
};

static void free_seen(struct seen *seen)
{
    free(seen->printed);
    free(seen->errors);
    free(seen->sent);
    free(seen->routed);
}

/* Boundaries of multipart bodies are random. */
static void mask_boundaries(char *text)
{
    static const char boundary[] = "------------------------";
    for (char *at = text; (at = strstr(at, boundary)) != NULL;)
        for (at += strspn(at, "-"); isalnum((unsigned char)*at); at++)
            *at = '#';
}

static bool is_line(const char *line, size_t length, const char *text)
{
    return length == strlen(text) && strncmp(line, text, length) == 0;
}

/* How often a body is read depends on how fast the server answers. */
static bool is_one_more_read(const char *line, size_t length, const char *before)
{
    return starts(line, "called READFUNCTION") && before && strncmp(line, before, length + 1) == 0;
}

/* Divides the lines of the output. */
static void divide(struct seen *seen, const char *output)
{
    size_t size;
    const char *before = NULL;
    FILE *own = open_memstream(&seen->printed, &size);
    FILE *other = open_memstream(&seen->routed, &size);
    FILE *to = own;
    while (*output) {
        size_t length = strcspn(output, "\n");
        if (starts(output, ROUTED_BEGINS))
            to = other;
        if (!is_one_more_read(output, length, before))
            fprintf(to, "%.*s\n", (int)length, output);
        before = output;
        if (is_line(output, length, ROUTED_ENDS))
            to = own;
        output += length + (output[length] == '\n');
    }
    fclose(own);
    fclose(other);
    /* The end of a routed transfer is no event of the program's own. */
    for (char *at; (at = strstr(seen->printed, ROUTED_ENDS "\n")) != NULL;)
        memmove(at, at + strlen(ROUTED_ENDS "\n"), strlen(at + strlen(ROUTED_ENDS "\n")) + 1);
}

static struct seen run(struct comparison *comparison, const char *const *actions, bool with_shim)
{
    struct words words = {.comparison = comparison, .routed = with_shim};
    char home[128];
    char proxy[128];
    const char *environment[64] = {home,           proxy,       "no_proxy=127.0.0.1,localhost",
                                   "ALL_PROXY",    "all_proxy", "NO_PROXY",
                                   "VESPA_LOG=off"};
    size_t count = 7;
    char *program = vespa_build_path("tests/programs/easy");
    snprintf(home, sizeof home, "HOME=%s", comparison->directory);
    snprintf(proxy, sizeof proxy, "http_proxy=http://127.0.0.1:%u",
             recording_server_port(comparison->server));
    if (with_shim)
        environment[count++] = vespa_preload_variable();
    add(&words, program);
    for (; *actions; actions++)
        expand(&words, *actions);
    add(&words, "say"); /* what happens when the handles go is not compared */
    add(&words, "routed or not");
    struct vespa_program_result result = vespa_program_run(&(struct vespa_program){
        .argv = (const char *const *)words.argv,
        .environment = environment,
        .more_environment = with_shim ? vespa_sim_process_environment(comparison->sim) : NULL,
        .input = "from stdin",
    });
    struct seen seen = {.sent = recording_server_take(comparison->server)};
    divide(&seen, result.out);
    seen.errors = strdup(result.err);
    if (result.status != 0)
        fail_msg("exit %d, signal %d\n%s\n%s", result.status, result.signal, result.out,
                 result.err);
    mask_boundaries(seen.sent);
    vespa_program_result_free(&result);
    free(program);
    for (size_t i = 0; i < words.count; i++)
        free(words.argv[i]);
    return seen;
}

/* Where two texts part, with what stands around it. */
static void assert_same(const char *name, const char *what, const char *plain, const char *shim)
{
    size_t at = 0;
    while (plain[at] && plain[at] == shim[at])
        at++;
    if (plain[at] == shim[at])
        return;
    size_t from = at > 1400 ? at - 1400 : 0;
    fprintf(stderr, "---- without the shim\n…%.1800s\n---- with it\n…%.1800s\n", plain + from,
            shim + from);
    fail_msg("%s: %s differs, see above", name, what);
}

/* Each routed transfer that has to succeed ended well. */
static void assert_routed(const char *name, const char *routed)
{
    const char *end;
    for (const char *at = routed; *at; at = end) {
        end = strstr(at, ROUTED_ENDS "\n");
        end = end ? end + strlen(ROUTED_ENDS "\n") : at + strlen(at);
        bool may_fail = starts(at, ROUTED_BEGINS " or not\n");
        const char *result = strstr(at, "result 0\n");
        if (!may_fail && (!result || result > end))
            fail_msg("%s: a routed transfer failed:\n%.*s", name, (int)(end - at), at);
    }
}

static void assert_nothing_leaked(struct comparison *comparison, const char *name)
{
    cJSON *stats = vespa_sim_process_stats_quiet(comparison->sim);
    char *text = cJSON_Print(stats);
    const char *found = strcasestr(text, MARKER);
    if (found)
        fail_msg("%s: it reached the simulator:\n…%.300s", name,
                 found - text > 150 ? found - 150 : text);
    free(text);
    cJSON_Delete(stats);
}

void comparison_check(struct comparison *comparison, const char *name, const char *const *actions)
{
    vespa_sim_process_reset(comparison->sim);
    struct seen plain = run(comparison, actions, false);
    for (const char *const *action = actions; *action; action++)
        if (strcmp(*action, "retried") == 0)
            vespa_sim_process_fault(comparison->sim, "worker-status,status=503,count=1");
    struct seen shim = run(comparison, actions, true);
    assert_routed(name, shim.routed);
    assert_same(name, "what was sent", plain.sent, shim.sent);
    assert_same(name, "what was printed", plain.printed, shim.printed);
    assert_same(name, "stderr", plain.errors, shim.errors);
    assert_nothing_leaked(comparison, name);
    free_seen(&plain);
    free_seen(&shim);
}

char *comparison_plain(struct comparison *comparison, const char *const *actions)
{
    struct seen seen = run(comparison, actions, false);
    char *both;
    assert_true(asprintf(&both, "%s\n%s%s", seen.sent, seen.printed, seen.errors) > 0);
    free_seen(&seen);
    return both;
}

/* A program of tests/layouts/parts under the shim. */
#include "tests/layouts/layout.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MOST_WORDS = 32 };

/* Where the programs are another machine's (tests/aarch64), what starts them is told by another
 * variable what they are preloaded with, for it is not itself. */
#define EMULATED "EMULATED_"

static char *part(const char *name)
{
    char relative[256];
    if (name[0] == '/')
        return strdup(name);
    snprintf(relative, sizeof relative, "tests/layouts/parts/%s", name);
    return vespa_build_path(relative);
}

static int start(void **state, const char *shim)
{
    struct layout *layout = calloc(1, sizeof *layout);
    layout->sim = vespa_sim_process_start("--workers", "1", NULL);
    layout->shim = shim;
    *state = layout;
    return 0;
}

static int start_built(void **state)
{
    return start(state, "libvespa_shim.so");
}

static int start_unoptimised(void **state)
{
    return start(state, "tests/layouts/parts/O0/libvespa_shim.so");
}

int layout_reset(void **state)
{
    struct layout *layout = *state;
    layout->before = layout->after = NULL;
    layout->environment = NULL;
    vespa_program_result_free(&layout->result);
    cJSON_Delete(layout->stats);
    layout->stats = NULL;
    vespa_sim_process_reset(layout->sim);
    return 0;
}

static int stop(void **state)
{
    struct layout *layout = *state;
    vespa_program_result_free(&layout->result);
    cJSON_Delete(layout->stats);
    vespa_sim_process_stop(layout->sim);
    free(layout);
    return 0;
}

int layout_run_tests(const struct CMUnitTest *tests, size_t count)
{
    int failed = _cmocka_run_group_tests("as built", tests, count, start_built, stop);
    return failed + _cmocka_run_group_tests("unoptimised", tests, count, start_unoptimised, stop);
}

bool layout_has_gnutls(void)
{
    char *program = part("program-gnutls");
    bool there = access(program, X_OK) == 0;
    free(program);
    return there;
}

void layout_needs_gnutls(void)
{
    if (!layout_has_gnutls())
        skip();
}

void layout_not_under_a_sanitizer(void)
{
    const char *runtime = getenv("VESPA_PRELOAD_FIRST");
    if (runtime && *runtime)
        skip();
}

/* ---- running -------------------------------------------------------------------------------- */

/* A sanitizer's runtime, what comes before the shim, the shim, what comes after. */
static void make_preload(const struct layout *layout, char *variable, size_t size)
{
    const char *runtime = getenv("VESPA_PRELOAD_FIRST");
    char *shim = vespa_build_path(layout->shim);
    char *before = layout->before ? part(layout->before) : strdup("");
    char *after = layout->after ? part(layout->after) : strdup("");
    snprintf(variable, size, EMULATED "LD_PRELOAD=%s:%s:%s:%s", runtime ? runtime : "", before,
             shim, after);
    free(shim);
    free(before);
    free(after);
}

/* The program's path and arguments; those that name a part become its path. All to be freed. */
static void make_words(char **words, const char *program, va_list rest)
{
    size_t count = 0;
    words[count++] = part(program);
    for (const char *word; (word = va_arg(rest, const char *)) != NULL;) {
        assert_true(count + 1 < MOST_WORDS);
        words[count++] = strncmp(word, "PART/", 5) == 0 ? part(word + 5) : strdup(word);
    }
    words[count] = NULL;
}

static void free_words(char **words)
{
    for (size_t i = 0; words[i]; i++)
        free(words[i]);
}

static void run(struct layout *layout, char **words, const char *preload)
{
    const char *emulator = getenv("VESPA_EMULATOR");
    const char *argv[MOST_WORDS + 1] = {emulator};
    const char *all[64] = {emulator ? preload : preload + strlen(EMULATED)};
    memcpy(argv + (emulator != NULL), words, MOST_WORDS * sizeof *words);
    size_t count = 1;
    for (const char *const *more = vespa_sim_process_environment(layout->sim); *more; more++)
        all[count++] = *more;
    vespa_program_result_free(&layout->result);
    layout->result = vespa_program_run(&(struct vespa_program){
        .argv = argv,
        .environment = all,
        .more_environment = layout->environment,
    });
    free_words(words);
    if (layout->result.status != 0)
        fail_msg("ended with status %d, signal %d:\n%s\n%s", layout->result.status,
                 layout->result.signal, layout->result.out, layout->result.err);
}

void layout_run(void **state, const char *program, ...)
{
    struct layout *layout = *state;
    char *words[MOST_WORDS];
    char preload[4096];
    va_list rest;
    va_start(rest, program);
    make_words(words, program, rest);
    va_end(rest);
    make_preload(layout, preload, sizeof preload);
    run(layout, words, preload);
}

char *layout_run_plain(void **state, const char *program, ...)
{
    struct layout *layout = *state;
    char *words[MOST_WORDS];
    va_list rest;
    va_start(rest, program);
    make_words(words, program, rest);
    va_end(rest);
    run(layout, words, EMULATED "LD_PRELOAD");
    return strdup(layout->result.out);
}

/* ---- what was seen -------------------------------------------------------------------------- */

const cJSON *layout_stats(void **state)
{
    struct layout *layout = *state;
    cJSON_Delete(layout->stats);
    layout->stats = NULL;
    layout->stats = vespa_sim_process_stats_quiet(layout->sim);
    return layout->stats;
}

/* The lines that the program is to print, but for the versions of TLS libraries. */
static bool is_answer(const char *line, const char *label, const char *flavour)
{
    char beginning[256], end[256];
    const char *plus = strchr(flavour, '+');
    int own = (int)strcspn(flavour, "+");
    int began = snprintf(beginning, sizeof beginning, "%s result 0 status 200 by %.*s/", label, own,
                         flavour);
    int ended = snprintf(end, sizeof end, " with a handle of %s answer {\"from\":\"%s\"}",
                         plus ? plus + 1 : flavour, label);
    size_t length = strcspn(line, "\n");
    return strncmp(line, beginning, (size_t)began) == 0 && length > (size_t)(began + ended) &&
           strncmp(line + length - ended, end, (size_t)ended) == 0;
}

static void assert_reached_worker(const cJSON *stats, const char *label)
{
    char query[128];
    int count = 0;
    const cJSON *request;
    snprintf(query, sizeof query, "from=%s", label);
    cJSON_ArrayForEach(request, vespa_json_find(stats, "workers.0.requests"))
    {
        if (strcmp(vespa_json_string(request, "query"), query) == 0)
            count += vespa_json_number(request, "accepted") == 1;
    }
    if (count != 1)
        fail_msg("%s reached the worker %d times, not once", label, count);
}

/* The next "LABEL:FLAVOUR" of the list; false: it is at its end. */
static bool next_expected(const char **list, char label[64], char flavour[64])
{
    int length = 0;
    if (sscanf(*list, " %63[^:]:%63s%n", label, flavour, &length) != 2)
        return false;
    *list += length;
    return true;
}

static void assert_answers(void **state, const char *expected)
{
    struct layout *layout = *state;
    const cJSON *stats = layout_stats(state);
    const char *line = layout->result.out;
    char label[64], flavour[64];
    int count = 0;
    while (next_expected(&expected, label, flavour)) {
        if (!line || !is_answer(line, label, flavour))
            fail_msg("not the answer to %s by %s: «%s» in\n%s\n%s", label, flavour,
                     line ? line : "nothing", layout->result.out, layout->result.err);
        assert_reached_worker(stats, label);
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
        count++;
    }
    if (line && *line)
        fail_msg("more than was expected: %s", line);
    assert_true(count > 0);
    assert_int_equal(vespa_json_number(stats, "route.count"), count);
    assert_int_equal(vespa_json_number(stats, "violation_count"), 0);
}

void layout_assert_routed(void **state, const char *expected)
{
    layout_assert_routed_and(state, expected, "");
}

void layout_assert_routed_and(void **state, const char *expected, const char *said)
{
    struct layout *layout = *state;
    assert_answers(state, expected);
    assert_string_equal(layout->result.err, said);
}

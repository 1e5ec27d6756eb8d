// What `vespa run --summary` tells at the end.

#include "cli/run/summary.h"

#include "core/counts.h"

#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct vespa_summary {
    struct vespa_counts *counts;
    char directory[PATH_MAX];
    char file[PATH_MAX + 8];
};

// Where there is memory behind files, if there is such a place: the counts need no disk.
static const char *parent_directory(void)
{
    static const char *const variables[] = {"XDG_RUNTIME_DIR", "TMPDIR"};
    for (size_t i = 0; i < sizeof variables / sizeof variables[0]; i++) {
        const char *value = getenv(variables[i]);
        if (value && value[0] == '/' && access(value, W_OK | X_OK) == 0)
            return value;
    }
    return "/tmp";
}

static void remove_files(const struct vespa_summary *summary)
{
    unlink(summary->file);
    rmdir(summary->directory);
}

struct vespa_summary *vespa_summary_begin(void)
{
    struct vespa_summary *summary = calloc(1, sizeof *summary);
    bool made = false;
    if (summary) {
        snprintf(summary->directory, sizeof summary->directory, "%s/vespa-run-XXXXXX",
                 parent_directory());
        made = mkdtemp(summary->directory) != NULL;
    }
    if (made) {
        snprintf(summary->file, sizeof summary->file, "%s/counts", summary->directory);
        summary->counts = vespa_counts_create(summary->file);
    }
    if (made && summary->counts && setenv(VESPA_COUNTS_VARIABLE, summary->file, 1) == 0)
        return summary;
    fprintf(stderr, "vespa run: no file for the summary could be made%s%s: %s\n",
            summary ? " as " : "", summary ? summary->directory : "", strerror(errno));
    if (made)
        remove_files(summary);
    free(summary);
    return NULL;
}

static void print_time(const char *name, double microseconds)
{
    if (microseconds < 1e6)
        fprintf(stderr, "%s %.3g ms", name, microseconds / 1e3);
    else
        fprintf(stderr, "%s %.3g s", name, microseconds / 1e6);
}

static void print_counts(const struct vespa_counts *counts)
{
    uint64_t routed = vespa_counts_get(counts, VESPA_COUNT_REQUESTS);
    uint64_t passed = vespa_counts_get(counts, VESPA_COUNT_PASSED);
    uint64_t cut_off = routed - vespa_counts_get(counts, VESPA_COUNT_ENDED); /* with its process */
    fprintf(stderr,
            "vespa: requests: %" PRIu64 " seen, %" PRIu64 " routed, %" PRIu64 " passed, %" PRIu64
            " retried, %" PRIu64 " failed\n",
            routed + passed, routed, passed, vespa_counts_get(counts, VESPA_COUNT_RETRIED),
            vespa_counts_get(counts, VESPA_COUNT_FAILED) + cut_off);
    double median = vespa_counts_routing(counts, 50);
    if (median <= 0)
        return;
    print_time("vespa: time in routing: median", median);
    print_time(", 99 %", vespa_counts_routing(counts, 99));
    fputc('\n', stderr);
}

void vespa_summary_end(struct vespa_summary *summary, bool shown, const char *program)
{
    remove_files(summary);
    if (shown && vespa_counts_get(summary->counts, VESPA_COUNT_PROCESSES))
        print_counts(summary->counts);
    else if (shown)
        fprintf(stderr,
                "vespa: no request was seen: %s called nothing of libcurl that reached "
                "libvespa_shim.so.\n"
                "vespa: Perhaps it uses no libcurl, or has one linked in statically; is setuid, or "
                "has file\n"
                "vespa: capabilities; clears its environment; has another process make its "
                "requests; or runs\n"
                "vespa: as another user or with other directories than this command. `vespa doctor "
                "PROGRAM`\n"
                "vespa: looks into that; `vespa proxy` is for programs that cannot be wrapped.\n",
                program);
    free(summary);
}

/* A thousand requests in one multi handle, two hundred at a time, while autoscaler and workers fail
 * by chance and handles are removed and added again: each has one outcome, and it is its own. A
 * smaller run is part of tests/valgrind. */
#include "tests/preload/routed.h"

#include <stdio.h>
#include <string.h>

enum { REQUESTS = 1000 };

/* What the last worker said, or what vespa says of all of them, is an outcome too; a transfer that
 * failed is not, for no answer is cut off in its middle. */
static bool is_explained(int result, long status, const char *answer)
{
    if (result != 0)
        return false;
    if (status == 200)
        return strcmp(answer, "echo") == 0;
    return status == 401 || status == 429 || status == 500 || status == 502 || status == 503;
}

static void assert_outcomes(const struct routed *r)
{
    static unsigned char outcomes[REQUESTS];
    int number, result, good = 0;
    long status;
    char answer[16];
    memset(outcomes, 0, sizeof outcomes);
    for (const char *line = r->result.out; line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (sscanf(line, "done %d %d %ld %*s %15s", &number, &result, &status, answer) != 4)
            continue;
        assert_in_range(number, 0, REQUESTS - 1);
        if (!is_explained(result, status, answer))
            fail_msg("%.60s", line);
        outcomes[number]++;
        good += status == 200;
    }
    for (int i = 0; i < REQUESTS; i++)
        assert_int_equal(outcomes[i], 1);
    assert_true(good > REQUESTS / 2);
}

/* libcurl sends a request again by itself when a connection that it had kept closes without an
 * answer; nothing else may have been wrong with what the workers got. */
static void assert_nothing_but_replays(const struct routed *r)
{
    const cJSON *violation;
    cJSON_ArrayForEach(violation, vespa_json_find(r->stats, "violations"))
    {
        if (!strstr(violation->valuestring, ": replayed ("))
            fail_msg("%s", violation->valuestring);
    }
}

static void each_of_a_thousand_requests_has_one_outcome(void **state)
{
    struct routed *r = *state;
    static const char *const styles[] = {"poll", "epoll"};
    for (size_t i = 0; i < sizeof styles / sizeof *styles; i++) {
        routed_restart(r, "--token-delay", "0", "--workers", "4", NULL);
        routed_multi(r, styles[i], "URL=" HOST "/echo",
                     "body={\"request\":#,\"again\":\"request #\"}", "new=1000", "stress=200",
                     NULL);
        assert_outcomes(r);
        routed_stats(r);
        assert_nothing_but_replays(r);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {ROUTED(each_of_a_thousand_requests_has_one_outcome)};
    return routed_run(tests);
}

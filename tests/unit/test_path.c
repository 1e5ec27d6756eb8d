/* Which paths begin with which. */
#include "core/path.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

static void expect(const char *path, const char *beginning, bool expected)
{
    if (vespa_path_begins_with(vespa_slice_of(path), vespa_slice_of(beginning)) != expected)
        fail_msg("%s, %s: expected %d", path, beginning, expected);
}

static void a_beginning_is_made_of_whole_segments(void **state)
{
    (void)state;
    expect("/v1/chat", "/v1/chat", true);
    expect("/v1/chat/completions", "/v1/chat", true);
    expect("/v1/chat?a=/b", "/v1/chat", true);
    expect("/v1/chats", "/v1/chat", false);
    expect("/v1/cha", "/v1/chat", false);
    expect("/V1/chat", "/v1/chat", false);
    expect("/v1/chat/x", "/v1/chat/", true);
    expect("/v1/chat/", "/v1/chat/", true);
    expect("/v1/chat", "/v1/chat/", false);
    expect("/x?/v1/chat/", "/v1/chat/", false);
}

static void the_root_is_the_beginning_of_all(void **state)
{
    (void)state;
    expect("/", "/", true);
    expect("", "/", true);
    expect("?a", "/", true);
    expect("/x/y", "/", true);
    expect("", "/v1", false);
}

static void another_spelling_is_no_other_path(void **state)
{
    (void)state;
    expect("/v1/%63hat/x", "/v1/chat/", true);
    expect("/v1%2Fchat/x", "/v1/chat/", true);
    expect("/v1/%zzhat/x", "/v1/chat/", false);
    expect("/v1/chat%", "/v1/chat", false);
    expect("/v1/./chat/x", "/v1/chat/", true);
    expect("/a/../v1/chat/x", "/v1/chat/", true);
    expect("/a/%2e%2E/v1/chat/x", "/v1/chat/", true);
    expect("/../../v1/chat/x", "/v1/chat/", true);
    expect("/v1/chat/../admin", "/v1/chat/", false);
    expect("/v1/chat/%2e%2e/admin", "/v1/chat/", false);
    expect("/v1/chat/x/..", "/v1/chat/", true);
    expect("/v1/chat/..", "/v1/chat", false);
    expect("/v1/chat/.", "/v1/chat/", true);
    expect("/v1/chat/.hidden", "/v1/chat/", true);
    expect("/v1/chat/...", "/v1/chat/", true);
    expect("/v1/x?/../chat", "/v1/chat", false);
}

/* What it is would need memory to be found out: it is not ours then. */
static void a_long_path_that_needs_resolving_begins_with_nothing(void **state)
{
    (void)state;
    static char path[3000];
    memset(path, 'a', sizeof(path) - 1);
    memcpy(path, "/v1/", 4);
    expect(path, "/v1/", true);
    path[2100] = '%';
    expect(path, "/v1/", false);
    path[2000] = '\0';
    memcpy(path + 1990, "%61", 3);
    expect(path, "/v1/", true);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_beginning_is_made_of_whole_segments),
        cmocka_unit_test(the_root_is_the_beginning_of_all),
        cmocka_unit_test(another_spelling_is_no_other_path),
        cmocka_unit_test(a_long_path_that_needs_resolving_begins_with_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

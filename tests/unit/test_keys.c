/* Keys, from variables and from files. */
#include "tests/unit/config_loading.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* ---- variables ------------------------------------------------------------------------------- */

static void white_space_around_values_is_cut_off(void **state)
{
    (void)state;
    struct vespa_config *config =
        LOAD_GOOD("VAST_API_KEY= \tpasted-key\r\n", "VAST_ENDPOINT=ep\n", "VESPA_RETRIES= 1 ");
    assert_string_equal(config->rules[0].endpoint_key, "pasted-key");
    assert_string_equal(config->rules[0].endpoint, "ep");
    assert_int_equal(config->rules[0].attempts, 2);
    vespa_config_free(config);
}

static void a_key_with_spaces_or_control_characters_is_refused_and_never_shown(void **state)
{
    (void)state;
    static const char *const entries[] = {
        "VAST_API_KEY=hidden part",        "VAST_API_KEY=hidden\r\nX: y",
        "VAST_API_KEY=hidden\x7f.",        "VAST_ACCOUNT_KEY=hidden\x01part",
        "VAST_ACCOUNT_KEY=hidden\xc3\xa9",
    };
    for (size_t i = 0; i < COUNT(entries); i++) {
        char name[32] = {0};
        memcpy(name, entries[i], strcspn(entries[i], "="));
        struct vespa_config *config = LOAD(entries[i]);
        const char *problem = config->rules[0].problem;
        assert_non_null(problem);
        assert_non_null(strstr(problem, name));
        assert_null(strstr(problem, "hidden"));
        vespa_config_free(config);
    }
}

static void an_account_key_alone_is_enough(void **state)
{
    (void)state;
    struct vespa_config *config = LOAD_GOOD("VAST_API_KEY=", "VAST_ACCOUNT_KEY=account");
    assert_null(config->rules[0].endpoint_key);
    assert_string_equal(config->rules[0].account_key, "account");
    vespa_config_free(config);
}

static void no_key_at_all_is_a_problem(void **state)
{
    (void)state;
    assert_problem("VAST_API_KEY=", "set VAST_API_KEY to the endpoint's key, or VAST_ACCOUNT_KEY");
}

/* ---- key files ------------------------------------------------------------------------------- */

static char home[64];
static char home_entry[128];
static char xdg_entry[128];

static int make_home(void **state)
{
    (void)state;
    strcpy(home, "/tmp/vespa-home-XXXXXX");
    if (!mkdtemp(home))
        return -1;
    snprintf(home_entry, sizeof(home_entry), "HOME=%s", home);
    snprintf(xdg_entry, sizeof(xdg_entry), "XDG_CONFIG_HOME=%s/xdg", home);
    return 0;
}

static int remove_home(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof(command), "rm -rf %s", home);
    return system(command);
}

/* A file below the home directory. */
static const char *write_file(const char *name, const char *contents, mode_t mode)
{
    static char path[256];
    snprintf(path, sizeof(path), "%s/%s", home, name);
    for (char *slash = path + strlen(home) + 1; (slash = strchr(slash, '/')); slash++) {
        *slash = '\0';
        mkdir(path, 0700);
        *slash = '/';
    }
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(contents, file);
    fclose(file);
    assert_int_equal(chmod(path, mode), 0);
    return path;
}

static void assert_account_key(struct vespa_config *config, const char *expected)
{
    const struct vespa_rule *rule = &config->rules[0];
    if (rule->problem)
        fail_msg("%s", rule->problem);
    assert_null(rule->endpoint_key);
    assert_string_equal(rule->account_key, expected);
    vespa_config_free(config);
}

static void the_account_key_of_the_command_line_is_found(void **state)
{
    (void)state;
    write_file(".vast_api_key", "older\n", 0600);
    assert_account_key(LOAD("VAST_API_KEY=", home_entry), "older");
    write_file(".config/vastai/vast_api_key", "  newer  \n", 0644);
    assert_account_key(LOAD("VAST_API_KEY=", home_entry), "newer");
    write_file("xdg/vastai/vast_api_key", "xdg", 0400);
    assert_account_key(LOAD("VAST_API_KEY=", home_entry, xdg_entry), "xdg");
}

static void xdg_config_home_takes_the_place_of_dot_config(void **state)
{
    (void)state;
    write_file(".config/vastai/vast_api_key", "not this", 0600);
    write_file(".vast_api_key", "older", 0600);
    assert_account_key(LOAD("VAST_API_KEY=", home_entry, xdg_entry), "older");
}

static void an_empty_key_file_is_passed_over(void **state)
{
    (void)state;
    write_file(".config/vastai/vast_api_key", " \n", 0600);
    write_file(".vast_api_key", "older", 0600);
    assert_account_key(LOAD("VAST_API_KEY=", home_entry), "older");
}

static void a_relative_home_is_not_used(void **state)
{
    (void)state;
    write_file(".vast_api_key", "older", 0600);
    assert_int_equal(chdir(home), 0);
    struct vespa_config *config = LOAD("VAST_API_KEY=", "HOME=.", "XDG_CONFIG_HOME=.");
    assert_int_equal(chdir("/"), 0);
    assert_null(config->rules[0].account_key);
    assert_non_null(config->rules[0].problem);
    vespa_config_free(config);
}

static void a_key_in_the_environment_leaves_the_files_alone(void **state)
{
    (void)state;
    write_file(".vast_api_key", "older", 0666);
    struct vespa_config *config = LOAD_GOOD(home_entry);
    assert_null(config->rules[0].account_key);
    vespa_config_free(config);
}

static void assert_file_refused(const char *path, const char *expected)
{
    struct vespa_config *config = LOAD("VAST_API_KEY=", home_entry);
    const char *problem = config->rules[0].problem;
    assert_non_null(problem);
    if (!strstr(problem, path) || !strstr(problem, expected) || strstr(problem, "hidden"))
        fail_msg("%s", problem);
    assert_null(config->rules[0].account_key);
    vespa_config_free(config);
}

static void a_key_file_that_others_may_write_is_refused(void **state)
{
    (void)state;
    assert_file_refused(write_file(".vast_api_key", "hidden", 0602), "may be written by others");
    assert_file_refused(write_file(".vast_api_key", "hidden", 0620), "may be written by others");
}

static void a_key_file_of_somebody_else_is_refused(void **state)
{
    (void)state;
    const char *path = write_file(".vast_api_key", "hidden", 0644);
    if (geteuid() != 0)
        skip(); /* only root can give files away */
    assert_int_equal(chown(path, 12345, 12345), 0);
    assert_file_refused(path, "belongs neither to the user nor to root");
}

static void what_is_no_key_file_is_refused(void **state)
{
    (void)state;
    char much[5000] = {0};
    memset(much, 'x', sizeof(much) - 1);
    assert_file_refused(write_file(".vast_api_key", "hidden two\nlines", 0600), "holds no key");
    assert_file_refused(write_file(".vast_api_key", much, 0600), "too long");

    const char *path = write_file(".vast_api_key", "", 0600);
    unlink(path);
    assert_int_equal(mkfifo(path, 0600), 0);
    alarm(5);
    assert_file_refused(path, "is not a regular file");
    alarm(0);
    unlink(path);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_file_refused(path, "is not a regular file");
}

/* ---- VESPA_API_KEY_FILE ---------------------------------------------------------------------- */

static const char *named_file(const char *path)
{
    static char entry[300];
    snprintf(entry, sizeof(entry), "VESPA_API_KEY_FILE=%s", path);
    return entry;
}

static void a_named_file_holds_the_endpoints_key(void **state)
{
    (void)state;
    write_file(".vast_api_key", "not this", 0600);
    const char *entry = named_file(write_file("key", " named\n", 0600));
    struct vespa_config *config = LOAD_GOOD("VAST_API_KEY=", home_entry, entry);
    assert_string_equal(config->rules[0].endpoint_key, "named");
    assert_null(config->rules[0].account_key);
    vespa_config_free(config);
}

static void the_key_itself_comes_before_a_named_file(void **state)
{
    (void)state;
    struct vespa_config *config = LOAD_GOOD(named_file("/nowhere/at/all"));
    assert_string_equal(config->rules[0].endpoint_key, "secret-key");
    vespa_config_free(config);
}

static void assert_named_file_refused(const char *path, const char *expected)
{
    struct vespa_config *config = LOAD("VAST_API_KEY=", "VAST_ACCOUNT_KEY=a", named_file(path));
    const char *problem = config->rules[0].problem;
    assert_non_null(problem);
    if (!strstr(problem, "VESPA_API_KEY_FILE") || !strstr(problem, path) ||
        !strstr(problem, expected) || strstr(problem, "hidden"))
        fail_msg("%s", problem);
    assert_null(config->rules[0].endpoint_key);
    vespa_config_free(config);
}

static void a_named_file_must_be_there_and_be_trusted(void **state)
{
    (void)state;
    assert_named_file_refused("/nowhere/at/all", "is not there, or empty");
    assert_named_file_refused("relative", "expected the absolute path");
    assert_named_file_refused(write_file("empty", "\n", 0600), "is not there, or empty");
    assert_named_file_refused(write_file("open", "hidden", 0666), "may be written by others");
    assert_named_file_refused(write_file("two", "hidden two", 0600), "holds no key");
}

#define AT_HOME(test) cmocka_unit_test_setup_teardown(test, make_home, remove_home)

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(white_space_around_values_is_cut_off),
        cmocka_unit_test(a_key_with_spaces_or_control_characters_is_refused_and_never_shown),
        cmocka_unit_test(an_account_key_alone_is_enough),
        cmocka_unit_test(no_key_at_all_is_a_problem),
        AT_HOME(the_account_key_of_the_command_line_is_found),
        AT_HOME(xdg_config_home_takes_the_place_of_dot_config),
        AT_HOME(an_empty_key_file_is_passed_over),
        AT_HOME(a_relative_home_is_not_used),
        AT_HOME(a_key_in_the_environment_leaves_the_files_alone),
        AT_HOME(a_key_file_that_others_may_write_is_refused),
        AT_HOME(a_key_file_of_somebody_else_is_refused),
        AT_HOME(what_is_no_key_file_is_refused),
        AT_HOME(a_named_file_holds_the_endpoints_key),
        AT_HOME(the_key_itself_comes_before_a_named_file),
        AT_HOME(a_named_file_must_be_there_and_be_trusted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

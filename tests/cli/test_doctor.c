// `vespa doctor`: programs of every kind, and set-ups with one thing wrong.

#include "tests/cli/vespa.h"
#include "tests/support/raw_server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>
#include <cmocka.h>

struct doctor {
    struct vespa_sim_process *sim;
    struct vespa_program_result result;
    char directory[64]; // removed with what is in it
    char config[100];
};

static int set_up(void **state)
{
    struct doctor *d = calloc(1, sizeof *d);
    strcpy(d->directory, "/tmp/vespa-doctor-XXXXXX");
    *state = d;
    if (!mkdtemp(d->directory))
        return -1;
    snprintf(d->config, sizeof d->config, "XDG_CONFIG_HOME=%s", d->directory);
    return 0;
}

static int tear_down(void **state)
{
    struct doctor *d = *state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", d->directory);
    int code = system(command);
    vespa_program_result_free(&d->result);
    vespa_sim_process_stop(d->sim);
    free(d);
    return code;
}

#define DOCTOR(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

static const char *path_of(const struct doctor *d, const char *name)
{
    static char path[256];
    snprintf(path, sizeof path, "%s/%s", d->directory, name);
    return path;
}

// Compiles a program, or a library, of the test's directory from a text.
static void compile(const struct doctor *d, const char *name, const char *text, const char *flags)
{
    char command[1024];
    FILE *source = fopen(path_of(d, "source.c"), "w");
    assert_non_null(source);
    fputs(text, source);
    fclose(source);
    snprintf(command, sizeof command, "cd '%s' && cc -O1 -o %s source.c %s", d->directory, name,
             flags);
    assert_int_equal(system(command), 0);
}

static void write_program(const struct doctor *d, const char *name, const void *bytes,
                          size_t length)
{
    FILE *file = fopen(path_of(d, name), "w");
    assert_non_null(file);
    assert_int_equal(fwrite(bytes, 1, length, file), length);
    fclose(file);
    assert_int_equal(chmod(path_of(d, name), 0755), 0);
}

static void look_at(struct doctor *d, const char *program)
{
    vespa_program_result_free(&d->result);
    d->result = vespa_command(NULL, NULL, "doctor", "--program-only", program, (const char *)NULL);
}

static void assert_can(struct doctor *d, const char *program, const char *why)
{
    look_at(d, program);
    vespa_assert_status(&d->result, 0);
    vespa_assert_out(&d->result, "can be wrapped");
    vespa_assert_out(&d->result, why);
}

static void assert_cannot(struct doctor *d, const char *program, const char *why)
{
    look_at(d, program);
    vespa_assert_status(&d->result, 1);
    vespa_assert_out(&d->result, "FAIL program: ");
    vespa_assert_out(&d->result, "cannot be wrapped");
    vespa_assert_out(&d->result, why);
    vespa_assert_out(&d->result, "vespa proxy");
}

#define PLAIN "int main(void) { return 0; }\n"
#define USES  "void *curl_easy_init(void);\nint main(void) { return curl_easy_init() == 0; }\n"

// ---- programs ---------------------------------------------------------------------------------

static void programs_that_use_libcurl_can(void **state)
{
    struct doctor *d = *state;
    assert_can(d, "curl", "it needs libcurl.so.4");
    compile(d, "gnutls", USES, "-l:libcurl-gnutls.so.4");
    assert_can(d, path_of(d, "gnutls"), "it needs libcurl-gnutls.so.4");
    compile(d, "direct", USES, "-l:libcurl.so.4");
    assert_can(d, path_of(d, "direct"), "it needs libcurl.so.4");
    compile(d, "libmiddle.so",
            "void *curl_easy_init(void);\nint middle(void) { return curl_easy_init() == 0; }\n",
            "-shared -fPIC -l:libcurl.so.4");
    compile(d, "indirect", "int middle(void);\nint main(void) { return middle(); }\n",
            "-L. -lmiddle -Wl,-rpath,'$ORIGIN'");
    assert_can(d, path_of(d, "indirect"), "by way of libmiddle.so");
    compile(d, "opens",
            "const char *volatile name = \"libcurl.so.4\";\nint main(void) { return !name; }\n",
            "");
    assert_can(d, path_of(d, "opens"), "dlopen");
}

static void static_programs_cannot(void **state)
{
    struct doctor *d = *state;
    compile(d, "static", PLAIN, "-static");
    assert_cannot(d, path_of(d, "static"), "statically linked: there is no dynamic linker");
    compile(d, "go",
            "const char *volatile go = \"\\xff Go buildinf:\";\nint main(void) { return !go; }\n",
            "-static");
    assert_cannot(d, path_of(d, "go"), "Go program");
    compile(d, "whole",
            "const char *volatile name = \"libcurl/8.5.0\";\nint main(void) { return !name; }\n",
            "-static");
    assert_cannot(d, path_of(d, "whole"), "libcurl too");
    compile(d, "half",
            "const char *volatile name = \"libcurl/8.5.0\";\nint main(void) { return !name; }\n",
            "");
    assert_cannot(d, path_of(d, "half"), "libcurl is linked into it statically");
}

// The linker leaves libcurl's version out where nobody asks for it.
static void static_libcurl_is_seen_without_its_version(void **state)
{
    struct doctor *d = *state;
    compile(d, "symbols",
            "int curl_easy_perform(void) { return 0; }\n"
            "int main(void) { return curl_easy_perform(); }\n",
            "");
    assert_cannot(d, path_of(d, "symbols"), "libcurl is linked into it statically");
    compile(d, "stripped",
            "const char *volatile head = \"# This file was generated by libcurl! Edit at your own "
            "risk.\";\nint main(void) { return !head; }\n",
            "-s");
    assert_cannot(d, path_of(d, "stripped"), "libcurl is linked into it statically");
    compile(d, "opens",
            "const char *volatile names[] = {\"libcurl.so.4\", \"curl_easy_perform\"};\n"
            "int main(void) { return !names[0]; }\n",
            "");
    assert_can(d, path_of(d, "opens"), "dlopen");
}

static void programs_without_libcurl_cannot(void **state)
{
    struct doctor *d = *state;
    compile(d, "plain", PLAIN, "");
    assert_cannot(d, path_of(d, "plain"), "no sign of libcurl");
}

static void privileged_programs_cannot(void **state)
{
    struct doctor *d = *state;
    compile(d, "setuid", USES, "-l:libcurl.so.4");
    assert_int_equal(chmod(path_of(d, "setuid"), 04755), 0);
    assert_cannot(d, path_of(d, "setuid"), "setuid");
    compile(d, "setgid", USES, "-l:libcurl.so.4");
    assert_int_equal(chmod(path_of(d, "setgid"), 02755), 0);
    assert_cannot(d, path_of(d, "setgid"), "setgid");
}

// Only root may give capabilities to a file.
static void programs_with_capabilities_cannot(void **state)
{
    struct doctor *d = *state;
    static const unsigned char net_raw[20] = {1, 0, 0, 2, 0, 0x20};
    compile(d, "capable", USES, "-l:libcurl.so.4");
    if (setxattr(path_of(d, "capable"), "security.capability", net_raw, sizeof net_raw, 0) != 0)
        skip();
    assert_cannot(d, path_of(d, "capable"), "file capabilities");
}

// The program of the test's directory with one byte of its header changed.
static void change_header(const struct doctor *d, const char *name, const char *to, size_t at,
                          char byte)
{
    static char bytes[4 << 20];
    FILE *file = fopen(path_of(d, name), "r");
    assert_non_null(file);
    size_t length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    bytes[at] = byte;
    write_program(d, to, bytes, length);
}

static void programs_for_other_machines_cannot(void **state)
{
    struct doctor *d = *state;
    compile(d, "native", USES, "-l:libcurl.so.4");
    change_header(d, "native", "foreign", EI_NIDENT + 2, EM_PPC64);
    change_header(d, "native", "narrow", EI_CLASS, ELFCLASS32);
    assert_cannot(d, path_of(d, "foreign"), "another processor");
    assert_cannot(d, path_of(d, "narrow"), "another word size");
    compile(d, "musl", USES, "-l:libcurl.so.4 -Wl,--dynamic-linker=/lib/ld-musl-x86_64.so.1");
    assert_cannot(d, path_of(d, "musl"), "musl");
}

static void interpreters_may(void **state)
{
    struct doctor *d = *state;
    compile(d, "python3.11", PLAIN, "");
    look_at(d, path_of(d, "python3.11"));
    vespa_assert_status(&d->result, 0);
    vespa_assert_out(&d->result, "WARN program: ");
    vespa_assert_out(&d->result, "pycurl is routed");
}

static void scripts_are_judged_by_their_interpreters(void **state)
{
    struct doctor *d = *state;
    static const char direct[] = "#!/usr/bin/curl -K\n";
    static const char by_env[] = "#!/usr/bin/env -S A=b curl -v\n";
    static const char nobody[] = "#! \n";
    write_program(d, "script", direct, sizeof direct - 1);
    assert_can(d, path_of(d, "script"), "is run by /usr/bin/curl");
    write_program(d, "script2", by_env, sizeof by_env - 1);
    assert_can(d, path_of(d, "script2"), "is run by curl");
    write_program(d, "script3", nobody, sizeof nobody - 1);
    assert_cannot(d, path_of(d, "script3"), "names no interpreter");
    char loop[300];
    int length = snprintf(loop, sizeof loop, "#!%s\n", path_of(d, "loop"));
    write_program(d, "loop", loop, (size_t)length);
    look_at(d, path_of(d, "loop"));
    vespa_assert_status(&d->result, 1);
}

static void files_that_are_no_programs_cannot(void **state)
{
    struct doctor *d = *state;
    write_program(d, "text", "hello\n", 6);
    assert_cannot(d, path_of(d, "text"), "neither an ELF program nor a script");
    write_program(d, "empty", "", 0);
    assert_cannot(d, path_of(d, "empty"), "neither an ELF program nor a script");
    look_at(d, path_of(d, "absent"));
    vespa_assert_status(&d->result, 1);
    vespa_assert_out(&d->result, "there is no program");
    look_at(d, "no-such-program-anywhere");
    vespa_assert_status(&d->result, 1);
    look_at(d, d->directory);
    vespa_assert_status(&d->result, 1);
}

// Each beginning of a program is no program, or one that is judged; nothing else happens.
static void programs_that_are_cut_off_do_no_harm(void **state)
{
    struct doctor *d = *state;
    static char bytes[1 << 20];
    compile(d, "whole", USES, "-l:libcurl.so.4");
    FILE *file = fopen(path_of(d, "whole"), "r");
    assert_non_null(file);
    size_t length = fread(bytes, 1, sizeof bytes, file);
    fclose(file);
    for (size_t cut = 1; cut < length; cut = cut * 3 / 2 + 7) {
        write_program(d, "cut", bytes, cut);
        look_at(d, path_of(d, "cut"));
        assert_in_range(d->result.status, 0, 1);
        vespa_assert_out(&d->result, "program: ");
    }
}

// ---- the set-up -------------------------------------------------------------------------------

static void run(struct doctor *d, const char *more, const char *option)
{
    vespa_program_result_free(&d->result);
    d->result = vespa_command(d->sim, (const char *const[]){d->config, more, NULL}, "doctor",
                              option, (const char *)NULL);
    vespa_assert_silent(&d->result, vespa_sim_process_value(d->sim, "VAST_API_KEY"));
    vespa_assert_silent(&d->result, vespa_sim_process_value(d->sim, "VESPA_SIM_ACCOUNT_KEY"));
}

static void a_good_set_up_is_all_well(void **state)
{
    static const char *const subjects[] = {"configuration", "autoscaler", "clock",      "key",
                                           "worker",        "signature",  "certificate"};
    struct doctor *d = *state;
    d->sim = vespa_sim_process_start("--tls", NULL);
    run(d, NULL, NULL);
    vespa_assert_status(&d->result, 0);
    for (size_t i = 0; i < sizeof subjects / sizeof subjects[0]; i++) {
        char line[40];
        snprintf(line, sizeof line, "OK   %s: ", subjects[i]);
        vespa_assert_out(&d->result, line);
    }
    vespa_assert_out(&d->result, "one that Vespa workers accept");
    run(d, NULL, "--json");
    vespa_assert_status(&d->result, 0);
    cJSON *json = cJSON_Parse(d->result.out);
    assert_string_equal(vespa_json_string(json, "result"), "OK");
    assert_string_equal(vespa_json_string(json, "findings.3.subject"), "key");
    assert_string_equal(vespa_json_string(json, "findings.3.result"), "OK");
    cJSON_Delete(json);
}

static void each_dialect_is_known(void **state)
{
    static const char *const dialects[][2] = {{"pyworker", "older pyworkers"},
                                              {"sdk", "SDK workers"}};
    struct doctor *d = *state;
    for (size_t i = 0; i < 2; i++) {
        vespa_sim_process_stop(d->sim);
        d->sim = vespa_sim_process_start("--dialect", dialects[i][0], NULL);
        run(d, NULL, NULL);
        vespa_assert_status(&d->result, 0);
        vespa_assert_out(&d->result, dialects[i][1]);
        vespa_assert_out(&d->result, "plain http");
    }
}

static void a_forged_signature_is_seen(void **state)
{
    struct doctor *d = *state;
    d->sim = vespa_sim_process_start("--fault", "route-forged", NULL);
    run(d, NULL, NULL);
    vespa_assert_status(&d->result, 1);
    vespa_assert_out(&d->result, "FAIL signature: ");
}

static void a_wrong_certificate_is_seen(void **state)
{
    struct doctor *d = *state;
    d->sim = vespa_sim_process_start("--tls", "--tls-fault", "expired", NULL);
    run(d, NULL, NULL);
    vespa_assert_status(&d->result, 1);
    vespa_assert_out(&d->result, "FAIL certificate: ");
    vespa_assert_out(&d->result, "expired");
}

static void the_two_keys_are_told_apart(void **state)
{
    struct doctor *d = *state;
    char given[200];
    d->sim = vespa_sim_process_start(NULL);
    snprintf(given, sizeof given, "VAST_API_KEY=%s",
             vespa_sim_process_value(d->sim, "VESPA_SIM_ACCOUNT_KEY"));
    run(d, given, NULL);
    vespa_assert_status(&d->result, 1);
    vespa_assert_out(&d->result, "FAIL key: what is given as the endpoint's key is the account's");
    run(d, "VAST_API_KEY=nothing-at-all", NULL);
    vespa_assert_status(&d->result, 1);
    vespa_assert_out(&d->result, "FAIL key: The autoscaler at");
}

static void workers_that_are_not_ready_are_no_failure(void **state)
{
    struct doctor *d = *state;
    char account[200];
    d->sim = vespa_sim_process_start("--cold-polls", "1000", NULL);
    snprintf(account, sizeof account, "VAST_ACCOUNT_KEY=%s",
             vespa_sim_process_value(d->sim, "VESPA_SIM_ACCOUNT_KEY"));
    vespa_program_result_free(&d->result);
    d->result =
        vespa_command(d->sim, (const char *const[]){d->config, account, "VESPA_DEADLINE=1", NULL},
                      "doctor", (const char *)NULL);
    vespa_assert_status(&d->result, 0);
    vespa_assert_out(&d->result, "WARN worker: none is ready");
    vespa_assert_out(&d->result, "states of the workers: idle, idle");
}

static void what_is_missing_is_told(void **state)
{
    struct doctor *d = *state;
    d->sim = vespa_sim_process_start(NULL);
    run(d, "VAST_ENDPOINT", NULL);
    vespa_assert_status(&d->result, 1);
    vespa_assert_out(&d->result, "FAIL configuration: VAST_ENDPOINT is not set");
    run(d, "VESPA_AUTOSCALER_URL=http://127.0.0.1:1", NULL);
    vespa_assert_status(&d->result, 1);
    vespa_assert_out(&d->result, "FAIL autoscaler: http://127.0.0.1:1 cannot be reached");
    run(d, NULL, "--program-only");
    vespa_assert_status(&d->result, 2);
}

static void a_wrong_clock_is_seen(void **state)
{
    struct doctor *d = *state;
    char place[200];
    struct vespa_raw_server *server =
        vespa_raw_server_start("HTTP/1.1 401 No\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n"
                               "Content-Length: 0\r\nConnection: close\r\n\r\n");
    d->sim = vespa_sim_process_start(NULL);
    snprintf(place, sizeof place, "VESPA_AUTOSCALER_URL=%s", vespa_raw_server_url(server));
    run(d, place, NULL);
    vespa_assert_status(&d->result, 1);
    vespa_assert_out(&d->result, "FAIL clock: it is ");
    vespa_assert_out(&d->result, " s ahead of the autoscaler's");
    vespa_raw_server_stop(server);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        DOCTOR(programs_that_use_libcurl_can),
        DOCTOR(static_programs_cannot),
        DOCTOR(static_libcurl_is_seen_without_its_version),
        DOCTOR(programs_without_libcurl_cannot),
        DOCTOR(privileged_programs_cannot),
        DOCTOR(programs_with_capabilities_cannot),
        DOCTOR(programs_for_other_machines_cannot),
        DOCTOR(interpreters_may),
        DOCTOR(scripts_are_judged_by_their_interpreters),
        DOCTOR(files_that_are_no_programs_cannot),
        DOCTOR(programs_that_are_cut_off_do_no_harm),
        DOCTOR(a_good_set_up_is_all_well),
        DOCTOR(each_dialect_is_known),
        DOCTOR(a_forged_signature_is_seen),
        DOCTOR(a_wrong_certificate_is_seen),
        DOCTOR(the_two_keys_are_told_apart),
        DOCTOR(workers_that_are_not_ready_are_no_failure),
        DOCTOR(what_is_missing_is_told),
        DOCTOR(a_wrong_clock_is_seen),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

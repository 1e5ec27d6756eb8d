/*
 * Programs with more rights than their caller (AT_SECURE): the shim is inert in them, however it
 * came in. Only root can make such programs.
 */
#include "tests/preload/routed.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

/* A copy of a build product in the test's directory, for everybody to use. */
static void copy(const struct routed *r, const char *product, const char *name)
{
    char command[8500];
    char *path = vespa_build_path(product);
    snprintf(command, sizeof command, "chmod 755 %s && cp '%s' %s/%s && mkdir -p %s/etc",
             r->directory, path, r->directory, name, r->directory);
    assert_int_equal(system(command), 0);
    free(path);
}

/* The virtual host is a server that stands there; a request that is not routed comes to it. */
static void prepare(struct routed *r)
{
    if (geteuid() != 0) {
        print_message("only root can make privileged programs\n");
        skip();
    }
    if (getenv("VESPA_PRELOAD_FIRST")) {
        print_message("a sanitizer's runtime is not loaded into privileged programs\n");
        skip();
    }
    r->server = vespa_raw_server_start("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nmine");
    copy(r, "tests/programs/easy", "easy");
    copy(r, "libvespa_shim.so", "shim.so");
}

/* Runs a script as root, in a mount namespace of its own, without a preload. In it $PROGRAM and
 * $SHIM are the copies, "$@" is what the program is to do, run_as_nobody runs a command as another
 * user, and preload_for_all puts the shim into ld.so.preload. */
static void run(struct routed *r, const char *script)
{
    static const char prologue[] =
        "PROGRAM=$DIRECTORY/easy SHIM=$DIRECTORY/shim.so HOME=/nowhere;"
        "run_as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups \"$@\"; };"
        "preload_for_all() {"
        "  cp -a /etc/. $DIRECTORY/etc/; echo $SHIM >$DIRECTORY/etc/ld.so.preload;"
        "  mount --bind $DIRECTORY/etc /etc; };"
        "set -- WRITEFUNCTION=collect 'POSTFIELDS={\"a\":1}' URL=$URL perform;";
    char text[2048], host[128], url[128], directory[128];
    const char *address = strstr(vespa_raw_server_url(r->server), "://") + 3;
    snprintf(text, sizeof text, "%s%s", prologue, script);
    snprintf(host, sizeof host, "VESPA_HOST=%s", address);
    snprintf(url, sizeof url, "URL=http://%s/echo", address);
    snprintf(directory, sizeof directory, "DIRECTORY=%s", r->directory);
    vespa_program_result_free(&r->result);
    r->result = vespa_program_run(&(struct vespa_program){
        .argv = ENVIRONMENT("unshare", "-m", "sh", "-ec", text),
        .environment = vespa_sim_process_environment(r->sim),
        .more_environment = ENVIRONMENT(host, url, directory, r->log),
    });
    if (r->result.status != 0)
        fail_msg("%s%s", r->result.out, r->result.err);
}

static void assert_aside(struct routed *r)
{
    vespa_assert_line(&r->result, "body mine");
    assert_int_equal(vespa_raw_server_requests(r->server), 1);
    routed_stats(r);
    assert_int_equal(vespa_json_number(r->stats, "route.count"), 0);
    char *log = routed_log(r);
    assert_string_equal(log, "");
    free(log);
}

static void assert_routed(struct routed *r)
{
    vespa_assert_line(&r->result, "body {\"a\":1}");
    assert_int_equal(vespa_raw_server_requests(r->server), 0);
}

static void an_ordinary_program_of_the_same_kind_is_routed(void **state)
{
    struct routed *r = *state;
    prepare(r);
    run(r, "LD_PRELOAD=$SHIM run_as_nobody $PROGRAM \"$@\"");
    assert_routed(r);
}

static void a_program_that_is_preloaded_for_all_is_routed(void **state)
{
    struct routed *r = *state;
    prepare(r);
    run(r, "preload_for_all; run_as_nobody $PROGRAM \"$@\"");
    assert_routed(r);
}

static void a_setuid_program_is_left_alone(void **state)
{
    struct routed *r = *state;
    prepare(r);
    run(r, "chmod 4755 $PROGRAM; LD_PRELOAD=$SHIM run_as_nobody $PROGRAM \"$@\"");
    assert_aside(r);
}

static void a_setuid_program_is_left_alone_where_all_are_preloaded(void **state)
{
    struct routed *r = *state;
    prepare(r);
    run(r, "chmod 4755 $PROGRAM; preload_for_all; run_as_nobody $PROGRAM \"$@\"");
    assert_aside(r);
}

static void a_setgid_program_is_left_alone_where_all_are_preloaded(void **state)
{
    struct routed *r = *state;
    prepare(r);
    run(r, "chgrp 12345 $PROGRAM; chmod 2755 $PROGRAM; preload_for_all;"
           "run_as_nobody $PROGRAM \"$@\"");
    assert_aside(r);
}

/* linux/capability.h: version 2, effective; CAP_NET_BIND_SERVICE is permitted. */
static void give_capability(const struct routed *r)
{
    static const uint32_t capability[5] = {0x02000001, 1 << 10};
    char path[128];
    snprintf(path, sizeof path, "%s/easy", r->directory);
    assert_int_equal(setxattr(path, "security.capability", capability, sizeof capability, 0), 0);
}

static void a_program_with_file_capabilities_is_left_alone_where_all_are_preloaded(void **state)
{
    struct routed *r = *state;
    prepare(r);
    give_capability(r);
    run(r, "preload_for_all; run_as_nobody $PROGRAM \"$@\"");
    assert_aside(r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        ROUTED(an_ordinary_program_of_the_same_kind_is_routed),
        ROUTED(a_program_that_is_preloaded_for_all_is_routed),
        ROUTED(a_setuid_program_is_left_alone),
        ROUTED(a_setuid_program_is_left_alone_where_all_are_preloaded),
        ROUTED(a_setgid_program_is_left_alone_where_all_are_preloaded),
        ROUTED(a_program_with_file_capabilities_is_left_alone_where_all_are_preloaded),
    };
    return routed_run(tests);
}

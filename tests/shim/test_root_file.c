/*
 * The workers' root in memory, as both TLS flavours of libcurl get it (core/send.h,
 * vespa_root_file): a file without a name, and none on the disk.
 */
#include "core/send.h"
#include "tests/support/sim_process.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

/* What a test needs of one libcurl. */
struct flavour {
    CURL *(*easy_init)(void);
    CURLcode (*easy_setopt)(CURL *, CURLoption, ...);
    CURLcode (*easy_perform)(CURL *);
    void (*easy_cleanup)(CURL *);
};

static bool load(const char *name, struct flavour *flavour)
{
    void *library = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    if (!library)
        return false;
    *(void **)&flavour->easy_init = dlsym(library, "curl_easy_init");
    *(void **)&flavour->easy_setopt = dlsym(library, "curl_easy_setopt");
    *(void **)&flavour->easy_perform = dlsym(library, "curl_easy_perform");
    *(void **)&flavour->easy_cleanup = dlsym(library, "curl_easy_cleanup");
    /* cppcheck-suppress resourceLeak ; it stays loaded */
    return true;
}

static size_t ignore(char *data, size_t size, size_t count, void *user)
{
    (void)data, (void)user;
    return size * count;
}

static CURLcode connect_with(const struct flavour *flavour, const char *url, struct vespa_slice pem)
{
    char path[64];
    int file = vespa_root_file(pem);
    assert_true(file >= 0);
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    CURL *easy = flavour->easy_init();
    assert_non_null(easy);
    flavour->easy_setopt(easy, CURLOPT_URL, url);
    flavour->easy_setopt(easy, CURLOPT_WRITEFUNCTION, ignore);
    flavour->easy_setopt(easy, CURLOPT_CAINFO, path);
    flavour->easy_setopt(easy, CURLOPT_CAPATH, NULL);
    CURLcode result = flavour->easy_perform(easy);
    flavour->easy_cleanup(easy);
    close(file);
    return result;
}

static char *read_text(const char *path)
{
    char *text = calloc(1, 16384);
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_true(fread(text, 1, 16383, file) > 0);
    fclose(file);
    return text;
}

/* A worker is trusted by its own root in memory, and by that of another simulator it is not. */
static void assert_serves(const char *name)
{
    struct flavour flavour;
    char url[128];
    if (!load(name, &flavour))
        skip();
    struct vespa_sim_process *sim = vespa_sim_process_start("--tls", "--workers", "1", NULL);
    struct vespa_sim_process *other = vespa_sim_process_start("--tls", "--workers", "1", NULL);
    char *own_root = read_text(vespa_sim_process_value(sim, "VESPA_CA_FILE"));
    char *other_root = read_text(vespa_sim_process_value(other, "VESPA_CA_FILE"));
    snprintf(url, sizeof url, "%s/health", vespa_sim_process_worker(sim, 0));
    assert_int_equal(connect_with(&flavour, url, vespa_slice_of(own_root)), CURLE_OK);
    assert_int_not_equal(connect_with(&flavour, url, vespa_slice_of(other_root)), CURLE_OK);
    free(own_root);
    free(other_root);
    vespa_sim_process_stop(sim);
    vespa_sim_process_stop(other);
}

static void a_root_in_memory_serves_openssl(void **state)
{
    (void)state;
    assert_serves("libcurl.so.4");
}

static void a_root_in_memory_serves_gnutls(void **state)
{
    (void)state;
    assert_serves("libcurl-gnutls.so.4");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_root_in_memory_serves_openssl),
        cmocka_unit_test(a_root_in_memory_serves_gnutls),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

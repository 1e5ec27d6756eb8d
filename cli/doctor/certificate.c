// The worker's certificate.

#include "cli/doctor/certificate.h"

#include "cli/root.h"
#include "core/send.h"

#include <curl/curl.h>
#include <stdio.h>
#include <unistd.h>

enum { CONNECT_MS = 15000 };

static bool connect_to(const char *url, const char *root, char *error, size_t size)
{
    char why[CURL_ERROR_SIZE] = "";
    CURL *easy = curl_easy_init();
    if (!easy) {
        snprintf(error, size, "out of memory");
        return false;
    }
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)CONNECT_MS);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, why);
    if (root) {
        curl_easy_setopt(easy, CURLOPT_CAINFO, root);
        curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    }
    CURLcode result = curl_easy_perform(easy);
    if (result)
        snprintf(error, size, "%s", why[0] ? why : curl_easy_strerror(result));
    curl_easy_cleanup(easy);
    return result == CURLE_OK;
}

// With Vast's own root, which is fetched and has to be one of the known ones.
static bool connect_with_fetched(const struct vespa_rule *rule, const char *root_sha256,
                                 const char *url, char *error, size_t size)
{
    char fingerprint[VESPA_FINGERPRINT_SIZE], path[64];
    struct vespa_buffer text = {0};
    struct vespa_slice pem;
    bool good = vespa_root_fetch(rule, &text, error, size);
    if (good && vespa_root_check(vespa_buffer_slice(&text), root_sha256, &pem, fingerprint) !=
                    VESPA_ROOT_KNOWN) {
        snprintf(error, size, "the root that the console gave is none of the known ones");
        good = false;
    }
    int file = good ? vespa_root_file(pem) : -1;
    vespa_buffer_free(&text);
    if (!good)
        return false;
    snprintf(path, sizeof path, "/proc/self/fd/%d", file);
    good = connect_to(url, path, error, size);
    close(file);
    return good;
}

bool vespa_doctor_certificate(const struct vespa_rule *rule, const char *root_sha256,
                              const char *url, char *error, size_t size)
{
    if (rule->ca_file || rule->local_workers)
        return connect_to(url, rule->ca_file, error, size);
    return connect_with_fetched(rule, root_sha256, url, error, size);
}

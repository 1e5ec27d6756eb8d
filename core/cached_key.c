/* Endpoint keys that were fetched and stored. */
#include "core/cached_key.h"

#include "core/endpoint_key.h"
#include "core/sha256.h"
#include "core/trusted_file.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { NAME_BYTES = 16 };

static void add_part(struct vespa_buffer *text, const char *part)
{
    vespa_buffer_append_string(text, part ? part : "");
    vespa_buffer_append_byte(text, '\n');
}

/* Appends the file's name: another for each endpoint, account and console. */
static void append_name(struct vespa_buffer *path, const struct vespa_rule *rule)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char digest[VESPA_SHA256_LENGTH];
    struct vespa_buffer text = {0};

    add_part(&text, rule->console_url);
    add_part(&text, rule->instance);
    add_part(&text, rule->endpoint);
    add_part(&text, rule->account_key);
    vespa_sha256(vespa_buffer_slice(&text), digest);
    path->failed |= text.failed;
    vespa_buffer_free_secret(&text);
    vespa_buffer_append_string(path, "key-");
    for (size_t i = 0; i < NAME_BYTES; i++) {
        vespa_buffer_append_byte(path, digits[digest[i] >> 4]);
        vespa_buffer_append_byte(path, digits[digest[i] & 15]);
    }
}

static bool is_private(const char *path)
{
    struct stat status;

    return stat(path, &status) == 0 && !(status.st_mode & (S_IRWXG | S_IRWXO));
}

bool vespa_cached_key_read(struct vespa_rule *rule, const char *directory)
{
    struct vespa_buffer path = {0}, text = {0};
    const char *problem;

    if (rule->endpoint_key || !rule->account_key || !rule->endpoint)
        return true;
    vespa_buffer_append_string(&path, directory);
    append_name(&path, rule);
    rule->cache_file = vespa_buffer_take(&path);
    if (!rule->cache_file)
        return false;
    enum vespa_trusted_file outcome =
        is_private(rule->cache_file)
            ? vespa_trusted_file_read(rule->cache_file, VESPA_LONGEST_KEY, &text, &problem)
            : VESPA_FILE_ABSENT;
    struct vespa_slice key = vespa_slice_trim(vespa_buffer_slice(&text));
    if (outcome == VESPA_FILE_READ && vespa_is_key(key))
        rule->cached_key = vespa_slice_copy(key);
    vespa_buffer_free_secret(&text);
    return outcome != VESPA_FILE_NO_MEMORY;
}

/* What a configuration came to, member by member: for `vespa config check`. */
#ifndef VESPA_CORE_CONFIG_REPORT_H
#define VESPA_CORE_CONFIG_REPORT_H

#include "core/buffer.h"
#include "core/config.h"

/*
 * Appends the value that counts for a member in that rule, or in everything, as a person writes it:
 * "my-endpoint", "1800", "a.example, b.example", "true". Of keys only "set" is said, and of a place
 * of a key that it is the one. Nothing is appended where there is no value (no fallback, no paths,
 * …). The caller asks out->failed.
 */
void vespa_config_value(const struct vespa_config *config, size_t rule, enum vespa_member_id id,
                        struct vespa_buffer *out);

/* Appends where it was said: "/etc/vespa.json:12", "VESPA_DEADLINE", "default" or "the key file of
 * the vastai command line". The caller asks out->failed. */
void vespa_config_origin(const struct vespa_config *config, size_t rule, enum vespa_member_id id,
                         struct vespa_buffer *out);

#endif

/*
 * The configuration file's text, taken apart into drafts (design.md §3): JSON, read by the scanner
 * of core/json.h, each member checked for its name and its type. Only the configuration uses this.
 */
#ifndef VESPA_CORE_CONFIG_FILE_H
#define VESPA_CORE_CONFIG_FILE_H

#include "core/draft.h"

/* The longest configuration file that is read, bytes. */
#define VESPA_CONFIG_FILE_LIMIT (1024U * 1024)

/* What a file says; zero-initialised at first. */
struct vespa_drafts {
    struct vespa_draft all; /* members of the file itself, and what is wrong with it as a whole */
    struct vespa_draft *rules; /* owned */
    size_t count;
    struct vespa_buffer text; /* secret: what the values are slices of */
};

/* Takes drafts->text apart, which is changed while that is done. file: its name for messages,
 * borrowed for the drafts' life. What is wrong stands in drafts->all.variables where it concerns
 * the whole file (text that is not JSON, unknown members of it), else in the rule's; rules that
 * stand before the place where the text ceases to be JSON are there. */
void vespa_config_file_parse(struct vespa_drafts *drafts, const char *file);

/* Overwrites and frees it all. */
void vespa_drafts_free(struct vespa_drafts *drafts);

#endif

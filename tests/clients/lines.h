/* Lists of lines, to compare what happened in no particular order. */
#ifndef VESPA_TESTS_CLIENTS_LINES_H
#define VESPA_TESTS_CLIENTS_LINES_H

#include <stdbool.h>
#include <stddef.h>

/* All zero: empty. */
struct vespa_lines {
    char **line;
    size_t count;
};

/* Adds a copy. */
void vespa_lines_add(struct vespa_lines *lines, const char *text, size_t length);

/* Adds each line of a text. */
void vespa_lines_split(struct vespa_lines *lines, const char *text, size_t length);

bool vespa_lines_have(const struct vespa_lines *lines, const char *line);

/* Sorted and joined, each with its '\n'. The caller frees it. */
char *vespa_lines_sorted(struct vespa_lines *lines);

void vespa_lines_free(struct vespa_lines *lines);

#endif

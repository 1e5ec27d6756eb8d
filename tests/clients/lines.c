/* Lists of lines. */
#include "tests/clients/lines.h"

#include <stdlib.h>
#include <string.h>

void vespa_lines_add(struct vespa_lines *lines, const char *text, size_t length)
{
    char **line = realloc(lines->line, (lines->count + 1) * sizeof *line);
    char *copy = malloc(length + 1);
    if (!line || !copy)
        abort();
    memcpy(copy, text, length);
    copy[length] = '\0';
    lines->line = line;
    lines->line[lines->count++] = copy;
}

void vespa_lines_split(struct vespa_lines *lines, const char *text, size_t length)
{
    const char *end = text + length;
    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *stop = newline ? newline : end;
        vespa_lines_add(lines, text, (size_t)(stop - text));
        text = newline ? newline + 1 : end;
    }
}

bool vespa_lines_have(const struct vespa_lines *lines, const char *line)
{
    for (size_t i = 0; i < lines->count; i++)
        if (strcmp(lines->line[i], line) == 0)
            return true;
    return false;
}

static int compare(const void *one, const void *other)
{
    return strcmp(*(char *const *)one, *(char *const *)other);
}

char *vespa_lines_sorted(struct vespa_lines *lines)
{
    size_t length = 0;
    for (size_t i = 0; i < lines->count; i++)
        length += strlen(lines->line[i]) + 1;
    char *all = malloc(length + 1);
    if (!all)
        abort();
    char *at = all;
    if (lines->count > 0)
        qsort(lines->line, lines->count, sizeof *lines->line, compare);
    for (size_t i = 0; i < lines->count; i++) {
        at = stpcpy(at, lines->line[i]);
        *at++ = '\n';
    }
    *at = '\0';
    return all;
}

void vespa_lines_free(struct vespa_lines *lines)
{
    for (size_t i = 0; i < lines->count; i++)
        free(lines->line[i]);
    free(lines->line);
    *lines = (struct vespa_lines){0};
}

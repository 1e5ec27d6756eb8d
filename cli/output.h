// What commands print: texts that come from elsewhere, tables, colours.
#ifndef VESPA_CLI_OUTPUT_H
#define VESPA_CLI_OUTPUT_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdio.h>

// A cell of a table. Control characters become '?': the texts are other people's.
struct vespa_cell {
    char text[80];
};

struct vespa_cell vespa_cell_text(const char *text);
struct vespa_cell vespa_cell_json(const cJSON *value); // a string, a number, or "-"

struct vespa_column {
    const char *heading;
    const char *member;
};

// Prints an array of objects, one a row with a cell for each of these members, below the headings,
// in columns that are wide enough. False: memory ran out.
bool vespa_table_print(const cJSON *rows, const struct vespa_column *columns, size_t count);

// Whether colours may be used on a stream: a terminal that can show them, and no NO_COLOR.
bool vespa_has_colours(FILE *stream);

// Prints a JSON value and a line end on standard output; NULL says that memory ran out. False: it
// could not be written. Frees the value.
bool vespa_json_print(cJSON *value);

#endif

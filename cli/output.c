// What commands print.

#include "cli/output.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct vespa_cell vespa_cell_text(const char *text)
{
    struct vespa_cell cell;
    snprintf(cell.text, sizeof cell.text, "%s", text && *text ? text : "-");
    for (char *at = cell.text; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7F)
            *at = '?';
    return cell;
}

struct vespa_cell vespa_cell_json(const cJSON *value)
{
    struct vespa_cell cell;
    if (!cJSON_IsNumber(value))
        return vespa_cell_text(cJSON_GetStringValue(value));
    bool whole = fabs(value->valuedouble) < 1e15 && trunc(value->valuedouble) == value->valuedouble;
    snprintf(cell.text, sizeof cell.text, whole ? "%.0f" : "%.4g", value->valuedouble);
    return cell;
}

static int width_of(const struct vespa_cell *cells, size_t rows, size_t columns, size_t column)
{
    size_t widest = 0;
    for (size_t row = 0; row < rows; row++) {
        size_t length = strlen(cells[row * columns + column].text);
        widest = length > widest ? length : widest;
    }
    return (int)widest;
}

static void print_cells(const struct vespa_cell *cells, size_t rows, size_t columns)
{
    bool colours = vespa_has_colours(stdout);
    for (size_t row = 0; row < rows; row++) {
        fputs(colours && row == 0 ? "\033[1m" : "", stdout);
        for (size_t column = 0; column < columns; column++) {
            bool last = column + 1 == columns;
            printf("%-*s%s", last ? 0 : width_of(cells, rows, columns, column),
                   cells[row * columns + column].text, last ? "" : "  ");
        }
        puts(colours && row == 0 ? "\033[0m" : "");
    }
}

bool vespa_table_print(const cJSON *rows, const struct vespa_column *columns, size_t count)
{
    size_t row_count = (size_t)cJSON_GetArraySize(rows);
    struct vespa_cell *cells = calloc((row_count + 1) * count, sizeof *cells);
    struct vespa_cell *cell = cells;
    const cJSON *row;
    if (!cells)
        return false;
    for (size_t i = 0; i < count; i++)
        *cell++ = vespa_cell_text(columns[i].heading);
    cJSON_ArrayForEach(row, rows)
    {
        for (size_t i = 0; i < count; i++)
            *cell++ = vespa_cell_json(cJSON_GetObjectItemCaseSensitive(row, columns[i].member));
    }
    print_cells(cells, row_count + 1, count);
    free(cells);
    return true;
}

bool vespa_has_colours(FILE *stream)
{
    const char *terminal = getenv("TERM");
    const char *none = getenv("NO_COLOR");
    return isatty(fileno(stream)) && !(none && *none) && terminal && strcmp(terminal, "dumb") != 0;
}

bool vespa_json_print(cJSON *value)
{
    char *text = value ? cJSON_Print(value) : NULL;
    bool printed = text && puts(text) != EOF && fflush(stdout) == 0;
    cJSON_free(text);
    cJSON_Delete(value);
    return printed;
}

/*
 * Looking options up. Numbers are unique across the types of setopt's third argument, so a row lies
 * at its number; the compiler refuses two rows with one number (-Woverride-init).
 */
#include "shim/option.h"

#include <stddef.h>

/* libcurl adds a base for each type to the number, and so tells how the argument is passed. */
enum id_base {
    BASE_LONG = 0,
    BASE_STRING = 10000,
    BASE_OBJECT = 10000,
    BASE_FUNCTION = 20000,
    BASE_OFF_T = 30000,
    BASE_BLOB = 40000,
    BASE_STEP = 10000
};

/* The words of the table's legs. */
enum legs {
    LEGS_NONE = 0,
    LEGS_WORKER = VESPA_LEG_WORKER,
    LEGS_CANNED = VESPA_LEG_CANNED,
    LEGS_WORKER_CANNED = VESPA_LEG_WORKER | VESPA_LEG_CANNED,
    LEGS_AUTOSCALER = VESPA_LEG_AUTOSCALER,
    LEGS_CANNED_AUTOSCALER = VESPA_LEG_CANNED | VESPA_LEG_AUTOSCALER,
    LEGS_SPECIAL = VESPA_LEG_SPECIAL
};

/* The words of its strings. */
enum { EMPTY = VESPA_DURING_EMPTY, ALL = VESPA_DURING_ALL };

static const struct vespa_option rows[] = {
#define OPTION(name_, number, type_, class_, legs_, during_, initial_) \
    [number] = {.name = #name_,                                        \
                .id = (unsigned)BASE_##type_ + (number),               \
                .type = VESPA_OPTION_##type_,                          \
                .class = VESPA_CLASS_##class_,                         \
                .legs = LEGS_##legs_,                                  \
                .during = (during_),                                   \
                .initial = (initial_)},
#include "shim/option_table.h"
#undef OPTION
};

enum { NUMBERS = sizeof rows / sizeof rows[0] };

/* Numbers below the highest that belong to no option: never given, or taken back before 7.74. */
static const uint16_t gaps[] = {0,  8,   30,  35,  38,  40,  49,  55,  66,  67, 72,
                                73, 122, 123, 124, 125, 126, 127, 128, 132, 133};

#define OPTION(...) +1
enum {
    ROWS =
#include "shim/option_table.h"
};
#undef OPTION
_Static_assert(ROWS + sizeof gaps / sizeof gaps[0] == NUMBERS, "each number is a row or a gap");

const struct vespa_option *vespa_option_of_number(unsigned number)
{
    return number < NUMBERS && rows[number].name ? &rows[number] : NULL;
}

const struct vespa_option *vespa_option_find(unsigned id)
{
    const struct vespa_option *option = vespa_option_of_number(id % BASE_STEP);
    return option && option->id == id ? option : NULL;
}

const char *vespa_option_string(int64_t value)
{
    switch (value) {
    case VESPA_DURING_EMPTY:
        return "";
    case VESPA_DURING_ALL:
        return "all";
    default:
        return NULL;
    }
}

const struct vespa_option *vespa_option_at(unsigned index)
{
    if (index >= ROWS)
        return NULL;
    unsigned number = index;
    for (unsigned i = 0; i < sizeof gaps / sizeof gaps[0] && gaps[i] <= number; i++)
        number++;
    return &rows[number];
}

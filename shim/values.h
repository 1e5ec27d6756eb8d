/*
 * The option values of one easy handle, remembered because libcurl has no getopt: what the shim
 * overrides during a leg is put back from here. Only options that the table marks with a leg are
 * kept, and only once they were set.
 */
#ifndef VESPA_SHIM_VALUES_H
#define VESPA_SHIM_VALUES_H

#include "core/curl_api.h"
#include "shim/option.h"

#include <stddef.h>

/* Options are numbered 1 to this across all types. */
#define VESPA_OPTION_NUMBERS 400

/* The number of an option without its type's base. */
static inline unsigned vespa_option_number(unsigned id)
{
    return id % 10000;
}

/* setopt's third argument. */
union vespa_argument {
    long number;
    curl_off_t offset;
    void *object; /* OBJECT, STRING and BLOB */
    void (*function)(void);
};

struct vespa_value {
    const struct vespa_option *option;
    union vespa_argument argument; /* STRING and BLOB: our own copy */
    uint64_t order;                /* later settings have higher ones */
};

struct vespa_values {
    struct vespa_value *items; /* owned */
    unsigned count;
    unsigned capacity;
    uint64_t order;
    uint8_t places[VESPA_OPTION_NUMBERS]; /* by number: place in items plus 1; 0: never set */
};

/* Remembers a value, in two steps, for libcurl may refuse it in between: makes room, and a copy of
 * a string or blob as libcurl would, which takes the place of *argument. False: memory ran out. */
bool vespa_values_prepare(struct vespa_values *values, const struct vespa_option *option,
                          union vespa_argument *argument);

/* What was prepared last becomes the option's value; or is freed. Neither can fail. */
void vespa_values_put(struct vespa_values *values, const struct vespa_option *option,
                      union vespa_argument argument);
void vespa_values_discard(const struct vespa_option *option, union vespa_argument argument);

/* The value of an option; NULL: never set. */
const struct vespa_value *vespa_values_find(const struct vespa_values *values, unsigned id);

/* The value, or NULL or the given number where it was never set. */
void *vespa_values_object(const struct vespa_values *values, unsigned id);
long vespa_values_number(const struct vespa_values *values, unsigned id, long unset);

/* The items' places in the order in which they were set. order has room for values->count. */
void vespa_values_in_order(const struct vespa_values *values, unsigned *order);

/* Copies all values into an empty set. False: memory ran out; *to must then be cleared. */
bool vespa_values_copy(struct vespa_values *to, const struct vespa_values *from);

/* Forgets all values and frees the memory. */
void vespa_values_clear(struct vespa_values *values);

/* Calls the real setopt with the argument in the type that the option takes. */
CURLcode vespa_option_apply(const struct vespa_curl_api *api, CURL *easy,
                            const struct vespa_option *option, union vespa_argument argument);

/* What an option has on a handle on which it was never set, as setopt takes it. */
union vespa_argument vespa_option_initial(const struct vespa_curl_api *api,
                                          const struct vespa_option *option);

/* The value that the table gives an option for the time of a leg. */
union vespa_argument vespa_option_during(const struct vespa_option *option);

#endif

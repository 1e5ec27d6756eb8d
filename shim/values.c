/* The option values of one easy handle. */
#include "shim/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIRST_CAPACITY 16

/* A blob and its bytes in one allocation; those that libcurl does not copy stay the caller's. */
static void *copy_blob(const struct curl_blob *blob)
{
    bool copied = (blob->flags & CURL_BLOB_COPY) != 0;
    struct curl_blob *copy = malloc(sizeof *copy + (copied ? blob->len : 0));
    if (!copy)
        return NULL;
    *copy = *blob;
    if (copied) {
        copy->data = copy + 1;
        memcpy(copy->data, blob->data, blob->len);
    }
    return copy;
}

/* Whether the value holds memory of its own. */
static bool owns(enum vespa_option_type type)
{
    return type == VESPA_OPTION_STRING || type == VESPA_OPTION_BLOB;
}

static bool copy_argument(enum vespa_option_type type, union vespa_argument *argument)
{
    if (!owns(type) || !argument->object)
        return true;
    argument->object =
        type == VESPA_OPTION_STRING ? strdup(argument->object) : copy_blob(argument->object);
    return argument->object != NULL;
}

/* Overwritten first: passwords are among them. */
static void free_argument(const struct vespa_value *value)
{
    if (!owns(value->option->type) || !value->argument.object)
        return;
    if (value->option->type == VESPA_OPTION_STRING)
        explicit_bzero(value->argument.object, strlen(value->argument.object));
    free(value->argument.object);
}

static bool reserve(struct vespa_values *values)
{
    if (values->count < values->capacity)
        return true;
    unsigned capacity = values->capacity ? values->capacity * 2 : FIRST_CAPACITY;
    struct vespa_value *items = realloc(values->items, capacity * sizeof *items);
    if (!items)
        return false;
    values->items = items;
    values->capacity = capacity;
    return true;
}

bool vespa_values_prepare(struct vespa_values *values, const struct vespa_option *option,
                          union vespa_argument *argument)
{
    bool known = values->places[vespa_option_number(option->id)] != 0;
    return (known || reserve(values)) && copy_argument(option->type, argument);
}

void vespa_values_put(struct vespa_values *values, const struct vespa_option *option,
                      union vespa_argument argument)
{
    uint8_t *place = &values->places[vespa_option_number(option->id)];
    if (*place)
        free_argument(&values->items[*place - 1]);
    else
        *place = (uint8_t)++values->count;
    values->items[*place - 1] =
        (struct vespa_value){.option = option, .argument = argument, .order = ++values->order};
}

void vespa_values_discard(const struct vespa_option *option, union vespa_argument argument)
{
    free_argument(&(struct vespa_value){.option = option, .argument = argument});
}

const struct vespa_value *vespa_values_find(const struct vespa_values *values, unsigned id)
{
    uint8_t place = values->places[vespa_option_number(id)];
    return place ? &values->items[place - 1] : NULL;
}

void *vespa_values_object(const struct vespa_values *values, unsigned id)
{
    const struct vespa_value *value = vespa_values_find(values, id);
    return value ? value->argument.object : NULL;
}

long vespa_values_number(const struct vespa_values *values, unsigned id, long unset)
{
    const struct vespa_value *value = vespa_values_find(values, id);
    return value ? value->argument.number : unset;
}

/* Insertion sort: a handle has a few dozen values, mostly in order already. */
void vespa_values_in_order(const struct vespa_values *values, unsigned *order)
{
    for (unsigned i = 0; i < values->count; i++) {
        unsigned at = i;
        for (; at > 0 && values->items[order[at - 1]].order > values->items[i].order; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
}

bool vespa_values_copy(struct vespa_values *to, const struct vespa_values *from)
{
    unsigned order[VESPA_OPTION_NUMBERS];
    vespa_values_in_order(from, order);
    for (unsigned i = 0; i < from->count; i++) {
        const struct vespa_value *value = &from->items[order[i]];
        union vespa_argument argument = value->argument;
        if (!vespa_values_prepare(to, value->option, &argument))
            return false;
        vespa_values_put(to, value->option, argument);
    }
    return true;
}

void vespa_values_clear(struct vespa_values *values)
{
    for (unsigned i = 0; i < values->count; i++)
        free_argument(&values->items[i]);
    free(values->items);
    *values = (struct vespa_values){0};
}

CURLcode vespa_option_apply(const struct vespa_curl_api *api, CURL *easy,
                            const struct vespa_option *option, union vespa_argument argument)
{
    CURLoption id = (CURLoption)option->id;
    switch (option->type) {
    case VESPA_OPTION_LONG:
        return api->easy_setopt(easy, id, argument.number);
    case VESPA_OPTION_OFF_T:
        return api->easy_setopt(easy, id, argument.offset);
    case VESPA_OPTION_FUNCTION:
        return api->easy_setopt(easy, id, argument.function);
    case VESPA_OPTION_STRING:
    case VESPA_OPTION_OBJECT:
    case VESPA_OPTION_BLOB:
        break;
    }
    return api->easy_setopt(easy, id, argument.object);
}

static union vespa_argument as_argument(const struct vespa_option *option, int64_t value)
{
    union vespa_argument argument = {.offset = 0};
    if (option->type == VESPA_OPTION_LONG)
        argument.number = (long)value;
    else if (option->type == VESPA_OPTION_OFF_T)
        argument.offset = value;
    else if (option->type == VESPA_OPTION_STRING)
        argument.object = (void *)(uintptr_t)vespa_option_string(value);
    return argument;
}

/* The certificates that libcurl was built with: NULL means none, not the default (design.md §2.2).
 * libcurl makes up its answer anew each time, and takes thirty thousand instructions for it. */
static const char *built_in_certificates(const struct vespa_curl_api *api, unsigned id)
{
    const curl_version_info_data *version = api->version_info(CURLVERSION_NOW);
    if (version->age < CURLVERSION_SEVENTH)
        return NULL;
    return id == CURLOPT_CAINFO ? version->cainfo : version->capath;
}

/* Defaults that are no constants are streams, and those certificates. */
union vespa_argument vespa_option_initial(const struct vespa_curl_api *api,
                                          const struct vespa_option *option)
{
    union vespa_argument argument = as_argument(option, option->initial);
    switch (option->id) {
    case CURLOPT_WRITEDATA:
        argument.object = stdout;
        break;
    case CURLOPT_READDATA:
        argument.object = stdin;
        break;
    case CURLOPT_CAINFO:
    case CURLOPT_CAPATH:
        argument.object = (void *)(uintptr_t)built_in_certificates(api, option->id);
        break;
    default:
        break;
    }
    return argument;
}

union vespa_argument vespa_option_during(const struct vespa_option *option)
{
    return as_argument(option, option->during);
}

/*
 * Environment variables as the configuration reads them: values, their checks, and the messages
 * about what is wrong with them. Only the configuration uses this.
 */
#ifndef VESPA_CORE_VARIABLES_H
#define VESPA_CORE_VARIABLES_H

#include "core/buffer.h"
#include "core/config.h"

struct vespa_variables {
    const struct vespa_environment *environment;
    struct vespa_buffer problem; /* all complaints, joined by "; "; empty: there are none */
    bool failed;                 /* memory ran out */
};

/* A variable's value without white space around it; empty when it is not set. Borrowed. */
struct vespa_slice vespa_variable(const struct vespa_variables *variables, const char *name);

/* A copy to be freed; NULL, and failed set, when memory ran out. */
char *vespa_variables_keep(struct vespa_variables *variables, struct vespa_slice text);

/* Adds a message that consists of these texts, up to a NULL. */
void vespa_complain(struct vespa_variables *variables, const char *const *texts);

#define VESPA_COMPLAIN(variables, ...) \
    vespa_complain(variables, (const char *const[]){__VA_ARGS__, NULL})

/* Adds: NAME is "VALUE": expected EXPECTED. Control characters of the value become '?', and a long
 * one is cut. Not for keys. */
void vespa_complain_of_value(struct vespa_variables *variables, const char *name,
                             struct vespa_slice value, const char *expected);

/* Decimal digits and nothing else; false, and *number as it was, when it is not from low to high.
 */
bool vespa_number_read(struct vespa_slice text, unsigned low, unsigned high, unsigned *number);

/* Whether a byte below 0x20, or 0x7F, is in it. */
bool vespa_has_control_character(struct vespa_slice text);

#endif

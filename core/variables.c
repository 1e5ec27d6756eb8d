/* Values of variables, and what is said about them. */
#include "core/variables.h"

enum {
    LONGEST_QUOTED = 80,   /* of a value in a message */
    LONGEST_PROBLEM = 1500 /* all messages together: they have to fit into an answer */
};

struct vespa_slice vespa_variable(const struct vespa_variables *variables, const char *name)
{
    const struct vespa_environment *environment = variables->environment;
    return vespa_slice_trim(vespa_slice_of(environment->get(environment->context, name)));
}

char *vespa_variables_keep(struct vespa_variables *variables, struct vespa_slice text)
{
    char *copy = vespa_slice_copy(text);
    variables->failed |= !copy;
    return copy;
}

void vespa_complain(struct vespa_variables *variables, const char *const *texts)
{
    if (variables->problem.length > LONGEST_PROBLEM)
        return;
    if (variables->problem.length)
        vespa_buffer_append_string(&variables->problem, "; ");
    for (; *texts; texts++)
        vespa_buffer_append_string(&variables->problem, *texts);
}

void vespa_complain_of_value(struct vespa_variables *variables, const char *name,
                             struct vespa_slice value, const char *expected)
{
    char quoted[LONGEST_QUOTED + sizeof("...")] = "";
    size_t length = value.length < LONGEST_QUOTED ? value.length : LONGEST_QUOTED;

    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)value.data[i];
        quoted[i] = byte < ' ' || byte == 0x7F ? '?' : value.data[i];
    }
    if (length < value.length)
        memcpy(quoted + length, "...", sizeof("..."));
    VESPA_COMPLAIN(variables, name, " is \"", quoted, "\": expected ", expected);
}

bool vespa_number_read(struct vespa_slice text, unsigned low, unsigned high, unsigned *number)
{
    unsigned value = 0;

    for (size_t i = 0; i < text.length; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return false;
        value = value * 10 + (unsigned)(text.data[i] - '0');
        if (value > high)
            return false;
    }
    if (!text.length || value < low)
        return false;
    *number = value;
    return true;
}

bool vespa_has_control_character(struct vespa_slice text)
{
    for (size_t i = 0; i < text.length; i++)
        if ((unsigned char)text.data[i] < ' ' || text.data[i] == 0x7F)
            return true;
    return false;
}

/* Values of variables, and what is said about them. */
#include "core/variables.h"

enum {
    LONGEST_COST = 32,
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

static size_t count_digits(struct vespa_slice text, size_t from)
{
    size_t at = from;
    while (at < text.length && text.data[at] >= '0' && text.data[at] <= '9')
        at++;
    return at - from;
}

/* RFC 8259 §6, without a sign, and with an exponent of two digits at most: the engine reads it into
 * a double. */
bool vespa_is_cost(struct vespa_slice text)
{
    size_t digits = count_digits(text, 0);
    size_t at = digits;

    if (!digits || text.length > LONGEST_COST || (digits > 1 && text.data[0] == '0'))
        return false;
    if (at < text.length && text.data[at] == '.') {
        size_t fraction = count_digits(text, at + 1);
        if (!fraction)
            return false;
        at += 1 + fraction;
    }

    bool positive = false;
    for (size_t i = 0; i < at; i++)
        positive |= text.data[i] >= '1' && text.data[i] <= '9';

    if (at < text.length && (text.data[at] | 0x20) == 'e') {
        at++;
        if (at < text.length && (text.data[at] == '+' || text.data[at] == '-'))
            at++;
        size_t exponent = count_digits(text, at);
        if (exponent < 1 || exponent > 2)
            return false;
        at += exponent;
    }
    return positive && at == text.length;
}

bool vespa_has_control_character(struct vespa_slice text)
{
    for (size_t i = 0; i < text.length; i++)
        if ((unsigned char)text.data[i] < ' ' || text.data[i] == 0x7F)
            return true;
    return false;
}

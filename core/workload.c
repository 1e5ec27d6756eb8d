/* Where the cost comes from: the first source that has one (protocol.md §6). */
#include "core/workload.h"

/* The SDK's. The Vespa proxy's 1.0 would under-report by a factor of 100. */
#define DEFAULT_COST "100"

enum { LONGEST_COST = 32 };

static size_t count_digits(struct vespa_slice text, size_t from)
{
    size_t at = from;
    while (at < text.length && text.data[at] >= '0' && text.data[at] <= '9')
        at++;
    return at - from;
}

/* RFC 8259 §6, without a sign, and with an exponent of two digits at most: the engine reads it into
 * a double. */
bool vespa_workload_is_valid(struct vespa_slice text)
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

bool vespa_workload_choose(const struct vespa_header *headers, size_t header_count,
                           const struct vespa_rule *rule, struct vespa_slice payload,
                           struct vespa_slice *cost)
{
    for (size_t i = 0; i < header_count; i++)
        if (vespa_slice_equal_nocase(headers[i].name, VESPA_LITERAL(VESPA_WORKLOAD_HEADER))) {
            *cost = vespa_slice_trim(headers[i].value);
            return vespa_workload_is_valid(*cost);
        }
    if (rule->cost)
        *cost = vespa_slice_of(rule->cost);
    else
        *cost = payload.length ? payload : VESPA_LITERAL(DEFAULT_COST);
    return true;
}

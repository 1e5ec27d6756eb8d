/* Tokens: what a header's name may consist of (RFC 9110 §5.6.2). */
#ifndef VESPA_CORE_TOKEN_H
#define VESPA_CORE_TOKEN_H

#include "core/slice.h"

static inline bool vespa_is_alphanumeric(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9');
}

/* Whether the text is one token: at least one byte, all of them letters, digits or !#$%&'*+-.^_`|~
 */
static inline bool vespa_is_token(struct vespa_slice text)
{
    for (size_t i = 0; i < text.length; i++)
        if (!vespa_is_alphanumeric(text.data[i]) &&
            (!text.data[i] || !strchr("!#$%&'*+-.^_`|~", text.data[i])))
            return false;
    return text.length > 0;
}

#endif

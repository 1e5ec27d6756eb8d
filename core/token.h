/* Tokens: what a header's name may consist of (RFC 9110 §5.6.2). */
#ifndef VESPA_CORE_TOKEN_H
#define VESPA_CORE_TOKEN_H

#include "core/slice.h"

static inline bool vespa_is_alphanumeric(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
           (byte >= '0' && byte <= '9');
}

/* The bytes of tokens: letters, digits and !#$%&'*+-.^_`|~ */
extern const bool vespa_token_bytes[256];

/* Whether the text is one token: at least one byte, all of them of these. */
static inline bool vespa_is_token(struct vespa_slice text)
{
    for (size_t i = 0; i < text.length; i++)
        if (!vespa_token_bytes[(unsigned char)text.data[i]])
            return false;
    return text.length > 0;
}

#endif

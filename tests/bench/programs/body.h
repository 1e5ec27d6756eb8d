#ifndef VESPA_TESTS_BENCH_BODY_H
#define VESPA_TESTS_BENCH_BODY_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A chat request of that many bytes; owned by the caller. */
static inline char *make_body(size_t length)
{
    static const char before[] =
        "{\"model\":\"llama-2-7b\",\"max_tokens\":100,\"messages\":[{\"role\":"
        "\"user\",\"content\":\"";
    static const char after[] = "\"}]}";
    size_t fixed = sizeof before + sizeof after - 2;
    if (length < fixed)
        length = fixed;
    char *body = malloc(length + 1);
    if (!body)
        abort();
    memcpy(body, before, sizeof before - 1);
    memset(body + sizeof before - 1, 'x', length - fixed);
    memcpy(body + length - (sizeof after - 1), after, sizeof after);
    return body;
}

#endif

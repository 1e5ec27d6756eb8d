/* What a program of this directory keeps of an answer: a write callback, and room for its bytes. */
#ifndef VESPA_TESTS_PRELOAD_PROGRAMS_ANSWER_H
#define VESPA_TESTS_PRELOAD_PROGRAMS_ANSWER_H

#include <stddef.h>
#include <string.h>

struct answer {
    char text[8192]; /* zero-terminated when the struct began as zeroes */
    size_t length;
};

/* CURLOPT_WRITEFUNCTION, with a struct answer as CURLOPT_WRITEDATA. Refuses what has no room. */
static inline size_t collect(char *bytes, size_t size, size_t count, void *user)
{
    struct answer *answer = user;
    size_t length = size * count;
    if (answer->length + length >= sizeof answer->text)
        return 0;
    memcpy(answer->text + answer->length, bytes, length);
    answer->length += length;
    return length;
}

#endif

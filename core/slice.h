/*
 * Byte slices: a view of somebody else's bytes. A slice never owns what it points to and need not
 * end with a zero byte.
 */
#ifndef VESPA_CORE_SLICE_H
#define VESPA_CORE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

struct vespa_slice {
    const char *data; /* may be NULL when length is 0 */
    size_t length;    /* bytes */
};

/* A slice of a string literal; its length is known when compiling. */
#define VESPA_LITERAL(text) ((struct vespa_slice){(text), sizeof(text) - 1})

/* The slice of length bytes from data on. */
static inline struct vespa_slice vespa_slice(const char *data, size_t length)
{
    return (struct vespa_slice){data, length};
}

/* The slice of a zero-terminated string without its zero; NULL gives the empty slice. */
static inline struct vespa_slice vespa_slice_of(const char *string)
{
    return (struct vespa_slice){string, string ? strlen(string) : 0};
}

/* Bytes [start, end) of a slice; the caller keeps start <= end <= length. */
static inline struct vespa_slice vespa_slice_part(struct vespa_slice slice, size_t start,
                                                  size_t end)
{
    return (struct vespa_slice){start ? slice.data + start : slice.data, end - start};
}

/* Whether both hold the same bytes. */
static inline bool vespa_slice_equal(struct vespa_slice a, struct vespa_slice b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

/* Whether length bytes at each are the same when ASCII letters are compared without case. */
bool vespa_bytes_equal_nocase(const char *a, const char *b, size_t length);

/* Whether both hold the same bytes when ASCII letters are compared without case (RFC 9110 §5.1,
 * RFC 3986 §6.2.2.1). The locale plays no part. */
static inline bool vespa_slice_equal_nocase(struct vespa_slice a, struct vespa_slice b)
{
    return a.length == b.length && vespa_bytes_equal_nocase(a.data, b.data, a.length);
}

/* Whether slice begins with the bytes of prefix. */
bool vespa_slice_starts_with(struct vespa_slice slice, struct vespa_slice prefix);

/* Whether slice contains needle anywhere, ASCII letters compared without case. */
bool vespa_slice_contains_nocase(struct vespa_slice slice, struct vespa_slice needle);

/* The slice without spaces, tabs, CR and LF at either end. */
struct vespa_slice vespa_slice_trim(struct vespa_slice slice);

/* The place of the first such byte, or slice.length when there is none. */
size_t vespa_slice_find(struct vespa_slice slice, char byte);

/* A zero-terminated copy, to be freed with free(); NULL when memory ran out. */
char *vespa_slice_copy(struct vespa_slice slice);

#endif

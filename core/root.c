/* The workers' root: from PEM to its fingerprint, and that to the known ones. */
#include "core/root.h"

#include "core/base64.h"
#include "core/sha256.h"

#define BEGIN_LINE "-----BEGIN CERTIFICATE-----"
#define END_LINE   "-----END CERTIFICATE-----"

/* Two issues of one root over one key (protocol.md §8): of 2022 and of 2026. */
static const char *const pinned[] = {
    "3E5EBA5631BC16A2BFA35F9503C3C0BF9591849DDA4CCBBF0E9B08A940AF1DBC",
    "A1A78F9E1A806C74DAD08B8F01F5F08C739FB70A5BFBB52D28923751C223451D",
};

bool vespa_root_is_pinned(const char *fingerprint)
{
    for (size_t i = 0; i < sizeof(pinned) / sizeof(pinned[0]); i++)
        if (strcmp(fingerprint, pinned[i]) == 0)
            return true;
    return false;
}

/* The digits of a fingerprint in capitals. False: it is none. */
static bool read_fingerprint(struct vespa_slice text, char to[static VESPA_FINGERPRINT_SIZE])
{
    size_t length = 0;

    for (size_t i = 0; i < text.length; i++) {
        char digit = text.data[i];
        if (digit == ':' || digit == ' ')
            continue;
        if (digit >= 'a' && digit <= 'f')
            digit = (char)(digit - 'a' + 'A');
        if (!strchr("0123456789ABCDEF", digit) || !digit || length + 1 == VESPA_FINGERPRINT_SIZE)
            return false;
        to[length++] = digit;
    }
    to[length] = '\0';
    return length + 1 == VESPA_FINGERPRINT_SIZE;
}

bool vespa_root_is_fingerprint(struct vespa_slice text)
{
    char digits[VESPA_FINGERPRINT_SIZE];
    return read_fingerprint(text, digits);
}

static bool is_accepted(const char *accepted, const char *fingerprint)
{
    char digits[VESPA_FINGERPRINT_SIZE];
    return read_fingerprint(vespa_slice_of(accepted), digits) && strcmp(digits, fingerprint) == 0;
}

/* The offset of needle in text from an offset on; text.length when it is not there. */
static size_t find(struct vespa_slice text, size_t from, struct vespa_slice needle)
{
    struct vespa_slice rest = vespa_slice_part(text, from, text.length);
    const char *found =
        rest.length ? memmem(rest.data, rest.length, needle.data, needle.length) : NULL;
    return found ? (size_t)(found - text.data) : text.length;
}

/* Cuts the first certificate out; *inner is its base64. */
static bool cut(struct vespa_slice text, struct vespa_slice *pem, struct vespa_slice *inner)
{
    size_t begin = find(text, 0, VESPA_LITERAL(BEGIN_LINE));
    if (begin == text.length)
        return false;
    size_t start = begin + strlen(BEGIN_LINE);
    size_t end = find(text, start, VESPA_LITERAL(END_LINE));
    if (end == text.length)
        return false;
    *inner = vespa_slice_part(text, start, end);
    *pem = vespa_slice_part(text, begin, end + strlen(END_LINE));
    return true;
}

static void write_fingerprint(struct vespa_slice der, char *fingerprint)
{
    static const char hex[] = "0123456789ABCDEF";
    unsigned char digest[VESPA_SHA256_LENGTH];

    vespa_sha256(der, digest);
    for (size_t i = 0; i < VESPA_SHA256_LENGTH; i++) {
        fingerprint[2 * i] = hex[digest[i] >> 4];
        fingerprint[2 * i + 1] = hex[digest[i] & 0xF];
    }
    fingerprint[2 * VESPA_SHA256_LENGTH] = '\0';
}

enum vespa_root vespa_root_check(struct vespa_slice text, const char *accepted,
                                 struct vespa_slice *pem,
                                 char fingerprint[static VESPA_FINGERPRINT_SIZE])
{
    struct vespa_buffer der = {0};
    struct vespa_slice inner;

    if (!cut(text, pem, &inner))
        return VESPA_ROOT_MALFORMED;
    enum vespa_root result = VESPA_ROOT_MALFORMED;
    if (vespa_base64_decode(inner, &der) && der.length) {
        write_fingerprint(vespa_buffer_slice(&der), fingerprint);
        bool known = vespa_root_is_pinned(fingerprint) || is_accepted(accepted, fingerprint);
        result = known ? VESPA_ROOT_KNOWN : VESPA_ROOT_UNKNOWN;
    }
    if (der.failed)
        result = VESPA_ROOT_NO_MEMORY;
    vespa_buffer_free(&der);
    return result;
}

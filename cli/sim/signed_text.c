// The text that the autoscaler signs and a worker checks, spelled as Python's json module would.

#include "cli/sim/signed_text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[VESPA_SIM_AUTH_FIELDS] = {"cost",        "endpoint",  "reqnum",
                                                         "request_idx", "signature", "url"};

const char *vespa_sim_auth_name(enum vespa_sim_auth_field field)
{
    return names[field];
}

bool vespa_sim_auth_is_number(enum vespa_sim_auth_field field)
{
    return field == VESPA_SIM_AUTH_COST || field == VESPA_SIM_AUTH_REQNUM ||
           field == VESPA_SIM_AUTH_REQUEST_IDX;
}

void vespa_sim_auth_free(struct vespa_sim_auth *auth)
{
    for (int i = 0; i < VESPA_SIM_AUTH_FIELDS; i++)
        vespa_sim_text_free(&auth->field[i]);
}

static bool is_signed(enum vespa_sim_dialect dialect, enum vespa_sim_auth_field field)
{
    if (field == VESPA_SIM_AUTH_URL)
        return true;
    if (field == VESPA_SIM_AUTH_SIGNATURE || dialect == VESPA_SIM_DIALECT_SDK)
        return false;
    return field != VESPA_SIM_AUTH_REQUEST_IDX || dialect == VESPA_SIM_DIALECT_VESPA;
}

void vespa_sim_signed_text(enum vespa_sim_dialect dialect, const struct vespa_sim_auth *auth,
                           struct vespa_sim_text *out)
{
    const char *before = "{\n";
    for (enum vespa_sim_auth_field i = 0; i < VESPA_SIM_AUTH_FIELDS; i++) {
        if (!is_signed(dialect, i))
            continue;
        vespa_sim_text_printf(out, "%s    \"%s\": ", before, names[i]);
        struct vespa_sim_slice value = vespa_sim_text_slice(&auth->field[i]);
        if (vespa_sim_auth_is_number(i))
            vespa_sim_text_add_slice(out, value);
        else
            vespa_sim_python_string(value, out);
        before = ",\n";
    }
    vespa_sim_text_add_string(out, "\n}");
}

// Splits the shortest spelling that reads back as `number` into digits and a decimal exponent:
// 0.DIGITS times 10 to the power of *point.
static void shortest_digits(double number, char digits[20], int *point)
{
    char scientific[40];
    for (int precision = 0; precision <= 16; precision++) {
        snprintf(scientific, sizeof scientific, "%.*e", precision, number);
        if (strtod(scientific, NULL) == number)
            break;
    }
    char *exponent = strchr(scientific, 'e');
    *point = (int)strtol(exponent + 1, NULL, 10) + 1;
    size_t count = 0;
    for (const char *at = scientific; at < exponent; at++)
        if (*at >= '0' && *at <= '9')
            digits[count++] = *at;
    while (count > 1 && digits[count - 1] == '0')
        count--;
    digits[count] = '\0';
}

void vespa_sim_python_float(double number, char out[VESPA_SIM_FLOAT_SIZE])
{
    char digits[20];
    int point;
    shortest_digits(number, digits, &point);
    const char *sign = number < 0 ? "-" : "";
    int count = (int)strlen(digits);
    if (number == 0)
        point = 1;
    if (point <= -4 || point > 16)
        snprintf(out, VESPA_SIM_FLOAT_SIZE, "%s%c%s%se%+03d", sign, digits[0], count > 1 ? "." : "",
                 digits + 1, point - 1);
    else if (point <= 0)
        snprintf(out, VESPA_SIM_FLOAT_SIZE, "%s0.%.*s%s", sign, -point, "0000", digits);
    else if (point >= count)
        snprintf(out, VESPA_SIM_FLOAT_SIZE, "%s%s%.*s.0", sign, digits, point - count,
                 "0000000000000000");
    else
        snprintf(out, VESPA_SIM_FLOAT_SIZE, "%s%.*s.%s", sign, point, digits, digits + point);
}

// The code point of the UTF-8 sequence of `length` bytes at `bytes`.
static unsigned code_point(const char *bytes, size_t length)
{
    static const unsigned char mask[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    unsigned code = (unsigned char)bytes[0] & mask[length];
    for (size_t i = 1; i < length; i++)
        code = code << 6 | ((unsigned char)bytes[i] & 0x3f);
    return code;
}

void vespa_sim_python_string(struct vespa_sim_slice value, struct vespa_sim_text *out)
{
    static const char characters[] = "\"\\\b\f\n\r\t";
    static const char escapes[] = "\"\\bfnrt";
    vespa_sim_text_add(out, "\"", 1);
    for (size_t i = 0; i < value.length;) {
        size_t length = vespa_sim_utf8_length(value.data + i, value.length - i);
        unsigned code = length ? code_point(value.data + i, length) : 0xfffd;
        const char *escaped = code && code < 0x80 ? strchr(characters, (int)code) : NULL;
        if (escaped)
            vespa_sim_text_printf(out, "\\%c", escapes[escaped - characters]);
        else if (code >= 0x20 && code < 0x7f)
            vespa_sim_text_add(out, value.data + i, 1);
        else if (code < 0x10000)
            vespa_sim_text_printf(out, "\\u%04x", code);
        else
            vespa_sim_text_printf(out, "\\u%04x\\u%04x", 0xd800 + ((code - 0x10000) >> 10),
                                  0xdc00 + ((code - 0x10000) & 0x3ff));
        i += length ? length : 1;
    }
    vespa_sim_text_add(out, "\"", 1);
}

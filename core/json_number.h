/*
 * The grammar of JSON numbers (RFC 8259 §6) as a table: what the bytes so far are, what kind of
 * byte comes next, and what they are together.
 */
#ifndef VESPA_CORE_JSON_NUMBER_H
#define VESPA_CORE_JSON_NUMBER_H

#include <stdbool.h>

/* Up to EXPONENT_SIGN something is missing, from ZERO on the number is whole; from INTEGER on any
 * number of digits may follow, which leave it what it is. */
enum vespa_number {
    VESPA_NUMBER_NOT, /* the byte does not belong to the number */
    VESPA_NUMBER_SIGN,
    VESPA_NUMBER_POINT,
    VESPA_NUMBER_EXPONENT,
    VESPA_NUMBER_EXPONENT_SIGN,
    VESPA_NUMBER_ZERO,
    VESPA_NUMBER_INTEGER,
    VESPA_NUMBER_FRACTION,
    VESPA_NUMBER_POWER
};

enum vespa_number_byte {
    VESPA_BYTE_OTHER,
    VESPA_BYTE_0,
    VESPA_BYTE_DIGIT, /* 1 to 9 */
    VESPA_BYTE_POINT,
    VESPA_BYTE_E,
    VESPA_BYTE_SIGN
};

static inline enum vespa_number_byte vespa_number_byte(char byte)
{
    switch (byte) {
    case '0':
        return VESPA_BYTE_0;
    case '1' ... '9':
        return VESPA_BYTE_DIGIT;
    case '.':
        return VESPA_BYTE_POINT;
    case 'e':
    case 'E':
        return VESPA_BYTE_E;
    case '+':
    case '-':
        return VESPA_BYTE_SIGN;
    default:
        return VESPA_BYTE_OTHER;
    }
}

/* What `so_far` and the next byte are together. */
static inline enum vespa_number vespa_number_next(enum vespa_number so_far, char byte)
{
    /* clang-format off */
    enum { SIGN = VESPA_NUMBER_EXPONENT_SIGN, EXP = VESPA_NUMBER_EXPONENT, ZERO = VESPA_NUMBER_ZERO,
           INT = VESPA_NUMBER_INTEGER, POINT = VESPA_NUMBER_POINT, FRAC = VESPA_NUMBER_FRACTION,
           POWER = VESPA_NUMBER_POWER };
    static const unsigned char table[][6] = {
        /*                            other  0      1-9    .      e E  + -  */
        [VESPA_NUMBER_SIGN]          = {0,   ZERO,  INT,   0,     0,   0},
        [VESPA_NUMBER_POINT]         = {0,   FRAC,  FRAC,  0,     0,   0},
        [VESPA_NUMBER_EXPONENT]      = {0,   POWER, POWER, 0,     0,   SIGN},
        [VESPA_NUMBER_EXPONENT_SIGN] = {0,   POWER, POWER, 0,     0,   0},
        [VESPA_NUMBER_ZERO]          = {0,   0,     0,     POINT, EXP, 0},
        [VESPA_NUMBER_INTEGER]       = {0,   INT,   INT,   POINT, EXP, 0},
        [VESPA_NUMBER_FRACTION]      = {0,   FRAC,  FRAC,  0,     EXP, 0},
        [VESPA_NUMBER_POWER]         = {0,   POWER, POWER, 0,     0,   0},
    };
    /* clang-format on */
    return (enum vespa_number)table[so_far][vespa_number_byte(byte)];
}

static inline bool vespa_number_is_whole(enum vespa_number so_far)
{
    return so_far >= VESPA_NUMBER_ZERO;
}

static inline bool vespa_number_takes_digits(enum vespa_number so_far)
{
    return so_far >= VESPA_NUMBER_INTEGER;
}

#endif

/* SHA-256, after FIPS 180-4 §5 and §6.2. */
#include "core/sha256.h"

#include <stdint.h>

enum { BLOCK = 64, LENGTH_FIELD = 8 };

/* §4.2.2 */
static const uint32_t constants[64] = {
    // clang-format off
    0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4, 0xab1c5ed5,
    0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174,
    0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
    0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967,
    0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
    0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
    0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2,
    // clang-format on
};

static uint32_t rotate(uint32_t word, unsigned bits)
{
    return word >> bits | word << (32 - bits);
}

static uint32_t read_word(const unsigned char *bytes)
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
}

/* §6.2.2, steps 1: the message schedule. */
static void expand(const unsigned char *block, uint32_t schedule[static 64])
{
    for (size_t t = 0; t < 16; t++)
        schedule[t] = read_word(block + 4 * t);
    for (size_t t = 16; t < 64; t++) {
        uint32_t early = schedule[t - 15];
        uint32_t late = schedule[t - 2];
        schedule[t] = (rotate(late, 17) ^ rotate(late, 19) ^ late >> 10) + schedule[t - 7] +
                      (rotate(early, 7) ^ rotate(early, 18) ^ early >> 3) + schedule[t - 16];
    }
}

/* §6.2.2, steps 2 to 4; v are the working variables a to h. */
static void add_block(uint32_t hash[static 8], const unsigned char *block)
{
    uint32_t schedule[64];
    uint32_t v[8];

    expand(block, schedule);
    memcpy(v, hash, sizeof(v));
    for (size_t t = 0; t < 64; t++) {
        uint32_t choose = (v[4] & v[5]) ^ (~v[4] & v[6]);
        uint32_t majority = (v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]);
        uint32_t first = v[7] + (rotate(v[4], 6) ^ rotate(v[4], 11) ^ rotate(v[4], 25)) + choose +
                         constants[t] + schedule[t];
        uint32_t second = (rotate(v[0], 2) ^ rotate(v[0], 13) ^ rotate(v[0], 22)) + majority;
        memmove(v + 1, v, 7 * sizeof(*v));
        v[4] += first;
        v[0] = first + second;
    }
    for (size_t i = 0; i < 8; i++)
        hash[i] += v[i];
}

/* §5.1.1: what is left of the message, a one bit, zeros, the message's length in bits. */
static void add_end(uint32_t hash[static 8], struct vespa_slice rest, uint64_t message_length)
{
    unsigned char blocks[2 * BLOCK] = {0};
    size_t length = rest.length + 1 + LENGTH_FIELD <= BLOCK ? BLOCK : 2 * BLOCK;

    if (rest.length)
        memcpy(blocks, rest.data, rest.length);
    blocks[rest.length] = 0x80;
    for (size_t i = 0; i < LENGTH_FIELD; i++)
        blocks[length - 1 - i] = (unsigned char)((message_length * 8) >> (8 * i));
    for (size_t at = 0; at < length; at += BLOCK)
        add_block(hash, blocks + at);
}

void vespa_sha256(struct vespa_slice bytes, unsigned char digest[static VESPA_SHA256_LENGTH])
{
    uint32_t hash[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                        0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19}; /* §5.3.3 */
    size_t at = 0;

    for (; bytes.length - at >= BLOCK; at += BLOCK)
        add_block(hash, (const unsigned char *)bytes.data + at);
    add_end(hash, vespa_slice_part(bytes, at, bytes.length), bytes.length);
    for (size_t i = 0; i < VESPA_SHA256_LENGTH; i++)
        digest[i] = (unsigned char)(hash[i / 4] >> (24 - 8 * (i % 4)));
}

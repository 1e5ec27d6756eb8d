/*
 * A memo: which small number goes with an address, for what is asked often and may be forgotten at
 * any time. Read and written without a lock by many threads.
 */
#ifndef VESPA_SHIM_MEMO_H
#define VESPA_SHIM_MEMO_H

#include <stddef.h>
#include <stdint.h>

#define VESPA_MEMO_WORDS 256

/* A word holds an address above its lowest eight bits, and there the number + 1. 0: nothing. */
struct vespa_memo {
    _Atomic uint64_t words[VESPA_MEMO_WORDS];
};

static inline _Atomic uint64_t *vespa_memo_word(struct vespa_memo *memo, uintptr_t address)
{
    return &memo->words[((uint64_t)address * 0x9E3779B97F4A7C15U) >> 56];
}

/* The number; -1: not noted, or forgotten. */
static inline int vespa_memo_find(struct vespa_memo *memo, uintptr_t address)
{
    uint64_t word = *vespa_memo_word(memo, address);
    return word >> 8 == address ? (int)(word & 255) - 1 : -1;
}

/* Notes a number from 0 to 254, in place of what stood at that place. */
static inline void vespa_memo_put(struct vespa_memo *memo, uintptr_t address, unsigned number)
{
    *vespa_memo_word(memo, address) = (uint64_t)address << 8 | (number + 1);
}

static inline void vespa_memo_forget(struct vespa_memo *memo, uintptr_t address)
{
    _Atomic uint64_t *word = vespa_memo_word(memo, address);
    uint64_t found = *word;
    if (found >> 8 == address)
        *word = 0;
}

static inline void vespa_memo_clear(struct vespa_memo *memo)
{
    for (size_t i = 0; i < VESPA_MEMO_WORDS; i++)
        memo->words[i] = 0;
}

#endif

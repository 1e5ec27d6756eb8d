/* Answers of our own (design.md §4): what an OpenAI-style client prints as an error. */
#ifndef VESPA_CORE_REPLY_H
#define VESPA_CORE_REPLY_H

#include "core/buffer.h"
#include "core/exchange.h"

/* The longest message, bytes; a longer one is cut. The whole answer stays below the 7,000 bytes of
 * struct vespa_reply even if every byte of it has to be escaped. */
#define VESPA_REPLY_MESSAGE_LIMIT 2000

/* What such an answer says. */
struct vespa_reply_words {
    int status;
    const char *code;           /* "no_worker_ready": for programs; static text */
    struct vespa_slice message; /* what happened and what to do: for a person. Control characters
                                   are replaced by spaces */
    unsigned retry_after_s;     /* 0: no Retry-After */
    bool do_not_repeat;         /* the request may have been carried out */
};

/* Memory of an answer; zero-initialised at first. */
struct vespa_reply_memory {
    struct vespa_buffer body;
    struct vespa_header headers[3];
    char retry_after[16];
};

/* Makes an answer, whose parts point to static memory and to *memory. Never fails: where memory
 * runs out it is the one of vespa_reply_no_memory. */
void vespa_reply_make(const struct vespa_reply_words *words, struct vespa_reply_memory *memory,
                      struct vespa_reply *reply);

/* The answer that needs no memory: 500, "out of memory". */
void vespa_reply_no_memory(struct vespa_reply *reply);

void vespa_reply_free(struct vespa_reply_memory *memory);

/* The reason phrase of a status that we give; "Error" for others. */
const char *vespa_reply_reason(int status);

#endif

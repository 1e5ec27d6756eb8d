// An answer on its way to a client: from the engine's callbacks to libmicrohttpd's.
//
// What comes is held for as long as the client has not taken it, and no more than a little of it:
// then the worker is not read any further. Nothing waits for more to come; but what has come whole
// before libmicrohttpd asks for it goes out in one piece.
#ifndef VESPA_CLI_PROXY_ANSWER_H
#define VESPA_CLI_PROXY_ANSWER_H

#include "core/buffer.h"
#include "lib/engine.h"

#include <microhttpd.h>

enum vespa_proxy_end {
    VESPA_PROXY_GOES_ON,
    VESPA_PROXY_WHOLE, // all of it has come
    VESPA_PROXY_CUT    // no more will come, and it is not whole: the client has to see that
};

struct vespa_proxy_answer {
    bool begun;                    // the head is known
    int status;                    // of it; 0: none is known
    bool own;                      // it is one of our own (design.md §4)
    struct vespa_buffer headers;   // names and values, each with a zero behind it
    uint64_t length;               // of the body; or MHD_SIZE_UNKNOWN
    struct MHD_Response *response; // once it was made
    struct vespa_buffer pending;   // came, and was not taken yet
    size_t taken;                  // of it
    enum vespa_proxy_end end;
    bool stalled; // the engine holds bytes back until vespa_job_resume
};

// Takes the head. False: memory ran out.
bool vespa_proxy_answer_begin(struct vespa_proxy_answer *answer,
                              const struct vespa_answer_head *head);

// Takes bytes of the body.
enum vespa_taken vespa_proxy_answer_add(struct vespa_proxy_answer *answer,
                                        struct vespa_slice bytes);

// Gives the client what there is, at most size bytes: the value for a content reader, or 0 when
// nothing is there yet.
ssize_t vespa_proxy_answer_take(struct vespa_proxy_answer *answer, char *to, size_t size);

// The response of an answer that has begun, which stays the answer's. What of its body has not come
// yet is read by reader, with client as its context. NULL: memory ran out.
struct MHD_Response *vespa_proxy_answer_response(struct vespa_proxy_answer *answer,
                                                 MHD_ContentReaderCallback reader, void *client);

void vespa_proxy_answer_free(struct vespa_proxy_answer *answer);

#endif

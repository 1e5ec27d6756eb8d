/*
 * The pace at which all requests of a process that wait for a worker of one endpoint ask again:
 * together little more often than one of them alone would. First calls do not come in here, for
 * they register a request's load. Nobody's turn is reserved, so a request that is given up holds
 * nobody up. Not locked: the runtime does that.
 */
#ifndef VESPA_CORE_PACE_H
#define VESPA_CORE_PACE_H

#include <stdbool.h>
#include <stdint.h>

/* The least time between two route calls that ask again (milliseconds). */
#define VESPA_PACE_LEAST_MS 100

/* After so many calls in a row that failed nobody asks any more. */
#define VESPA_PACE_FAILURES 6

/* While an answer is awaited nobody else asks for so long: then whoever asked may be gone. */
#define VESPA_PACE_UNANSWERED_MS 1000

struct vespa_pace {
    uint64_t last_ms;                        /* when somebody asked again */
    uint64_t next_ms;                        /* nobody asks again before */
    uint64_t turn;                           /* of the one who did; 0: nobody has yet */
    unsigned failed;                         /* turns in a row whose call failed */
    uint64_t failed_ms[VESPA_PACE_FAILURES]; /* when the last of these were taken, in a ring */
};

/* Takes the turn: returns 0 and sets *turn, not 0; else the milliseconds to wait before trying once
 * more. */
uint32_t vespa_pace_take(struct vespa_pace *pace, uint64_t now_ms, uint64_t *turn);

/* Whose turn it was got no worker, and would ask once more at that time. Without effect when
 * somebody else has asked since. */
void vespa_pace_wait(struct vespa_pace *pace, uint64_t turn, uint64_t until_ms);

/* The call of the turn that was taken last failed, or it was answered. */
void vespa_pace_fail(struct vespa_pace *pace);
void vespa_pace_answered(struct vespa_pace *pace);

/* Whether the last VESPA_PACE_FAILURES turns, all of them taken since then, have failed: who has
 * waited as long has seen enough, though none of them was its own. */
bool vespa_pace_is_hopeless(const struct vespa_pace *pace, uint64_t since_ms);

/* Somebody got a worker: there may be one for the next who waits. */
void vespa_pace_hurry(struct vespa_pace *pace);

#endif

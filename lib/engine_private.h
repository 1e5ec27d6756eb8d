/*
 * The inside of the engine, for the files engine*.c alone:
 *
 *     engine.c         the loop's side: messages, what is due
 *     engine_job.c     a job: step by step
 *     engine_leg.c     easy handles: put into the multi handle, taken out, used again; calls
 *     engine_send.c    easy handles made ready for a request to a worker
 *     engine_answer.c  the worker's answer on its way to the job's handler
 *
 * Functions that end with the call of a handler say so: the job may be gone afterwards.
 */
#ifndef VESPA_LIB_ENGINE_PRIVATE_H
#define VESPA_LIB_ENGINE_PRIVATE_H

#include "core/call.h"
#include "core/send.h"
#include "lib/engine.h"

/* Easy handles of each kind that wait to be used again; further ones are cleaned up. */
#define VESPA_ENGINE_SPARES 128

/* Bytes that a leg keeps of each buffer when it has served: all of it, for most jobs. */
#define VESPA_LEG_KEEPS (8U * 1024)

enum vespa_answer_state {
    VESPA_ANSWER_HEAD,    /* no verdict yet: nothing has reached the handler */
    VESPA_ANSWER_DELIVER, /* all that comes does */
    VESPA_ANSWER_DISCARD  /* nothing does */
};

/* A worker's answer. */
struct vespa_answer {
    enum vespa_answer_state state;
    struct vespa_buffer head; /* lines of the latest head */
    int status;               /* of it; 0: none was seen */
    size_t discarded;         /* bytes of the body read away */
    bool refused;             /* the handler wanted the end */
    struct vespa_repeat repeat;
};

/* How the body of a SEND reaches libcurl. */
enum vespa_body_way {
    VESPA_WAY_NONE,   /* there is none */
    VESPA_WAY_HEAD,   /* nor will the answer have one */
    VESPA_WAY_JOINED, /* in one piece */
    VESPA_WAY_READ    /* it is read from the segments */
};

/* What a handle is set up for that no SEND sets anew. */
struct vespa_setup {
    enum vespa_body_way way;
    bool insecure;
    struct vespa_buffer root; /* path of the workers' root; empty: the system's count */
};

/* An easy handle, and what it transfers for a job. While it is spare it stays set up for what it
 * did last, for the next job is nearly always alike. */
struct vespa_leg {
    CURL *easy;
    struct vespa_engine *engine;
    struct vespa_job *job;  /* NULL: it is spare, or was given up */
    struct vespa_leg *next; /* among those given up */
    uint64_t began_ms;
    bool is_call;
    bool to_origin;                /* a SEND that is none of the exchange's: nothing is decided */
    bool is_warm;                  /* it was set up, and its last transfer ended well */
    struct vespa_caller caller;    /* of a CALL */
    const struct vespa_send *send; /* of a SEND, as the others below */
    uint64_t read_offset;          /* in its segments */
    struct vespa_setup setup;
    struct vespa_header_list headers;
    struct vespa_buffer text; /* a body that is sent in one piece */
    struct vespa_answer answer;
    char error[CURL_ERROR_SIZE];
    struct vespa_exchange *exchange; /* of a job that was freed: libcurl may still look at it */
};

/* A workers' root as a file. It stays to the end: a leg may be about to read it. */
struct vespa_root_copy {
    struct vespa_root_copy *next;
    char *pem;
    int file;
};

struct vespa_spare_legs {
    struct vespa_leg *legs[VESPA_ENGINE_SPARES];
    unsigned count;
};

struct vespa_engine {
    const struct vespa_curl_api *api;
    CURLM *multi;
    struct vespa_schedule schedule; /* jobs that are due at some time */
    size_t job_count;
    struct vespa_job *current; /* the one whose handler is being called; NULL: it was freed */
    void *legs;                /* all legs, by their easy handles: a tree of tsearch(3) */
    struct vespa_spare_legs spare_calls; /* legs whose last transfer was a CALL */
    struct vespa_spare_legs spare_sends; /* and a SEND */
    struct vespa_leg *given_up;          /* in the multi handle still, because that was busy */
    struct vespa_root_copy *roots;
    const struct vespa_engine_sockets *sockets; /* NULL: nobody watches them */
};

enum vespa_job_phase {
    VESPA_JOB_DECIDING, /* the exchange is to be asked for its next step */
    VESPA_JOB_WAITING,
    VESPA_JOB_ON_LEG,
    VESPA_JOB_REPLYING, /* an answer of our own was not taken yet */
    VESPA_JOB_OVER
};

struct vespa_job {
    struct vespa_due due; /* first: what the schedule gives back is the job */
    struct vespa_engine *engine;
    struct vespa_exchange *exchange;
    struct vespa_job_handler handler;
    enum vespa_job_phase phase;
    struct vespa_leg *leg; /* ON_LEG */
    bool route_only;       /* it is not to be sent */
    bool head_only;        /* HEAD: an answer of our own has no body */
    bool head_given;
    bool to_origin; /* the exchange is through */
    bool resumed;
    uint64_t end_ms;        /* of the job's own time */
    uint64_t wait_began_ms; /* WAITING */
    uint64_t wait_until_ms;
    struct vespa_job_times times;
    struct vespa_send origin; /* if to_origin */
};

/* engine_job.c. Does what is due; may call the handler. */
void vespa_job_step(struct vespa_job *job);

/* Its leg has ended, and was taken out of the multi handle; may call the handler. */
void vespa_job_leg_ended(struct vespa_job *job, CURLcode result);

/* Hands the head of an answer over. False: the job was freed, or its handler refused. */
bool vespa_job_give_head(struct vespa_job *job, const struct vespa_answer_head *head);

/* engine_leg.c and engine_send.c. Begins the transfer of a step. NULL, and *why says so, when it
 * cannot. */
struct vespa_leg *vespa_leg_call(struct vespa_job *job, const struct vespa_call *call,
                                 const char **why);
struct vespa_leg *vespa_leg_send(struct vespa_job *job, const struct vespa_send *send,
                                 const char **why);

/* A leg for a job; is_warm where its handle is set up for what it did last, which was of the same
 * kind. NULL: memory ran out. */
struct vespa_leg *vespa_leg_for(struct vespa_job *job, bool is_call);

/* Its handle is as a new one. */
void vespa_leg_cool_down(struct vespa_leg *leg);

/* For CURLOPT_OPENSOCKETFUNCTION; user: the leg. */
curl_socket_t vespa_leg_open_socket(void *user, curlsocktype purpose,
                                    struct curl_sockaddr *address);

/* Has its sockets watched, where somebody does. For a handle that is set up anew. */
CURLcode vespa_leg_watch_sockets(struct vespa_leg *leg);

/* Puts it into the multi handle if it was made ready, that is, has no defect. Else it is a spare
 * again: NULL, and *why says so. */
struct vespa_leg *vespa_leg_launch(struct vespa_leg *leg, const char *defect, const char **why);

/* Puts a leg that is not in the multi handle back among the spares. */
void vespa_leg_retire(struct vespa_leg *leg);

/* Takes a leg out of the multi handle, which closes its connection, and retires it; if the multi
 * handle is busy, later. */
void vespa_leg_give_up(struct vespa_leg *leg);

/* Tries again to take out what could not be. */
void vespa_legs_take_out(struct vespa_engine *engine);

/* Empties a buffer of a leg, and keeps its memory unless that is much. */
void vespa_leg_rest(struct vespa_buffer *buffer);

struct vespa_leg *vespa_leg_find(const struct vespa_engine *engine, const CURL *easy);
void vespa_legs_free(struct vespa_engine *engine);

/* engine_send.c. Closes the files of the workers' roots. */
void vespa_roots_free(struct vespa_engine *engine);

/* engine_answer.c: the callbacks of a SEND. user: the leg. */
size_t vespa_answer_header(char *bytes, size_t size, size_t count, void *user);
size_t vespa_answer_body(char *bytes, size_t size, size_t count, void *user);

#endif

// What the autoscaler handed out: requests by request_idx and assignments by reqnum.

#include "cli/sim/ledger.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REMEMBERED = 65536 };

struct request {
    char cost[VESPA_SIM_COST_SIZE];
    uint64_t polls;
    int last_worker;
    bool finished;
};

struct assignment {
    char cost[VESPA_SIM_COST_SIZE];
    uint64_t request_idx;
    int worker;
    bool any_worker;
    bool used;
};

struct vespa_sim_ledger {
    pthread_mutex_t lock;
    uint64_t first_request; // request_idx of the first one
    uint64_t first_reqnum;
    uint64_t requests; // how many were opened
    uint64_t assignments;
    struct request *request;
    struct assignment *assignment;
};

struct vespa_sim_ledger *vespa_sim_ledger_new(bool big)
{
    struct vespa_sim_ledger *ledger = vespa_sim_alloc(sizeof *ledger);
    *ledger = (struct vespa_sim_ledger){
        .first_request = big ? (1ULL << 53) + 1 : 2421,
        .first_reqnum = big ? (1ULL << 63) + 1 : 1,
        .request = calloc(REMEMBERED, sizeof(struct request)),
        .assignment = calloc(REMEMBERED, sizeof(struct assignment)),
    };
    if (!ledger->request || !ledger->assignment) {
        fputs("vespa sim: out of memory\n", stderr);
        _Exit(1);
    }
    pthread_mutex_init(&ledger->lock, NULL);
    return ledger;
}

void vespa_sim_ledger_free(struct vespa_sim_ledger *ledger)
{
    if (!ledger)
        return;
    pthread_mutex_destroy(&ledger->lock);
    free(ledger->request);
    free(ledger->assignment);
    free(ledger);
}

bool vespa_sim_read_count(const char *digits, uint64_t *number)
{
    if (!*digits || strspn(digits, "0123456789") != strlen(digits))
        return false;
    if (digits[0] == '0' && digits[1])
        return false;
    errno = 0;
    *number = strtoull(digits, NULL, 10);
    return errno == 0;
}

static bool remembered(uint64_t number, uint64_t first, uint64_t count)
{
    return number >= first && number - first < count && count - (number - first) <= REMEMBERED;
}

static struct request *find_request(struct vespa_sim_ledger *ledger, uint64_t request_idx)
{
    if (!remembered(request_idx, ledger->first_request, ledger->requests))
        return NULL;
    return &ledger->request[(request_idx - ledger->first_request) % REMEMBERED];
}

static struct assignment *find_assignment(struct vespa_sim_ledger *ledger, uint64_t reqnum)
{
    if (!remembered(reqnum, ledger->first_reqnum, ledger->assignments))
        return NULL;
    return &ledger->assignment[(reqnum - ledger->first_reqnum) % REMEMBERED];
}

uint64_t vespa_sim_ledger_open(struct vespa_sim_ledger *ledger, const char *cost)
{
    pthread_mutex_lock(&ledger->lock);
    uint64_t request_idx = ledger->first_request + ledger->requests;
    struct request *request = &ledger->request[ledger->requests++ % REMEMBERED];
    *request = (struct request){.last_worker = -1};
    snprintf(request->cost, sizeof request->cost, "%s", cost);
    pthread_mutex_unlock(&ledger->lock);
    return request_idx;
}

const char *vespa_sim_ledger_resume(struct vespa_sim_ledger *ledger, uint64_t request_idx,
                                    const char *cost)
{
    const char *wrong = NULL;
    pthread_mutex_lock(&ledger->lock);
    const struct request *request = find_request(ledger, request_idx);
    if (!request)
        wrong = "unknown request_idx";
    else if (strcmp(request->cost, cost) != 0)
        wrong = "cost changed";
    else if (request->finished)
        wrong = "request_idx of a finished request";
    pthread_mutex_unlock(&ledger->lock);
    return wrong;
}

uint64_t vespa_sim_ledger_poll(struct vespa_sim_ledger *ledger, uint64_t request_idx)
{
    pthread_mutex_lock(&ledger->lock);
    struct request *request = find_request(ledger, request_idx);
    uint64_t before = request ? request->polls++ : 0;
    pthread_mutex_unlock(&ledger->lock);
    return before;
}

int vespa_sim_ledger_last_worker(struct vespa_sim_ledger *ledger, uint64_t request_idx)
{
    pthread_mutex_lock(&ledger->lock);
    const struct request *request = find_request(ledger, request_idx);
    int worker = request ? request->last_worker : -1;
    pthread_mutex_unlock(&ledger->lock);
    return worker;
}

uint64_t vespa_sim_ledger_assign(struct vespa_sim_ledger *ledger, uint64_t request_idx, int worker,
                                 bool any_worker, const char *cost)
{
    pthread_mutex_lock(&ledger->lock);
    uint64_t reqnum = ledger->first_reqnum + ledger->assignments;
    struct assignment *assignment = &ledger->assignment[ledger->assignments++ % REMEMBERED];
    *assignment =
        (struct assignment){.request_idx = request_idx, .worker = worker, .any_worker = any_worker};
    snprintf(assignment->cost, sizeof assignment->cost, "%s", cost);
    struct request *request = find_request(ledger, request_idx);
    if (request)
        request->last_worker = worker;
    pthread_mutex_unlock(&ledger->lock);
    return reqnum;
}

static const char *field(const struct vespa_sim_auth *auth, enum vespa_sim_auth_field which)
{
    return vespa_sim_text_string(&auth->field[which]);
}

// Why the assignment is refused, NULL if it is not. Under the SDK dialect the signature does not
// cover these members, but a client that changes them is wrong all the same.
static const char *find_fault(const struct assignment *assignment,
                              const struct vespa_sim_auth *auth, int worker)
{
    uint64_t request_idx;
    if (!assignment)
        return "unknown reqnum";
    if (strcmp(assignment->cost, field(auth, VESPA_SIM_AUTH_COST)) != 0)
        return "altered: cost";
    if (!vespa_sim_read_count(field(auth, VESPA_SIM_AUTH_REQUEST_IDX), &request_idx) ||
        request_idx != assignment->request_idx)
        return "altered: request_idx";
    if (!assignment->any_worker && assignment->worker != worker)
        return "other worker's assignment";
    return assignment->used ? "replayed" : NULL;
}

const char *vespa_sim_ledger_claim(struct vespa_sim_ledger *ledger,
                                   const struct vespa_sim_auth *auth, int worker)
{
    uint64_t reqnum;
    if (!vespa_sim_read_count(field(auth, VESPA_SIM_AUTH_REQNUM), &reqnum))
        return "unknown reqnum";
    pthread_mutex_lock(&ledger->lock);
    struct assignment *assignment = find_assignment(ledger, reqnum);
    const char *fault = find_fault(assignment, auth, worker);
    if (!fault)
        assignment->used = true;
    pthread_mutex_unlock(&ledger->lock);
    return fault;
}

void vespa_sim_ledger_finish(struct vespa_sim_ledger *ledger, uint64_t request_idx)
{
    pthread_mutex_lock(&ledger->lock);
    struct request *request = find_request(ledger, request_idx);
    if (request)
        request->finished = true;
    pthread_mutex_unlock(&ledger->lock);
}

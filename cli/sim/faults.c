// Faults: the tables of names and parameters, and the list of those in force.

#include "cli/sim/faults.h"
#include "cli/sim/http.h"

#include <cjson/cJSON.h>
#include <pthread.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

struct kind_entry {
    const char *name;
    const char *parameters; // which it takes besides count
    const char *meaning;
};

static const struct kind_entry kinds[VESPA_SIM_FAULT_KINDS] = {
    [VESPA_SIM_ROUTE_COLD] = {"route-cold", "form seconds each request_idx",
                              "no worker is ready: an answer without url; form: status (default), "
                              "queued, error_msg, string"},
    [VESPA_SIM_ROUTE_STATUS] = {"route-status", "status body type retry_after",
                                "the autoscaler answers that status (default 429)"},
    [VESPA_SIM_ROUTE_GARBAGE] = {"route-garbage", "form",
                                 "a 200 that is of no use; form: text (default), empty, huge "
                                 "(70 KiB), truncated, array, scheme (ftp url)"},
    [VESPA_SIM_ROUTE_SLOW] = {"route-slow", "ms", "the autoscaler waits before it answers"},
    [VESPA_SIM_ROUTE_CLOSE] = {"route-close", "", "the autoscaler closes without an answer"},
    [VESPA_SIM_ROUTE_URL] = {"route-url", "url", "that text is given out as the worker's url"},
    [VESPA_SIM_ROUTE_WORKER] = {"route-worker", "worker", "that worker is given out"},
    [VESPA_SIM_ROUTE_FORGED] = {"route-forged", "", "the signature is over another text"},
    [VESPA_SIM_WORKER_DEAD] = {"worker-dead", "worker",
                               "the url that is given out refuses connections"},
    [VESPA_SIM_WORKER_STATUS] = {"worker-status", "worker status body type retry_after unread",
                                 "the worker answers that status (default 500; 401 without body)"},
    [VESPA_SIM_WORKER_CLOSE] = {"worker-close", "worker unread", "it closes without an answer"},
    [VESPA_SIM_WORKER_RESET] = {"worker-reset", "worker unread", "the same by a TCP reset"},
    [VESPA_SIM_WORKER_CUT] = {"worker-cut", "worker after chunked",
                              "it closes in the middle of the body"},
    [VESPA_SIM_WORKER_SLOW] = {"worker-slow", "worker ms", "it waits before its first byte"},
    [VESPA_SIM_WORKER_SLOW_CHUNKS] = {"worker-slow-chunks", "worker ms size",
                                      "the body comes in small pieces with pauses"},
    [VESPA_SIM_WORKER_EARLY_HINTS] = {"worker-early-hints", "worker",
                                      "a 103 head precedes the answer (not with TLS)"},
};

struct parameter {
    const char *name;
    const char *meaning;
    size_t offset;
    size_t text_size; // 0: a number
};

#define NUMBER(field) offsetof(struct vespa_sim_fault, field), 0
#define STRING(field) \
    offsetof(struct vespa_sim_fault, field), sizeof(((struct vespa_sim_fault *)0)->field)

static const struct parameter parameters[] = {
    {"count", "how often it is played; without it: for ever", NUMBER(count)},
    {"percent", "in how many of a hundred cases it is played, at random", NUMBER(percent)},
    {"worker", "index of the worker, from 0; without it: all", NUMBER(worker)},
    {"status", "HTTP status, 200 to 599", NUMBER(status)},
    {"ms", "delay in milliseconds (default 1000)", NUMBER(ms)},
    {"seconds", "cold for so long, from the first route call on", NUMBER(seconds)},
    {"after", "bytes of the body that still come (default 10)", NUMBER(after)},
    {"size", "bytes of a piece (default 1)", NUMBER(size)},
    {"retry_after", "seconds, sent as Retry-After", NUMBER(retry_after)},
    {"chunked", "1: without Content-Length", NUMBER(chunked)},
    {"each", "1: count applies to each request by itself", NUMBER(each)},
    {"request_idx", "0: the answer does not tell request_idx", NUMBER(request_idx)},
    {"unread", "1: the worker does not look at the envelope", NUMBER(unread)},
    {"form", "which variant", STRING(form)},
    {"type", "Content-Type of body", STRING(type)},
    {"url", "text; in the short form it reaches to the end", STRING(url)},
    {"body", "text; in the short form it reaches to the end", STRING(body)},
};

static const size_t parameter_count = sizeof parameters / sizeof parameters[0];

struct vespa_sim_faults {
    pthread_mutex_t lock;
    struct vespa_sim_fault *list; // oldest first
    size_t count;
    uint64_t drawn; // state of the generator
};

const char *vespa_sim_fault_name(enum vespa_sim_fault_kind kind)
{
    return kinds[kind].name;
}

void vespa_sim_faults_help(FILE *out)
{
    fputs(
        "\nfaults (--fault NAME[,PARAMETER=VALUE...], or POST ADMIN/admin/fault with the same text "
        "or\n{\"fault\":\"NAME\",\"PARAMETER\":VALUE,...}):\n",
        out);
    for (int i = 0; i < VESPA_SIM_FAULT_KINDS; i++)
        fprintf(out, "  %-20s %s\n%*s[count percent %s]\n", kinds[i].name, kinds[i].meaning, 23, "",
                kinds[i].parameters);
    fputs("\nfault parameters:\n", out);
    for (size_t i = 0; i < parameter_count; i++)
        fprintf(out, "  %-20s %s\n", parameters[i].name, parameters[i].meaning);
}

// --- reading a specification ---

// Whether `word` is one of the words of `list`.
static bool has_word(const char *list, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = list; *at; at += strcspn(at, " "), at += *at == ' ')
        if (strncmp(at, word, length) == 0 && (at[length] == ' ' || at[length] == '\0'))
            return true;
    return false;
}

static bool set_number(struct vespa_sim_fault *fault, const struct parameter *parameter,
                       const char *value, struct vespa_sim_text *error)
{
    char *end;
    int64_t number = strtoll(value, &end, 10);
    if (strcmp(value, "true") == 0)
        number = 1;
    else if (strcmp(value, "false") == 0)
        number = 0;
    else if (end == value || *end || number < 0 || number > INT32_MAX) {
        vespa_sim_text_printf(error, "fault parameter %s is '%s', expected a number from 0 on",
                              parameter->name, value);
        return false;
    }
    memcpy((char *)fault + parameter->offset, &number, sizeof number);
    return true;
}

static bool set_parameter(struct vespa_sim_fault *fault, const char *name, const char *value,
                          struct vespa_sim_text *error)
{
    const struct parameter *parameter = NULL;
    for (size_t i = 0; i < parameter_count; i++)
        if (strcmp(parameters[i].name, name) == 0)
            parameter = &parameters[i];
    const struct kind_entry *kind = &kinds[fault->kind];
    if (!parameter || (!has_word("count percent", name) && !has_word(kind->parameters, name))) {
        vespa_sim_text_printf(error, "fault %s has no parameter '%s', it takes: count percent %s",
                              kind->name, name, kind->parameters);
        return false;
    }
    if (!parameter->text_size)
        return set_number(fault, parameter, value, error);
    if (strlen(value) >= parameter->text_size) {
        vespa_sim_text_printf(error, "fault parameter %s is longer than %zu bytes", name,
                              parameter->text_size - 1);
        return false;
    }
    memcpy((char *)fault + parameter->offset, value, strlen(value) + 1);
    return true;
}

// A fault of that name with its defaults.
static bool start_fault(struct vespa_sim_fault *fault, const char *name,
                        struct vespa_sim_text *error)
{
    *fault = (struct vespa_sim_fault){.count = -1,
                                      .percent = 100,
                                      .worker = -1,
                                      .ms = 1000,
                                      .after = 10,
                                      .size = 1,
                                      .retry_after = -1,
                                      .request_idx = 1};
    for (enum vespa_sim_fault_kind i = 0; i < VESPA_SIM_FAULT_KINDS; i++) {
        if (strcmp(kinds[i].name, name) != 0)
            continue;
        fault->kind = i;
        fault->status = i == VESPA_SIM_ROUTE_STATUS ? 429 : 500;
        return true;
    }
    vespa_sim_text_printf(error, "there is no fault '%s'; there are:", name);
    for (int i = 0; i < VESPA_SIM_FAULT_KINDS; i++)
        vespa_sim_text_printf(error, " %s", kinds[i].name);
    return false;
}

static bool check_fault(const struct vespa_sim_fault *fault, struct vespa_sim_text *error)
{
    const char *forms = fault->kind == VESPA_SIM_ROUTE_COLD
                            ? "status queued error_msg string"
                            : "text empty huge truncated array scheme";
    if (fault->form[0] && !has_word(forms, fault->form)) {
        vespa_sim_text_printf(error, "fault parameter form is '%s', expected one of: %s",
                              fault->form, forms);
        return false;
    }
    if (fault->status < 200 || fault->status > 599) {
        vespa_sim_text_printf(error, "fault parameter status must be from 200 to 599");
        return false;
    }
    return true;
}

static bool read_short_form(const char *spec, struct vespa_sim_fault *fault,
                            struct vespa_sim_text *error)
{
    char *copy = vespa_sim_copy(spec);
    char *rest = strchr(copy, ',');
    if (rest)
        *rest++ = '\0';
    bool good = start_fault(fault, copy, error);
    while (good && rest) {
        char *name = rest;
        char *value = strchr(name, '=');
        if (!value) {
            vespa_sim_text_printf(error, "'%s' is not PARAMETER=VALUE", name);
            good = false;
            break;
        }
        *value++ = '\0';
        bool to_the_end = strcmp(name, "url") == 0 || strcmp(name, "body") == 0;
        rest = to_the_end ? NULL : strchr(value, ',');
        if (rest)
            *rest++ = '\0';
        good = set_parameter(fault, name, value, error);
    }
    free(copy);
    return good;
}

static bool read_json_form(const char *spec, struct vespa_sim_fault *fault,
                           struct vespa_sim_text *error)
{
    cJSON *object = cJSON_Parse(spec);
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, "fault"));
    bool good = false;
    if (!name)
        vespa_sim_text_printf(error, "expected a JSON object with a string \"fault\"");
    else
        good = start_fault(fault, name, error);
    const cJSON *member;
    cJSON_ArrayForEach(member, object)
    {
        if (!good || strcmp(member->string, "fault") == 0)
            continue;
        char *printed = cJSON_PrintUnformatted(member);
        const char *value = cJSON_IsString(member) ? member->valuestring : printed;
        good = set_parameter(fault, member->string, value, error);
        cJSON_free(printed);
    }
    cJSON_Delete(object);
    return good;
}

bool vespa_sim_faults_add(struct vespa_sim_faults *faults, struct vespa_sim_slice spec,
                          struct vespa_sim_text *error)
{
    struct vespa_sim_text text = {0};
    struct vespa_sim_fault fault;
    vespa_sim_text_add_slice(&text, spec);
    const char *string = vespa_sim_text_string(&text);
    bool good = string[0] == '{' ? read_json_form(string, &fault, error)
                                 : read_short_form(string, &fault, error);
    vespa_sim_text_free(&text);
    if (!good || !check_fault(&fault, error))
        return false;
    pthread_mutex_lock(&faults->lock);
    struct vespa_sim_fault *list = vespa_sim_alloc((faults->count + 1) * sizeof fault);
    if (faults->count)
        memcpy(list, faults->list, faults->count * sizeof fault);
    list[faults->count++] = fault;
    free(faults->list);
    faults->list = list;
    pthread_mutex_unlock(&faults->lock);
    return true;
}

// --- the list ---

struct vespa_sim_faults *vespa_sim_faults_new(void)
{
    struct vespa_sim_faults *faults = vespa_sim_alloc(sizeof *faults);
    *faults = (struct vespa_sim_faults){0};
    pthread_mutex_init(&faults->lock, NULL);
    return faults;
}

void vespa_sim_faults_free(struct vespa_sim_faults *faults)
{
    if (!faults)
        return;
    pthread_mutex_destroy(&faults->lock);
    free(faults->list);
    free(faults);
}

void vespa_sim_faults_clear(struct vespa_sim_faults *faults)
{
    pthread_mutex_lock(&faults->lock);
    faults->count = 0;
    pthread_mutex_unlock(&faults->lock);
}

// Whether the fault is in force now; `polls` matters to a cold start alone.
static bool in_force(struct vespa_sim_fault *fault, uint64_t polls)
{
    if (fault->seconds) {
        int64_t now = vespa_sim_now();
        if (!fault->cold_end)
            fault->cold_end = now + fault->seconds * 1000;
        return now < fault->cold_end;
    }
    if (fault->each)
        return fault->count < 0 || polls < (uint64_t)fault->count;
    return fault->count != 0;
}

// What a fault must be like to be taken.
struct wanted {
    enum vespa_sim_fault_kind kind;
    int64_t worker; // -1: no matter
    uint64_t polls;
    bool unread;
};

static bool fits(const struct vespa_sim_fault *fault, const struct wanted *wanted)
{
    return fault->kind == wanted->kind && (fault->unread != 0) == wanted->unread &&
           (wanted->worker < 0 || fault->worker < 0 || fault->worker == wanted->worker);
}

// Under the lock. A generator of its own, that needs not be good: splitmix64's mixing of a counter.
static bool is_chosen(struct vespa_sim_faults *faults, const struct vespa_sim_fault *fault)
{
    uint64_t x = faults->drawn += 0x9E3779B97F4A7C15U;
    x = (x ^ (x >> 30)) * 0xBF58476D1CE4E5B9U;
    x = (x ^ (x >> 27)) * 0x94D049BB133111EBU;
    return fault->percent >= 100 || (x >> 33) % 100 < (uint64_t)fault->percent;
}

static bool take(struct vespa_sim_faults *faults, const struct wanted *wanted,
                 struct vespa_sim_fault *taken)
{
    bool found = false;
    pthread_mutex_lock(&faults->lock);
    for (size_t i = 0; i < faults->count && !found; i++) {
        struct vespa_sim_fault *fault = &faults->list[i];
        if (!fits(fault, wanted) || !in_force(fault, wanted->polls) || !is_chosen(faults, fault))
            continue;
        found = true;
        *taken = *fault;
        if (fault->count > 0 && !fault->each && !fault->seconds)
            fault->count--;
    }
    pthread_mutex_unlock(&faults->lock);
    return found;
}

bool vespa_sim_faults_take(struct vespa_sim_faults *faults, enum vespa_sim_fault_kind kind,
                           int64_t worker, struct vespa_sim_fault *fault)
{
    const struct wanted wanted = {.kind = kind, .worker = worker};
    return take(faults, &wanted, fault);
}

bool vespa_sim_faults_take_unread(struct vespa_sim_faults *faults, enum vespa_sim_fault_kind kind,
                                  int64_t worker, bool unread, struct vespa_sim_fault *fault)
{
    const struct wanted wanted = {.kind = kind, .worker = worker, .unread = unread};
    return take(faults, &wanted, fault);
}

bool vespa_sim_faults_take_cold(struct vespa_sim_faults *faults, uint64_t polls,
                                struct vespa_sim_fault *fault)
{
    const struct wanted wanted = {.kind = VESPA_SIM_ROUTE_COLD, .worker = -1, .polls = polls};
    return take(faults, &wanted, fault);
}

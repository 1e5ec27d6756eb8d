// Judges what reaches a worker.

#define _GNU_SOURCE // memmem

#include "cli/sim/envelope.h"

#include "cli/sim/json.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

// Refuses, unless that happened before. Returns false, so that checks can end with it.
__attribute__((format(printf, 4, 5))) static bool refuse(struct vespa_sim_verdict *verdict,
                                                         unsigned status, const char *reason,
                                                         const char *format, ...)
{
    if (verdict->status)
        return false;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(verdict->message, sizeof verdict->message, format, arguments);
    va_end(arguments);
    verdict->status = status;
    snprintf(verdict->reason, sizeof verdict->reason, "%s", reason);
    return false;
}

static bool refuse_field(struct vespa_sim_verdict *verdict, const char *kind, const char *field,
                         const char *what)
{
    char reason[96];
    snprintf(reason, sizeof reason, "%s: %.60s", kind, field);
    return refuse(verdict, 422, reason, "%.60s: %s", field, what);
}

void vespa_sim_verdict_free(struct vespa_sim_verdict *verdict)
{
    vespa_sim_auth_free(&verdict->auth);
    vespa_sim_text_free(&verdict->query);
}

bool vespa_sim_has_body(const char *method)
{
    return strcmp(method, "POST") == 0 || strcmp(method, "PUT") == 0 ||
           strcmp(method, "PATCH") == 0;
}

// --- what must never be seen ---

static bool contains(struct vespa_sim_slice text, const char *secret)
{
    return memmem(text.data, text.length, secret, strlen(secret)) != NULL;
}

static bool holds_secret(const struct vespa_sim_request *request, const char *secret)
{
    if (contains(vespa_sim_slice(request->target), secret))
        return true;
    for (size_t i = 0; i < request->header_count; i++)
        if (contains(vespa_sim_slice(request->header[i].value), secret))
            return true;
    return false;
}

// The endpoint key and the account key never go to a worker.
static bool check_secrets(struct vespa_sim *sim, const struct vespa_sim_request *request,
                          struct vespa_sim_verdict *verdict)
{
    if (!holds_secret(request, vespa_sim_text_string(&sim->options.key)) &&
        !holds_secret(request, vespa_sim_text_string(&sim->options.account_key)))
        return true;
    return refuse(verdict, 400, "key leaked", "a key was sent to a worker");
}

// --- the envelope in a body ---

static bool set_field(struct vespa_sim_verdict *verdict, enum vespa_sim_auth_field field,
                      struct vespa_sim_slice value)
{
    const char *name = vespa_sim_auth_name(field);
    struct vespa_sim_text *text = &verdict->auth.field[field];
    enum vespa_sim_json_type type = vespa_sim_json_type(value);
    if (text->data)
        return refuse_field(verdict, "duplicate", name, "given twice");
    if (vespa_sim_auth_is_number(field)) {
        bool right = field == VESPA_SIM_AUTH_COST ? type == VESPA_SIM_JSON_NUMBER
                                                  : vespa_sim_json_is_count(value);
        if (!right)
            return refuse_field(verdict, "type", name, "a number is expected");
        vespa_sim_text_add_slice(text, value);
        return true;
    }
    if (type != VESPA_SIM_JSON_STRING || !vespa_sim_json_decode(value, text))
        return refuse_field(verdict, "type", name, "a string is expected");
    return true;
}

// The field of that name; VESPA_SIM_AUTH_FIELDS if it is none.
static enum vespa_sim_auth_field find_field(const char *name)
{
    enum vespa_sim_auth_field field = 0;
    while (field < VESPA_SIM_AUTH_FIELDS && strcmp(vespa_sim_auth_name(field), name) != 0)
        field++;
    return field;
}

static bool check_complete(struct vespa_sim_verdict *verdict)
{
    for (enum vespa_sim_auth_field i = 0; i < VESPA_SIM_AUTH_FIELDS; i++)
        if (!verdict->auth.field[i].data)
            return refuse_field(verdict, "missing", vespa_sim_auth_name(i), "field is missing");
    return true;
}

// Further members are allowed: a client may send the whole route answer.
static bool read_auth_data(struct vespa_sim_verdict *verdict, struct vespa_sim_slice object)
{
    if (vespa_sim_json_type(object) != VESPA_SIM_JSON_OBJECT)
        return refuse_field(verdict, "type", "auth_data", "an object is expected");
    struct vespa_sim_json_walk walk = {object, 1};
    struct vespa_sim_slice literal;
    struct vespa_sim_slice value;
    bool good = true;
    while (good && vespa_sim_json_next(&walk, &literal, &value)) {
        struct vespa_sim_text name = {0};
        if (!vespa_sim_json_decode(literal, &name)) {
            good = refuse(verdict, 422, "not JSON", "a member's name is not Unicode");
        } else {
            enum vespa_sim_auth_field field = find_field(vespa_sim_text_string(&name));
            good = field == VESPA_SIM_AUTH_FIELDS || set_field(verdict, field, value);
        }
        vespa_sim_text_free(&name);
    }
    return good;
}

struct envelope {
    struct vespa_sim_slice auth_data;
    struct vespa_sim_slice payload;
    struct vespa_sim_slice session_id;
};

// Sorts the members of the envelope; none but the three known ones, and none twice.
static bool open_envelope(struct vespa_sim_verdict *verdict, struct vespa_sim_slice object,
                          struct envelope *envelope)
{
    struct vespa_sim_json_walk walk = {object, 1};
    struct vespa_sim_slice literal;
    struct vespa_sim_slice value;
    while (vespa_sim_json_next(&walk, &literal, &value)) {
        struct vespa_sim_slice *seen = NULL;
        char name[64];
        snprintf(name, sizeof name, "%.*s", (int)(literal.length < 60 ? literal.length - 2 : 58),
                 literal.data + 1);
        if (strcmp(name, "auth_data") == 0)
            seen = &envelope->auth_data;
        else if (strcmp(name, "payload") == 0)
            seen = &envelope->payload;
        else if (strcmp(name, "session_id") == 0)
            seen = &envelope->session_id;
        if (!seen)
            return refuse_field(verdict, "unknown member", name, "is no member of the envelope");
        if (seen->data)
            return refuse_field(verdict, "duplicate", name, "given twice");
        *seen = value;
    }
    if (!envelope->auth_data.data)
        return refuse_field(verdict, "missing", "auth_data", "field is missing");
    if (!envelope->payload.data)
        return refuse_field(verdict, "missing", "payload", "field is missing");
    return true;
}

static bool is_json_content(const struct vespa_sim_request *request)
{
    size_t count;
    const char *type = vespa_sim_request_header(request, "Content-Type", &count);
    return count == 1 && strncasecmp(type, "application/json", 16) == 0 &&
           (type[16] == '\0' || type[16] == ';');
}

static bool read_body(const struct vespa_sim *sim, const struct vespa_sim_request *request,
                      struct vespa_sim_verdict *verdict)
{
    struct vespa_sim_slice object;
    struct envelope envelope = {0};
    size_t offset;
    if (request->too_large)
        return refuse(verdict, 413, "too large", "the limit is %ld bytes",
                      sim->options.worker_limit);
    if (!is_json_content(request))
        return refuse(verdict, 422, "content type", "Content-Type must be application/json");
    if (!vespa_sim_json_read(vespa_sim_text_slice(&request->body), &object, &offset))
        return refuse(verdict, 422, "not JSON", "the body is not JSON at offset %zu", offset);
    if (vespa_sim_json_type(object) != VESPA_SIM_JSON_OBJECT)
        return refuse(verdict, 422, "not an object", "the envelope must be an object");
    if (!open_envelope(verdict, object, &envelope))
        return false;
    verdict->payload = envelope.payload;
    bool sdk = sim->options.dialect == VESPA_SIM_DIALECT_SDK;
    if (sdk && vespa_sim_json_type(envelope.payload) != VESPA_SIM_JSON_OBJECT)
        return refuse_field(verdict, "type", "payload", "an object is expected");
    if (envelope.session_id.data && !vespa_sim_slice_is(envelope.session_id, "null")) {
        if (vespa_sim_json_type(envelope.session_id) != VESPA_SIM_JSON_STRING)
            return refuse_field(verdict, "type", "session_id", "a string is expected");
        if (sdk)
            return refuse(verdict, 410, "no such session", "session is gone");
    }
    vespa_sim_text_add_slice(&verdict->query, request->query);
    return read_auth_data(verdict, envelope.auth_data) && check_complete(verdict);
}

// --- the envelope in query parameters ---

void vespa_sim_percent_decode(struct vespa_sim_slice text, struct vespa_sim_text *out)
{
    for (size_t i = 0; i < text.length; i++) {
        char byte = text.data[i] == '+' ? ' ' : text.data[i];
        if (byte == '%' && i + 2 < text.length) {
            char digits[] = {text.data[i + 1], text.data[i + 2], '\0'};
            char *end;
            long code = strtol(digits, &end, 16);
            if (!*end && digits[0] != '-' && digits[0] != '+') {
                byte = (char)code;
                i += 2;
            }
        }
        vespa_sim_text_add(out, &byte, 1);
    }
    vespa_sim_text_add(out, "", 0);
}

static bool set_parameter(struct vespa_sim_verdict *verdict, enum vespa_sim_auth_field field,
                          struct vespa_sim_slice encoded)
{
    const char *name = vespa_sim_auth_name(field);
    struct vespa_sim_text *text = &verdict->auth.field[field];
    struct vespa_sim_slice number;
    size_t offset;
    if (text->data)
        return refuse_field(verdict, "duplicate", name, "given twice");
    vespa_sim_percent_decode(encoded, text);
    if (!vespa_sim_auth_is_number(field))
        return true;
    struct vespa_sim_slice value = vespa_sim_text_slice(text);
    bool right = field == VESPA_SIM_AUTH_COST
                     ? vespa_sim_json_read(value, &number, &offset) &&
                           number.length == value.length &&
                           vespa_sim_json_type(number) == VESPA_SIM_JSON_NUMBER
                     : vespa_sim_json_is_count(value);
    return right || refuse_field(verdict, "type", name, "a number is expected");
}

// The auth field that a query parameter's name stands for; VESPA_SIM_AUTH_FIELDS if it is none.
static enum vespa_sim_auth_field find_parameter(struct vespa_sim_slice parameter)
{
    static const char prefix[] = "serverless_";
    size_t length = sizeof prefix - 1;
    char name[32];
    if (parameter.length <= length || parameter.length - length >= sizeof name ||
        memcmp(parameter.data, prefix, length) != 0)
        return VESPA_SIM_AUTH_FIELDS;
    snprintf(name, sizeof name, "%.*s", (int)(parameter.length - length), parameter.data + length);
    return find_field(name);
}

// One `name=value` of the query: an auth field, or the application's own.
static bool read_parameter(struct vespa_sim_verdict *verdict, struct vespa_sim_slice parameter)
{
    const char *equals = memchr(parameter.data, '=', parameter.length);
    if (equals) {
        size_t length = (size_t)(equals - parameter.data);
        struct vespa_sim_slice value = {equals + 1, parameter.length - length - 1};
        enum vespa_sim_auth_field field =
            find_parameter((struct vespa_sim_slice){parameter.data, length});
        if (field != VESPA_SIM_AUTH_FIELDS)
            return set_parameter(verdict, field, value);
    }
    vespa_sim_text_add_string(&verdict->query, verdict->query.length ? "&" : "");
    vespa_sim_text_add_slice(&verdict->query, parameter);
    return true;
}

static bool read_query(const struct vespa_sim_request *request, struct vespa_sim_verdict *verdict)
{
    static const char *const body_headers[] = {"Content-Length", "Transfer-Encoding", "Expect"};
    if (request->body.length || request->too_large)
        return refuse(verdict, 422, "body", "the query-parameter form has no body");
    for (size_t i = 0; i < sizeof body_headers / sizeof body_headers[0]; i++)
        if (vespa_sim_request_header(request, body_headers[i], NULL))
            return refuse(verdict, 422, "body header", "%s on the query-parameter form",
                          body_headers[i]);
    const char *at = request->query.data;
    const char *end = at + request->query.length;
    while (at < end) {
        const char *next = memchr(at, '&', (size_t)(end - at));
        if (!next)
            next = end;
        if (!read_parameter(verdict, (struct vespa_sim_slice){at, (size_t)(next - at)}))
            return false;
        at = next + 1;
    }
    return check_complete(verdict);
}

// --- the verdict ---

static bool check_method(const struct vespa_sim *sim, const char *method,
                         struct vespa_sim_verdict *verdict)
{
    bool with_body = vespa_sim_has_body(method);
    bool without =
        strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0 || strcmp(method, "DELETE") == 0;
    bool known = with_body;
    if (sim->options.dialect == VESPA_SIM_DIALECT_VESPA)
        known = with_body || without;
    else if (sim->options.dialect == VESPA_SIM_DIALECT_SDK)
        known = strcmp(method, "POST") == 0;
    return known || refuse(verdict, 405, "method", "%s is not served here", method);
}

static bool is_signed(const struct vespa_sim *sim, const struct vespa_sim_verdict *verdict,
                      const struct vespa_sim_text *text)
{
    return vespa_sim_keys_verify(
        sim->keys, vespa_sim_text_slice(text),
        vespa_sim_text_slice(&verdict->auth.field[VESPA_SIM_AUTH_SIGNATURE]));
}

// One that the fault route-forged has made is no fault of the client's.
static bool check_signature(const struct vespa_sim *sim, struct vespa_sim_verdict *verdict)
{
    struct vespa_sim_text text = {0};
    vespa_sim_signed_text(sim->options.dialect, &verdict->auth, &text);
    bool good = is_signed(sim, verdict, &text);
    if (!good) {
        vespa_sim_text_add_string(&text, VESPA_SIM_FORGERY);
        verdict->as_given = is_signed(sim, verdict, &text);
    }
    vespa_sim_text_free(&text);
    return good || refuse(verdict, 401, "signature", "the signature is not good");
}

// The signature may leave members out; a client that changes them is wrong all the same.
static bool check_assignment(const struct vespa_sim_worker *worker,
                             struct vespa_sim_verdict *verdict)
{
    const struct vespa_sim *sim = worker->sim;
    const char *endpoint = vespa_sim_text_string(&verdict->auth.field[VESPA_SIM_AUTH_ENDPOINT]);
    const char *reason = NULL;
    if (strcmp(endpoint, sim->options.endpoint) != 0)
        reason = "altered: endpoint";
    else
        reason = vespa_sim_ledger_claim(sim->ledger, &verdict->auth, worker->index);
    return !reason || refuse(verdict, 401, reason, "%s", reason);
}

void vespa_sim_envelope_judge(struct vespa_sim_worker *worker,
                              const struct vespa_sim_request *request,
                              struct vespa_sim_verdict *verdict)
{
    struct vespa_sim *sim = worker->sim;
    *verdict = (struct vespa_sim_verdict){0};
    if (!check_secrets(sim, request, verdict) || !check_method(sim, request->method, verdict))
        return;
    bool readable = vespa_sim_has_body(request->method) ? read_body(sim, request, verdict)
                                                        : read_query(request, verdict);
    if (readable && check_signature(sim, verdict))
        check_assignment(worker, verdict);
}

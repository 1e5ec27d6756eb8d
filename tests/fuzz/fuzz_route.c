/*
 * Answers of the autoscaler and the console: whatever they are, an assignment is six JSON values of
 * the answer itself and makes an envelope that parses, the words for a person are short, printable
 * and without keys, and an exchange that gets such an answer has a next step that holds to its
 * contract. The first byte chooses the HTTP status.
 */
#include "core/answer_text.h"
#include "core/endpoint_key.h"
#include "core/envelope.h"
#include "core/route.h"
#include "exchange_rig.h"

#include <strings.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool is_inside(struct vespa_slice part, struct vespa_slice whole)
{
    return part.length > 0 && part.data >= whole.data &&
           part.data + part.length <= whole.data + whole.length;
}

static void check_assignment(const struct vespa_assignment *assignment, struct vespa_slice body)
{
    const struct vespa_slice values[] = {assignment->cost,      assignment->endpoint,
                                         assignment->reqnum,    assignment->request_idx,
                                         assignment->signature, assignment->url};
    struct vespa_buffer text = {0};

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        REQUIRE(is_inside(values[i], body));
        REQUIRE(is_json(values[i]));
    }
    vespa_envelope_prefix(assignment, &text);
    vespa_buffer_append_string(&text, VESPA_ENVELOPE_EMPTY VESPA_ENVELOPE_SUFFIX);
    REQUIRE(is_json(vespa_buffer_slice(&text)));

    vespa_buffer_reset(&text);
    vespa_envelope_query(assignment, &text);
    size_t separators = 0;
    for (size_t i = 0; i < text.length; i++)
        separators += text.data[i] == '&';
    REQUIRE(separators == 5);
    REQUIRE(is_printable(vespa_buffer_slice(&text)));
    vespa_buffer_free(&text);
}

static void check_words(struct vespa_slice body)
{
    const struct vespa_slice secret = VESPA_LITERAL(RIG_KEY);
    char words[VESPA_ANSWER_TEXT_SIZE];

    vespa_answer_text(body, &secret, 1, words);
    REQUIRE(strlen(words) < sizeof(words));
    for (const char *at = words; *at; at++)
        REQUIRE((unsigned char)*at >= ' ' && *at != 0x7F);
    REQUIRE(!contains(vespa_slice_of(words), secret));
}

static void check_key(struct vespa_slice body)
{
    struct vespa_buffer key = {0};
    struct vespa_buffer names = {0};

    if (vespa_endpoint_key_find(body, VESPA_LITERAL("my-endpoint"), &key, &names) ==
        VESPA_ENDPOINT_KEY_FOUND)
        REQUIRE(key.length && is_printable(vespa_buffer_slice(&key)));
    vespa_buffer_free_secret(&key);
    vespa_buffer_free(&names);
}

/* Waits, and perhaps for others' turns too, until a worker is asked for once more. */
static void check_waits(struct vespa_exchange *exchange, const struct vespa_step *step,
                        uint64_t *now_ms)
{
    REQUIRE(step->wait_ms >= 100 && step->wait_ms <= 5000);
    for (int i = 0; i < 20 && step->kind == VESPA_WAIT; i++) {
        *now_ms += step->wait_ms;
        step = vespa_exchange_next(exchange, *now_ms);
    }
    REQUIRE(step->kind == VESPA_CALL);
    check_call(&step->call);
}

/* The exchange's step after such an answer. The time goes on from one to the next, for all of them
 * share a runtime. */
static void check_exchange(int status, struct vespa_slice body, const char *method)
{
    struct vespa_request request = {.match = VESPA_OURS,
                                    .rule = rig_rule(),
                                    .method = vespa_slice_of(method),
                                    .url = VESPA_LITERAL("http://my-endpoint.vespa.internal/v1/x")};
    static uint64_t now_ms = 1000;
    struct vespa_exchange *exchange = vespa_exchange_new(rig_runtime(), &request, now_ms);

    REQUIRE(exchange);
    REQUIRE(vespa_exchange_next(exchange, now_ms)->kind == VESPA_CALL);
    vespa_exchange_called(exchange, now_ms, status, body);
    const struct vespa_step *step = vespa_exchange_next(exchange, now_ms);
    switch (step->kind) {
    case VESPA_SEND:
        REQUIRE(status == 200);
        REQUIRE(strncasecmp(step->send.url, "https://", 8) == 0);
        check_send(&step->send);
        break;
    case VESPA_REPLY:
        check_reply(&step->reply);
        REQUIRE(!contains(step->reply.body, VESPA_LITERAL(RIG_KEY)));
        break;
    case VESPA_WAIT:
        check_waits(exchange, step, &now_ms);
        break;
    default:
        REQUIRE(false);
    }
    vespa_exchange_free(exchange);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int statuses[] = {200, 200, 200, 400, 401, 403, 429, 500};
    struct vespa_route_answer answer;

    if (!size)
        return 0;
    int status = statuses[data[0] % 8];
    struct vespa_slice body = vespa_slice((const char *)data + 1, size - 1);

    vespa_route_read(status, body, &answer);
    if (answer.outcome == VESPA_ROUTE_READY)
        check_assignment(&answer.assignment, body);
    if (answer.request_idx.length)
        REQUIRE(is_inside(answer.request_idx, body) && is_json(answer.request_idx));
    check_words(body);
    check_key(body);
    check_exchange(status, body, data[0] & 8 ? "GET" : "POST");
    return 0;
}

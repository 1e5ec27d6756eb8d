// Models that say the same thing again and again: OpenAI's completions and chat, TGI, health.

#include "cli/sim/models.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

static const char *const words[] = {
    "Hello",  "!",          " This", " is",  " a",     " local", " worker", " of",    " the",
    " vespa", " simulator", ".",     " It",  " says",  " the",   " same",   " words", " over",
    " and",   " over",      ",",     " one", " token", " at",    " a",      " time",  "."};

enum { WORDS = sizeof words / sizeof words[0], MOST_TOKENS = 100000 };

// What a completion request asks for.
struct completion {
    bool chat;
    bool stream;
    long tokens;
    char model[128];
};

static const char *word(long index)
{
    return words[index % WORDS];
}

static void add_words(struct vespa_sim_text *out, long count)
{
    struct vespa_sim_text text = {0};
    for (long i = 0; i < count; i++)
        vespa_sim_text_add_string(&text, word(i));
    vespa_sim_text_add_json(out, vespa_sim_text_slice(&text));
    vespa_sim_text_free(&text);
}

static long token_count(const cJSON *object, long otherwise)
{
    static const char *const names[] = {"max_tokens", "max_completion_tokens", "max_output_tokens",
                                        "max_new_tokens"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const cJSON *member = cJSON_GetObjectItemCaseSensitive(object, names[i]);
        if (!cJSON_IsNumber(member) || member->valuedouble < 0)
            continue;
        return member->valuedouble < MOST_TOKENS ? (long)member->valuedouble : MOST_TOKENS;
    }
    return otherwise;
}

static void read_completion(const cJSON *payload, struct completion *completion)
{
    const char *model = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(payload, "model"));
    snprintf(completion->model, sizeof completion->model, "%s", model ? model : "sim");
    completion->stream = cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(payload, "stream"));
    completion->tokens = token_count(payload, WORDS);
    if (completion->tokens > WORDS &&
        !cJSON_IsTrue(cJSON_GetObjectItemCaseSensitive(payload, "ignore_eos")))
        completion->tokens = WORDS;
}

// The members that all objects of a completion begin with.
static void add_head(const struct completion *completion, const char *object,
                     struct vespa_sim_text *out)
{
    vespa_sim_text_printf(out, "{\"id\":\"%s-sim\",\"object\":\"%s\",\"created\":1700000000,",
                          completion->chat ? "chatcmpl" : "cmpl", object);
    vespa_sim_text_add_string(out, "\"model\":");
    vespa_sim_text_add_json(out, vespa_sim_slice(completion->model));
}

// --- streamed ---

struct token_stream {
    struct completion completion;
    long sent;
    long delay;
    bool opened;
};

// One `data:` line; `text` NULL is the last, which tells why it ends.
static void add_chunk(const struct token_stream *stream, const char *text,
                      struct vespa_sim_text *out)
{
    const struct completion *completion = &stream->completion;
    vespa_sim_text_add_string(out, "data: ");
    add_head(completion, completion->chat ? "chat.completion.chunk" : "text_completion", out);
    vespa_sim_text_add_string(out, ",\"choices\":[{\"index\":0,");
    vespa_sim_text_add_string(out, completion->chat ? "\"delta\":{" : "\"text\":");
    if (completion->chat && text)
        vespa_sim_text_add_string(out, "\"content\":");
    if (text || !completion->chat)
        vespa_sim_text_add_json(out, vespa_sim_slice(text ? text : ""));
    vespa_sim_text_add_string(out, completion->chat ? "}," : ",");
    vespa_sim_text_printf(out, "\"finish_reason\":%s}]}\n\n", text ? "null" : "\"stop\"");
}

static enum vespa_sim_more next_token(void *state, struct vespa_sim_request *request,
                                      struct vespa_sim_text *out)
{
    struct token_stream *stream = state;
    if (stream->opened && !vespa_sim_request_wait(request, stream->delay))
        return VESPA_SIM_FAILED;
    stream->opened = true;
    if (stream->sent < stream->completion.tokens) {
        add_chunk(stream, word(stream->sent++), out);
        return VESPA_SIM_MORE;
    }
    add_chunk(stream, NULL, out);
    vespa_sim_text_add_string(out, "data: [DONE]\n\n");
    return VESPA_SIM_LAST;
}

static void answer_stream(const struct completion *completion, long delay,
                          struct vespa_sim_answer *answer)
{
    struct token_stream *stream = vespa_sim_alloc(sizeof *stream);
    *stream = (struct token_stream){.completion = *completion, .delay = delay};
    vespa_sim_answer_start(answer, 200, "text/event-stream");
    vespa_sim_answer_header(answer, "Cache-Control", "no-cache");
    answer->stream = (struct vespa_sim_stream){next_token, free, stream};
}

// --- at once ---

static void answer_whole(const struct completion *completion, struct vespa_sim_answer *answer)
{
    struct vespa_sim_text *out = &answer->body;
    vespa_sim_answer_start(answer, 200, "application/json");
    add_head(completion, completion->chat ? "chat.completion" : "text_completion", out);
    vespa_sim_text_add_string(out, ",\"choices\":[{\"index\":0,");
    vespa_sim_text_add_string(
        out, completion->chat ? "\"message\":{\"role\":\"assistant\",\"content\":" : "\"text\":");
    add_words(out, completion->tokens);
    vespa_sim_text_add_string(out, completion->chat ? "}" : "");
    vespa_sim_text_printf(out,
                          ",\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":5,"
                          "\"completion_tokens\":%ld,\"total_tokens\":%ld}}\n",
                          completion->tokens, completion->tokens + 5);
}

static void answer_bad_request(struct vespa_sim_answer *answer, const char *text)
{
    vespa_sim_answer_start(answer, 400, "application/json");
    vespa_sim_text_printf(&answer->body,
                          "{\"error\":{\"message\":\"%s\",\"type\":\"invalid_request_error\","
                          "\"code\":null}}\n",
                          text);
}

static void answer_completion(const struct vespa_sim_call *call, const cJSON *payload, bool chat,
                              struct vespa_sim_answer *answer)
{
    struct completion completion = {.chat = chat};
    const char *wanted = chat ? "messages" : "prompt";
    if (!cJSON_GetObjectItemCaseSensitive(payload, wanted)) {
        answer_bad_request(answer, chat ? "messages is missing" : "prompt is missing");
        return;
    }
    read_completion(payload, &completion);
    if (completion.stream)
        answer_stream(&completion, call->worker->sim->options.token_delay, answer);
    else
        answer_whole(&completion, answer);
}

static void answer_chat(const struct vespa_sim_call *call, const cJSON *payload,
                        struct vespa_sim_answer *answer)
{
    answer_completion(call, payload, true, answer);
}

static void answer_text(const struct vespa_sim_call *call, const cJSON *payload,
                        struct vespa_sim_answer *answer)
{
    answer_completion(call, payload, false, answer);
}

// TGI: {"inputs":…,"parameters":{"max_new_tokens":…}}
static void answer_generate(const struct vespa_sim_call *call, const cJSON *payload,
                            struct vespa_sim_answer *answer)
{
    (void)call;
    if (!cJSON_GetObjectItemCaseSensitive(payload, "inputs")) {
        answer_bad_request(answer, "inputs is missing");
        return;
    }
    const cJSON *parameters = cJSON_GetObjectItemCaseSensitive(payload, "parameters");
    long tokens = token_count(parameters, WORDS);
    vespa_sim_answer_start(answer, 200, "application/json");
    vespa_sim_text_add_string(&answer->body, "{\"generated_text\":");
    add_words(&answer->body, tokens < WORDS ? tokens : WORDS);
    vespa_sim_text_add_string(&answer->body, "}\n");
}

static void answer_models(const struct vespa_sim_call *call, const cJSON *payload,
                          struct vespa_sim_answer *answer)
{
    (void)call;
    (void)payload;
    vespa_sim_answer_start(answer, 200, "application/json");
    vespa_sim_text_add_string(&answer->body,
                              "{\"object\":\"list\",\"data\":[{\"id\":\"sim\",\"object\":\"model\","
                              "\"created\":1700000000,\"owned_by\":\"vespa\"}]}\n");
}

static void answer_health(const struct vespa_sim_call *call, const cJSON *payload,
                          struct vespa_sim_answer *answer)
{
    (void)call;
    (void)payload;
    vespa_sim_answer_start(answer, 200, "application/json");
    vespa_sim_text_add_string(&answer->body, "{\"status\":\"ok\"}\n");
}

struct model {
    const char *path;
    bool with_payload; // else any method
    void (*answer)(const struct vespa_sim_call *call, const cJSON *payload,
                   struct vespa_sim_answer *answer);
};

static const struct model models[] = {
    {"/v1/chat/completions", true, answer_chat}, {"/v1/completions", true, answer_text},
    {"/generate", true, answer_generate},        {"/v1/models", false, answer_models},
    {"/health", false, answer_health},
};

static void answer_with(const struct model *model, const struct vespa_sim_call *call,
                        struct vespa_sim_answer *answer)
{
    if (!model->with_payload) {
        model->answer(call, NULL, answer);
        return;
    }
    cJSON *payload =
        call->payload.data ? cJSON_ParseWithLength(call->payload.data, call->payload.length) : NULL;
    if (cJSON_IsObject(payload))
        model->answer(call, payload, answer);
    else
        answer_bad_request(answer, "a JSON object is expected, sent by POST");
    cJSON_Delete(payload);
}

bool vespa_sim_model_answer(const struct vespa_sim_call *call, struct vespa_sim_answer *answer)
{
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
        if (!vespa_sim_slice_is(call->path, models[i].path))
            continue;
        answer_with(&models[i], call, answer);
        return true;
    }
    return false;
}

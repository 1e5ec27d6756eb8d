/*
 * How fast the scanner reads: bodies as applications send them, beside memchr and memcpy over the
 * same bytes, which is as fast as bytes can be looked at and moved at all. Rounds are interleaved,
 * so that what disturbs the machine disturbs all alike. Prints; asserts nothing.
 */
#include "core/buffer.h"
#include "core/json.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { ROUNDS = 15, BYTES_A_ROUND = 32 << 20, BASE64_SIZE = 16 << 20 };

/* The documents. */

static void many(struct vespa_buffer *body, const char *begin, const char *item, int count,
                 const char *end)
{
    vespa_buffer_append_string(body, begin);
    for (int i = 0; i < count; i++) {
        if (i > 0)
            vespa_buffer_append_byte(body, ',');
        vespa_buffer_append_string(body, item);
    }
    vespa_buffer_append_string(body, end);
}

/* Short questions and answers, a tool call and its answer: many strings, few bytes in each. */
static void chat(struct vespa_buffer *body)
{
    many(body,
         "{\"model\":\"llama-2-7b\",\"stream\":true,\"max_tokens\":512,\"temperature\":0.7,"
         "\"seed\":9223372036854775807,\"stop\":[\"\\n\\n\",\"</s>\"],\"messages\":[{\"role\":"
         "\"system\",\"content\":\"You are a helpful assistant.\"},",
         "{\"role\":\"user\",\"content\":\"What is the weather like in Paris?\"},{\"role\":"
         "\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"call_1\",\"type\":\"function\","
         "\"function\":{\"name\":\"weather\",\"arguments\":\"{\\\"city\\\":\\\"Paris\\\"}\"}}]},"
         "{\"role\":\"tool\",\"tool_call_id\":\"call_1\",\"content\":\"18 degrees, light rain\"},"
         "{\"role\":\"assistant\",\"content\":\"It is 18 degrees in Paris with light rain.\\nTake "
         "an umbrella with you if you go out.\"}",
         40, "]}");
}

static void chat_indented(struct vespa_buffer *body)
{
    many(body, "{\n    \"model\": \"llama-2-7b\",\n    \"messages\": [\n",
         "        {\n            \"role\": \"user\",\n            \"content\": \"What is the "
         "weather "
         "like in Paris?\"\n        },\n        {\n            \"role\": \"assistant\",\n"
         "            \"content\": \"It is 18 degrees in Paris with light rain.\"\n        }",
         80, "\n    ]\n}\n");
}

/* Beyond ASCII: three bytes a character, and here and there four. */
static void chat_chinese(struct vespa_buffer *body)
{
    many(body, "{\"messages\":[",
         "{\"role\":\"user\",\"content\":\"今天巴黎的天气怎么样?我应该带伞吗?\"},"
         "{\"role\":\"assistant\",\"content\":\"巴黎现在十八度,有小雨🌧,"
         "出门请带伞。\"}",
         80, "]}");
}

static void chat_german(struct vespa_buffer *body)
{
    many(body, "{\"messages\":[",
         "{\"role\":\"user\",\"content\":\"Könnte es heute in Köln noch regnen, oder läßt sich "
         "über das Wetter nichts Näheres sagen?\"}",
         80, "]}");
}

static void numbers(struct vespa_buffer *body)
{
    many(body, "{\"input\":[", "0.0123046875,-1,128000,1e-7,73", 2000, "]}");
}

static void base64(struct vespa_buffer *body)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned random = 1;

    vespa_buffer_append_string(body, "{\"image\":\"");
    vespa_buffer_reserve(body, BASE64_SIZE);
    for (int i = 0; i < BASE64_SIZE; i++) {
        random = random * 1103515245 + 12345;
        vespa_buffer_append_byte(body, alphabet[random >> 26]);
    }
    vespa_buffer_append_string(body, "\"}");
}

/* What is measured; each takes the document once and returns something that depends on it. */

static size_t scan(struct vespa_slice document, unsigned report_depth)
{
    struct vespa_json json;
    struct vespa_json_token token;
    size_t tokens = 0;

    vespa_json_init(&json, report_depth);
    for (;;) {
        switch (vespa_json_next(&json, document, true, &token)) {
        case VESPA_JSON_TOKEN:
            tokens++;
            break;
        case VESPA_JSON_END:
            return tokens;
        default:
            fprintf(stderr, "offset %zu: expected %s\n", json.error_offset, json.expected);
            exit(1);
        }
    }
}

static size_t scan_depth_1(struct vespa_slice document)
{
    return scan(document, 1);
}

static size_t scan_depth_2(struct vespa_slice document)
{
    return scan(document, 2);
}

static size_t scan_all(struct vespa_slice document)
{
    return scan(document, VESPA_JSON_ALL_DEPTHS);
}

static size_t run_memchr(struct vespa_slice document)
{
    return vespa_slice_find(document, '\0');
}

static size_t run_memcpy(struct vespa_slice document)
{
    static char *copy;

    if (!copy)
        copy = malloc(BASE64_SIZE + 4096);
    if (!copy)
        exit(1);
    memcpy(copy, document.data, document.length);
    return (unsigned char)copy[document.length / 2];
}

static const struct subject {
    const char *name;
    size_t (*run)(struct vespa_slice document);
} subjects[] = {
    {"depth 1", scan_depth_1}, {"depth 2", scan_depth_2}, {"all", scan_all},
    {"memchr", run_memchr},    {"memcpy", run_memcpy},
};
enum { SUBJECTS = sizeof(subjects) / sizeof(subjects[0]) };

static double seconds(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static double gigabytes_per_second(const struct subject *subject, struct vespa_slice document)
{
    static size_t sink;
    size_t times = BYTES_A_ROUND / document.length + 1;
    double start = seconds();

    for (size_t i = 0; i < times; i++)
        sink += subject->run(document);
    __asm__ volatile("" : : "r"(sink)); /* somebody might look at it */
    return (double)(times * document.length) / (seconds() - start) * 1e-9;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a;
    double y = *(const double *)b;
    return (x > y) - (x < y);
}

static void measure(const char *name, void (*write)(struct vespa_buffer *body))
{
    struct vespa_buffer body = {0};
    double speeds[SUBJECTS][ROUNDS];

    write(&body);
    for (int round = 0; round < ROUNDS; round++)
        for (int i = 0; i < SUBJECTS; i++)
            speeds[i][round] = gigabytes_per_second(&subjects[i], vespa_buffer_slice(&body));

    printf("%-22s %9zu", name, body.length);
    for (int i = 0; i < SUBJECTS; i++) {
        qsort(speeds[i], ROUNDS, sizeof(double), compare);
        printf("%9.2f", speeds[i][ROUNDS / 2]);
    }
    printf("\n");
    fflush(stdout);
    vespa_buffer_free(&body);
}

int main(void)
{
    printf("GB/s, median of %d rounds\n%-22s %9s", ROUNDS, "", "bytes");
    for (int i = 0; i < SUBJECTS; i++)
        printf("%9s", subjects[i].name);
    printf("\n");
    measure("chat, short strings", chat);
    measure("chat, indented", chat_indented);
    measure("chat, German", chat_german);
    measure("chat, Chinese", chat_chinese);
    measure("numbers", numbers);
    measure("one base64 string", base64);
    return 0;
}

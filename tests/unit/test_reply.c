/* Answers of our own: the form of design.md §4. */
#include "core/reply.h"

#include <cjson/cJSON.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Whether the answer has that header, and the value is this one. */
static void assert_header(const struct vespa_reply *reply, const char *name, const char *value)
{
    const struct vespa_header *found = NULL;
    for (size_t i = 0; i < reply->header_count; i++)
        if (vespa_slice_equal_nocase(reply->headers[i].name, vespa_slice_of(name)))
            found = &reply->headers[i];
    assert_int_equal(found != NULL, value != NULL);
    if (value)
        assert_true(vespa_slice_equal(found->value, vespa_slice_of(value)));
}

/* A member of "error"; to be freed. */
static char *member(const struct vespa_reply *reply, const char *name)
{
    cJSON *json = cJSON_ParseWithLength(reply->body.data, reply->body.length);
    assert_non_null(json);
    char *text =
        cJSON_GetStringValue(cJSON_GetObjectItem(cJSON_GetObjectItem(json, "error"), name));
    assert_non_null(text);
    char *copy = strdup(text);
    cJSON_Delete(json);
    return copy;
}

static void assert_member(const struct vespa_reply *reply, const char *name, const char *expected)
{
    char *text = member(reply, name);
    assert_string_equal(text, expected);
    free(text);
}

static void an_answer_has_message_type_and_code(void **state)
{
    (void)state;
    struct vespa_reply_memory memory = {0};
    struct vespa_reply reply;
    vespa_reply_make(&(struct vespa_reply_words){.status = 404,
                                                 .code = "unknown_endpoint",
                                                 .message = VESPA_LITERAL("No \"x\"\\.")},
                     &memory, &reply);
    assert_int_equal(reply.status, 404);
    assert_string_equal(reply.reason, "Not Found");
    assert_header(&reply, "Content-Type", "application/json");
    assert_header(&reply, "Retry-After", NULL);
    assert_header(&reply, "Allow", NULL);
    assert_member(&reply, "message", "No \"x\"\\.");
    assert_member(&reply, "type", "invalid_request_error");
    assert_member(&reply, "code", "unknown_endpoint");
    vespa_reply_free(&memory);
}

static void every_status_of_ours_has_a_reason_and_a_type(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *reason;
        const char *type;
    } rows[] = {
        {400, "Bad Request", "invalid_request_error"},
        {401, "Unauthorized", "authentication_error"},
        {404, "Not Found", "invalid_request_error"},
        {405, "Method Not Allowed", "invalid_request_error"},
        {413, "Content Too Large", "invalid_request_error"},
        {415, "Unsupported Media Type", "invalid_request_error"},
        {500, "Internal Server Error", "server_error"},
        {502, "Bad Gateway", "server_error"},
        {503, "Service Unavailable", "server_error"},
    };
    struct vespa_reply_memory memory = {0};
    struct vespa_reply reply;
    for (size_t i = 0; i < COUNT(rows); i++) {
        vespa_reply_make(&(struct vespa_reply_words){.status = rows[i].status, .code = "c"},
                         &memory, &reply);
        assert_string_equal(reply.reason, rows[i].reason);
        assert_member(&reply, "type", rows[i].type);
    }
    vespa_reply_free(&memory);
}

static void a_caller_is_told_when_to_come_back(void **state)
{
    (void)state;
    struct vespa_reply_memory memory = {0};
    struct vespa_reply reply;
    struct vespa_reply_words words = {.status = 503, .code = "c", .retry_after_s = 30};
    vespa_reply_make(&words, &memory, &reply);
    assert_header(&reply, "Retry-After", "30");
    assert_header(&reply, "x-should-retry", NULL);
    words.do_not_repeat = true;
    vespa_reply_make(&words, &memory, &reply);
    assert_header(&reply, "Retry-After", NULL);
    assert_header(&reply, "x-should-retry", "false");
    words = (struct vespa_reply_words){.status = 405, .code = "c"};
    vespa_reply_make(&words, &memory, &reply);
    assert_header(&reply, "Allow", "GET, HEAD, POST, PUT, PATCH, DELETE");
    vespa_reply_free(&memory);
}

static void control_characters_do_not_get_through(void **state)
{
    (void)state;
    struct vespa_reply_memory memory = {0};
    struct vespa_reply reply;
    struct vespa_reply_words words = {
        .status = 502, .code = "c", .message = VESPA_LITERAL("a\r\nb\0c\x1b[0m\x7f")};
    vespa_reply_make(&words, &memory, &reply);
    assert_member(&reply, "message", "a  b c [0m ");
    vespa_reply_free(&memory);
}

/* At most 7,000 bytes in all: 6,500 leave room for the head. */
static void the_longest_message_fits(void **state)
{
    (void)state;
    static const char *const units[] = {"a", "\"", "\\", "\xFF", "\x01", "\xE2\x82\xAC"};
    struct vespa_reply_memory memory = {0};
    struct vespa_reply reply;
    for (size_t i = 0; i < COUNT(units); i++) {
        char message[9001];
        size_t unit = strlen(units[i]);
        for (size_t at = 0; at + unit < sizeof(message); at += unit)
            memcpy(message + at, units[i], unit + 1);
        struct vespa_reply_words words = {
            .status = 502, .code = "c", .message = vespa_slice_of(message)};
        vespa_reply_make(&words, &memory, &reply);
        assert_in_range(reply.body.length, 2000, 6500);
        char *text = member(&reply, "message");
        /* Cut between characters: the last one of a text in UTF-8 is whole. */
        if (unit > 1)
            assert_string_equal(text + strlen(text) - unit, units[i]);
        free(text);
    }
    vespa_reply_free(&memory);
}

static void without_memory_there_is_an_answer_too(void **state)
{
    (void)state;
    struct vespa_reply reply;
    vespa_reply_no_memory(&reply);
    assert_int_equal(reply.status, 500);
    assert_header(&reply, "Content-Type", "application/json");
    assert_member(&reply, "code", "out_of_memory");
    assert_member(&reply, "type", "server_error");
    assert_string_equal(vespa_reply_reason(299), "Error");
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_answer_has_message_type_and_code),
        cmocka_unit_test(every_status_of_ours_has_a_reason_and_a_type),
        cmocka_unit_test(a_caller_is_told_when_to_come_back),
        cmocka_unit_test(control_characters_do_not_get_through),
        cmocka_unit_test(the_longest_message_fits),
        cmocka_unit_test(without_memory_there_is_an_answer_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/*
 * What libcurl has while the application's handle serves a leg to a worker: of each option that can
 * authenticate the application, or relax what is demanded of the worker, by itself. On the wire
 * most of them need others to show (XOAUTH2_BEARER sends nothing without HTTPAUTH, whose own row
 * would cover it up), so what is looked at here is what libcurl was given. The list is written out,
 * for the table is what is under test.
 */
#include "shim/leg.h"
#include "shim/transfer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MARK "S3CR3T"

/* For the time of the leg; a row without a word is NULL or 0. */
static const struct {
    const char *name;
    long number;
    const char *word;
} rows[] = {
    {.name = "USERPWD"},
    {.name = "USERNAME"},
    {.name = "PASSWORD"},
    {.name = "LOGIN_OPTIONS"},
    {.name = "XOAUTH2_BEARER"},
    {.name = "HTTPAUTH", .number = CURLAUTH_BASIC},
    {.name = "AWS_SIGV4"},
    {.name = "HTTPSIG_ALGORITHM"},
    {.name = "HTTPSIG_KEY"},
    {.name = "HTTPSIG_KEYID"},
    {.name = "HTTPSIG_HEADERS"},
    {.name = "SERVICE_NAME"},
    {.name = "NETRC"},
    {.name = "NETRC_FILE"},
    {.name = "COOKIE"},
    {.name = "REFERER"},
    {.name = "AUTOREFERER"},
    {.name = "UNRESTRICTED_AUTH"},
    {.name = "SSLCERT"},
    {.name = "SSLCERT_BLOB"},
    {.name = "SSLCERTTYPE"},
    {.name = "SSLKEY"},
    {.name = "SSLKEY_BLOB"},
    {.name = "SSLKEYTYPE"},
    {.name = "KEYPASSWD"},
    {.name = "TLSAUTH_USERNAME"},
    {.name = "TLSAUTH_PASSWORD"},
    {.name = "TLSAUTH_TYPE", .word = ""},
    /* What would make less of a worker's verification, or hand its connection to the program. */
    {.name = "SSL_VERIFYPEER", .number = 1},
    {.name = "SSL_VERIFYHOST", .number = 2},
    {.name = "SSL_VERIFYSTATUS"},
    {.name = "PINNEDPUBLICKEY"},
    {.name = "CRLFILE"},
    {.name = "ISSUERCERT"},
    {.name = "ISSUERCERT_BLOB"},
    {.name = "SSL_CTX_FUNCTION"},
    {.name = "SSL_OPTIONS"},
    {.name = "CAINFO_BLOB"},
    {.name = "ECH"},
    {.name = "FOLLOWLOCATION"},
    {.name = "REQUEST_TARGET"},
    {.name = "PORT"},
    {.name = "CONNECT_TO"},
    {.name = "UNIX_SOCKET_PATH"},
    {.name = "ABSTRACT_UNIX_SOCKET"},
    {.name = "HAPROXYPROTOCOL"},
    {.name = "TRAILERFUNCTION"},
    {.name = "HTTP_VERSION", .number = CURL_HTTP_VERSION_1_1},
};

/* ---- a libcurl that writes down what it is given ---------------------------------------- */

struct given {
    bool is_set;
    long number;
    char *text; /* of a string */
    bool is_null;
};
static struct given given[VESPA_OPTION_NUMBERS];

static void forget(void)
{
    for (size_t i = 0; i < VESPA_OPTION_NUMBERS; i++)
        free(given[i].text);
    memset(given, 0, sizeof given);
}

static void note(unsigned id, va_list rest)
{
    const struct vespa_option *option = vespa_option_find(id);
    struct given *place = &given[vespa_option_number(id)];
    free(place->text);
    *place = (struct given){.is_set = true};
    if (option->type == VESPA_OPTION_LONG) {
        place->number = va_arg(rest, long);
    } else if (option->type == VESPA_OPTION_OFF_T) {
        place->number = (long)va_arg(rest, curl_off_t);
    } else {
        const char *pointer = va_arg(rest, const char *);
        place->is_null = !pointer;
        if (pointer && option->type == VESPA_OPTION_STRING)
            place->text = strdup(pointer);
    }
}

static CURLcode write_down(CURL *easy, CURLoption id, ...)
{
    va_list rest;
    (void)easy;
    va_start(rest, id);
    note((unsigned)id, rest);
    va_end(rest);
    return CURLE_OK;
}

static const struct vespa_curl_api api = {.easy_setopt = write_down,
                                          .version_info = curl_version_info};

static const struct vespa_option *by_name(const char *name)
{
    const struct vespa_option *option;
    for (unsigned i = 0; (option = vespa_option_at(i)) != NULL; i++)
        if (strcmp(option->name, name) == 0)
            return option;
    fail_msg("no row for %s", name);
    return NULL;
}

/* ---- a leg ------------------------------------------------------------------------------ */

static void set_marked(struct vespa_record *record, const struct vespa_option *option)
{
    static struct curl_blob blob = {.data = MARK, .len = sizeof MARK - 1};
    static struct curl_slist list = {.data = MARK};
    union vespa_argument argument = {.object = MARK};
    if (option->type == VESPA_OPTION_LONG)
        argument = (union vespa_argument){.number = option->id == CURLOPT_HTTPAUTH ? -17 : 77};
    else if (option->type == VESPA_OPTION_BLOB)
        argument.object = &blob;
    else if (option->type == VESPA_OPTION_OBJECT)
        argument.object = &list;
    else if (option->type == VESPA_OPTION_FUNCTION)
        argument = (union vespa_argument){.function = forget};
    assert_int_equal(vespa_record_setopt(record, option, argument), CURLE_OK);
    const struct given *at = &given[vespa_option_number(option->id)];
    assert_true(at->is_set && !at->is_null);
}

static void assert_marked(const struct vespa_option *option)
{
    const struct given *at = &given[vespa_option_number(option->id)];
    bool is_number = option->type == VESPA_OPTION_LONG;
    bool is_own = is_number ? at->number == (option->id == CURLOPT_HTTPAUTH ? -17 : 77)
                            : !at->is_null && (!at->text || strcmp(at->text, MARK) == 0);
    if (!is_own)
        fail_msg("%s is not the application's again", option->name);
}

static void assert_given(size_t row)
{
    const struct vespa_option *option = by_name(rows[row].name);
    const struct given *at = &given[vespa_option_number(option->id)];
    if (option->type == VESPA_OPTION_LONG ? at->number != rows[row].number
        : rows[row].word                  ? !at->text || strcmp(at->text, rows[row].word) != 0
                                          : !at->is_null)
        fail_msg("%s goes to a worker as %s (%ld)", option->name,
                 at->is_null ? "NULL"
                 : at->text  ? at->text
                             : "a value",
                 at->number);
}

static void begin_leg(struct vespa_transfer *transfer, struct vespa_record *record)
{
    static const struct vespa_send send = {.method = "GET", .url = "https://192.0.2.1:3000/"};
    *transfer = (struct vespa_transfer){
        .record = record, .api = &api, .root_file = -1, .canned = {.other_end = -1}};
    assert_int_equal(vespa_leg_worker(transfer, &send), CURLE_OK);
}

static void end_leg(struct vespa_transfer *transfer)
{
    vespa_leg_restore(transfer);
    vespa_header_list_free(&transfer->headers);
}

static void each_option_for_itself_is_taken_back_and_given_again(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct vespa_transfer transfer;
        struct vespa_record *record = vespa_record_new((CURL *)&transfer, &api);
        assert_non_null(record);
        set_marked(record, by_name(rows[i].name));
        begin_leg(&transfer, record);
        assert_given(i);
        end_leg(&transfer);
        assert_marked(by_name(rows[i].name));
        vespa_record_free(record);
        forget();
    }
}

/* One of them may set what another is. */
static void all_of_them_together_are(void **state)
{
    (void)state;
    struct vespa_transfer transfer;
    struct vespa_record *record = vespa_record_new((CURL *)&transfer, &api);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        set_marked(record, by_name(rows[i].name));
    begin_leg(&transfer, record);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_given(i);
    end_leg(&transfer);
    vespa_record_free(record);
    forget();
}

/* The rest of the list's worth: a row that the table adds to the class is to be added here. */
static void the_list_has_every_row_that_authenticates(void **state)
{
    (void)state;
    const struct vespa_option *option;
    size_t found = 0;
    for (unsigned i = 0; (option = vespa_option_at(i)) != NULL; i++) {
        size_t row = 0;
        if (option->class != VESPA_CLASS_CREDENTIAL)
            continue;
        while (row < sizeof rows / sizeof *rows && strcmp(rows[row].name, option->name) != 0)
            row++;
        if (row == sizeof rows / sizeof *rows)
            fail_msg("%s is not in the list", option->name);
        found++;
    }
    assert_int_equal(found, 28);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_option_for_itself_is_taken_back_and_given_again),
        cmocka_unit_test(all_of_them_together_are),
        cmocka_unit_test(the_list_has_every_row_that_authenticates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

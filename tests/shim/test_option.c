/*
 * The option table (shim/option.h) against the libcurl that is linked, and docs/options.md against
 * the table. VESPA_UPDATE_DOCS=1 in the environment rewrites the page's table instead.
 */
#include "shim/option.h"

#include <curl/curl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PAGE         "docs/options.md"
#define TABLE_BEGINS "<!-- table: made by tests/shim/test_option.c -->\n"
#define TABLE_ENDS   "<!-- end of table -->\n"
#define ANY_LEG      (VESPA_LEG_WORKER | VESPA_LEG_CANNED)

static const struct vespa_option *by_name(const char *name)
{
    const struct vespa_option *option;
    for (unsigned i = 0; (option = vespa_option_at(i)) != NULL; i++)
        if (strcmp(option->name, name) == 0)
            return option;
    fail_msg("no row for %s", name);
    return NULL;
}

static unsigned count_rows(void)
{
    unsigned count = 0;
    while (vespa_option_at(count))
        count++;
    return count;
}

/* ---- the table and the linked libcurl --------------------------------------------------- */

static enum vespa_option_type type_for(const struct curl_easyoption *option)
{
    switch (option->type) {
    case CURLOT_LONG:
    case CURLOT_VALUES:
        return VESPA_OPTION_LONG;
    case CURLOT_OFF_T:
        return VESPA_OPTION_OFF_T;
    case CURLOT_STRING:
        return VESPA_OPTION_STRING;
    case CURLOT_FUNCTION:
        return VESPA_OPTION_FUNCTION;
    case CURLOT_BLOB:
        return VESPA_OPTION_BLOB;
    case CURLOT_OBJECT:
    case CURLOT_SLIST:
    case CURLOT_CBPTR:
        break;
    }
    return VESPA_OPTION_OBJECT;
}

static void every_option_of_libcurl_has_its_row(void **state)
{
    (void)state;
    const struct curl_easyoption *theirs = NULL;
    unsigned count = 0;
    while ((theirs = curl_easy_option_next(theirs)) != NULL) {
        const struct vespa_option *ours = vespa_option_find((unsigned)theirs->id);
        count++;
        if (!ours)
            fail_msg("%s (%u) has no row", theirs->name, (unsigned)theirs->id);
        if (ours->type != type_for(theirs))
            fail_msg("%s has the wrong type", theirs->name);
    }
    assert_true(count > 290);
}

/* An option that was renamed may have a name that this libcurl does not know yet. */
static void a_name_that_libcurl_knows_means_the_same_option(void **state)
{
    (void)state;
    const struct vespa_option *ours;
    for (unsigned i = 0; (ours = vespa_option_at(i)) != NULL; i++) {
        const struct curl_easyoption *theirs = curl_easy_option_by_name(ours->name);
        if (theirs && (unsigned)theirs->id != ours->id)
            fail_msg("%s is %u, not %u", ours->name, (unsigned)theirs->id, ours->id);
        if (!theirs && curl_easy_option_by_id((CURLoption)ours->id) &&
            strcmp(ours->name, "SERVER_RESPONSE_TIMEOUT") != 0 &&
            strcmp(ours->name, "MAIL_RCPT_ALLOWFAILS") != 0)
            fail_msg("libcurl does not call %u %s", ours->id, ours->name);
    }
}

static void only_options_newer_than_libcurl_are_unknown_to_it(void **state)
{
    (void)state;
    const struct curl_easyoption *theirs = NULL;
    const struct vespa_option *ours;
    unsigned newest = 0;
    while ((theirs = curl_easy_option_next(theirs)) != NULL)
        if ((unsigned)theirs->id % 10000 > newest)
            newest = (unsigned)theirs->id % 10000;
    for (unsigned i = 0; (ours = vespa_option_at(i)) != NULL; i++)
        if (!curl_easy_option_by_id((CURLoption)ours->id) && ours->id % 10000 < newest)
            fail_msg("libcurl has no option %u (%s)", ours->id, ours->name);
}

static void an_option_is_found_by_its_whole_id_only(void **state)
{
    (void)state;
    assert_string_equal(vespa_option_find(3)->name, "PORT");
    assert_string_equal(vespa_option_find(10002)->name, "URL");
    assert_null(vespa_option_find(10003));
    assert_null(vespa_option_find(2));
    assert_null(vespa_option_find(0));
    assert_null(vespa_option_find(8));
    assert_null(vespa_option_find(9999));
    assert_null(vespa_option_find(50003));
    assert_null(vespa_option_find(UINT32_MAX));
}

static void rows_are_walked_in_ascending_order_and_all_of_them(void **state)
{
    (void)state;
    unsigned before = 0;
    unsigned found = 0;
    for (unsigned i = 0; i < count_rows(); i++) {
        const struct vespa_option *option = vespa_option_at(i);
        assert_ptr_equal(vespa_option_find(option->id), option);
        assert_true(option->id % 10000 > before);
        before = option->id % 10000;
    }
    for (unsigned id = 0; id < 50000; id++)
        found += vespa_option_find(id) != NULL;
    assert_int_equal(found, count_rows());
    assert_null(vespa_option_at(UINT32_MAX));
}

/* ---- classes and legs ------------------------------------------------------------------- */

static int legs_fit(const struct vespa_option *option)
{
    int special = option->legs == VESPA_LEG_SPECIAL;
    int alone = !(option->legs & VESPA_LEG_SPECIAL) || special;
    switch (option->class) {
    case VESPA_CLASS_HARMLESS:
        return option->legs == 0;
    case VESPA_CLASS_KEEP:
        return alone && !(option->legs & VESPA_LEG_WORKER);
    case VESPA_CLASS_WRAPPED:
    case VESPA_CLASS_BODY:
        return special;
    case VESPA_CLASS_CREDENTIAL:
        return (option->legs & VESPA_LEG_WORKER) && !(option->legs & ~(unsigned)ANY_LEG);
    case VESPA_CLASS_MISDIRECT:
        return special ||
               ((option->legs & VESPA_LEG_WORKER) && !(option->legs & ~(unsigned)ANY_LEG));
    }
    return 0;
}

static void class_and_legs_agree(void **state)
{
    (void)state;
    const struct vespa_option *option;
    for (unsigned i = 0; (option = vespa_option_at(i)) != NULL; i++)
        if (!legs_fit(option))
            fail_msg("%s: these legs do not go with its class", option->name);
}

/* setopt of an object, a function or a blob is given NULL for it; a string one of a few words. */
static void values_can_be_given_to_setopt(void **state)
{
    (void)state;
    const struct vespa_option *option;
    for (unsigned i = 0; (option = vespa_option_at(i)) != NULL; i++) {
        int64_t most = option->type == VESPA_OPTION_STRING ? VESPA_DURING_ALL : 0;
        if (option->type == VESPA_OPTION_LONG || option->type == VESPA_OPTION_OFF_T)
            continue;
        if (option->during < 0 || option->during > most || option->initial < 0 ||
            option->initial > most)
            fail_msg("%s cannot have such a value", option->name);
    }
}

/* design.md §2.8: never relaxed verification, credentials or callbacks of the application. */
static void the_handle_with_the_key_takes_over_nothing_that_weakens_it(void **state)
{
    (void)state;
    static const char *const forbidden[] = {"SSL_VERIFYPEER",
                                            "SSL_VERIFYHOST",
                                            "SSL_VERIFYSTATUS",
                                            "DOH_SSL_VERIFYPEER",
                                            "DOH_SSL_VERIFYHOST",
                                            "CAINFO",
                                            "CAPATH",
                                            "CAINFO_BLOB",
                                            "SSL_CTX_FUNCTION",
                                            "SSL_OPTIONS",
                                            "SSLVERSION",
                                            "SSL_CIPHER_LIST",
                                            "TLS13_CIPHERS",
                                            "RESOLVE",
                                            "CONNECT_TO",
                                            "PORT",
                                            "UNIX_SOCKET_PATH",
                                            "USERPWD",
                                            "COOKIE",
                                            "COOKIEFILE",
                                            "SHARE",
                                            "HTTPHEADER",
                                            "VERBOSE",
                                            "FOLLOWLOCATION"};
    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++)
        assert_false(by_name(forbidden[i])->legs & VESPA_LEG_AUTOSCALER);

    const struct vespa_option *option;
    for (unsigned i = 0; (option = vespa_option_at(i)) != NULL; i++)
        if (option->legs & VESPA_LEG_AUTOSCALER)
            assert_int_not_equal(option->type, VESPA_OPTION_FUNCTION);
}

/* Without TLS the other tests cannot see these. */
static void a_worker_is_verified_and_so_is_everybody_afterwards(void **state)
{
    (void)state;
    static const char *const names[] = {"SSL_VERIFYPEER", "SSL_VERIFYHOST"};
    for (int i = 0; i < 2; i++) {
        const struct vespa_option *option = by_name(names[i]);
        assert_int_equal(option->legs, VESPA_LEG_WORKER);
        assert_int_equal(option->during, i + 1);
        assert_int_equal(option->initial, i + 1);
    }
}

/* ---- the page --------------------------------------------------------------------------- */

static void print_value(FILE *out, const struct vespa_option *option, int64_t value)
{
    const char *string = vespa_option_string(value);
    if (option->type == VESPA_OPTION_LONG || option->type == VESPA_OPTION_OFF_T)
        fprintf(out, "%lld", (long long)value);
    else if (option->type == VESPA_OPTION_STRING && string)
        fprintf(out, "`\"%s\"`", string);
    else
        fputs("NULL", out);
}

static void print_leg(FILE *out, const struct vespa_option *option, unsigned leg)
{
    fputs(" | ", out);
    if (option->legs & leg)
        print_value(out, option, option->during);
    else
        fputs(option->legs & VESPA_LEG_SPECIAL ? "see below" : "as set", out);
}

static void print_row(FILE *out, const struct vespa_option *option)
{
    static const char *const classes[] = {
        [VESPA_CLASS_HARMLESS] = "harmless",     [VESPA_CLASS_KEEP] = "keep",
        [VESPA_CLASS_WRAPPED] = "wrapped",       [VESPA_CLASS_BODY] = "body and method",
        [VESPA_CLASS_CREDENTIAL] = "credential", [VESPA_CLASS_MISDIRECT] = "would misdirect",
    };
    fprintf(out, "| `%s` | %s", option->name, classes[option->class]);
    print_leg(out, option, VESPA_LEG_WORKER);
    print_leg(out, option, VESPA_LEG_CANNED);
    fprintf(out, " | %s |\n", option->legs & VESPA_LEG_AUTOSCALER ? "copied" : "no");
}

static int by_row_name(const void *a, const void *b)
{
    const struct vespa_option *const *first = a;
    const struct vespa_option *const *second = b;
    return strcmp((*first)->name, (*second)->name);
}

/* The page's table: to be freed. */
static char *make_table(void)
{
    unsigned count = count_rows();
    const struct vespa_option **sorted = calloc(count, sizeof *sorted);
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    assert_non_null(sorted);
    assert_non_null(out);
    for (unsigned i = 0; i < count; i++)
        sorted[i] = vespa_option_at(i);
    qsort(sorted, count, sizeof *sorted, by_row_name);
    fputs("| option | class | to a worker | canned answer | to the autoscaler |\n"
          "| --- | --- | --- | --- | --- |\n",
          out);
    for (unsigned i = 0; i < count; i++)
        print_row(out, sorted[i]);
    fclose(out);
    free(sorted);
    return text;
}

static char *read_page(void)
{
    static char page[200000];
    FILE *file = fopen(PAGE, "r");
    if (!file)
        fail_msg("%s cannot be read; run this from the top of the source", PAGE);
    page[fread(page, 1, sizeof page - 1, file)] = '\0';
    fclose(file);
    return page;
}

static void write_page(const char *page, const char *table, const char *rest)
{
    FILE *file = fopen(PAGE ".new", "w");
    assert_non_null(file);
    fprintf(file, "%.*s%s%s", (int)(strstr(page, TABLE_BEGINS) + strlen(TABLE_BEGINS) - page), page,
            table, rest);
    assert_int_equal(fclose(file), 0);
    assert_int_equal(rename(PAGE ".new", PAGE), 0);
}

static void the_page_says_what_the_table_says(void **state)
{
    (void)state;
    char *page = read_page();
    char *table = make_table();
    char *begin_mark = strstr(page, TABLE_BEGINS);
    char *end_mark = strstr(page, TABLE_ENDS);
    assert_non_null(begin_mark);
    assert_non_null(end_mark);
    if (getenv("VESPA_UPDATE_DOCS"))
        write_page(page, table, end_mark);
    const char *ours = table;
    const char *theirs = begin_mark + strlen(TABLE_BEGINS);
    while (!getenv("VESPA_UPDATE_DOCS") && (*ours || theirs != end_mark)) {
        int length = (int)strcspn(ours, "\n");
        int their_length = (int)strcspn(theirs, "\n");
        if (length != their_length || strncmp(ours, theirs, (size_t)length) != 0)
            fail_msg("%s has\n%.*s\nand the table has\n%.*s\n"
                     "(VESPA_UPDATE_DOCS=1 rewrites the page's table)",
                     PAGE, their_length, theirs, length, ours);
        ours += length + 1;
        theirs += their_length + 1;
    }
    free(table);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_option_of_libcurl_has_its_row),
        cmocka_unit_test(a_name_that_libcurl_knows_means_the_same_option),
        cmocka_unit_test(only_options_newer_than_libcurl_are_unknown_to_it),
        cmocka_unit_test(an_option_is_found_by_its_whole_id_only),
        cmocka_unit_test(rows_are_walked_in_ascending_order_and_all_of_them),
        cmocka_unit_test(class_and_legs_agree),
        cmocka_unit_test(values_can_be_given_to_setopt),
        cmocka_unit_test(the_handle_with_the_key_takes_over_nothing_that_weakens_it),
        cmocka_unit_test(a_worker_is_verified_and_so_is_everybody_afterwards),
        cmocka_unit_test(the_page_says_what_the_table_says),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

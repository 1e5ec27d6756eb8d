/*
 * docs/configuration.md, docs/config.schema.json and examples/config/ against the table of members
 * and the parser: each says what the others say.
 */
#include "tests/unit/config_file_loading.h"

#include "core/config_report.h"

#include <cjson/cJSON.h>
#include <dirent.h>

static const char *const type_names[] = {"string",  "integer",          "number",
                                         "boolean", "array of strings", "array of rules"};

/* A file of the repository; the caller frees it. */
static char *read_file(const char *name)
{
    FILE *file = fopen(name, "r");
    if (!file)
        fail_msg("%s cannot be opened (tests run in the repository's directory)", name);
    char *text = calloc(1, 200000);
    assert_non_null(text);
    assert_in_range(fread(text, 1, 199999, file), 1, 199998);
    fclose(file);
    return text;
}

/* ---- the table of the document --------------------------------------------------------------- */

static void write_row(const struct vespa_member *member, struct vespa_buffer *row)
{
    vespa_buffer_reset(row);
    vespa_buffer_append_string(row, "| `");
    vespa_buffer_append_string(row, member->name);
    vespa_buffer_append_string(row, "` | ");
    vespa_buffer_append_string(row, type_names[member->type]);
    for (size_t i = 0; member->choices && member->choices[i]; i++) {
        vespa_buffer_append_string(row, i ? ", `" : ": `");
        vespa_buffer_append_string(row, member->choices[i]);
        vespa_buffer_append_byte(row, '`');
    }
    if (member->type == VESPA_TYPE_INTEGER) {
        vespa_buffer_append_string(row, ", ");
        vespa_buffer_append_number(row, member->low);
        vespa_buffer_append_string(row, " to ");
        vespa_buffer_append_number(row, member->high);
    }
    vespa_buffer_append_string(row, " | ");
    vespa_buffer_append_string(row, member->initial);
    vespa_buffer_append_string(row, " | ");
    vespa_buffer_append_string(row, member->variable ? "`" : "");
    vespa_buffer_append_string(row, member->variable);
    vespa_buffer_append_string(row, member->variable ? "` | " : " | ");
    vespa_buffer_append_string(row, member->meaning);
    vespa_buffer_append_string(row, " |\n");
}

static void the_document_has_a_row_for_each_member_and_no_other(void **state)
{
    (void)state;
    char *document = read_file("docs/configuration.md");
    struct vespa_buffer row = {0};
    size_t rows = 0;
    for (size_t id = 0; id < VESPA_MEMBERS; id++) {
        write_row(&vespa_members[id], &row);
        assert_false(row.failed);
        if (!strstr(document, row.data))
            fail_msg("docs/configuration.md lacks this row: %s", row.data);
    }
    for (const char *at = document; (at = strstr(at, "\n| `")); at++)
        rows++;
    assert_int_equal(rows, VESPA_MEMBERS);
    vespa_buffer_free(&row);
    free(document);
}

/* ---- the schema ------------------------------------------------------------------------------ */

static void assert_choices(const struct vespa_member *member, const cJSON *of)
{
    const cJSON *list = cJSON_GetObjectItemCaseSensitive(of, "enum");
    int count = 0;
    assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(of, "type")),
                        "string");
    for (; member->choices && member->choices[count]; count++)
        assert_string_equal(cJSON_GetStringValue(cJSON_GetArrayItem(list, count)),
                            member->choices[count]);
    assert_int_equal(cJSON_GetArraySize(list), count);
}

static double number_of(const cJSON *object, const char *name)
{
    const cJSON *number = cJSON_GetObjectItemCaseSensitive(object, name);
    assert_true(cJSON_IsNumber(number));
    return number->valuedouble;
}

static void assert_schema_of(const struct vespa_member *member, const cJSON *schema)
{
    const cJSON *items = cJSON_GetObjectItemCaseSensitive(schema, "items");
    const char *type = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(schema, "type"));
    assert_non_null(type);
    assert_string_equal(
        cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(schema, "description")),
        member->meaning);
    switch (member->type) {
    case VESPA_TYPE_STRING:
        assert_choices(member, schema);
        break;
    case VESPA_TYPE_STRINGS:
        assert_string_equal(type, "array");
        assert_choices(member, items);
        break;
    case VESPA_TYPE_RULES:
        assert_string_equal(type, "array");
        assert_string_equal(cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(items, "$ref")),
                            "#/$defs/rule");
        break;
    case VESPA_TYPE_INTEGER:
        assert_true(number_of(schema, "minimum") == member->low);
        assert_true(number_of(schema, "maximum") == member->high);
        assert_string_equal(type, "integer");
        break;
    case VESPA_TYPE_NUMBER:
        assert_string_equal(type, "number");
        break;
    case VESPA_TYPE_BOOLEAN:
        assert_string_equal(type, "boolean");
        break;
    }
}

static void assert_object(const cJSON *object, bool of_rule)
{
    const cJSON *properties = cJSON_GetObjectItemCaseSensitive(object, "properties");
    const cJSON *schema;
    int known = of_rule ? VESPA_RULE_MEMBERS : VESPA_MEMBERS - VESPA_RULE_MEMBERS;
    assert_true(cJSON_IsFalse(cJSON_GetObjectItemCaseSensitive(object, "additionalProperties")));
    assert_int_equal(cJSON_GetArraySize(properties), known);
    cJSON_ArrayForEach(schema, properties)
    {
        enum vespa_member_id id = vespa_member_find(vespa_slice_of(schema->string), of_rule);
        if (id == VESPA_MEMBERS)
            fail_msg("the parser does not know the schema's member %s", schema->string);
        assert_schema_of(&vespa_members[id], schema);
    }
}

static void the_schema_and_the_parser_know_the_same_members(void **state)
{
    (void)state;
    char *text = read_file("docs/config.schema.json");
    cJSON *schema = cJSON_Parse(text);
    assert_non_null(schema);
    assert_object(schema, false);
    const cJSON *definitions = cJSON_GetObjectItemCaseSensitive(schema, "$defs");
    assert_object(cJSON_GetObjectItemCaseSensitive(definitions, "rule"), true);
    cJSON_Delete(schema);
    free(text);
}

/* What the parser takes of each member in fact, and not only by its table. */
static void a_value_of_another_type_is_refused_for_each_member(void **state)
{
    (void)state;
    static const char *const values[] = {"\"text\"", "5", "5", "true", "[]", "[]"};
    static const char *const others[] = {"5", "\"text\"", "\"text\"", "5", "\"text\"", "5"};
    for (size_t id = 0; id < VESPA_MEMBERS; id++) {
        const struct vespa_member *member = &vespa_members[id];
        bool of_rule = id < VESPA_RULE_MEMBERS;
        char text[200], expected[300];
        for (int right = 0; right < 2; right++) {
            snprintf(text, sizeof(text), of_rule ? "{\"rules\":[{\"%s\": %s}]}" : "{\"%s\": %s}",
                     member->name, right ? values[member->type] : others[member->type]);
            struct vespa_config *config = LOAD_TEXT(text, NULL);
            snprintf(expected, sizeof(expected), "%s:1: %s%s is", path, of_rule ? "rules[0]." : "",
                     member->name);
            const char *problem = config->rules[0].problem;
            /* A value of the right type may be wrong otherwise; that is told in other words. */
            if (!right && (!problem || (!member->secret && !strstr(problem, expected))))
                fail_msg("%s: %s", text, problem ? problem : "no problem");
            assert_true(!problem || !strstr(problem, "a known name"));
            vespa_config_free(config);
        }
    }
}

/* ---- the examples ---------------------------------------------------------------------------- */

static void each_example_is_free_of_mistakes_and_shown_in_the_document(void **state)
{
    (void)state;
    DIR *examples = opendir("examples/config");
    char *document = read_file("docs/configuration.md");
    size_t count = 0;
    assert_non_null(examples);
    for (struct dirent *entry; (entry = readdir(examples));) {
        char name[300];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(name, sizeof(name), "examples/config/%s", entry->d_name);
        char *text = read_file(name);
        struct vespa_config *config =
            LOAD_TEXT(text, "MY_ENDPOINT_KEY=a", "MY_OTHER_ENDPOINT_KEY=b", "MY_ACCOUNT_KEY=c");
        for (size_t i = 0; i < config->rule_count; i++)
            if (config->rules[i].problem)
                fail_msg("%s: %s", name, config->rules[i].problem);
        char *rest = NULL;
        for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
            if (!strstr(document, line))
                fail_msg("docs/configuration.md does not show this line of %s: %s", name, line);
        vespa_config_free(config);
        free(text);
        count++;
    }
    closedir(examples);
    free(document);
    assert_int_equal(count, 4);
}

/* ---- what a configuration came to ------------------------------------------------------------ */

static void assert_report(const struct vespa_config *config, enum vespa_member_id id,
                          const char *value, const char *origin)
{
    struct vespa_buffer text = {0};
    vespa_config_value(config, 0, id, &text);
    assert_string_equal(text.data ? text.data : "", value);
    vespa_buffer_reset(&text);
    vespa_config_origin(config, 0, id, &text);
    assert_string_equal(text.data, origin);
    vespa_buffer_free(&text);
}

static void each_value_is_told_with_where_it_came_from(void **state)
{
    (void)state;
    char line[2][200];
    struct vespa_config *config =
        LOAD_TEXT("{\"body_limit\": 4096, \"rules\": [{\"endpoint\": \"chat\",\n"
                  "\"api_key\": \"hidden\", \"hosts\": [\"*.example.org:81\", \"a.example\"]}]}",
                  "VESPA_DEADLINE=77");
    assert_no_problem(config);
    snprintf(line[0], sizeof(line[0]), "%s:1", path);
    snprintf(line[1], sizeof(line[1]), "%s:2", path);
    assert_report(config, VESPA_MEMBER_ENDPOINT, "chat", line[0]);
    assert_report(config, VESPA_MEMBER_HOSTS, "*.example.org:81, a.example", line[1]);
    assert_report(config, VESPA_MEMBER_API_KEY, "set", line[1]);
    assert_report(config, VESPA_MEMBER_ACCOUNT_KEY, "", "default");
    assert_report(config, VESPA_MEMBER_DEADLINE, "77", "VESPA_DEADLINE");
    assert_report(config, VESPA_MEMBER_RETRIES, "3", "default");
    assert_report(config, VESPA_MEMBER_INSTANCE, "prod", "default");
    assert_report(config, VESPA_MEMBER_AUTOSCALER_URL, "https://run.vast.ai", "default");
    assert_report(config, VESPA_MEMBER_FALLBACK, "none", "default");
    assert_report(config, VESPA_MEMBER_FALLBACK_AFTER, "", "default");
    assert_report(config, VESPA_MEMBER_WORKER_SCHEMES, "https", "default");
    assert_report(config, VESPA_MEMBER_INSECURE, "false", "default");
    assert_report(config, VESPA_MEMBER_PAYLOAD, "plain", "default");
    assert_report(config, VESPA_MEMBER_UPLOADS, "none", "default");
    assert_report(config, VESPA_MEMBER_BODY_LIMIT, "4096", line[0]);
    assert_report(config, VESPA_MEMBER_LOG, "error", "default");
    assert_report(config, VESPA_MEMBER_RULES, "1", line[0]);
    vespa_config_free(config);
}

static void a_key_of_the_command_line_is_told_as_that(void **state)
{
    (void)state;
    char key_file[100];
    snprintf(key_file, sizeof(key_file), "%s/.vast_api_key", directory);
    write_text(key_file, "hidden");
    struct vespa_config *config = LOAD_GOOD_TEXT("{\"rules\": [{\"endpoint\": \"chat\"}]}", NULL);
    assert_report(config, VESPA_MEMBER_ACCOUNT_KEY, "set",
                  "the key file of the vastai command line");
    vespa_config_free(config);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_document_has_a_row_for_each_member_and_no_other),
        cmocka_unit_test(the_schema_and_the_parser_know_the_same_members),
        IN_DIRECTORY(a_value_of_another_type_is_refused_for_each_member),
        IN_DIRECTORY(each_example_is_free_of_mistakes_and_shown_in_the_document),
        IN_DIRECTORY(each_value_is_told_with_where_it_came_from),
        IN_DIRECTORY(a_key_of_the_command_line_is_told_as_that),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

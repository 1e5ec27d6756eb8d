/* What tests of the library have in common. */
#include "tests/lib/fixture.h"

#include <stdlib.h>
#include <string.h>

void fixture_clear_environment(void)
{
    static const char *const kept[] = {"PATH",         "VESPA_BUILD",           "VESPA_SLOW",
                                       "ASAN_OPTIONS", "UBSAN_OPTIONS",         "TSAN_OPTIONS",
                                       "TMPDIR",       "CMOCKA_MESSAGE_OUTPUT", "LSAN_OPTIONS"};
    char *values[sizeof kept / sizeof *kept] = {0};
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
        if (getenv(kept[i]))
            values[i] = strdup(getenv(kept[i]));
    clearenv();
    for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
        if (values[i])
            setenv(kept[i], values[i], 1);
        free(values[i]);
    }
}

struct vespa_client_options fixture_options(const struct fixture *fixture)
{
    struct vespa_client_options options = {0};
    options.endpoint_name = vespa_sim_process_value(fixture->sim, "VAST_ENDPOINT");
    options.api_key = vespa_sim_process_value(fixture->sim, "VAST_API_KEY");
    options.autoscaler_url = vespa_sim_process_value(fixture->sim, "VESPA_AUTOSCALER_URL");
    options.log_level = "off";
    return options;
}

void fixture_client(struct fixture *fixture, const struct vespa_client_options *options)
{
    vespa_client_free(fixture->client);
    enum vespa_error error = vespa_client_new(&fixture->client, options, fixture->message);
    if (error != VESPA_OK)
        fail_msg("%s", fixture->message);
}

static void begin(struct fixture *fixture, const char *const options[])
{
    fixture->sim = vespa_sim_process_start_list(options);
    struct vespa_client_options client = fixture_options(fixture);
    fixture_client(fixture, &client);
}

int fixture_set_up(void **state)
{
    static const char *const options[] = {"--token-delay", "1", NULL};
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    *state = fixture;
    begin(fixture, options);
    return 0;
}

static void end(struct fixture *fixture)
{
    cJSON_Delete(fixture->stats);
    vespa_response_free(fixture->response);
    vespa_client_free(fixture->client);
    vespa_sim_process_stop(fixture->sim);
    *fixture = (struct fixture){0};
}

int fixture_tear_down(void **state)
{
    end(*state);
    free(*state);
    return 0;
}

void fixture_restart(struct fixture *fixture, const char *option, ...)
{
    const char *options[20] = {option};
    size_t count = 1;
    va_list rest;
    va_start(rest, option);
    while (count < 19 && (options[count] = va_arg(rest, const char *)) != NULL)
        count++;
    va_end(rest);
    end(fixture);
    begin(fixture, options);
}

struct vespa_response *fixture_keep(struct fixture *fixture, struct vespa_response *response)
{
    vespa_response_free(fixture->response);
    fixture->response = response;
    return response;
}

void fixture_assert_status(const struct fixture *fixture, int status)
{
    if (vespa_response_error(fixture->response) != VESPA_OK)
        fail_msg("%s", vespa_response_message(fixture->response));
    assert_int_equal(vespa_response_status(fixture->response), status);
}

void fixture_assert_error(const struct fixture *fixture, enum vespa_error error, const char *text)
{
    const char *message = vespa_response_message(fixture->response);
    assert_int_equal(vespa_response_error(fixture->response), error);
    if (!strstr(message, text))
        fail_msg("'%s' is not in '%s'", text, message);
}

const cJSON *fixture_stats(struct fixture *fixture)
{
    cJSON_Delete(fixture->stats);
    fixture->stats = vespa_sim_process_stats_quiet(fixture->sim);
    return fixture->stats;
}

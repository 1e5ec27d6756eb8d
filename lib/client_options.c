/*
 * Options of a client. Each stands in the place of an environment variable, so that there is one
 * reader of settings, core/config.h, with one set of rules and messages.
 */
#include "lib/client_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct overlay {
    const struct vespa_client_options *options;
    char deadline[16];
    char retries[16];
    char workload[VESPA_NUMBER_SIZE];
};

/* The decimal point is the locale's for printf and strtod alike. */
void vespa_number_write(double number, char to[static VESPA_NUMBER_SIZE])
{
    for (int digits = 10; digits <= 17; digits++) {
        snprintf(to, VESPA_NUMBER_SIZE, "%.*g", digits, number);
        if (strtod(to, NULL) == number)
            break;
    }
    for (char *at = to; *at; at++)
        if (!strchr("0123456789+-einfa", *at))
            *at = '.';
}

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++)
        if (strcmp(name, *names) == 0)
            return true;
    return false;
}

/* Whether a variable counts that has no option of its own set. What is said in the program replaces
 * what the environment says about the same thing in another way. */
static bool counts(const struct vespa_client_options *options, const char *name)
{
    static const char *const keys[] = {"VAST_API_KEY", "VAST_ACCOUNT_KEY", "VESPA_API_KEY_FILE",
                                       NULL};
    static const char *const places[] = {"VESPA_INSTANCE", "VESPA_AUTOSCALER_URL", NULL};
    if (is_one_of(name, keys))
        return !options->api_key && !options->account_key && !options->api_key_file;
    if (is_one_of(name, places))
        return !options->instance && !options->autoscaler_url;
    return strcmp(name, "VESPA_HOST") != 0; /* hosts are of no concern here */
}

static const char *look_up(void *context, const char *name)
{
    const struct overlay *overlay = context;
    const struct vespa_client_options *options = overlay->options;
    const struct {
        const char *name;
        const char *value;
    } given[] = {
        {"VAST_ENDPOINT", options->endpoint_name},
        {"VAST_API_KEY", options->api_key},
        {"VESPA_API_KEY_FILE", options->api_key_file},
        {"VAST_ACCOUNT_KEY", options->account_key},
        {"VESPA_AUTOSCALER_URL", options->autoscaler_url},
        {"VESPA_INSTANCE", options->instance},
        {"VESPA_CA_FILE", options->ca_file},
        {"VESPA_CONFIG", options->config_file},
        {"VESPA_LOG", options->log_level},
        {"VESPA_DEADLINE", options->deadline_s ? overlay->deadline : NULL},
        {"VESPA_RETRIES", options->retries ? overlay->retries : NULL},
        {"VESPA_COST", options->workload != 0 ? overlay->workload : NULL},
    };
    for (size_t i = 0; i < sizeof given / sizeof *given; i++)
        if (given[i].value && strcmp(name, given[i].name) == 0)
            return given[i].value;
    return counts(options, name) ? getenv(name) : NULL;
}

bool vespa_client_names_endpoint(const struct vespa_client_options *options)
{
    const char *name = options->endpoint_name ? options->endpoint_name : getenv("VAST_ENDPOINT");
    return name && name[0];
}

struct vespa_config *vespa_client_configure(const struct vespa_client_options *options,
                                            bool runs_commands)
{
    struct overlay overlay = {.options = options};
    snprintf(overlay.deadline, sizeof overlay.deadline, "%u", options->deadline_s);
    snprintf(overlay.retries, sizeof overlay.retries, "%d",
             options->retries > 0 ? options->retries : 0);
    vespa_number_write(options->workload, overlay.workload);
    return vespa_config_load(&(struct vespa_environment){
        .get = look_up, .context = &overlay, .runs_commands = runs_commands});
}

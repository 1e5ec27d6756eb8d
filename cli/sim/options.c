// The command line of `vespa sim`: one table that the reader and the help are made from.

#include "cli/sim/options.h"

#include "cli/sim/keys.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum kind {
    NUMBER,
    SECONDS,
    STRING,
    KEY,
    FLAG,
    DIALECT,
    FAULT,
    COLD_POLLS,
    COLD_SECONDS,
    DEAD,
    TLS_FAULT
};

struct option {
    const char *name;
    const char *argument; // NULL for a flag
    const char *meaning;
    enum kind kind;
    size_t offset;
    long least;
    long most;
};

#define AT(field) offsetof(struct vespa_sim_options, field)

static const struct option options_table[] = {
    {"workers", "N", "number of workers (default 2)", NUMBER, AT(workers), 1,
     VESPA_SIM_MAX_WORKERS},
    {"endpoint", "NAME", "the endpoint's name (default my-endpoint)", STRING, AT(endpoint), 0, 0},
    {"key", "KEY", "the endpoint key (default random)", KEY, AT(key), 0, 0},
    {"account-key", "KEY", "the account key (default random)", KEY, AT(account_key), 0, 0},
    {"port", "PORT", "the autoscaler's port (default 0: any free one)", NUMBER, AT(port), 0, 65535},
    {"dialect", "NAME", "what workers check: vespa (default), pyworker or sdk", DIALECT,
     AT(dialect), 0, 0},
    {"tls", NULL, "workers serve https; a CA for them is made", FLAG, AT(tls), 0, 0},
    {"tls-autoscaler", NULL, "with --tls: the autoscaler too", FLAG, AT(tls_autoscaler), 0, 0},
    {"tls-address", "IP", "with --tls: the address in the certificates (default 127.0.0.1)", STRING,
     AT(tls_address), 0, 0},
    {"tls-fault", "NAME[,N]",
     "with --tls: all workers, or worker N, have a certificate that is\n"
     "                           expired, not-yet-valid, wrong-host, unknown-issuer or "
     "forged-issuer",
     TLS_FAULT, 0, 0, 0},
    {"backend", "URL", "workers forward payloads to that model server", STRING, AT(backend), 0, 0},
    {"big-numbers", NULL, "reqnum and request_idx beyond 2^53", FLAG, AT(big_numbers), 0, 0},
    {"worker-limit", "BYTES", "larger bodies get a 413 (default 67108864)", NUMBER,
     AT(worker_limit), 1, LONG_MAX},
    {"token-delay", "MS", "between the chunks of a stream (default 20)", NUMBER, AT(token_delay), 0,
     3600000},
    {"idle-timeout", "S", "close idle connections after that time (default 0: never)", NUMBER,
     AT(idle_timeout), 0, 86400},
    {"console-pace", "S", "429 to account calls that come faster (default 0)", SECONDS,
     AT(console_pace), 0, 0},
    {"cold-polls", "K", "no worker is ready for the first K route calls", COLD_POLLS, 0, 0,
     INT_MAX},
    {"cold-seconds", "S", "no worker is ready until S seconds after the first route call",
     COLD_SECONDS, 0, 0, INT_MAX},
    {"dead", "N[,N...]", "these workers refuse connections", DEAD, 0, 0, 0},
    {"fault", "FAULT", "plays a fault, see below; may be repeated", FAULT, 0, 0, 0},
    {"exit-with-parent", NULL, "ends when the process that started it does", FLAG,
     AT(exit_with_parent), 0, 0},
    {"help", NULL, "prints this", FLAG, AT(help), 0, 0},
};

static const size_t option_count = sizeof options_table / sizeof options_table[0];

void vespa_sim_options_help(FILE *out)
{
    fputs("usage: vespa sim [OPTIONS]\n"
          "\n"
          "Runs a local autoscaler and workers on 127.0.0.1 until SIGTERM or SIGINT. When it is\n"
          "ready it prints the variables to set, one to a line, and closes standard output:\n"
          "\n"
          "  VESPA_AUTOSCALER_URL  VAST_ENDPOINT  VAST_API_KEY  VESPA_CA_FILE (with --tls)\n"
          "  VESPA_SIM_ACCOUNT_KEY  VESPA_SIM_WORKERS=URL,URL  VESPA_SIM_ADMIN\n"
          "\n"
          "Workers answer /v1/chat/completions /v1/completions /v1/models /generate /health\n"
          "/echo[/...] /inspect[/...] /status/NNN[?retry_after=S][&empty=1] /bytes/N[?chunked=1]\n"
          "/redirect/NNN[?to=URL, self/PATH for the worker's own] /headers /gzip\n"
          "/slow-stream[?chunks=N][&delay=MS]\n"
          "\n"
          "Admin: GET /stats, POST /admin/fault, POST /admin/reset (faults and statistics),\n"
          "POST /admin/key (the body is the new endpoint key)\n"
          "\n"
          "Exit status: 0 after SIGTERM or SIGINT, 1 when it could not serve, 2 for wrong usage.\n"
          "\noptions:\n",
          out);
    for (size_t i = 0; i < option_count; i++) {
        const struct option *option = &options_table[i];
        const char *argument = option->argument ? option->argument : "";
        fprintf(out, "  --%s%s%s%*s %s\n", option->name, *argument ? " " : "", argument,
                (int)(24 - strlen(option->name) - strlen(argument) - (*argument != 0)), "",
                option->meaning);
    }
    vespa_sim_faults_help(out);
}

static bool read_number(const struct option *option, const char *value, long *number,
                        struct vespa_sim_text *error)
{
    char *end;
    errno = 0;
    *number = strtol(value, &end, 10);
    if (end != value && !*end && !errno && *number >= option->least && *number <= option->most)
        return true;
    vespa_sim_text_printf(error, "--%s is '%s', expected a number from %ld to %ld", option->name,
                          value, option->least, option->most);
    return false;
}

// Printed values are given to a shell: nothing in them may mean something to it.
static bool is_plain(const char *value)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.";
    return *value && strspn(value, plain) == strlen(value);
}

static bool add_fault(struct vespa_sim_faults *faults, struct vespa_sim_text *error,
                      const char *format, const char *value, int length)
{
    struct vespa_sim_text spec = {0};
    vespa_sim_text_printf(&spec, "%s%.*s", format, length, value);
    bool good = vespa_sim_faults_add(faults, vespa_sim_text_slice(&spec), error);
    vespa_sim_text_free(&spec);
    return good;
}

// --dead 0,2
static bool read_dead(const char *value, struct vespa_sim_faults *faults,
                      struct vespa_sim_text *error)
{
    for (;;) {
        size_t length = strcspn(value, ",");
        if (!add_fault(faults, error, "worker-dead,worker=", value, (int)length))
            return false;
        if (!value[length])
            return true;
        value += length + 1;
    }
}

static bool read_dialect(const char *value, enum vespa_sim_dialect *dialect,
                         struct vespa_sim_text *error)
{
    static const char *const names[] = {"vespa", "pyworker", "sdk"};
    for (enum vespa_sim_dialect i = 0; i < 3; i++) {
        if (strcmp(value, names[i]) != 0)
            continue;
        *dialect = i;
        return true;
    }
    vespa_sim_text_printf(error, "--dialect is '%s', expected vespa, pyworker or sdk", value);
    return false;
}

// --tls-fault expired,0
static bool read_tls_fault(const char *value, struct vespa_sim_options *options,
                           struct vespa_sim_text *error)
{
    char name[32];
    char *end = "";
    size_t length = strcspn(value, ",");
    snprintf(name, sizeof name, "%.*s", (int)length, value);
    options->tls_fault_worker = -1;
    if (value[length])
        options->tls_fault_worker = (int)strtol(value + length + 1, &end, 10);
    bool numbered = !value[length] || value[length + 1];
    if (vespa_sim_tls_read_fault(name, &options->tls_fault) && numbered && !*end)
        return true;
    vespa_sim_text_printf(
        error,
        "--tls-fault is '%s', expected expired, not-yet-valid, wrong-host, "
        "unknown-issuer or forged-issuer, and perhaps a comma and the number of a worker",
        value);
    return false;
}

static bool read_seconds(const struct option *option, const char *value, double *seconds,
                         struct vespa_sim_text *error)
{
    char *end;
    *seconds = strtod(value, &end);
    if (end != value && !*end && *seconds >= 0 && *seconds <= 86400)
        return true;
    vespa_sim_text_printf(error, "--%s is '%s', expected seconds from 0 to 86400", option->name,
                          value);
    return false;
}

static bool read_cold(const struct option *option, const char *value,
                      struct vespa_sim_faults *faults, struct vespa_sim_text *error)
{
    long number;
    const char *format = option->kind == COLD_POLLS ? "route-cold,count=" : "route-cold,seconds=";
    if (!read_number(option, value, &number, error))
        return false;
    return number == 0 || add_fault(faults, error, format, value, INT_MAX);
}

static bool read_key(const struct option *option, const char *value, struct vespa_sim_text *key,
                     struct vespa_sim_text *error)
{
    if (!is_plain(value)) {
        vespa_sim_text_printf(error, "--%s must consist of letters, digits, '-', '_' and '.'",
                              option->name);
        return false;
    }
    vespa_sim_text_free(key);
    vespa_sim_text_add_string(key, value);
    return true;
}

static bool set_option(struct vespa_sim_options *options, const struct option *option,
                       const char *value, struct vespa_sim_faults *faults,
                       struct vespa_sim_text *error)
{
    void *field = (char *)options + option->offset;
    switch (option->kind) {
    case NUMBER:
        return read_number(option, value, field, error);
    case SECONDS:
        return read_seconds(option, value, field, error);
    case STRING:
        *(const char **)field = value;
        return true;
    case KEY:
        return read_key(option, value, field, error);
    case FLAG:
        *(bool *)field = true;
        return true;
    case DIALECT:
        return read_dialect(value, field, error);
    case FAULT:
        return vespa_sim_faults_add(faults, vespa_sim_slice(value), error);
    case COLD_POLLS:
    case COLD_SECONDS:
        return read_cold(option, value, faults, error);
    case DEAD:
        return read_dead(value, faults, error);
    case TLS_FAULT:
        return read_tls_fault(value, options, error);
    }
    return false;
}

// Finds `--name` or `--name=value`; *value is set for the latter.
static const struct option *find_option(const char *argument, const char **value)
{
    if (strncmp(argument, "--", 2) != 0)
        return NULL;
    size_t length = strcspn(argument + 2, "=");
    *value = argument[2 + length] ? argument + 2 + length + 1 : NULL;
    for (size_t i = 0; i < option_count; i++)
        if (strlen(options_table[i].name) == length &&
            strncmp(options_table[i].name, argument + 2, length) == 0)
            return &options_table[i];
    return NULL;
}

static void random_key(struct vespa_sim_text *key, const char *prefix)
{
    if (key->length)
        return;
    vespa_sim_text_add_string(key, prefix);
    vespa_sim_random_hex(20, key);
}

static bool finish(struct vespa_sim_options *options, struct vespa_sim_text *error)
{
    random_key(&options->key, "sim-endpoint-");
    random_key(&options->account_key, "sim-account-");
    if (!is_plain(options->endpoint))
        vespa_sim_text_printf(error,
                              "--endpoint must consist of letters, digits, '-', '_' and '.'");
    else if (options->tls_autoscaler && !options->tls)
        vespa_sim_text_printf(error, "--tls-autoscaler needs --tls");
    else if (options->tls_fault && !options->tls)
        vespa_sim_text_printf(error, "--tls-fault needs --tls");
    else if (strcmp(options->key.data, options->account_key.data) == 0)
        vespa_sim_text_printf(error, "--key and --account-key must differ");
    return error->length == 0;
}

bool vespa_sim_options_read(struct vespa_sim_options *options, int argc, char **argv,
                            struct vespa_sim_faults *faults, struct vespa_sim_text *error)
{
    *options = (struct vespa_sim_options){.workers = 2,
                                          .endpoint = "my-endpoint",
                                          .worker_limit = 64 * 1024 * 1024,
                                          .token_delay = 20,
                                          .tls_address = "127.0.0.1"};
    for (int i = 1; i < argc; i++) {
        const char *value = NULL;
        const struct option *option = find_option(argv[i], &value);
        if (!option) {
            vespa_sim_text_printf(error, "there is no option '%s'; vespa sim --help lists them",
                                  argv[i]);
            return false;
        }
        if (!option->argument && value) {
            vespa_sim_text_printf(error, "--%s takes no value", option->name);
            return false;
        }
        if (!option->argument)
            value = "";
        else if (!value && i + 1 < argc)
            value = argv[++i];
        if (!value) {
            vespa_sim_text_printf(error, "--%s needs a value: %s", option->name, option->argument);
            return false;
        }
        if (!set_option(options, option, value, faults, error))
            return false;
    }
    return finish(options, error);
}

void vespa_sim_options_free(struct vespa_sim_options *options)
{
    vespa_sim_text_free(&options->key);
    vespa_sim_text_free(&options->account_key);
}

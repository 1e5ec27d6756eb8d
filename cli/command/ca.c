// `vespa ca`: the certificate with which Vast signs those of its workers.

#include "cli/command/commands.h"
#include "cli/command_line.h"
#include "cli/exit_status.h"
#include "cli/files.h"
#include "cli/root.h"
#include "cli/settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct line {
    struct vespa_settings settings;
    const char *accept;
    bool path;
    bool help;
};

static const struct vespa_cli_option options[] = {
    VESPA_FLAG("path", 0, "prints the file's path alone", struct line, path),
    VESPA_TEXT("accept", 0, "SHA256",
               "accepts a certificate of this fingerprint, if Vast has published it", struct line,
               accept),
    VESPA_PLACE_OPTIONS(struct line),
    VESPA_FLAG("help", 'h', "prints this", struct line, help),
};

static const struct vespa_command_line command_line = {
    .command = {.name = "ca",
                .options = options,
                .option_count = sizeof options / sizeof options[0]},
    .usage = "[OPTIONS]",
    .about = "Fetches the certificate with which Vast signs those of its workers, compares its\n"
             "fingerprint with the known ones, and keeps it in $XDG_CACHE_HOME/vespa. vespa\n"
             "fetches and checks it by itself; this is for other programs:\n"
             "\n"
             "  curl --cacert \"$(vespa ca --path)\" https://WORKER/...\n"
             "\n" VESPA_EXIT_HELP,
    .help = offsetof(struct line, help),
};

static int fetch(const struct vespa_rule *rule, struct vespa_buffer *text)
{
    char error[400];
    if (vespa_root_fetch(rule, text, error, sizeof error))
        return VESPA_EXIT_DONE;
    fprintf(stderr, "vespa ca: %s\n", error);
    return VESPA_EXIT_UNREACHABLE;
}

static int verify(struct vespa_slice text, const char *accept, struct vespa_slice *pem,
                  char fingerprint[static VESPA_FINGERPRINT_SIZE])
{
    switch (vespa_root_check(text, accept, pem, fingerprint)) {
    case VESPA_ROOT_KNOWN:
        return VESPA_EXIT_DONE;
    case VESPA_ROOT_UNKNOWN:
        fprintf(stderr,
                "vespa ca: the certificate is none of the known ones: its SHA-256 fingerprint is "
                "%s. If Vast has published that, use --accept\n",
                fingerprint);
        return VESPA_EXIT_WORKER;
    case VESPA_ROOT_MALFORMED:
        fputs("vespa ca: the answer is no certificate in PEM\n", stderr);
        return VESPA_EXIT_UNREACHABLE;
    case VESPA_ROOT_NO_MEMORY:
        break;
    }
    return VESPA_EXIT_FAILED;
}

static int keep(struct vespa_slice pem, const char *fingerprint, bool path_only)
{
    struct vespa_buffer path = {0}, text = {0};
    int status = VESPA_EXIT_FAILED;
    vespa_buffer_append(&text, pem);
    vespa_buffer_append_byte(&text, '\n');
    if (!text.failed && vespa_cache_path(&path, "jvastai_root.pem") &&
        vespa_file_write("ca", path.data, vespa_buffer_slice(&text), 0644)) {
        status = VESPA_EXIT_DONE;
        if (path_only)
            puts(path.data);
        else
            printf("%s\nSHA-256 %s\n", path.data, fingerprint);
    }
    vespa_buffer_free(&path);
    vespa_buffer_free(&text);
    return status;
}

static int renew(const struct line *line)
{
    struct vespa_buffer text = {0};
    struct vespa_slice pem = {0};
    char fingerprint[VESPA_FINGERPRINT_SIZE];
    struct vespa_config *config = vespa_settings_place("ca", &line->settings);
    if (!config)
        return VESPA_EXIT_CONFIGURATION;
    int status = fetch(&config->rules[0], &text);
    vespa_config_free(config);
    if (!status)
        status = verify(vespa_buffer_slice(&text), line->accept, &pem, fingerprint);
    if (!status)
        status = keep(pem, fingerprint, line->path);
    vespa_buffer_free(&text);
    return status;
}

int vespa_command_ca(int argc, char **argv)
{
    struct line line = {0};
    char **words;
    int status;
    return vespa_command_line_read(&command_line, &line, argc, argv, &words, &status) ? renew(&line)
                                                                                      : status;
}

// `vespa request`: one request to the endpoint.

#include "cli/command/commands.h"
#include "cli/command_line.h"
#include "cli/exit_status.h"
#include "cli/settings.h"
#include "core/buffer.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct line {
    struct vespa_settings settings;
    const char *data;
    struct vespa_texts headers;
    double workload;
    double timeout;
    bool stream;
    bool include;
    bool help;
};

static const struct vespa_cli_option options[] = {
    VESPA_TEXT("data", 'd', "JSON", "the body; @FILE reads a file, - standard input", struct line,
               data),
    VESPA_TEXTS("header", 'H', "LINE", "'Name: value' for the worker; may be repeated", struct line,
                headers),
    VESPA_FLAG("stream", 0, "prints the answer piece by piece, as it comes", struct line, stream),
    VESPA_FLAG("include", 'i', "prints status and headers too", struct line, include),
    VESPA_AMOUNT("workload", 0, "N", "the cost that the autoscaler is told", struct line, workload),
    VESPA_AMOUNT("timeout", 0, "S", "seconds for all of it, a cold start included", struct line,
                 timeout),
    VESPA_SETTINGS_OPTIONS(struct line),
    VESPA_FLAG("help", 'h', "prints this", struct line, help),
};

static const struct vespa_command_line command_line = {
    .command = {.name = "request",
                .options = options,
                .option_count = sizeof options / sizeof options[0]},
    .usage = "METHOD PATH [OPTIONS]",
    .about = "Sends one request to a worker of the endpoint and prints the answer's body:\n"
             "\n"
             "  vespa request POST /v1/completions -d '{\"prompt\":\"Hello\",\"max_tokens\":50}'\n"
             "\n"
             "The key is read from VAST_API_KEY, from a file, or from the configuration.\n"
             "\n" VESPA_EXIT_HELP,
    .help = offsetof(struct line, help),
    .least = 2,
    .most = 2,
};

// ---- the body ---------------------------------------------------------------------------------

static bool read_all(int from, struct vespa_buffer *to)
{
    for (;;) {
        if (!vespa_buffer_reserve(to, 64 * 1024)) {
            errno = ENOMEM;
            return false;
        }
        ssize_t got = read(from, to->data + to->length, 64 * 1024);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0;
        to->length += (size_t)got;
    }
}

// What -d says; *body points to it. False: said on standard error.
static bool read_data(const char *data, struct vespa_buffer *read, struct vespa_slice *body)
{
    bool standard_input = data && strcmp(data, "-") == 0;
    if (!data || (!standard_input && data[0] != '@')) {
        *body = vespa_slice_of(data);
        return true;
    }
    int from = standard_input ? STDIN_FILENO : open(data + 1, O_RDONLY | O_CLOEXEC);
    bool good = from >= 0 && read_all(from, read);
    if (!good)
        fprintf(stderr, "vespa request: %s cannot be read: %s\n",
                standard_input ? "standard input" : data + 1, strerror(errno));
    if (from >= 0 && !standard_input)
        close(from);
    *body = read->data ? vespa_buffer_slice(read) : VESPA_LITERAL("");
    return good;
}

// ---- the answer -------------------------------------------------------------------------------

static bool print(const char *bytes, size_t length)
{
    return fwrite(bytes, 1, length, stdout) == length && fflush(stdout) == 0;
}

static enum vespa_flow print_piece(void *context, const char *bytes, size_t length)
{
    (void)context;
    return print(bytes, length) ? VESPA_CONTINUE : VESPA_STOP;
}

static enum vespa_flow print_head(void *context, const struct vespa_response *response)
{
    const char *name, *value;
    (void)context;
    printf("HTTP %d\n", vespa_response_status(response));
    for (size_t i = 0; vespa_response_header_at(response, i, &name, &value); i++)
        printf("%s: %s\n", name, value);
    return putchar('\n') != EOF && fflush(stdout) == 0 ? VESPA_CONTINUE : VESPA_STOP;
}

static int show(const struct vespa_response *response, bool streamed)
{
    enum vespa_error error = vespa_response_error(response);
    size_t length;
    if (error != VESPA_OK) {
        if (error == VESPA_ERROR_STOPPED)
            fprintf(stderr, "vespa request: standard output cannot be written to: %s\n",
                    strerror(errno));
        else
            fprintf(stderr, "vespa request: %s\n", vespa_response_message(response));
        return vespa_exit_of(error);
    }
    const char *body = vespa_response_body(response, &length);
    if (!streamed && !print(body, length)) {
        fprintf(stderr, "vespa request: standard output cannot be written to: %s\n",
                strerror(errno));
        return VESPA_EXIT_FAILED;
    }
    int status = vespa_response_status(response);
    if (status < 400)
        return VESPA_EXIT_DONE;
    fprintf(stderr, "vespa request: the answer is HTTP %d\n", status);
    return VESPA_EXIT_HTTP;
}

// -----------------------------------------------------------------------------------------------

static int request(const struct line *line, const char *method, const char *path,
                   struct vespa_slice body)
{
    struct vespa_client *client = NULL;
    const struct vespa_request_options wanted = {
        .headers = line->headers.items,
        .on_head = line->include ? print_head : NULL,
        .on_body = line->stream ? print_piece : NULL,
        .workload = line->workload,
        .timeout_s = line->timeout,
    };
    int status = vespa_settings_client("request", &line->settings, &client);
    if (status)
        return status;
    signal(SIGPIPE, SIG_IGN);
    struct vespa_response *response =
        vespa_request(client, method, path, body.data, body.length, &wanted);
    status = show(response, line->stream);
    vespa_response_free(response);
    vespa_client_free(client);
    return status;
}

int vespa_command_request(int argc, char **argv)
{
    struct line line = {0};
    struct vespa_buffer read = {0};
    struct vespa_slice body;
    char **words;
    int status;
    if (vespa_command_line_read(&command_line, &line, argc, argv, &words, &status))
        status = read_data(line.data, &read, &body) ? request(&line, words[0], words[1], body)
                                                    : VESPA_EXIT_USAGE;
    free((void *)line.headers.items);
    vespa_buffer_free(&read);
    return status;
}

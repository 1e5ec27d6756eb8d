/*
 * A stream that is shown as it comes. Ctrl-C ends it, and with it the job on the worker.
 *
 *     cc stream.c -o stream $(pkg-config --cflags --libs vespa)
 *     VAST_ENDPOINT=my-endpoint VAST_API_KEY=... ./stream
 */
#include <vespa.h>

#include <signal.h>
#include <stdio.h>

static struct vespa_canceller *canceller;

static void cancel(int number)
{
    (void)number;
    vespa_canceller_cancel(canceller); /* may be called from a signal handler */
}

/* Called before the first piece. An error of the model, 400 and above, is no stream. */
static enum vespa_flow look_at_head(void *context, const struct vespa_response *response)
{
    (void)context;
    if (vespa_response_status(response) < 400)
        return VESPA_CONTINUE;
    fprintf(stderr, "HTTP %d\n", vespa_response_status(response));
    return VESPA_STOP;
}

static enum vespa_flow show(void *context, const char *bytes, size_t length)
{
    (void)context;
    bool shown = fwrite(bytes, 1, length, stdout) == length && fflush(stdout) == 0;
    return shown ? VESPA_CONTINUE : VESPA_STOP;
}

int main(void)
{
    static const char chat[] = "{\"model\":\"llama-2-7b\",\"max_tokens\":100,\"stream\":true,"
                               "\"messages\":[{\"role\":\"user\",\"content\":\"Hello!\"}]}";
    struct vespa_request_options wanted = {0};
    struct vespa_client *client = NULL;
    char message[VESPA_MESSAGE_SIZE];

    if (vespa_client_new(&client, NULL, message) != VESPA_OK) {
        fprintf(stderr, "%s\n", message);
        return 1;
    }
    canceller = vespa_canceller_new();
    signal(SIGINT, cancel);

    wanted.canceller = canceller;
    wanted.on_head = look_at_head;
    wanted.on_body = show;
    struct vespa_response *response = vespa_post(client, "/v1/chat/completions", chat, &wanted);
    enum vespa_error error = vespa_response_error(response);
    if (error != VESPA_OK)
        fprintf(stderr, "%s: %s\n", vespa_error_text(error), vespa_response_message(response));

    vespa_response_free(response);
    signal(SIGINT, SIG_DFL);
    vespa_canceller_free(canceller);
    vespa_client_free(client);
    return error != VESPA_OK;
}

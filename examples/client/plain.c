/*
 * A request to an endpoint, and its answer as a whole.
 *
 *     cc plain.c -o plain $(pkg-config --cflags --libs vespa)
 *     VAST_ENDPOINT=my-endpoint VAST_API_KEY=... ./plain
 */
#include <vespa.h>

#include <stdio.h>

int main(void)
{
    static const char *const headers[] = {"X-Request-Name: example", NULL};
    static const char chat[] = "{\"model\":\"llama-2-7b\",\"max_tokens\":100,"
                               "\"messages\":[{\"role\":\"user\",\"content\":\"Hello!\"}]}";
    struct vespa_client_options options = {0};
    struct vespa_request_options wanted = {0};
    struct vespa_client *client = NULL;
    char message[VESPA_MESSAGE_SIZE];

    /* What is not set is taken from the environment and the configuration file: here all but how
     * long a worker may be waited for. */
    options.deadline_s = 300;
    if (vespa_client_new(&client, &options, message) != VESPA_OK) {
        fprintf(stderr, "%s\n", message);
        return 1;
    }

    wanted.headers = headers; /* the worker sees them */
    wanted.workload = 100;    /* instead of what max_tokens says */
    wanted.timeout_s = 600;
    struct vespa_response *response = vespa_post(client, "/v1/chat/completions", chat, &wanted);
    int failed = vespa_response_error(response) != VESPA_OK;
    if (failed)
        fprintf(stderr, "%s: %s\n", vespa_error_text(vespa_response_error(response)),
                vespa_response_message(response));
    else
        printf("%d\n%s\n", vespa_response_status(response), vespa_response_body(response, NULL));

    vespa_response_free(response);
    vespa_client_free(client);
    return failed;
}

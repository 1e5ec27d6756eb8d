/*
 * libvespa: requests to Vast.ai serverless endpoints.
 *
 *     struct vespa_client *client = NULL;
 *     char message[VESPA_MESSAGE_SIZE];
 *     struct vespa_client_options options = {0};
 *     options.endpoint_name = "my-endpoint";
 *     options.api_key = "YOUR_KEY";
 *     if (vespa_client_new(&client, &options, message) != VESPA_OK)
 *         … message says what is missing …
 *
 *     struct vespa_response *response =
 *         vespa_post(client, "/v1/completions", "{\"prompt\":\"Hello\",\"max_tokens\":50}", NULL);
 *     if (vespa_response_error(response) != VESPA_OK)
 *         fprintf(stderr, "%s\n", vespa_response_message(response));
 *     else
 *         printf("%d %s\n", vespa_response_status(response), vespa_response_body(response, NULL));
 *     vespa_response_free(response);
 *     vespa_client_free(client);
 *
 * Each request finds a worker by way of Vast's autoscaler, waits while none is ready, wraps the
 * body as workers want it, and is sent to another worker where that is safe. Link with -lvespa
 * (pkg-config: vespa).
 *
 * Strings are zero-terminated UTF-8 and, unless it says otherwise, borrowed for the call only.
 * Structs of options are to be zero-initialised: a member that is zero has its default.
 *
 * libcurl does the transfers, without signals; a program that writes to pipes or sockets should
 * ignore SIGPIPE, as for any use of libcurl in threads.
 */
#ifndef VESPA_H
#define VESPA_H

#include <stdbool.h>
#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

#define VESPA_API __attribute__((visibility("default")))

/* The version of this header, and of the library in use. */
#define VESPA_VERSION "0.1.0"
VESPA_API const char *vespa_version(void);

/* ---- errors ---------------------------------------------------------------------------------- */

/* What a request, or a call, came to. An answer of a worker is VESPA_OK whatever its status is. */
enum vespa_error {
    VESPA_OK = 0,
    VESPA_ERROR_ARGUMENT = 1,      /* an argument is missing or makes no sense */
    VESPA_ERROR_CONFIGURATION = 2, /* endpoint, key or another setting is missing or wrong */
    VESPA_ERROR_MEMORY = 3,        /* memory or another resource of this machine ran out */
    VESPA_ERROR_REQUEST = 4,       /* the request cannot be sent: its body is not JSON, … */
    VESPA_ERROR_KEY = 5,           /* the key was refused: often an account key where an endpoint's
                                      key belongs */
    VESPA_ERROR_ENDPOINT = 6,      /* the endpoint is unknown */
    VESPA_ERROR_AUTOSCALER = 7,    /* the autoscaler cannot be reached, or fails */
    VESPA_ERROR_NO_WORKER = 8,     /* none was ready before the deadline */
    VESPA_ERROR_WORKER = 9,        /* workers failed, and no further attempt was allowed */
    VESPA_ERROR_WORKER_TIMEOUT = 10, /* a worker did not answer before the deadline; the job may
                                        still be running there */
    VESPA_ERROR_CUT = 11,            /* the answer broke off: what has come is not whole */
    VESPA_ERROR_TIMEOUT = 12,        /* the request's own timeout */
    VESPA_ERROR_CANCELLED = 13,      /* by vespa_canceller_cancel */
    VESPA_ERROR_STOPPED = 14,        /* by a callback that returned VESPA_STOP */
    VESPA_ERROR_LOCAL = 15           /* something else on this machine */
};

/* A short name of an error, such as "no worker is ready". Static text, never NULL. */
VESPA_API const char *vespa_error_text(enum vespa_error error);

/* Room for any message, bytes. */
#define VESPA_MESSAGE_SIZE 2048

/* ---- clients --------------------------------------------------------------------------------- */

struct vespa_client;

/* Where the requests of a client go. A member that is not set is taken from the environment, and
 * from the configuration file where there is one (vespa(1)). A key that is given here replaces all
 * keys that the environment has, an instance or an autoscaler's address both of them. */
struct vespa_client_options {
    const char *endpoint_name; /* the endpoint's name in Vast's console; VAST_ENDPOINT */
    const char *api_key;       /* the endpoint's key; VAST_API_KEY */
    const char *api_key_file;  /* a file that holds it, which only its owner may write */
    const char *account_key; /* instead: the account's key, with which the endpoint's is looked up;
                                VAST_ACCOUNT_KEY */
    const char *autoscaler_url; /* default https://run.vast.ai; VESPA_AUTOSCALER_URL */
    const char *instance;       /* prod (default), alpha, candidate or local; VESPA_INSTANCE */
    const char *ca_file;     /* the workers' root certificate; VESPA_CA_FILE. Default: Vast's, which
                                is fetched and checked */
    const char *config_file; /* VESPA_CONFIG */
    unsigned deadline_s;     /* until an answer must have begun, cold starts included; default 1800;
                                VESPA_DEADLINE */
    int retries;             /* further workers that may be tried; default 3; negative: none;
                                VESPA_RETRIES */
    double workload;         /* of requests that do not say; VESPA_COST. Default: what the body
                                says, such as max_tokens, else 100 */
    const char *log_level;   /* off, error (default), warn, info or debug; VESPA_LOG */
    void *reserved[8];
};

/* Makes a client, whose requests may be made by any number of threads at a time. options may be
 * NULL. On failure *client is NULL, and message, unless it is NULL, says what was expected. */
VESPA_API enum vespa_error vespa_client_new(struct vespa_client **client,
                                            const struct vespa_client_options *options,
                                            char message[VESPA_MESSAGE_SIZE]);

/* After all its requests are over and all its vespa_async were freed. NULL is allowed. */
VESPA_API void vespa_client_free(struct vespa_client *client);

/* ---- responses ------------------------------------------------------------------------------- */

/* What came of a request. Every function here takes NULL too: that is a VESPA_ERROR_MEMORY. */
struct vespa_response;

VESPA_API enum vespa_error vespa_response_error(const struct vespa_response *response);

/* What happened and what to do about it; "" for VESPA_OK. */
VESPA_API const char *vespa_response_message(const struct vespa_response *response);

/* The HTTP status: of the worker's answer, or, where there was none, the one that fits the error
 * (401 for VESPA_ERROR_KEY, …); 0 where there is none at all. */
VESPA_API int vespa_response_status(const struct vespa_response *response);

/* The value of the first header of that name, without case; NULL when there is none. */
VESPA_API const char *vespa_response_header(const struct vespa_response *response,
                                            const char *name);

/* The headers one after the other, from 0 on; false when there is none of that number. */
VESPA_API bool vespa_response_header_at(const struct vespa_response *response, size_t number,
                                        const char **name, const char **value);

/* The body, zero-terminated, and its length in bytes unless length is NULL. "" where it went to
 * on_body. After VESPA_ERROR_CUT what had come by then. */
VESPA_API const char *vespa_response_body(const struct vespa_response *response, size_t *length);

/* How often the request was sent to a worker. */
VESPA_API unsigned vespa_response_attempts(const struct vespa_response *response);

VESPA_API void vespa_response_free(struct vespa_response *response);

/* ---- requests -------------------------------------------------------------------------------- */

/* What a callback wants. */
enum vespa_flow {
    VESPA_CONTINUE = 0,
    VESPA_STOP = 1, /* end the request; the worker's connection is closed at once */
    VESPA_PAUSE = 2 /* vespa_async only: these bytes were not taken. They come again after
                       vespa_pending_resume, and nothing is read from the worker meanwhile */
};

struct vespa_canceller;

struct vespa_request_options {
    const char *const *headers; /* "Name: value", NULL behind the last. They go to the worker, which
                                   is a stranger's machine; those that frame a message do not */
    double timeout_s;           /* for all of it, waiting for a worker included; 0: none */
    double workload;            /* the cost that the autoscaler is told; 0: the client's */
    struct vespa_canceller *canceller; /* see below */

    /* Streaming: called with the head of a worker's answer before anything else, and with each
     * piece of its body as it comes. They are not called for an error. response holds status and
     * headers by then. Either may be NULL. */
    enum vespa_flow (*on_head)(void *context, const struct vespa_response *response);
    enum vespa_flow (*on_body)(void *context, const char *bytes, size_t length);
    void *context;
    void *reserved[8];
};

/* path: "/v1/completions", with the query if there is one. json: the body, one JSON text, or NULL:
 * none. options may be NULL. The response is the caller's, to be freed; it is NULL when memory ran
 * out. Blocks until the answer is whole, or the request has failed. */
VESPA_API struct vespa_response *vespa_get(struct vespa_client *client, const char *path,
                                           const struct vespa_request_options *options);
VESPA_API struct vespa_response *vespa_post(struct vespa_client *client, const char *path,
                                            const char *json,
                                            const struct vespa_request_options *options);
VESPA_API struct vespa_response *vespa_put(struct vespa_client *client, const char *path,
                                           const char *json,
                                           const struct vespa_request_options *options);
VESPA_API struct vespa_response *vespa_patch(struct vespa_client *client, const char *path,
                                             const char *json,
                                             const struct vespa_request_options *options);
VESPA_API struct vespa_response *vespa_delete(struct vespa_client *client, const char *path,
                                              const struct vespa_request_options *options);

/* Any method; body: that many bytes of JSON, or NULL: none. It is not copied. */
VESPA_API struct vespa_response *vespa_request(struct vespa_client *client, const char *method,
                                               const char *path, const void *body, size_t length,
                                               const struct vespa_request_options *options);

/* ---- cancelling ------------------------------------------------------------------------------ */

/* Ends blocking requests from another thread, or from a signal handler. One may serve any number of
 * requests; once used it ends later ones at their beginning. NULL: no descriptor was to be had. */
VESPA_API struct vespa_canceller *vespa_canceller_new(void);

/* The requests end with VESPA_ERROR_CANCELLED, and their workers' connections are closed.
 * Async-signal-safe. */
VESPA_API void vespa_canceller_cancel(struct vespa_canceller *canceller);

/* After all its requests are over. NULL is allowed. */
VESPA_API void vespa_canceller_free(struct vespa_canceller *canceller);

/* ---- routing alone --------------------------------------------------------------------------- */

/* The worker that the autoscaler gives to one request, for those who send that themselves: to url,
 * with vespa_routing_auth_data as the member "auth_data" beside "payload". Every function takes
 * NULL too: that is a VESPA_ERROR_MEMORY. */
struct vespa_routing;

/* Asks for a worker, and waits for one as a request does. Of the options workload, timeout_s and
 * canceller count. To be freed. */
VESPA_API struct vespa_routing *vespa_route(struct vespa_client *client,
                                            const struct vespa_request_options *options);

VESPA_API enum vespa_error vespa_routing_error(const struct vespa_routing *routing);
VESPA_API const char *vespa_routing_message(const struct vespa_routing *routing);

/* "https://1.2.3.4:3000"; "" after an error. */
VESPA_API const char *vespa_routing_url(const struct vespa_routing *routing);

/* The JSON object of cost, endpoint, reqnum, request_idx, signature and url, each spelled as the
 * autoscaler wrote it, for the signature is over that; "" after an error. */
VESPA_API const char *vespa_routing_auth_data(const struct vespa_routing *routing);

VESPA_API void vespa_routing_free(struct vespa_routing *routing);

/* ---- requests in an event loop of the caller's ----------------------------------------------- */

/* Any libcurl function: what a look-up gives. */
typedef void (*vespa_function)(void);

/* The functions of a libcurl that is not the one that libvespa is linked with (another flavour, or
 * one that was opened by dlopen). find: gives the function of a name such as "curl_easy_init", or
 * NULL; dlsym will do. It is asked now and not later. NULL: it did not find
 * them all, or memory ran out. To be freed after the last vespa_async that uses it. */
struct vespa_curl;
VESPA_API struct vespa_curl *vespa_curl_new(vespa_function (*find)(void *context, const char *name),
                                            void *context);
VESPA_API void vespa_curl_free(struct vespa_curl *curl);

/*
 * Requests that share a multi handle (CURLM) of the caller's, and his loop. It is used by one
 * thread at a time, as the multi handle is, and starts no thread of its own.
 *
 *     curl_multi_perform(multi, &running);                    or curl_multi_socket_action
 *     while ((message = curl_multi_info_read(multi, &left)))
 *         if (!vespa_async_take(async, message))
 *             … a transfer of the caller's own …
 *     vespa_async_turn(async);
 *     curl_multi_poll(multi, NULL, 0, vespa_async_timeout(async, 1000), NULL);
 *
 * Callbacks are called from inside the first three of these, and never from elsewhere.
 */
struct vespa_async;
struct vespa_pending; /* one request, until it is over */

/* curl: NULL for the libcurl that libvespa is linked with; multi: a CURLM of it. NULL: memory ran
 * out. */
VESPA_API struct vespa_async *vespa_async_new(struct vespa_client *client,
                                              const struct vespa_curl *curl, void *multi);

/* After all its requests are over or were cancelled, and before curl_multi_cleanup. Not from inside
 * a callback. NULL is allowed. */
VESPA_API void vespa_async_free(struct vespa_async *async);

/* message: a CURLMsg of curl_multi_info_read. False: it is about no transfer of libvespa's. */
VESPA_API bool vespa_async_take(struct vespa_async *async, const void *message);

/* Does what is due: after each curl_multi_perform or curl_multi_socket_action, and when
 * vespa_async_timeout has passed. */
VESPA_API void vespa_async_turn(struct vespa_async *async);

/* Milliseconds until vespa_async_turn is to be called even if nothing happens: at most limit_ms,
 * and 0 after a request was begun or resumed. */
VESPA_API int vespa_async_timeout(const struct vespa_async *async, int limit_ms);

/* Begins a request. body is borrowed until it is over. done is called once, at its end, with the
 * response, which is the callee's, to be freed (NULL: memory ran out); the vespa_pending is gone
 * then. The options' canceller does not count. NULL: memory ran out, and done is
 * not called. */
VESPA_API struct vespa_pending *
vespa_async_request(struct vespa_async *async, const char *method, const char *path,
                    const void *body, size_t length, const struct vespa_request_options *options,
                    void (*done)(void *context, struct vespa_response *response), void *context);

/* Ends it: done is not called, the worker's connection is closed. Callbacks may call it, for their
 * own request too. */
VESPA_API void vespa_pending_cancel(struct vespa_pending *pending);

/* After VESPA_PAUSE. */
VESPA_API void vespa_pending_resume(struct vespa_pending *pending);

#ifdef __cplusplus
}
#endif

#endif

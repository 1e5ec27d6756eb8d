/*
 * A SEND of the exchange on an easy handle: what all drivers do alike with the request and with its
 * end. How the handle is made ready is each driver's own: the application's handle (shim) has
 * options to keep, a driver's own one (lib) has none.
 */
#ifndef VESPA_CORE_SEND_H
#define VESPA_CORE_SEND_H

#include "core/buffer.h"
#include "core/curl_api.h"
#include "core/exchange.h"

/* libcurl sends a body of up to 64 KiB together with the head; larger ones gain nothing from being
 * in one piece. */
#define VESPA_SEND_JOINED_LIMIT (64U * 1024)

/* Of an answer that is thrown away so much is read, to keep the connection (design.md §1). */
#define VESPA_DISCARD_BYTES (64U * 1024)
#define VESPA_DISCARD_MS    1000

/* libcurl refuses heads beyond 300 KiB itself since 8.2; older ones are held to it by the driver.
 */
#define VESPA_HEAD_LIMIT (300U * 1024)

/* Copies from the segments, from an offset on; returns the number of bytes. */
size_t vespa_send_read(const struct vespa_send *send, uint64_t offset, char *to, size_t room);

/* Appends all segments. The caller asks out->failed. */
void vespa_send_join(const struct vespa_send *send, struct vespa_buffer *out);

/* The method for CURLOPT_CUSTOMREQUEST; NULL where libcurl writes it by itself: POST where there is
 * a body, HEAD with CURLOPT_NOBODY, else GET. */
const char *vespa_send_custom_method(const struct vespa_send *send, bool no_body);

/* Bytes of the request that may have reached the worker by now; 0: it was not even connected. */
long vespa_send_bytes_sent(const struct vespa_curl_api *api, CURL *easy);

/* libcurl sends a request once more by itself when a kept-alive connection was closed before a byte
 * of the answer (findings.md §2): on a new connection or on another one that was kept. The same
 * assignment would go out twice, which workers may refuse (protocol.md §4: each reqnum once), and
 * an attempt would go uncounted. So it is not let, and the driver reports VESPA_FAILURE_CLOSED: the
 * exchange decides. Zero-initialised for each SEND. */
struct vespa_repeat {
    bool begun;   /* the request was about to be written before */
    bool refused; /* it was about to be once more */
};

/* To be asked in CURLOPT_OPENSOCKETFUNCTION and CURLOPT_PREREQFUNCTION (libcurl 7.80; before it,
 * what is sent again on a kept connection goes unseen) while no byte of an answer was seen. False:
 * no socket is to be opened; the transfer is to be aborted. */
bool vespa_repeat_may_connect(struct vespa_repeat *repeat, const struct vespa_curl_api *api,
                              CURL *easy);
bool vespa_repeat_may_send(struct vespa_repeat *repeat);

/* Those options, for headers of a libcurl that has none. */
#define VESPA_OPTION_PREREQFUNCTION ((CURLoption)20312)
#define VESPA_OPTION_PREREQDATA     ((CURLoption)10313)

/* What to say of a failure, from libcurl's own text: of a certificate that is not acceptable, also
 * why not (core/certificate_fault.h), which is written to *memory. Valid as long as both. */
const char *vespa_send_failure_text(const struct vespa_curl_api *api, CURL *easy,
                                    enum vespa_failure failure, const char *text,
                                    struct vespa_buffer *memory);

/* A file without a name that holds the workers' root, for a root in memory only reaches both TLS
 * libraries as a file, and there is to be none of ours on the disk (design.md §2.8). The path to
 * give libcurl is /proc/self/fd/N. -1: none could be made. */
int vespa_root_file(struct vespa_slice pem);

#endif

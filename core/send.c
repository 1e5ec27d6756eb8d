/* A SEND of the exchange on an easy handle. */
#include "core/send.h"

#include "core/certificate_fault.h"

#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { SEGMENTS = 3 };

size_t vespa_send_read(const struct vespa_send *send, uint64_t offset, char *to, size_t room)
{
    size_t filled = 0;
    for (size_t i = 0; i < SEGMENTS && filled < room; i++) {
        struct vespa_slice segment = send->segments[i];
        if (offset >= segment.length) {
            offset -= segment.length;
            continue;
        }
        size_t part = segment.length - (size_t)offset;
        if (part > room - filled)
            part = room - filled;
        memcpy(to + filled, segment.data + offset, part);
        filled += part;
        offset = 0;
    }
    return filled;
}

void vespa_send_join(const struct vespa_send *send, struct vespa_buffer *out)
{
    for (size_t i = 0; i < SEGMENTS; i++)
        vespa_buffer_append(out, send->segments[i]);
}

const char *vespa_send_custom_method(const struct vespa_send *send, bool no_body)
{
    const char *verb = send->has_body ? "POST" : no_body ? "HEAD" : "GET";
    return strcmp(verb, send->method) == 0 ? NULL : send->method;
}

/* The time alone does not tell: libcurl 8.21 notes it for transfers that never came to it too; nor
 * does the size alone, for it counts what a proxy is asked. */
long vespa_send_bytes_sent(const struct vespa_curl_api *api, CURL *easy)
{
    double seconds = 0;
    long sent = 0;
    api->easy_getinfo(easy, CURLINFO_PRETRANSFER_TIME, &seconds);
    api->easy_getinfo(easy, CURLINFO_REQUEST_SIZE, &sent);
    return seconds > 0 ? sent : 0;
}

/* A proxy that closes the connection over its authentication is no worker that did. */
bool vespa_repeat_may_connect(struct vespa_repeat *repeat, const struct vespa_curl_api *api,
                              CURL *easy)
{
    long proxy_status = 0;
    api->easy_getinfo(easy, CURLINFO_HTTP_CONNECTCODE, &proxy_status);
    if (proxy_status == 0 && vespa_send_bytes_sent(api, easy) > 0)
        repeat->refused = true;
    return !repeat->refused;
}

bool vespa_repeat_may_send(struct vespa_repeat *repeat)
{
    repeat->refused |= repeat->begun;
    repeat->begun = true;
    return !repeat->refused;
}

const char *vespa_send_failure_text(const struct vespa_curl_api *api, CURL *easy,
                                    enum vespa_failure failure, const char *text,
                                    struct vespa_buffer *memory)
{
    const char *fault = NULL;
    long verify_result = 0;
    if (failure == VESPA_FAILURE_TLS &&
        !api->easy_getinfo(easy, CURLINFO_SSL_VERIFYRESULT, &verify_result))
        fault = vespa_certificate_fault(verify_result, text);
    if (!fault)
        return text;
    vespa_buffer_reset(memory);
    vespa_buffer_append_string(memory, "the certificate ");
    vespa_buffer_append_string(memory, fault);
    vespa_buffer_append_string(memory, ": ");
    vespa_buffer_append_string(memory, text);
    return memory->failed ? text : memory->data;
}

int vespa_root_file(struct vespa_slice pem)
{
    int file = memfd_create("vespa-root", MFD_CLOEXEC);
    if (file >= 0 && write(file, pem.data, pem.length) == (ssize_t)pem.length)
        return file;
    if (file >= 0)
        close(file);
    return -1;
}

/* A body that is a form: refused, or translated where the rule says so (protocol.md §7). */
#include "core/exchange_private.h"

#include "core/multipart.h"
#include "core/upload.h"

/* A program may have made the form itself, and says so in a header. */
struct vespa_slice vespa_exchange_form_type(const struct vespa_request *request)
{
    if (request->body_kind == VESPA_BODY_FORM)
        return request->content_type.length ? request->content_type : VESPA_LITERAL("?");
    for (size_t i = 0; request->body_kind == VESPA_BODY_BYTES && i < request->header_count; i++)
        if (vespa_slice_equal_nocase(request->headers[i].name, VESPA_LITERAL("Content-Type")) &&
            vespa_multipart_is_form(request->headers[i].value))
            return request->headers[i].value;
    return vespa_slice(NULL, 0);
}

bool vespa_exchange_take_form(struct vespa_exchange *exchange, const struct vespa_request *request,
                              struct vespa_slice type)
{
    const char *problem = "";

    if (!exchange->rule->translates_uploads || !vespa_multipart_is_form(type)) {
        vespa_exchange_refuse(
            exchange, 415, "unsupported_body",
            "The body is a form. A worker takes JSON only: send the same values "
            "as a JSON object, with Content-Type: application/json. Multipart forms "
            "are translated for workers that take files so, where the "
            "configuration file's rule says it (docs/configuration.md, uploads).");
        return true;
    }
    switch (vespa_upload_translate(type, request->body, &exchange->intake.translated, &problem)) {
    case VESPA_UPLOAD_TRANSLATED:
        return true;
    case VESPA_UPLOAD_MALFORMED:
        vespa_exchange_refuse(exchange, 400, "invalid_form", "The form %s.", problem);
        return true;
    case VESPA_UPLOAD_TOO_LARGE:
        vespa_exchange_refuse(exchange, 413, "body_too_large", "The form %s.", problem);
        return true;
    case VESPA_UPLOAD_NO_MEMORY:
        break;
    }
    return false;
}

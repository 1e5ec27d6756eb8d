// The autoscaler's signature.

#include "cli/doctor/signature.h"

#include "core/base64.h"
#include "core/json.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

static const struct {
    const char *name;
    const char *members[6]; // in the order of json.dumps(sort_keys=True)
} dialects[VESPA_DIALECTS] = {
    {"Vespa workers", {"cost", "endpoint", "reqnum", "request_idx", "url", NULL}},
    {"older pyworkers", {"cost", "endpoint", "reqnum", "url", NULL}},
    {"SDK workers", {"url", NULL}},
};

const char *vespa_dialect_name(enum vespa_dialect dialect)
{
    return dialects[dialect].name;
}

// A member's value as it was written, a string with its quotes; empty: it is not there.
static struct vespa_slice member(struct vespa_slice object, const char *name)
{
    struct vespa_json json;
    struct vespa_json_token token;
    bool next = false;
    vespa_json_init(&json, 1);
    while (vespa_json_next(&json, object, true, &token) == VESPA_JSON_TOKEN) {
        if (next && token.kind == VESPA_JSON_STRING)
            return vespa_slice_part(object, token.start - 1, token.end + 1);
        if (next)
            return vespa_json_text(object, &token);
        next = token.kind == VESPA_JSON_KEY &&
               vespa_json_string_is(object, &token, vespa_slice_of(name));
    }
    return vespa_slice(NULL, 0);
}

// Python's json.dumps(…, indent=4, sort_keys=True) of the dialect's members.
static void write_text(enum vespa_dialect dialect, struct vespa_slice auth_data,
                       struct vespa_buffer *text)
{
    vespa_buffer_append_byte(text, '{');
    for (size_t i = 0; dialects[dialect].members[i]; i++) {
        vespa_buffer_append_string(text, i ? ",\n    \"" : "\n    \"");
        vespa_buffer_append_string(text, dialects[dialect].members[i]);
        vespa_buffer_append_string(text, "\": ");
        vespa_buffer_append(text, member(auth_data, dialects[dialect].members[i]));
    }
    vespa_buffer_append_string(text, "\n}");
}

// RSA PKCS#1 v1.5 with SHA-256.
static bool verify(struct vespa_slice key, struct vespa_slice text, struct vespa_slice signature)
{
    BIO *pem = BIO_new_mem_buf(key.data, (int)key.length);
    EVP_PKEY *public_key = pem ? PEM_read_bio_PUBKEY(pem, NULL, NULL, NULL) : NULL;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool valid = public_key && context &&
                 EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, public_key) == 1 &&
                 EVP_DigestVerify(context, (const unsigned char *)signature.data, signature.length,
                                  (const unsigned char *)text.data, text.length) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(public_key);
    BIO_free(pem);
    return valid;
}

bool vespa_signature_is_valid(enum vespa_dialect dialect, struct vespa_slice auth_data,
                              struct vespa_slice key)
{
    struct vespa_buffer text = {0}, signature = {0};
    struct vespa_slice written = member(auth_data, "signature");
    bool valid = false;
    write_text(dialect, auth_data, &text);
    if (!text.failed && written.length > 2 && key.length && key.length < INT32_MAX &&
        vespa_base64_decode(vespa_slice_part(written, 1, written.length - 1), &signature))
        valid = verify(key, vespa_buffer_slice(&text), vespa_buffer_slice(&signature));
    vespa_buffer_free(&text);
    vespa_buffer_free(&signature);
    return valid;
}

// The autoscaler's signing key.

#include "cli/sim/keys.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>
#include <stdio.h>
#include <stdlib.h>

struct vespa_sim_keys {
    EVP_PKEY *pair;
    struct vespa_sim_text public_pem;
};

static bool write_public_pem(EVP_PKEY *pair, struct vespa_sim_text *out)
{
    BIO *memory = BIO_new(BIO_s_mem());
    bool good = memory && PEM_write_bio_PUBKEY(memory, pair) == 1;
    if (good) {
        char *data = NULL;
        long length = BIO_get_mem_data(memory, &data);
        vespa_sim_text_add(out, data, (size_t)length);
    }
    BIO_free(memory);
    return good;
}

struct vespa_sim_keys *vespa_sim_keys_new(void)
{
    struct vespa_sim_keys *keys = vespa_sim_alloc(sizeof *keys);
    *keys = (struct vespa_sim_keys){.pair = EVP_RSA_gen(2048)};
    if (keys->pair && write_public_pem(keys->pair, &keys->public_pem))
        return keys;
    vespa_sim_keys_free(keys);
    return NULL;
}

void vespa_sim_keys_free(struct vespa_sim_keys *keys)
{
    if (!keys)
        return;
    EVP_PKEY_free(keys->pair);
    vespa_sim_text_free(&keys->public_pem);
    free(keys);
}

const char *vespa_sim_keys_public_pem(const struct vespa_sim_keys *keys)
{
    return vespa_sim_text_string(&keys->public_pem);
}

void vespa_sim_keys_sign(const struct vespa_sim_keys *keys, struct vespa_sim_slice text,
                         struct vespa_sim_text *out)
{
    unsigned char signature[512];
    unsigned char base64[700];
    size_t length = sizeof signature;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (!context || EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, keys->pair) != 1 ||
        EVP_DigestSign(context, signature, &length, (const unsigned char *)text.data,
                       text.length) != 1) {
        fputs("vespa sim: OpenSSL could not sign\n", stderr);
        _Exit(1);
    }
    EVP_MD_CTX_free(context);
    int written = EVP_EncodeBlock(base64, signature, (int)length);
    vespa_sim_text_add(out, base64, (size_t)written);
}

// Decodes base64 of a 256 byte signature: 344 characters with two of padding.
static bool decode_signature(struct vespa_sim_slice text, unsigned char out[258])
{
    if (text.length != 344 || text.data[342] != '=' || text.data[343] != '=')
        return false;
    for (size_t i = 0; i < 342; i++) {
        char c = text.data[i];
        bool good = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                    c == '+' || c == '/';
        if (!good)
            return false;
    }
    return EVP_DecodeBlock(out, (const unsigned char *)text.data, 344) == 258;
}

bool vespa_sim_keys_verify(const struct vespa_sim_keys *keys, struct vespa_sim_slice text,
                           struct vespa_sim_slice signature)
{
    unsigned char bytes[258];
    if (!decode_signature(signature, bytes))
        return false;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good =
        context && EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, keys->pair) == 1 &&
        EVP_DigestVerify(context, bytes, 256, (const unsigned char *)text.data, text.length) == 1;
    EVP_MD_CTX_free(context);
    return good;
}

void vespa_sim_random_hex(size_t bytes, struct vespa_sim_text *out)
{
    for (size_t i = 0; i < bytes; i++) {
        unsigned char byte = 0;
        if (RAND_bytes(&byte, 1) != 1) {
            fputs("vespa sim: OpenSSL has no random bytes\n", stderr);
            _Exit(1);
        }
        vespa_sim_text_printf(out, "%02x", byte);
    }
}

void vespa_sim_sha256(struct vespa_sim_slice bytes, char out[65])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned length = 0;
    EVP_Digest(bytes.data, bytes.length, digest, &length, EVP_sha256(), NULL);
    for (unsigned i = 0; i < length && i < 32; i++)
        snprintf(out + i * 2, 3, "%02x", digest[i]);
}

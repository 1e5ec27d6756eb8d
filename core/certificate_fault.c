/* Why a worker's certificate was not accepted. */
#include "core/certificate_fault.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

static const char expired[] = "has expired";
static const char not_yet_valid[] = "is not yet valid";
static const char wrong_host[] = "does not match the worker's address";
static const char unknown_issuer[] = "was not issued by the workers' root";

/* X509_V_ERR_… of OpenSSL's x509_vfy.h. */
static const char *of_openssl(long verify_result)
{
    switch (verify_result) {
    case 2:  /* UNABLE_TO_GET_ISSUER_CERT */
    case 7:  /* CERT_SIGNATURE_FAILURE */
    case 18: /* DEPTH_ZERO_SELF_SIGNED_CERT */
    case 19: /* SELF_SIGNED_CERT_IN_CHAIN */
    case 20: /* UNABLE_TO_GET_ISSUER_CERT_LOCALLY */
    case 21: /* UNABLE_TO_VERIFY_LEAF_SIGNATURE */
        return unknown_issuer;
    case 9:
        return not_yet_valid;
    case 10:
        return expired;
    case 62: /* HOSTNAME_MISMATCH */
    case 64: /* IP_ADDRESS_MISMATCH */
        return wrong_host;
    default:
        return NULL;
    }
}

/* GNUTLS_CERT_… of gnutls.h: a set of bits. */
static const char *of_gnutls(long verify_result)
{
    enum {
        SIGNER_NOT_FOUND = 1 << 6,
        NOT_ACTIVATED = 1 << 9,
        EXPIRED = 1 << 10,
        SIGNATURE_FAILURE = 1 << 11,
        UNEXPECTED_OWNER = 1 << 14
    };

    if (verify_result & (SIGNER_NOT_FOUND | SIGNATURE_FAILURE))
        return unknown_issuer;
    if (verify_result & EXPIRED)
        return expired;
    if (verify_result & NOT_ACTIVATED)
        return not_yet_valid;
    return verify_result & UNEXPECTED_OWNER ? wrong_host : NULL;
}

static bool starts(const char *text, const char *begin)
{
    return strncmp(text, begin, strlen(begin)) == 0;
}

const char *vespa_certificate_fault(long verify_result, const char *text)
{
    if (strstr(text, "does not match target host") || strstr(text, "no alternative certificate"))
        return wrong_host;
    /* What OpenSSL says of a signature that is wrong, without a result: up to 3.4, and since. */
    if (strstr(text, "asn1 encoding routines") || strstr(text, "provider signature failure"))
        return unknown_issuer;
    /* libcurl's words for GnuTLS, in 7.88 and in 8.14. */
    bool is_gnutls = starts(text, "server certificate verification failed") ||
                     starts(text, "server verification failed");
    return is_gnutls ? of_gnutls(verify_result) : of_openssl(verify_result);
}

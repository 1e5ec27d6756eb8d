/* Why a certificate was not accepted, as libcurl's two TLS flavours tell it. */
#include "core/certificate_fault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define GNUTLS "server certificate verification failed. CAfile: /x CRLfile: none"
#define GNUTLS_8                                                                                 \
    "server verification failed: certificate error, no details available. (CAfile: /x CRLfile: " \
    "none)"

static void each_flavours_result_has_its_words(void **state)
{
    static const struct {
        long verify_result;
        const char *text;
        const char *fault;
    } cases[] = {
        {10, "SSL certificate problem: certificate has expired", "has expired"},
        {9, "SSL certificate problem: certificate is not yet valid", "is not yet valid"},
        {20, "SSL certificate problem: unable to get local issuer certificate",
         "was not issued by the workers' root"},
        {18, "SSL certificate problem: self-signed certificate",
         "was not issued by the workers' root"},
        {1, "OpenSSL/3.0.19: error:06880006:asn1 encoding routines::EVP lib",
         "was not issued by the workers' root"},
        {1, "SSL: no alternative certificate subject name matches target host name '127.0.0.1'",
         "does not match the worker's address"},
        {0, "SSL: certificate subject name (x) does not match target host name '127.0.0.1'",
         "does not match the worker's address"},
        {1026, GNUTLS, "has expired"},
        {514, GNUTLS, "is not yet valid"},
        {66, GNUTLS, "was not issued by the workers' root"},
        {2050, GNUTLS, "was not issued by the workers' root"},
        {2 + 1024 + 64, GNUTLS, "was not issued by the workers' root"},
        {514, GNUTLS_8, "is not yet valid"},
        {66, GNUTLS_8, "was not issued by the workers' root"},
        {1,
         "TLS connect error: error:030000EA:digital envelope routines::provider signature failure",
         "was not issued by the workers' root"},
        {16386, GNUTLS, "does not match the worker's address"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        assert_string_equal(vespa_certificate_fault(cases[i].verify_result, cases[i].text),
                            cases[i].fault);
}

static void what_is_not_known_is_not_guessed(void **state)
{
    (void)state;
    assert_null(vespa_certificate_fault(1, "SSL: wrong version number"));
    assert_null(vespa_certificate_fault(0, "Connection reset by peer"));
    assert_null(
        vespa_certificate_fault(66, "SSL certificate problem: EE certificate key too weak"));
    assert_null(vespa_certificate_fault(2, GNUTLS));
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_flavours_result_has_its_words),
        cmocka_unit_test(what_is_not_known_is_not_guessed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

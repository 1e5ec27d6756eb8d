/* The workers' root: base64, SHA-256, and the pinned fingerprints (protocol.md §8). */
#include "core/base64.h"
#include "core/root.h"
#include "core/sha256.h"
#include "vast_root.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* ---- SHA-256 --------------------------------------------------------------------------------- */

static void expect_digest(struct vespa_slice bytes, const char *expected)
{
    unsigned char digest[VESPA_SHA256_LENGTH];
    char hex[2 * VESPA_SHA256_LENGTH + 1];
    vespa_sha256(bytes, digest);
    for (size_t i = 0; i < VESPA_SHA256_LENGTH; i++)
        snprintf(hex + 2 * i, 3, "%02x", digest[i]);
    assert_string_equal(hex, expected);
}

/* The examples of NIST, and sha256sum's word for the lengths around the end of a block. */
static void digests_are_those_of_the_standard(void **state)
{
    (void)state;
    expect_digest(VESPA_LITERAL(""),
                  "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    expect_digest(VESPA_LITERAL("abc"),
                  "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    expect_digest(VESPA_LITERAL("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
                  "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    char *million = malloc(1000000);
    assert_non_null(million);
    memset(million, 'a', 1000000);
    static const struct {
        size_t length;
        const char *digest;
    } lengths[] = {
        {55, "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"},
        {56, "b35439a4ac6f0948b6d6f9e3c6af0f5f590ce20f1bde7090ef7970686ec6738a"},
        {63, "7d3e74a05d7db15bce4ad9ec0658ea98e3f06eeecf16b4c6fff2da457ddc2f34"},
        {64, "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"},
        {1000000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
    };
    for (size_t i = 0; i < COUNT(lengths); i++)
        expect_digest(vespa_slice(million, lengths[i].length), lengths[i].digest);
    free(million);
}

/* ---- base64 ---------------------------------------------------------------------------------- */

/* RFC 4648 §10. */
static void base64_is_decoded(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"", ""},
        {"Zg==", "f"},
        {"Zm8=", "fo"},
        {"Zm9v", "foo"},
        {"Zm9vYg==", "foob"},
        {"Zm9vYmE=", "fooba"},
        {"Zm9v\r\n YmFy\n", "foobar"},
        {"+/+/", "\xfb\xff\xbf"},
    };
    for (size_t i = 0; i < COUNT(pairs); i++) {
        struct vespa_buffer out = {0};
        assert_true(vespa_base64_decode(vespa_slice_of(pairs[i][0]), &out));
        assert_true(vespa_slice_equal(vespa_buffer_slice(&out), vespa_slice_of(pairs[i][1])));
        vespa_buffer_free(&out);
    }
}

static void malformed_base64_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "Z",    "Zg",   "Zg=",  "Zm8",   "Z===", "====", "Zg==Zg==", "Zm=v",
        "Zm=A", "Zg=A", "Z-_v", "Zm9v=", "Zh==", "Zm9=", "Zg==\n=",  "Zm9v\x01"};
    for (size_t i = 0; i < COUNT(bad); i++) {
        struct vespa_buffer out = {0};
        if (vespa_base64_decode(vespa_slice_of(bad[i]), &out))
            fail_msg("taken: %s", bad[i]);
        vespa_buffer_free(&out);
    }
}

/* ---- the root -------------------------------------------------------------------------------- */

/* Made with openssl; its fingerprint is openssl's word. */
static const char other[] = "-----BEGIN CERTIFICATE-----\n"
                            "MIIBdzCCAR2gAwIBAgIUKkNfoJbkmylBI2wMe/ETNblvl88wCgYIKoZIzj0EAwIw\n"
                            "EDEOMAwGA1UEAwwFb3RoZXIwIBcNMjYxMTI0MDAwMjI2WhgPMjEyNjEwMzEwMDAy\n"
                            "MjZaMBAxDjAMBgNVBAMMBW90aGVyMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE\n"
                            "tb8BXsxxabI9UcFalqupYFJqUdxK9HMEP4xRSLnOsPv7+m4GtnfGkliBoVieE6nA\n"
                            "hyjPh3hbGEGLLupP6/ybtaNTMFEwHQYDVR0OBBYEFMFPr9rSJubXZHEHW+DCHZtB\n"
                            "QlA8MB8GA1UdIwQYMBaAFMFPr9rSJubXZHEHW+DCHZtBQlA8MA8GA1UdEwEB/wQF\n"
                            "MAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIgR+nQmP6pGvBnONtrbeFxYNXzm88DEnjt\n"
                            "Bn/Ohv8pUlACIQDP4V1I6LYX7kSxlf/LSb1rrg/ekble5kABLzw0gy7O1w==\n"
                            "-----END CERTIFICATE-----\n";

static void both_issues_of_the_root_are_pinned(void **state)
{
    (void)state;
    assert_true(
        vespa_root_is_pinned("3E5EBA5631BC16A2BFA35F9503C3C0BF9591849DDA4CCBBF0E9B08A940AF1DBC"));
    assert_true(
        vespa_root_is_pinned("A1A78F9E1A806C74DAD08B8F01F5F08C739FB70A5BFBB52D28923751C223451D"));
    assert_false(vespa_root_is_pinned(""));
}

static void the_root_is_known_by_its_fingerprint(void **state)
{
    (void)state;
    char fingerprint[VESPA_FINGERPRINT_SIZE];
    struct vespa_slice pem;
    assert_int_equal(vespa_root_check(VESPA_LITERAL(VAST_ROOT), NULL, &pem, fingerprint),
                     VESPA_ROOT_KNOWN);
    assert_string_equal(fingerprint, VAST_ROOT_FINGERPRINT);
    assert_true(vespa_slice_equal(pem, VESPA_LITERAL(VAST_ROOT)));
}

/* What stands around the checked certificate was not checked. */
static void nothing_else_comes_along_with_the_root(void **state)
{
    (void)state;
    char fingerprint[VESPA_FINGERPRINT_SIZE];
    char text[8000];
    struct vespa_slice pem;
    snprintf(text, sizeof(text), "# Vast\r\n%s\r\n%s", VAST_ROOT, other);
    assert_int_equal(vespa_root_check(vespa_slice_of(text), NULL, &pem, fingerprint),
                     VESPA_ROOT_KNOWN);
    assert_true(vespa_slice_equal(pem, VESPA_LITERAL(VAST_ROOT)));
    snprintf(text, sizeof(text), "-----END CERTIFICATE-----\n%s", VAST_ROOT);
    assert_int_equal(vespa_root_check(vespa_slice_of(text), NULL, &pem, fingerprint),
                     VESPA_ROOT_KNOWN);
    snprintf(text, sizeof(text), "%s%s", other, VAST_ROOT);
    assert_int_equal(vespa_root_check(vespa_slice_of(text), NULL, &pem, fingerprint),
                     VESPA_ROOT_UNKNOWN);
}

static void another_certificate_is_unknown_and_its_fingerprint_shown(void **state)
{
    (void)state;
    char fingerprint[VESPA_FINGERPRINT_SIZE];
    struct vespa_slice pem;
    assert_int_equal(vespa_root_check(vespa_slice_of(other), NULL, &pem, fingerprint),
                     VESPA_ROOT_UNKNOWN);
    assert_string_equal(fingerprint,
                        "D7B615CFEDE3D66D2074C024E0ECA9C2C8F70960B08C757C1CC94194A1BB04AD");
}

static void what_is_no_certificate_is_malformed(void **state)
{
    (void)state;
    static const char *const texts[] = {
        "",
        "<html></html>",
        "-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nZm9v\n",
        "-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\nZm9v\n",
        "-----BEGIN CERTIFICATE-----\nnot base64!\n-----END CERTIFICATE-----\n",
        "-----BEGIN PRIVATE KEY-----\nZm9v\n-----END PRIVATE KEY-----\n",
    };
    char fingerprint[VESPA_FINGERPRINT_SIZE];
    struct vespa_slice pem;
    for (size_t i = 0; i < COUNT(texts); i++)
        if (vespa_root_check(vespa_slice_of(texts[i]), NULL, &pem, fingerprint) !=
            VESPA_ROOT_MALFORMED)
            fail_msg("%s", texts[i]);
}

static void a_further_fingerprint_is_accepted_as_it_is_written(void **state)
{
    (void)state;
    static const char *const accepted[] = {
        VAST_ROOT_FINGERPRINT,
        "a1a78f9e1a806c74dad08b8f01f5f08c739fb70a5bfbb52d28923751c223451d",
        ("A1:A7:8F:9E:1A:80:6C:74:DA:D0:8B:8F:01:F5:F0:8C:"
         "73:9F:B7:0A:5B:FB:B5:2D:28:92:37:51:C2:23:45:1D"),
    };
    for (size_t i = 0; i < sizeof(accepted) / sizeof(accepted[0]); i++)
        assert_true(vespa_root_is_fingerprint(vespa_slice_of(accepted[i])));
    assert_false(vespa_root_is_fingerprint(VESPA_LITERAL("")));
    assert_false(vespa_root_is_fingerprint(VESPA_LITERAL("A1A7")));
    assert_false(vespa_root_is_fingerprint(VESPA_LITERAL(VAST_ROOT_FINGERPRINT "00")));
    assert_false(vespa_root_is_fingerprint(
        VESPA_LITERAL("G1A78F9E1A806C74DAD08B8F01F5F08C739FB70A5BFBB52D28923751C223451D")));
}

/* A certificate that is none of Vast's: three bytes. */
static void an_accepted_certificate_is_known(void **state)
{
    (void)state;
    static const char pem_text[] = "-----BEGIN CERTIFICATE-----\nYWJj\n-----END CERTIFICATE-----\n";
    struct vespa_slice pem;
    char fingerprint[VESPA_FINGERPRINT_SIZE];
    assert_int_equal(vespa_root_check(vespa_slice_of(pem_text), NULL, &pem, fingerprint),
                     VESPA_ROOT_UNKNOWN);
    assert_string_equal(fingerprint,
                        "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD");
    assert_int_equal(vespa_root_check(vespa_slice_of(pem_text),
                                      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f200"
                                      "15ad",
                                      &pem, fingerprint),
                     VESPA_ROOT_KNOWN);
    assert_int_equal(
        vespa_root_check(vespa_slice_of(pem_text), VAST_ROOT_FINGERPRINT, &pem, fingerprint),
        VESPA_ROOT_UNKNOWN);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        cmocka_unit_test(digests_are_those_of_the_standard),
        cmocka_unit_test(base64_is_decoded),
        cmocka_unit_test(malformed_base64_is_refused),
        cmocka_unit_test(both_issues_of_the_root_are_pinned),
        cmocka_unit_test(the_root_is_known_by_its_fingerprint),
        cmocka_unit_test(nothing_else_comes_along_with_the_root),
        cmocka_unit_test(another_certificate_is_unknown_and_its_fingerprint_shown),
        cmocka_unit_test(what_is_no_certificate_is_malformed),
        cmocka_unit_test(a_further_fingerprint_is_accepted_as_it_is_written),
        cmocka_unit_test(an_accepted_certificate_is_known),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

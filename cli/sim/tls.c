// A certificate authority for the workers, made afresh at each start.

#include "cli/sim/tls.h"

#include "cli/sim/text.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ROOT_NAME "vespa sim root"

struct vespa_sim_tls {
    struct vespa_sim_text ca_certificate;
    struct vespa_sim_text certificate;
    struct vespa_sim_text faulty_certificate;
    struct vespa_sim_text key;
    char directory[128];
    char ca_file[160];
};

static bool add_extension(X509 *certificate, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool good = extension && X509_add_ext(certificate, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return good;
}

// A certificate of `key`, valid from yesterday for a year, without extensions or signature.
static X509 *start_certificate(EVP_PKEY *key, const char *name)
{
    X509 *certificate = X509_new();
    unsigned char serial[8];
    if (!certificate || RAND_bytes(serial, sizeof serial) != 1)
        return certificate;
    serial[0] &= 0x7f;
    BIGNUM *number = BN_bin2bn(serial, sizeof serial, NULL);
    BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate));
    BN_free(number);
    X509_set_version(certificate, 2);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -86400L);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 365L * 86400);
    X509_set_pubkey(certificate, key);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               (const unsigned char *)name, -1, -1, 0);
    return certificate;
}

static X509 *make_ca(EVP_PKEY *key, const char *name)
{
    X509 *ca = start_certificate(key, name);
    if (!ca)
        return NULL;
    X509_set_issuer_name(ca, X509_get_subject_name(ca));
    if (add_extension(ca, ca, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
        add_extension(ca, ca, NID_key_usage, "critical,keyCertSign,cRLSign") &&
        add_extension(ca, ca, NID_subject_key_identifier, "hash") &&
        X509_sign(ca, key, EVP_sha256()))
        return ca;
    X509_free(ca);
    return NULL;
}

static X509 *make_worker(EVP_PKEY *key, X509 *ca, EVP_PKEY *ca_key, const char *address)
{
    char name[80];
    snprintf(name, sizeof name, "IP:%s", address);
    X509 *worker = start_certificate(key, "vespa sim worker");
    if (!worker)
        return NULL;
    X509_set_issuer_name(worker, X509_get_subject_name(ca));
    if (add_extension(worker, ca, NID_basic_constraints, "critical,CA:FALSE") &&
        add_extension(worker, ca, NID_ext_key_usage, "serverAuth") &&
        add_extension(worker, ca, NID_subject_alt_name, name) &&
        X509_sign(worker, ca_key, EVP_sha256()))
        return worker;
    X509_free(worker);
    return NULL;
}

static void add_pem(struct vespa_sim_text *out, X509 *certificate, EVP_PKEY *key)
{
    BIO *memory = BIO_new(BIO_s_mem());
    if (certificate)
        PEM_write_bio_X509(memory, certificate);
    if (key)
        PEM_write_bio_PrivateKey(memory, key, NULL, NULL, 0, NULL, NULL);
    char *data = NULL;
    long length = BIO_get_mem_data(memory, &data);
    vespa_sim_text_add(out, data, (size_t)length);
    BIO_free(memory);
}

bool vespa_sim_tls_read_fault(const char *name, enum vespa_sim_tls_fault *fault)
{
    static const char *const names[] = {
        [VESPA_SIM_TLS_EXPIRED] = "expired",
        [VESPA_SIM_TLS_NOT_YET_VALID] = "not-yet-valid",
        [VESPA_SIM_TLS_WRONG_HOST] = "wrong-host",
        [VESPA_SIM_TLS_UNKNOWN_ISSUER] = "unknown-issuer",
        [VESPA_SIM_TLS_FORGED_ISSUER] = "forged-issuer",
    };
    for (size_t i = VESPA_SIM_TLS_EXPIRED; i < sizeof names / sizeof *names; i++) {
        if (strcmp(names[i], name) != 0)
            continue;
        *fault = (enum vespa_sim_tls_fault)i;
        return true;
    }
    return false;
}

// The days, from now on, between which a certificate is valid.
static void set_validity(X509 *certificate, EVP_PKEY *signer, long first, long last)
{
    X509_gmtime_adj(X509_getm_notBefore(certificate), first * 86400L);
    X509_gmtime_adj(X509_getm_notAfter(certificate), last * 86400L);
    X509_sign(certificate, signer, EVP_sha256());
}

// By another authority.
static X509 *make_strangers_worker(EVP_PKEY *key, const char *address, const char *name)
{
    EVP_PKEY *ca_key = EVP_EC_gen("P-256");
    X509 *ca = ca_key ? make_ca(ca_key, name) : NULL;
    X509 *worker = ca ? make_worker(key, ca, ca_key, address) : NULL;
    X509_free(ca);
    EVP_PKEY_free(ca_key);
    return worker;
}

static X509 *make_faulty_worker(EVP_PKEY *key, X509 *ca, EVP_PKEY *ca_key, const char *address,
                                enum vespa_sim_tls_fault fault)
{
    if (fault == VESPA_SIM_TLS_UNKNOWN_ISSUER)
        return make_strangers_worker(key, address, "somebody else's root");
    if (fault == VESPA_SIM_TLS_FORGED_ISSUER)
        return make_strangers_worker(key, address, ROOT_NAME);
    if (fault == VESPA_SIM_TLS_WRONG_HOST)
        address = "192.0.2.1";
    X509 *worker = make_worker(key, ca, ca_key, address);
    if (worker && fault == VESPA_SIM_TLS_EXPIRED)
        set_validity(worker, ca_key, -10, -1);
    if (worker && fault == VESPA_SIM_TLS_NOT_YET_VALID)
        set_validity(worker, ca_key, 1, 10);
    return worker;
}

static bool make_certificates(struct vespa_sim_tls *tls, const char *address,
                              enum vespa_sim_tls_fault fault)
{
    EVP_PKEY *ca_key = EVP_EC_gen("P-256");
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *ca = ca_key ? make_ca(ca_key, ROOT_NAME) : NULL;
    X509 *worker = key && ca ? make_worker(key, ca, ca_key, address) : NULL;
    X509 *faulty = worker ? make_faulty_worker(key, ca, ca_key, address, fault) : NULL;
    bool good = faulty != NULL;
    if (good) {
        add_pem(&tls->ca_certificate, ca, NULL);
        add_pem(&tls->certificate, worker, NULL);
        add_pem(&tls->faulty_certificate, faulty, NULL);
        add_pem(&tls->key, NULL, key);
    }
    X509_free(faulty);
    X509_free(worker);
    X509_free(ca);
    EVP_PKEY_free(key);
    EVP_PKEY_free(ca_key);
    return good;
}

// The path is printed for a shell: a TMPDIR with characters that mean something to it is not used.
static bool write_ca_file(struct vespa_sim_tls *tls)
{
    static const char plain[] =
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./";
    const char *parent = getenv("TMPDIR");
    if (!parent || !*parent || strlen(parent) > 90 || strspn(parent, plain) != strlen(parent))
        parent = "/tmp";
    snprintf(tls->directory, sizeof tls->directory, "%s/vespa-sim-XXXXXX", parent);
    if (!mkdtemp(tls->directory)) {
        tls->directory[0] = '\0';
        return false;
    }
    snprintf(tls->ca_file, sizeof tls->ca_file, "%s/ca.pem", tls->directory);
    int fd = open(tls->ca_file, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
    if (fd < 0)
        return false;
    ssize_t written = write(fd, tls->ca_certificate.data, tls->ca_certificate.length);
    return close(fd) == 0 && written == (ssize_t)tls->ca_certificate.length;
}

struct vespa_sim_tls *vespa_sim_tls_new(const char *address, enum vespa_sim_tls_fault fault,
                                        const char **error)
{
    struct vespa_sim_tls *tls = vespa_sim_alloc(sizeof *tls);
    *tls = (struct vespa_sim_tls){0};
    if (!make_certificates(tls, address, fault))
        *error = "OpenSSL could not make certificates (is --tls-address an IP address?)";
    else if (!write_ca_file(tls))
        *error = strerror(errno);
    else
        return tls;
    vespa_sim_tls_free(tls);
    return NULL;
}

void vespa_sim_tls_free(struct vespa_sim_tls *tls)
{
    if (!tls)
        return;
    if (tls->ca_file[0])
        unlink(tls->ca_file);
    if (tls->directory[0])
        rmdir(tls->directory);
    vespa_sim_text_free(&tls->ca_certificate);
    vespa_sim_text_free(&tls->certificate);
    vespa_sim_text_free(&tls->faulty_certificate);
    vespa_sim_text_free(&tls->key);
    free(tls);
}

const char *vespa_sim_tls_ca_certificate(const struct vespa_sim_tls *tls)
{
    return vespa_sim_text_string(&tls->ca_certificate);
}

const char *vespa_sim_tls_ca_file(const struct vespa_sim_tls *tls)
{
    return tls->ca_file;
}

const char *vespa_sim_tls_certificate(const struct vespa_sim_tls *tls)
{
    return vespa_sim_text_string(&tls->certificate);
}

const char *vespa_sim_tls_faulty_certificate(const struct vespa_sim_tls *tls)
{
    return vespa_sim_text_string(&tls->faulty_certificate);
}

const char *vespa_sim_tls_key(const struct vespa_sim_tls *tls)
{
    return vespa_sim_text_string(&tls->key);
}

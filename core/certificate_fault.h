/*
 * Why a worker's certificate was not accepted, in words: libcurl's own text does not always tell,
 * and differs between its TLS flavours.
 */
#ifndef VESPA_CORE_CERTIFICATE_FAULT_H
#define VESPA_CORE_CERTIFICATE_FAULT_H

/* verify_result: CURLINFO_SSL_VERIFYRESULT, which OpenSSL and GnuTLS number each in its own way;
 * text: libcurl's error text. Returns words to follow "the certificate …", static text; NULL: no
 * more is known than the text says. */
const char *vespa_certificate_fault(long verify_result, const char *text);

#endif

/*
 * Every option that libcurl has, and what becomes of it while a request is routed (design.md §2.2).
 * The table itself is shim/option_table.h, one line for each option; options newer than the headers
 * that this was built with are in it by number.
 */
#ifndef VESPA_SHIM_OPTION_H
#define VESPA_SHIM_OPTION_H

#include <stdbool.h>
#include <stdint.h>

/* How setopt's third argument is passed and what libcurl does with it. */
enum vespa_option_type {
    VESPA_OPTION_LONG,     /* long */
    VESPA_OPTION_OFF_T,    /* curl_off_t */
    VESPA_OPTION_STRING,   /* char *, copied by libcurl */
    VESPA_OPTION_OBJECT,   /* void *, FILE *, CURL *, struct curl_slist *, curl_mime *, CURLU *,
                              CURLSH *, char * of POSTFIELDS: kept by libcurl, not copied */
    VESPA_OPTION_FUNCTION, /* function pointer */
    VESPA_OPTION_BLOB      /* struct curl_blob *, its bytes copied unless CURL_BLOB_NOCOPY */
};

/* Why it is treated as it is; the words of design.md §2.2. */
enum vespa_option_class {
    VESPA_CLASS_HARMLESS, /* stays, and matters to nobody but libcurl and the application */
    VESPA_CLASS_KEEP,    /* stays and is meant for the worker leg too: proxy, encoding, time-outs */
    VESPA_CLASS_WRAPPED, /* a callback that the shim puts itself in front of, or its user data */
    VESPA_CLASS_BODY,    /* says what the method and the body are */
    VESPA_CLASS_CREDENTIAL, /* authenticates the application elsewhere: never reaches a worker */
    VESPA_CLASS_MISDIRECT /* would send the worker leg elsewhere, or corrupt what is sent or read */
};

/* On which legs an option is touched; a bit set. */
enum vespa_option_legs {
    VESPA_LEG_WORKER = 1,     /* set to `during` on the leg to a worker */
    VESPA_LEG_CANNED = 2,     /* set to `during` on a leg that the shim answers itself (§2.6) */
    VESPA_LEG_AUTOSCALER = 4, /* copied to the shim's own handle that asks the autoscaler (§2.8) */
    VESPA_LEG_SPECIAL = 8     /* handled by code of its own, which needs to know the value: URL,
                                 method and body, callbacks, time-outs */
};

/* What `during` and `initial` of a STRING stand for; see vespa_option_string. */
#define VESPA_DURING_NULL  0
#define VESPA_DURING_EMPTY 1 /* "" */
#define VESPA_DURING_ALL   2 /* "all" */

/* Some options share a place inside libcurl, some set others: docs/options.md, "Couplings", and
 * what follows for the order in shim/leg.c. Of the rows that an application has never set, only
 * those need touching whose `during` is not `initial`. */
struct vespa_option {
    const char *name; /* without CURLOPT_; NULL: no such option */
    unsigned id;      /* the CURLoption */
    enum vespa_option_type type;
    enum vespa_option_class class;
    unsigned legs;   /* vespa_option_legs; 0: need not be remembered */
    int64_t during;  /* value on WORKER and CANNED legs; 0 is NULL for pointers */
    int64_t initial; /* libcurl's own value for a handle on which it was never set */
};

/* The row of a CURLoption, or NULL when it is unknown. Constant time. */
const struct vespa_option *vespa_option_find(unsigned id);

/* The same by the number without the type's base. */
const struct vespa_option *vespa_option_of_number(unsigned number);

/* The string that `during` or `initial` of a STRING stands for. */
const char *vespa_option_string(int64_t value);

/* Rows in ascending order of their number, for walking: index from 0; NULL behind the last. */
const struct vespa_option *vespa_option_at(unsigned index);

#endif

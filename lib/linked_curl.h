/* The libcurl that this library or program is linked with, as a table. */
#ifndef VESPA_LIB_LINKED_CURL_H
#define VESPA_LIB_LINKED_CURL_H

#include "core/curl_api.h"

/* Never NULL. curl_global_init is the caller's. */
const struct vespa_curl_api *vespa_linked_curl(void);

#endif

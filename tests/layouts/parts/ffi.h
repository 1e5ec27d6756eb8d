/* A user of libcurl that looks it up at run time, as foreign function interfaces do. */
#ifndef VESPA_TESTS_LAYOUTS_FFI_H
#define VESPA_TESTS_LAYOUTS_FFI_H

#include "tests/layouts/parts/client.h"

/* Of this symbol version, by dlvsym; NULL: of none, by dlsym. */
extern const char *ffi_version;

/* Takes all functions by dlsym(handle, …), does a request with curl_easy_perform and one in a multi
 * handle, "LABEL" and "LABEL-multi". Ends the program with 3 where a function is not found. */
LAYOUT_EXPORT void ffi_request(void *handle, const char *label);

#endif

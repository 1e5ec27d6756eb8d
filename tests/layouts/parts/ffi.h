/* A user of libcurl that looks it up at run time, as foreign function interfaces do. */
#ifndef VESPA_TESTS_LAYOUTS_FFI_H
#define VESPA_TESTS_LAYOUTS_FFI_H

/* Takes all functions by dlsym(handle, …), does a request with curl_easy_perform and one in a multi
 * handle, "LABEL" and "LABEL-multi". Ends the program with 3 where a function is not found. */
void ffi_request(void *handle, const char *label);

#endif

/* What client.c exports from the plugins and libraries that it is built into. */
#ifndef VESPA_TESTS_LAYOUTS_CLIENT_H
#define VESPA_TESTS_LAYOUTS_CLIENT_H

#define LAYOUT_EXPORT __attribute__((visibility("default")))

/* A request that is set up. */
void *layout_begin(const char *label);

/* The same in two steps: the first ends with its call of curl_easy_init, which is a jump then. */
void *layout_make(void);
void *layout_begin_with(void *easy, const char *label);

/* Performs it, prints how it went, and frees it. With curl_easy_perform; in a multi handle. */
void layout_finish(void *request);
void layout_finish_multi(void *request);

/* In a multi handle that is asked for its handles and for a number meanwhile, by weak references to
 * functions that libcurl may lack; prints a line if it has answers. */
void layout_finish_asking(void *request);

/* A call that has to be resolved each time, for it has no handle. */
void layout_touch(void);

/* Ends what libcurl has globally. */
void layout_end(void);

#endif

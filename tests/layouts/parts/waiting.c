/* A library whose constructor waits for a thread that makes requests: whoever opens the library
 * holds the dynamic linker's lock meanwhile. client.c is part of it. */
#include "tests/layouts/parts/client.h"

#include <pthread.h>
#include <stdlib.h>

static void *make_requests(void *context)
{
    layout_touch();
    layout_finish(layout_begin("thread"));
    layout_finish_multi(layout_begin("thread-multi"));
    return context;
}

__attribute__((constructor)) static void wait_for_a_thread(void)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, make_requests, NULL) != 0)
        abort();
    pthread_join(thread, NULL);
}

/*
 * A preloaded library that has nothing to do with libcurl and finds what is behind it by
 * dlsym(RTLD_NEXT, …). Its constructor asks as well. At exit: "next saw some connect".
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>

#define EXPORT __attribute__((visibility("default")))

static unsigned seen;
static int (*behind)(int, const struct sockaddr *, socklen_t);

EXPORT int connect(int socket, const struct sockaddr *address, socklen_t length)
{
    seen++;
    return behind(socket, address, length);
}

__attribute__((constructor)) static void find(void)
{
    behind = (__typeof__(behind))dlsym(RTLD_NEXT, "connect");
    if (!behind || behind == connect) {
        fprintf(stderr, "next: RTLD_NEXT is not what comes next\n");
        abort();
    }
}

__attribute__((destructor)) static void report(void)
{
    fprintf(stderr, "next saw %s connect\n", seen ? "some" : "no");
}

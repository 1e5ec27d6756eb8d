/* Cancellers. */
#include "lib/canceller.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

struct vespa_canceller *vespa_canceller_new(void)
{
    struct vespa_canceller *canceller = calloc(1, sizeof *canceller);
    if (!canceller)
        return NULL;
    canceller->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (canceller->event >= 0)
        return canceller;
    free(canceller);
    return NULL;
}

/* A write that fails finds the event set already. */
void vespa_canceller_cancel(struct vespa_canceller *canceller)
{
    const uint64_t one = 1;
    int saved = errno;
    if (!canceller)
        return;
    atomic_store(&canceller->cancelled, true);
    while (write(canceller->event, &one, sizeof one) < 0 && errno == EINTR)
        ;
    errno = saved;
}

void vespa_canceller_free(struct vespa_canceller *canceller)
{
    if (!canceller)
        return;
    close(canceller->event);
    free(canceller);
}

/* Objects that are kept for the next of their kind. */
#include "core/spares.h"

#include <stdatomic.h>
#include <stddef.h>

/* Of one buffer: a route answer, a head or a joined envelope fits. */
enum { KEPT_BYTES = 16 * 1024 };

/* What is kept is not freed, and its use afterwards not seen: not where that is looked for. */
#if defined(__SANITIZE_ADDRESS__)
#define KEEPS 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KEEPS 0
#endif
#endif
#ifndef KEEPS
#define KEEPS VESPA_SPARES
#endif

struct vespa_spare *vespa_spares_take(struct vespa_spares *spares)
{
    struct vespa_spare *found = NULL;
    for (size_t i = 0; i != KEEPS && !found; i++)
        if (atomic_load_explicit(&spares->places[i], memory_order_relaxed))
            found = atomic_exchange(&spares->places[i], NULL);
    return found;
}

void vespa_spares_give(struct vespa_spares *spares, struct vespa_spare *spare)
{
    for (size_t i = 0; i != KEEPS; i++) {
        struct vespa_spare *empty = NULL;
        if (atomic_compare_exchange_strong(&spares->places[i], &empty, spare))
            return;
    }
    spare->destroy(spare);
}

void vespa_spares_clear(struct vespa_spares *spares)
{
    struct vespa_spare *spare;
    while ((spare = vespa_spares_take(spares)) != NULL)
        spare->destroy(spare);
}

struct vespa_buffer vespa_spare_buffer(struct vespa_buffer *buffer)
{
    if (buffer->capacity > KEPT_BYTES)
        vespa_buffer_free(buffer);
    vespa_buffer_reset(buffer);
    return *buffer;
}

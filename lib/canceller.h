/* Cancellers: what ends a blocking request from another thread. */
#ifndef VESPA_LIB_CANCELLER_H
#define VESPA_LIB_CANCELLER_H

#include "lib/vespa.h"

#include <stdatomic.h>

struct vespa_canceller {
    atomic_bool cancelled;
    int event; /* an eventfd; readable for ever once it was used */
};

#endif

/* One header field, as slices of somebody else's memory. */
#ifndef VESPA_CORE_HEADER_H
#define VESPA_CORE_HEADER_H

#include "core/slice.h"

struct vespa_header {
    struct vespa_slice name;
    struct vespa_slice value;
};

#endif

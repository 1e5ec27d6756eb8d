/* A library whose constructor and destructor make a request, before main and after it. client.c is
 * part of it. */
#include "tests/layouts/parts/client.h"

#include <stddef.h>

LAYOUT_EXPORT void early_is_needed(void);

LAYOUT_EXPORT void early_is_needed(void)
{
}

__attribute__((constructor)) static void before_main(void)
{
    layout_finish(layout_begin("constructor"));
    layout_finish_multi(layout_begin("constructor-multi"));
}

__attribute__((destructor)) static void after_main(void)
{
    layout_finish(layout_begin("destructor"));
}

/* Lists of names in rules. */
#include "core/rule.h"

bool vespa_names_contain(char *const *names, struct vespa_slice name)
{
    for (; names && *names; names++)
        if (vespa_slice_equal_nocase(vespa_slice_of(*names), name))
            return true;
    return false;
}

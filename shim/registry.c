/* The registry of easy handles. */
#include "shim/registry.h"

#include "shim/table.h"

static struct vespa_table records = VESPA_TABLE_INITIALIZER;

struct vespa_record *vespa_registry_find(const CURL *easy)
{
    return vespa_table_find(&records, easy);
}

struct vespa_record *vespa_registry_make(CURL *easy, const struct vespa_curl_api *api)
{
    struct vespa_record *found = vespa_table_find(&records, easy);
    if (found)
        return found;
    struct vespa_record *made = vespa_record_new(easy, api);
    if (made && vespa_table_put(&records, easy, made))
        return made;
    vespa_record_free(made);
    return NULL;
}

struct vespa_record *vespa_registry_take(const CURL *easy)
{
    return vespa_table_take(&records, easy);
}

void vespa_registry_before_fork(void)
{
    vespa_table_before_fork(&records);
}

void vespa_registry_after_fork(void)
{
    vespa_table_after_fork(&records);
}

/* Hosts by their names: a table with a list for each place. */
#include "core/host_index.h"

#include <stdlib.h>

struct vespa_host_index {
    const struct vespa_host_entry **places; /* owned */
    size_t mask;                            /* their number, a power of two, less 1 */
    struct vespa_host_entry entries[];
};

/* FNV-1a, of letters without case. */
static size_t hash(struct vespa_slice name)
{
    uint64_t value = 0xCBF29CE484222325U;
    for (size_t i = 0; i < name.length; i++) {
        unsigned char byte = (unsigned char)name.data[i];
        value = (value ^ (byte >= 'A' && byte <= 'Z' ? byte | 0x20U : byte)) * 0x100000001B3U;
    }
    return (size_t)(value ^ value >> 32);
}

/* As hosts are compared: without the dot at the end. */
static struct vespa_slice bare(const struct vespa_host *host)
{
    struct vespa_slice name = vespa_slice_of(host->name);
    if (name.length && name.data[name.length - 1] == '.')
        name.length--;
    return name;
}

static struct vespa_host_index *allocate(size_t hosts)
{
    struct vespa_host_index *index = calloc(1, sizeof(*index) + hosts * sizeof(index->entries[0]));
    size_t places = 1;

    while (places < 2 * hosts)
        places *= 2;
    if (!index)
        return NULL;
    index->mask = places - 1;
    index->places = calloc(places, sizeof(*index->places));
    if (index->places)
        return index;
    free(index);
    return NULL;
}

struct vespa_host_index *vespa_host_index_new(const struct vespa_rule *rules, size_t count)
{
    size_t hosts = 0;

    for (size_t i = 0; i < count; i++)
        hosts += rules[i].host_count;
    struct vespa_host_index *index = allocate(hosts);
    if (!index)
        return NULL;
    struct vespa_host_entry *entry = index->entries;
    for (size_t i = count; i-- > 0;)
        for (size_t k = rules[i].host_count; k-- > 0; entry++) {
            const struct vespa_host *host = &rules[i].hosts[k];
            const struct vespa_host_entry **place = &index->places[hash(bare(host)) & index->mask];
            *entry = (struct vespa_host_entry){.rule = &rules[i], .host = host, .next = *place};
            *place = entry;
        }
    return index;
}

void vespa_host_index_free(struct vespa_host_index *index)
{
    if (!index)
        return;
    free((void *)index->places);
    free(index);
}

const struct vespa_host_entry *vespa_host_index_find(const struct vespa_host_index *index,
                                                     struct vespa_slice name)
{
    return index->places[hash(name) & index->mask];
}

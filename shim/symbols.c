/* The functions that a loaded object defines. */
#include "shim/symbols.h"

#include <stddef.h>
#include <string.h>

typedef ElfW(Sym) elf_symbol;
typedef ElfW(Dyn) elf_entry;
typedef ElfW(Addr) elf_word; /* of a bloom filter */
typedef ElfW(Verneed) elf_needed_file;
typedef ElfW(Vernaux) elf_needed_version;
typedef ElfW(Verdef) elf_defined;
typedef ElfW(Verdaux) elf_defined_name;

/* Bits of a version's index: not what a reference without a version gets. */
enum { HIDDEN = 0x8000 };

/* ---- where the tables are --------------------------------------------------------------------
 */

/* An address from the dynamic section. Some are relocated in place, others are not, and which
 * depends on the C library and the machine. */
static const void *relocated(const struct dl_phdr_info *object, uintptr_t value)
{
    return (const void *)(value < object->dlpi_addr ? value + object->dlpi_addr : value);
}

static const elf_entry *dynamic_section(const struct dl_phdr_info *object)
{
    for (size_t i = 0; i < object->dlpi_phnum; i++)
        if (object->dlpi_phdr[i].p_type == PT_DYNAMIC)
            return (const elf_entry *)(object->dlpi_addr + object->dlpi_phdr[i].p_vaddr);
    return NULL;
}

struct vespa_symbols vespa_symbols_of(const struct dl_phdr_info *object)
{
    struct vespa_symbols symbols = {.base = object->dlpi_addr};
    const elf_entry *entry = dynamic_section(object);
    for (; entry && entry->d_tag != DT_NULL; entry++) {
        const void *address = relocated(object, entry->d_un.d_ptr);
        switch (entry->d_tag) {
        case DT_SYMTAB:
            symbols.table = address;
            break;
        case DT_STRTAB:
            symbols.names = address;
            break;
        case DT_VERSYM:
            symbols.versions = address;
            break;
        case DT_VERDEF:
            symbols.defined = address;
            break;
        case DT_VERNEED:
            symbols.needed = address;
            break;
        case DT_GNU_HASH:
            symbols.gnu_hash = address;
            break;
        case DT_HASH:
            symbols.hash = address;
            break;
        default:
            break;
        }
    }
    if (!symbols.names)
        symbols = (struct vespa_symbols){.table = NULL};
    return symbols;
}

/* ---- symbols by their names ------------------------------------------------------------------
 */

static bool is_it(const struct vespa_symbols *symbols, uint32_t index, const char *name)
{
    const elf_symbol *symbol = &symbols->table[index];
    unsigned char kind = symbol->st_info & 0xf, binding = symbol->st_info >> 4;
    return symbol->st_shndx != SHN_UNDEF && kind == STT_FUNC &&
           (binding == STB_GLOBAL || binding == STB_WEAK) &&
           !(symbols->versions && symbols->versions[index] & HIDDEN) &&
           strcmp(symbols->names + symbol->st_name, name) == 0;
}

static uint32_t gnu_hash_of(const char *name)
{
    uint32_t hash = 5381;
    for (const unsigned char *at = (const unsigned char *)name; *at; at++)
        hash = hash * 33 + *at;
    return hash;
}

/* The table's head: number of buckets, first symbol that is in it, words and shift of the filter;
 * then the filter, the buckets, and for each symbol its hash, whose lowest bit ends a chain. */
static uint32_t find_by_gnu_hash(const struct vespa_symbols *symbols, const char *name)
{
    const uint32_t *head = symbols->gnu_hash;
    uint32_t bucket_count = head[0], first = head[1], words = head[2], shift = head[3];
    const elf_word *filter = (const elf_word *)(head + 4);
    const uint32_t *buckets = (const uint32_t *)(filter + words);
    const uint32_t *chains = buckets + bucket_count;
    uint32_t hash = gnu_hash_of(name), bits = 8 * sizeof *filter;
    elf_word word = words ? filter[hash / bits % words] : ~(elf_word)0;
    if (!bucket_count || !(word >> hash % bits & word >> (hash >> shift) % bits & 1))
        return 0;
    for (uint32_t i = buckets[hash % bucket_count]; i >= first && i; i++) {
        if ((chains[i - first] | 1) == (hash | 1) && is_it(symbols, i, name))
            return i;
        if (chains[i - first] & 1)
            break;
    }
    return 0;
}

static uint32_t old_hash_of(const char *name)
{
    uint32_t hash = 0;
    for (const unsigned char *at = (const unsigned char *)name; *at; at++) {
        hash = (hash << 4) + *at;
        hash = (hash ^ (hash & 0xf0000000) >> 24) & 0x0fffffff;
    }
    return hash;
}

/* Number of buckets, number of symbols, the buckets, and for each symbol the next in its chain. */
static uint32_t find_by_old_hash(const struct vespa_symbols *symbols, const char *name)
{
    uint32_t bucket_count = symbols->hash[0];
    const uint32_t *buckets = symbols->hash + 2, *chains = buckets + bucket_count;
    if (!bucket_count)
        return 0;
    uint32_t i = buckets[old_hash_of(name) % bucket_count];
    while (i && !is_it(symbols, i, name))
        i = chains[i];
    return i;
}

void *vespa_symbols_find(const struct vespa_symbols *symbols, const char *name)
{
    uint32_t index = 0;
    if (!symbols->table)
        return NULL;
    if (symbols->gnu_hash)
        index = find_by_gnu_hash(symbols, name);
    else if (symbols->hash)
        index = find_by_old_hash(symbols, name);
    return index ? (void *)(symbols->base + symbols->table[index].st_value) : NULL;
}

/* ---- symbol versions -------------------------------------------------------------------------
 */

bool vespa_symbols_satisfy(const struct vespa_symbols *symbols, const char *version)
{
    const char *at = (const char *)symbols->defined;
    while (at) {
        const elf_defined *defined = (const elf_defined *)at;
        const elf_defined_name *name = (const elf_defined_name *)(at + defined->vd_aux);
        if (strcmp(symbols->names + name->vda_name, version) == 0)
            return true;
        at = defined->vd_next ? at + defined->vd_next : NULL;
    }
    return !symbols->defined;
}

static const char *version_in(const elf_needed_file *file, const char *names, const char *beginning)
{
    const char *at = (const char *)file + file->vn_aux;
    for (unsigned i = 0; i < file->vn_cnt; i++) {
        const elf_needed_version *version = (const elf_needed_version *)at;
        if (strncmp(names + version->vna_name, beginning, strlen(beginning)) == 0)
            return names + version->vna_name;
        at += version->vna_next;
    }
    return NULL;
}

const char *vespa_symbols_need(const struct vespa_symbols *symbols, const char *beginning)
{
    const char *at = (const char *)symbols->needed, *found = NULL;
    while (at && !found) {
        const elf_needed_file *file = (const elf_needed_file *)at;
        found = version_in(file, symbols->names, beginning);
        at = file->vn_next ? at + file->vn_next : NULL;
    }
    return found;
}

/*
 * Makes another build of a shared library from one that there is:
 *
 *     edit IN OUT [soname=NAME] [unversioned] [symbolic] [hide=FUNCTION]
 *
 * soname: of the same length as the one that it has. unversioned: as if linked without a version
 * script. symbolic: as if linked with -Bsymbolic, calls of its own functions stay
 * inside. hide: as if it did not have that function.
 */
#include <elf.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef ElfW(Ehdr) elf_header;
typedef ElfW(Phdr) elf_segment;
typedef ElfW(Shdr) elf_section;
typedef ElfW(Dyn) elf_entry;
typedef ElfW(Sxword) elf_tag;

static char *bytes;
static size_t length;

static void fail(const char *what)
{
    fprintf(stderr, "edit: %s\n", what);
    exit(1);
}

static void read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file || fseek(file, 0, SEEK_END) != 0)
        fail("cannot read");
    length = (size_t)ftell(file);
    rewind(file);
    bytes = malloc(length);
    if (!bytes || fread(bytes, 1, length, file) != length)
        fail("cannot read");
    fclose(file);
}

static void write_file(const char *path)
{
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, length, file) != length || fclose(file) != 0)
        fail("cannot write");
}

static const elf_segment *segments(size_t *count)
{
    const elf_header *header = (const elf_header *)bytes;
    *count = header->e_phnum;
    return (const elf_segment *)(bytes + header->e_phoff);
}

static elf_entry *dynamic_section(void)
{
    size_t count;
    const elf_segment *segment = segments(&count);
    for (; count > 0; segment++, count--)
        if (segment->p_type == PT_DYNAMIC)
            return (elf_entry *)(bytes + segment->p_offset);
    fail("no dynamic section");
    return NULL;
}

static char *loaded_at(uint64_t address)
{
    size_t count;
    const elf_segment *segment = segments(&count);
    for (; count > 0; segment++, count--)
        if (segment->p_type == PT_LOAD && address - segment->p_vaddr < segment->p_filesz)
            return bytes + segment->p_offset + (address - segment->p_vaddr);
    fail("no such address");
    return NULL;
}

static elf_entry *entry(elf_tag tag)
{
    elf_entry *found = dynamic_section();
    while (found->d_tag != tag && found->d_tag != DT_NULL)
        found++;
    if (found->d_tag != tag)
        fail("no such entry");
    return found;
}

static void set_soname(const char *name)
{
    char *old = loaded_at(entry(DT_STRTAB)->d_un.d_ptr) + entry(DT_SONAME)->d_un.d_val;
    if (strlen(name) != strlen(old))
        fail("the soname has another length");
    strcpy(old, name);
}

/* A tag that the dynamic linker does not know is skipped; linkers go by the sections. */
static void remove_versions(void)
{
    const elf_header *header = (const elf_header *)bytes;
    elf_section *section = (elf_section *)(bytes + header->e_shoff);
    for (size_t i = 0; i < header->e_shnum; i++)
        if (section[i].sh_type == SHT_GNU_versym || section[i].sh_type == SHT_GNU_verdef ||
            section[i].sh_type == SHT_GNU_verneed)
            section[i].sh_type = SHT_PROGBITS;
    static const elf_tag tags[] = {DT_VERSYM, DT_VERDEF, DT_VERDEFNUM, DT_VERNEED, DT_VERNEEDNUM};
    for (size_t i = 0; i < sizeof tags / sizeof *tags; i++)
        entry(tags[i])->d_tag = DT_LOOS;
}

/* Linkers leave spare entries at the end. */
static void make_symbolic(void)
{
    elf_entry *end = entry(DT_NULL);
    if (end[1].d_tag != DT_NULL)
        fail("no spare entry");
    end->d_tag = DT_SYMBOLIC;
}

/* What is looked for by a name finds its place by a hash of it, and there another name. */
static void hide(const char *name)
{
    char *names = loaded_at(entry(DT_STRTAB)->d_un.d_ptr);
    size_t size = entry(DT_STRSZ)->d_un.d_val;
    for (size_t i = 1; i + strlen(name) < size; i++) {
        if (names[i - 1] == '\0' && strcmp(names + i, name) == 0) {
            names[i] = '_';
            return;
        }
    }
    fail("no such function");
}

int main(int count, char **words)
{
    if (count < 3)
        fail("usage: edit IN OUT [soname=NAME] [unversioned] [symbolic] [hide=FUNCTION]");
    read_file(words[1]);
    for (int i = 3; i < count; i++) {
        if (strncmp(words[i], "soname=", 7) == 0)
            set_soname(words[i] + 7);
        else if (strncmp(words[i], "hide=", 5) == 0)
            hide(words[i] + 5);
        else if (strcmp(words[i], "unversioned") == 0)
            remove_versions();
        else if (strcmp(words[i], "symbolic") == 0)
            make_symbolic();
        else
            fail("what is to be done with it?");
    }
    write_file(words[2]);
    return 0;
}

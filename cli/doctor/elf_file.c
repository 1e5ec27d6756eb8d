// Reading ELF files.

#include "cli/doctor/elf_file.h"

#include <elf.h>
#include <link.h>

#if __SIZEOF_POINTER__ == 8
#define OWN_CLASS ELFCLASS64
#else
#define OWN_CLASS ELFCLASS32
#endif

#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define OWN_ORDER ELFDATA2LSB
#else
#define OWN_ORDER ELFDATA2MSB
#endif

#if defined(__x86_64__)
#define OWN_MACHINE EM_X86_64
#elif defined(__aarch64__)
#define OWN_MACHINE EM_AARCH64
#else
#define OWN_MACHINE EM_NONE
#endif

typedef ElfW(Ehdr) file_header;
typedef ElfW(Phdr) program_header;
typedef ElfW(Dyn) dynamic_entry;

// Copies a structure out of the file. False: it is not all there.
static bool copy(struct vespa_slice file, uint64_t offset, void *to, size_t size)
{
    if (offset > file.length || file.length - offset < size)
        return false;
    memcpy(to, file.data + offset, size);
    return true;
}

// So many bytes from an offset on, or what there is of them.
static struct vespa_slice part(struct vespa_slice file, uint64_t offset, uint64_t length)
{
    if (offset > file.length)
        return vespa_slice(NULL, 0);
    size_t rest = file.length - (size_t)offset;
    return vespa_slice(file.data + offset, length < rest ? (size_t)length : rest);
}

static bool read_program_header(struct vespa_slice file, const file_header *header, unsigned index,
                                program_header *program)
{
    return index < header->e_phnum &&
           copy(file, header->e_phoff + (uint64_t)index * sizeof *program, program,
                sizeof *program);
}

// Where in the file an address of the loaded program stands.
static bool offset_of(struct vespa_slice file, const file_header *header, uint64_t address,
                      uint64_t *offset)
{
    program_header program;
    for (unsigned i = 0; read_program_header(file, header, i, &program); i++) {
        if (program.p_type != PT_LOAD || address < program.p_vaddr ||
            address - program.p_vaddr >= program.p_filesz)
            continue;
        *offset = program.p_offset + (address - program.p_vaddr);
        return true;
    }
    return false;
}

static bool entry_at(const struct vespa_elf *elf, size_t index, dynamic_entry *entry)
{
    return copy(elf->dynamic, (uint64_t)index * sizeof *entry, entry, sizeof *entry) &&
           entry->d_tag != DT_NULL;
}

static void find_strings(struct vespa_elf *elf, const file_header *header)
{
    dynamic_entry entry;
    uint64_t offset;
    for (size_t i = 0; entry_at(elf, i, &entry); i++)
        if (entry.d_tag == DT_STRTAB && offset_of(elf->file, header, entry.d_un.d_ptr, &offset))
            elf->strings = part(elf->file, offset, UINT64_MAX);
}

static void read_native(struct vespa_elf *elf, const file_header *header)
{
    program_header program;
    for (unsigned i = 0; read_program_header(elf->file, header, i, &program); i++) {
        struct vespa_slice bytes = part(elf->file, program.p_offset, program.p_filesz);
        if (program.p_type == PT_INTERP)
            elf->interpreter = vespa_slice_part(bytes, 0, vespa_slice_find(bytes, '\0'));
        else if (program.p_type == PT_DYNAMIC)
            elf->dynamic = bytes;
    }
    find_strings(elf, header);
}

bool vespa_elf_read(struct vespa_slice file, struct vespa_elf *elf)
{
    unsigned char ident[EI_NIDENT];
    file_header header;
    *elf = (struct vespa_elf){.file = file};
    if (!copy(file, 0, ident, sizeof ident) || memcmp(ident, ELFMAG, SELFMAG) != 0 ||
        !copy(file, sizeof ident + sizeof(uint16_t), &elf->machine, sizeof elf->machine))
        return false;
    elf->bits = ident[EI_CLASS] == ELFCLASS64 ? 64 : 32;
    elf->is_native =
        ident[EI_CLASS] == OWN_CLASS && ident[EI_DATA] == OWN_ORDER && elf->machine == OWN_MACHINE;
    if (elf->is_native && copy(file, 0, &header, sizeof header) &&
        header.e_phentsize == sizeof(program_header))
        read_native(elf, &header);
    return true;
}

bool vespa_elf_next(const struct vespa_elf *elf, int64_t tag, size_t *at,
                    struct vespa_slice *string)
{
    dynamic_entry entry;
    while (entry_at(elf, *at, &entry)) {
        ++*at;
        if (entry.d_tag != tag || entry.d_un.d_val >= elf->strings.length)
            continue;
        struct vespa_slice rest =
            vespa_slice_part(elf->strings, (size_t)entry.d_un.d_val, elf->strings.length);
        *string = vespa_slice_part(rest, 0, vespa_slice_find(rest, '\0'));
        return true;
    }
    return false;
}

// What an ELF file says of itself, as far as it decides whether it can be preloaded. Nothing in the
// file is believed: it may be anything, and cut off anywhere.
#ifndef VESPA_CLI_DOCTOR_ELF_FILE_H
#define VESPA_CLI_DOCTOR_ELF_FILE_H

#include "core/slice.h"

#include <stdint.h>

struct vespa_elf {
    bool is_native;                 // of the class, byte order and machine of this program
    unsigned bits;                  // 32 or 64
    uint16_t machine;               // EM_…
    struct vespa_slice interpreter; // the dynamic linker's path; empty: there is none
    // The rest is for native files alone.
    struct vespa_slice file;
    struct vespa_slice dynamic; // the dynamic section
    struct vespa_slice strings; // its string table, and what follows that in the file
};

// Reads the headers. False: it is no ELF file. The slices are parts of file.
bool vespa_elf_read(struct vespa_slice file, struct vespa_elf *elf);

// The next string of the dynamic section with that tag (DT_NEEDED, DT_RUNPATH, …); *at is 0 at
// first. False: there is none further.
bool vespa_elf_next(const struct vespa_elf *elf, int64_t tag, size_t *at,
                    struct vespa_slice *string);

#endif

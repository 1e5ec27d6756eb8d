// The shared libraries that a program needs, looked for as the dynamic linker does.
#ifndef VESPA_CLI_DOCTOR_LIBRARIES_H
#define VESPA_CLI_DOCTOR_LIBRARIES_H

#include "cli/doctor/elf_file.h"

// Whether libcurl is among the libraries that the program needs, or that those need; *by says by
// which way, to follow "it can be wrapped: ".
bool vespa_libraries_find_libcurl(const char *path, const struct vespa_elf *elf, char *by,
                                  size_t size);

// Maps a file for reading; an empty one is an empty slice. False: it cannot be read.
bool vespa_library_map(const char *path, struct vespa_slice *file);
void vespa_library_unmap(struct vespa_slice file);

#endif

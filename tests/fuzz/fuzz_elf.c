/*
 * Programs that `vespa doctor` looks at: whatever the file is, what is read of it is part of it,
 * and its strings end where the file does at the latest.
 */
#include "cli/doctor/elf_file.h"

#include <elf.h>
#include <stdint.h>
#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define REQUIRE(condition) \
    do {                   \
        if (!(condition))  \
            abort();       \
    } while (0)

static void check_part(struct vespa_slice part, struct vespa_slice whole)
{
    REQUIRE(part.length <= whole.length);
    if (part.length)
        REQUIRE(part.data >= whole.data && part.data + part.length <= whole.data + whole.length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int64_t tags[] = {DT_NEEDED, DT_RPATH, DT_RUNPATH};
    struct vespa_slice file = vespa_slice((const char *)data, size);
    struct vespa_slice string;
    struct vespa_elf elf;

    if (!vespa_elf_read(file, &elf))
        return 0;
    check_part(elf.interpreter, file);
    check_part(elf.dynamic, file);
    check_part(elf.strings, file);
    for (size_t i = 0; i < sizeof(tags) / sizeof(tags[0]); i++) {
        size_t rounds = 0;
        for (size_t at = 0; vespa_elf_next(&elf, tags[i], &at, &string); rounds++) {
            check_part(string, file);
            REQUIRE(rounds <= size);
        }
    }
    return 0;
}

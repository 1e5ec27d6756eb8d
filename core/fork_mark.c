/* Tells a process from those that it was forked from. */
#include "core/fork_mark.h"

#include <stddef.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE_LENGTH 1 /* rounded up by the kernel */

void vespa_fork_mark_init(struct vespa_fork_mark *mark)
{
    void *page =
        mmap(NULL, PAGE_LENGTH, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    *mark = (struct vespa_fork_mark){0};
    if (page == MAP_FAILED)
        return;
    if (madvise(page, PAGE_LENGTH, MADV_WIPEONFORK) == 0)
        mark->page = page;
    else
        munmap(page, PAGE_LENGTH);
}

void vespa_fork_mark_clear(struct vespa_fork_mark *mark)
{
    if (mark->page)
        munmap(mark->page, PAGE_LENGTH);
    *mark = (struct vespa_fork_mark){0};
}

uint64_t vespa_fork_mark_generation(struct vespa_fork_mark *mark)
{
    if (!mark->page)
        return (uint64_t)getpid();
    if (!*mark->page) {
        *mark->page = 1;
        mark->generation++;
    }
    return mark->generation;
}

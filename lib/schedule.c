/* Times at which something is due. */
#include "lib/schedule.h"

#include <stdlib.h>

static void put(struct vespa_schedule *schedule, size_t place, struct vespa_due *due)
{
    schedule->heap[place] = due;
    due->place = place;
}

static void rise(struct vespa_schedule *schedule, struct vespa_due *due)
{
    size_t place = due->place;
    while (place > 0) {
        struct vespa_due *parent = schedule->heap[(place - 1) / 2];
        if (parent->at_ms <= due->at_ms)
            break;
        put(schedule, place, parent);
        place = (place - 1) / 2;
    }
    put(schedule, place, due);
}

static void sink(struct vespa_schedule *schedule, struct vespa_due *due)
{
    size_t place = due->place;
    for (;;) {
        size_t child = 2 * place + 1;
        if (child >= schedule->count)
            break;
        if (child + 1 < schedule->count &&
            schedule->heap[child + 1]->at_ms < schedule->heap[child]->at_ms)
            child++;
        if (schedule->heap[child]->at_ms >= due->at_ms)
            break;
        put(schedule, place, schedule->heap[child]);
        place = child;
    }
    put(schedule, place, due);
}

static bool grow(struct vespa_schedule *schedule)
{
    if (schedule->count < schedule->capacity)
        return true;
    size_t capacity = schedule->capacity ? 2 * schedule->capacity : 16;
    struct vespa_due **heap =
        reallocarray((void *)schedule->heap, capacity, sizeof(struct vespa_due *));
    if (!heap)
        return false;
    schedule->heap = heap;
    schedule->capacity = capacity;
    return true;
}

bool vespa_schedule_add(struct vespa_schedule *schedule, struct vespa_due *due, uint64_t at_ms)
{
    if (!grow(schedule))
        return false;
    due->at_ms = at_ms;
    put(schedule, schedule->count++, due);
    rise(schedule, due);
    return true;
}

void vespa_schedule_remove(struct vespa_schedule *schedule, struct vespa_due *due)
{
    struct vespa_due *last = schedule->heap[--schedule->count];
    if (last == due)
        return;
    put(schedule, due->place, last);
    rise(schedule, last);
    sink(schedule, last);
}

void vespa_schedule_set(struct vespa_schedule *schedule, struct vespa_due *due, uint64_t at_ms)
{
    due->at_ms = at_ms;
    rise(schedule, due);
    sink(schedule, due);
}

struct vespa_due *vespa_schedule_first(const struct vespa_schedule *schedule)
{
    return schedule->count ? schedule->heap[0] : NULL;
}

void vespa_schedule_free(struct vespa_schedule *schedule)
{
    free((void *)schedule->heap);
    *schedule = (struct vespa_schedule){0};
}

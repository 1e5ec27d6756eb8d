/* What is due when: a binary heap whose entries know their places. */
#include "core/schedule.h"

#include <stdlib.h>

#define FIRST_CAPACITY 16

bool vespa_schedule_reserve(struct vespa_schedule *schedule, size_t entries)
{
    size_t capacity = schedule->capacity ? schedule->capacity : FIRST_CAPACITY;
    if (entries <= schedule->capacity)
        return true;
    while (capacity < entries)
        capacity *= 2;
    void *heap = realloc((void *)schedule->heap, capacity * sizeof(struct vespa_due *));
    if (!heap)
        return false;
    schedule->heap = (struct vespa_due **)heap;
    schedule->capacity = capacity;
    return true;
}

static bool is_before(const struct vespa_due *one, const struct vespa_due *other)
{
    return one->ms != other->ms ? one->ms < other->ms : one->order < other->order;
}

static struct vespa_due *at(const struct vespa_schedule *schedule, size_t place)
{
    return schedule->heap[place - 1];
}

static void set_at(struct vespa_schedule *schedule, size_t place, struct vespa_due *due)
{
    schedule->heap[place - 1] = due;
    due->place = place;
}

/* Both move an entry from a place that is free to the one that it belongs to. */
static void move_up(struct vespa_schedule *schedule, size_t place, struct vespa_due *due)
{
    while (place > 1 && is_before(due, at(schedule, place / 2))) {
        set_at(schedule, place, at(schedule, place / 2));
        place /= 2;
    }
    set_at(schedule, place, due);
}

static void move_down(struct vespa_schedule *schedule, size_t place, struct vespa_due *due)
{
    for (;;) {
        size_t child = place * 2;
        if (child < schedule->count && is_before(at(schedule, child + 1), at(schedule, child)))
            child++;
        if (child > schedule->count || !is_before(at(schedule, child), due))
            break;
        set_at(schedule, place, at(schedule, child));
        place = child;
    }
    set_at(schedule, place, due);
}

static void settle(struct vespa_schedule *schedule, size_t place, struct vespa_due *due)
{
    if (place > 1 && is_before(due, at(schedule, place / 2)))
        move_up(schedule, place, due);
    else
        move_down(schedule, place, due);
}

static void take(struct vespa_schedule *schedule, struct vespa_due *due)
{
    size_t place = due->place;
    struct vespa_due *last = at(schedule, schedule->count);
    schedule->count--;
    due->place = 0;
    if (last != due)
        settle(schedule, place, last);
}

void vespa_schedule_put(struct vespa_schedule *schedule, struct vespa_due *due, uint64_t ms)
{
    due->ms = ms;
    due->order = schedule->orders++;
    if (ms != VESPA_NEVER)
        settle(schedule, due->place ? due->place : ++schedule->count, due);
    else if (due->place)
        take(schedule, due);
}

struct vespa_due *vespa_schedule_first(const struct vespa_schedule *schedule)
{
    return schedule->count ? at(schedule, 1) : NULL;
}

uint64_t vespa_schedule_first_ms(const struct vespa_schedule *schedule)
{
    return schedule->count ? at(schedule, 1)->ms : VESPA_NEVER;
}

void vespa_schedule_free(struct vespa_schedule *schedule)
{
    free((void *)schedule->heap);
    *schedule = (struct vespa_schedule){0};
}

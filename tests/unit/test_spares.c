/* Objects that are kept for the next of their kind. */
#include "core/spares.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* AddressSanitizer looks for use after free, and nothing is kept from it. */
#if defined(__SANITIZE_ADDRESS__)
#define KEPT 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define KEPT 0
#endif
#endif
#ifndef KEPT
#define KEPT VESPA_SPARES
#endif

struct object {
    struct vespa_spare spare;
    _Atomic int users;
};

static atomic_int alive;

static void destroy(struct vespa_spare *spare)
{
    alive--;
    free(spare);
}

static struct object *make(void)
{
    struct object *object = calloc(1, sizeof *object);
    assert_non_null(object);
    object->spare.destroy = destroy;
    alive++;
    return object;
}

static void there_is_none_at_first(void **state)
{
    struct vespa_spares spares = {.places = {NULL}};
    (void)state;
    assert_null(vespa_spares_take(&spares));
    vespa_spares_clear(&spares);
}

static void what_was_given_is_taken_once(void **state)
{
    struct vespa_spares spares = {.places = {NULL}};
    (void)state;
    struct object *object = make();
    vespa_spares_give(&spares, &object->spare);
    assert_int_equal(alive, KEPT ? 1 : 0);
    assert_ptr_equal(vespa_spares_take(&spares), KEPT ? &object->spare : NULL);
    assert_null(vespa_spares_take(&spares));
    if (KEPT)
        destroy(&object->spare);
    assert_int_equal(alive, 0);
}

static void more_than_are_worth_keeping_are_destroyed(void **state)
{
    struct vespa_spares spares = {.places = {NULL}};
    (void)state;
    for (int i = 0; i < VESPA_SPARES + 5; i++)
        vespa_spares_give(&spares, &make()->spare);
    assert_int_equal(alive, KEPT);
    vespa_spares_clear(&spares);
    assert_int_equal(alive, 0);
    assert_null(vespa_spares_take(&spares));
}

static void a_cleared_store_keeps_again(void **state)
{
    struct vespa_spares spares = {.places = {NULL}};
    (void)state;
    vespa_spares_give(&spares, &make()->spare);
    vespa_spares_clear(&spares);
    vespa_spares_give(&spares, &make()->spare);
    assert_int_equal(alive, KEPT ? 1 : 0);
    vespa_spares_clear(&spares);
    assert_int_equal(alive, 0);
}

/* Each object belongs to one thread at a time. */
static atomic_int shared;

static void *take_and_give(void *argument)
{
    struct vespa_spares *spares = argument;
    for (int i = 0; i < 20000; i++) {
        struct vespa_spare *spare = vespa_spares_take(spares);
        struct object *object = spare ? (struct object *)spare : make();
        if (atomic_fetch_add(&object->users, 1) != 0)
            shared++;
        atomic_fetch_sub(&object->users, 1);
        vespa_spares_give(spares, &object->spare);
    }
    return NULL;
}

static void no_two_threads_get_the_same(void **state)
{
    struct vespa_spares spares = {.places = {NULL}};
    pthread_t threads[4];
    (void)state;
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, take_and_give, &spares), 0);
    for (int i = 0; i < 4; i++)
        pthread_join(threads[i], NULL);
    assert_int_equal(shared, 0);
    vespa_spares_clear(&spares);
    assert_int_equal(alive, 0);
}

static void a_small_buffer_keeps_its_memory_and_loses_its_bytes(void **state)
{
    struct vespa_buffer buffer = {0};
    (void)state;
    vespa_buffer_append_string(&buffer, "something");
    char *memory = buffer.data;
    size_t capacity = buffer.capacity;
    struct vespa_buffer kept = vespa_spare_buffer(&buffer);
    assert_ptr_equal(kept.data, memory);
    assert_int_equal(kept.capacity, capacity);
    assert_int_equal(kept.length, 0);
    assert_false(kept.failed);
    vespa_buffer_free(&kept);
}

static void a_large_buffer_is_given_back(void **state)
{
    struct vespa_buffer buffer = {0};
    (void)state;
    assert_true(vespa_buffer_reserve(&buffer, 1 << 20));
    struct vespa_buffer kept = vespa_spare_buffer(&buffer);
    assert_null(kept.data);
    assert_int_equal(kept.capacity, 0);
    vespa_buffer_append_string(&kept, "usable");
    assert_false(kept.failed);
    vespa_buffer_free(&kept);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(there_is_none_at_first),
        cmocka_unit_test(what_was_given_is_taken_once),
        cmocka_unit_test(more_than_are_worth_keeping_are_destroyed),
        cmocka_unit_test(a_cleared_store_keeps_again),
        cmocka_unit_test(no_two_threads_get_the_same),
        cmocka_unit_test(a_small_buffer_keeps_its_memory_and_loses_its_bytes),
        cmocka_unit_test(a_large_buffer_is_given_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* What curl_multi_get_offt says, for the libcurls that have it (shim/multi_numbers.h). */
#include "shim/multi_numbers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

enum { MOST = 8 };

/* A multi handle with requests in these states; what is in the real one is counted with it. */
struct scene {
    struct vespa_multi multi;
    struct vespa_flight flights[MOST];
    struct vespa_asker asker;
};

static void add(struct scene *scene, struct vespa_flight state)
{
    struct vespa_multi *multi = &scene->multi;
    struct vespa_flight *flight = &scene->flights[multi->flight_count++];
    *flight = state;
    flight->next = multi->flights;
    multi->flights = flight;
    multi->begun++;
    multi->unfinished += state.phase != VESPA_FLIGHT_OVER;
    multi->running += (state.asker || state.phase == VESPA_FLIGHT_ON_LEG) && !state.ended;
    multi->put_in += state.asker || state.added;
}

static void add_waiting(struct scene *scene)
{
    add(scene, (struct vespa_flight){.phase = VESPA_FLIGHT_WAITING});
}

static void add_calling(struct scene *scene, bool ended)
{
    add(scene, (struct vespa_flight){
                   .phase = VESPA_FLIGHT_CALLING, .asker = &scene->asker, .ended = ended});
}

static void add_on_leg(struct scene *scene, bool ended)
{
    add(scene, (struct vespa_flight){.phase = VESPA_FLIGHT_ON_LEG, .added = true, .ended = ended});
}

static void add_over(struct scene *scene, bool added)
{
    add(scene, (struct vespa_flight){.phase = VESPA_FLIGHT_OVER, .added = added});
}

/* Beside those of the scene the application has 5 handles of its own: 2 running, 1 pending, 2 done;
 * 9 were added ever. */
static void assert_numbers(const struct scene *scene, int in, int in_done, int current, int running,
                           int done, int added)
{
    const struct vespa_multi *multi = &scene->multi;
    int real_running = 2 + in - in_done;
    assert_int_equal(vespa_multi_own_number(multi, VESPA_XFERS_CURRENT, 5 + in), current);
    assert_int_equal(vespa_multi_own_number(multi, VESPA_XFERS_RUNNING, real_running), running);
    assert_int_equal(vespa_multi_own_number(multi, VESPA_XFERS_PENDING, 1), 1);
    assert_int_equal(vespa_multi_own_number(multi, VESPA_XFERS_DONE, 2 + in_done), done);
    assert_int_equal(vespa_multi_own_number(multi, VESPA_XFERS_ADDED, 9 + multi->put_in), added);
}

static void what_is_not_ours_is_counted_as_it_is(void **state)
{
    struct scene scene = {0};
    (void)state;
    assert_numbers(&scene, 0, 0, 5, 2, 2, 9);
}

static void a_request_that_waits_is_running(void **state)
{
    struct scene scene = {0};
    (void)state;
    add_waiting(&scene);
    assert_numbers(&scene, 0, 0, 6, 3, 2, 10);
}

static void a_call_counts_as_the_request_that_it_is_made_for(void **state)
{
    struct scene scene = {0};
    (void)state;
    add_calling(&scene, false);
    add_calling(&scene, true);
    assert_numbers(&scene, 2, 1, 7, 4, 2, 11);
}

static void a_leg_counts_once(void **state)
{
    struct scene scene = {0};
    (void)state;
    add_on_leg(&scene, false);
    add_on_leg(&scene, true);
    assert_numbers(&scene, 2, 1, 7, 4, 2, 11);
}

static void a_request_is_done_when_its_message_is_there(void **state)
{
    struct scene scene = {0};
    (void)state;
    add_over(&scene, true);
    add_over(&scene, false);
    assert_numbers(&scene, 1, 1, 7, 2, 4, 11);
}

/* Call and leg went in one after the other. */
static void handles_of_ours_that_are_gone_are_not_counted_as_added(void **state)
{
    struct scene scene = {0};
    (void)state;
    add_on_leg(&scene, false);
    scene.multi.put_in = 2;
    assert_numbers(&scene, 1, 0, 6, 3, 2, 10);
}

/* One of a libcurl that is newer than we are. */
static void a_number_that_is_not_known_stays(void **state)
{
    struct scene scene = {0};
    (void)state;
    add_calling(&scene, false);
    assert_int_equal(vespa_multi_own_number(&scene.multi, VESPA_XFERS_ADDED + 1, 77), 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_not_ours_is_counted_as_it_is),
        cmocka_unit_test(a_request_that_waits_is_running),
        cmocka_unit_test(a_call_counts_as_the_request_that_it_is_made_for),
        cmocka_unit_test(a_leg_counts_once),
        cmocka_unit_test(a_request_is_done_when_its_message_is_there),
        cmocka_unit_test(handles_of_ours_that_are_gone_are_not_counted_as_added),
        cmocka_unit_test(a_number_that_is_not_known_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

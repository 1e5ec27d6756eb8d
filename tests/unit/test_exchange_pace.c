/*
 * Many requests that wait for a worker of one endpoint: together they ask little more often than
 * one, and each asks for the first time at once (protocol.md §3).
 */
#include "exchange_play.h"

#include "core/backoff.h"

enum { WAITERS = 100, LONGEST_CALL_MS = 40 };

/* Requests that run side by side, in a time that is played. */
struct crowd {
    struct play *play;
    struct vespa_exchange *exchanges[WAITERS];
    uint64_t due_ms[WAITERS]; /* when it is looked at again */
    bool calling[WAITERS];
    size_t count;
    const char *answer; /* of the autoscaler */
    int status;
    uint64_t began_ms;
    unsigned first_calls;  /* made at once */
    unsigned reasks;       /* made later */
    uint64_t last_ms;      /* of the latest of these */
    uint64_t shortest_gap; /* between two of these */
    unsigned assigned;     /* requests that have their worker */
    unsigned refused;      /* requests that have an answer of our own */
};

static void crowd_of(struct crowd *crowd, struct play *play, size_t count)
{
    *crowd = (struct crowd){.play = play,
                            .answer = NOT_READY,
                            .status = 200,
                            .shortest_gap = UINT64_MAX,
                            .began_ms = play->now};
    for (size_t i = 0; i < count; i++) {
        play_post(play);
        crowd->exchanges[crowd->count++] = play->exchange;
        play->exchange = NULL;
    }
}

static void crowd_free(struct crowd *crowd)
{
    for (size_t i = 0; i < crowd->count; i++)
        vespa_exchange_free(crowd->exchanges[i]);
}

static void note_reask(struct crowd *crowd)
{
    uint64_t now = crowd->play->now;
    if (crowd->reasks && now - crowd->last_ms < crowd->shortest_gap)
        crowd->shortest_gap = now - crowd->last_ms;
    crowd->last_ms = now;
    crowd->reasks++;
}

static void look_at(struct crowd *crowd, size_t i)
{
    struct vespa_exchange *exchange = crowd->exchanges[i];
    uint64_t now = crowd->play->now;
    if (crowd->calling[i]) {
        crowd->calling[i] = false;
        vespa_exchange_called(exchange, now, crowd->status, vespa_slice_of(crowd->answer));
    }
    const struct vespa_step *step = vespa_exchange_next(exchange, now);
    switch (step->kind) {
    case VESPA_CALL:
        if (now == crowd->began_ms)
            crowd->first_calls++;
        else
            note_reask(crowd);
        crowd->calling[i] = true;
        crowd->due_ms[i] = now + 1 + (now + i) % LONGEST_CALL_MS;
        break;
    case VESPA_WAIT:
        assert_true(step->wait_ms > 0);
        crowd->due_ms[i] = now + step->wait_ms;
        break;
    default:
        assert_true(step->kind == VESPA_SEND || step->kind == VESPA_REPLY);
        crowd->assigned += step->kind == VESPA_SEND;
        crowd->refused += step->kind == VESPA_REPLY;
        if (step->kind == VESPA_REPLY)
            assert_int_equal(step->reply.status, 502);
        crowd->due_ms[i] = UINT64_MAX;
        break;
    }
}

static void pass(struct crowd *crowd, uint64_t milliseconds)
{
    uint64_t end = crowd->play->now + milliseconds;
    for (; crowd->play->now < end; crowd->play->now++)
        for (size_t i = 0; i < crowd->count; i++)
            if (crowd->exchanges[i] && crowd->due_ms[i] <= crowd->play->now)
                look_at(crowd, i);
}

static unsigned reasks_within(struct play *play, size_t waiters, uint64_t milliseconds)
{
    struct crowd crowd;
    crowd_of(&crowd, play, waiters);
    pass(&crowd, milliseconds);
    assert_int_equal(crowd.first_calls, waiters);
    assert_true(crowd.shortest_gap >= VESPA_BACKOFF_LEAST_MS);
    crowd_free(&crowd);
    return crowd.reasks;
}

static void a_hundred_waiters_ask_little_more_often_than_one(void **state)
{
    struct play *play = *state;
    unsigned one = reasks_within(play, 1, 600000);
    unsigned many = reasks_within(play, WAITERS, 600000);
    assert_in_range(one, 180, 300); /* every 2.55 s, on the average */
    assert_in_range(many, one / 2, one * 3 / 2);
}

static void when_workers_come_all_who_wait_get_theirs_soon(void **state)
{
    struct play *play = *state;
    struct crowd crowd;
    crowd_of(&crowd, play, WAITERS);
    pass(&crowd, 60000);
    assert_int_equal(crowd.assigned, 0);
    crowd.answer = ASSIGNMENT;
    pass(&crowd, 30000);
    assert_int_equal(crowd.assigned, WAITERS);
    assert_true(crowd.shortest_gap >= VESPA_BACKOFF_LEAST_MS);
    crowd_free(&crowd);
}

/* The one whose turn it is has asked, and is never heard of again. */
static void a_waiter_that_gives_up_holds_nobody_up(void **state)
{
    struct play *play = *state;
    struct crowd crowd;
    size_t gone = 0;
    crowd_of(&crowd, play, 2);
    while (crowd.reasks == 0)
        pass(&crowd, 1);
    while (!crowd.calling[gone])
        gone++;
    vespa_exchange_free(crowd.exchanges[gone]);
    crowd.exchanges[gone] = NULL;
    crowd.calling[gone] = false;
    pass(&crowd, VESPA_PACE_UNANSWERED_MS + 1);
    assert_true(crowd.reasks >= 2);
    crowd_free(&crowd);
}

static void a_request_that_comes_later_asks_at_once(void **state)
{
    struct play *play = *state;
    struct crowd crowd;
    crowd_of(&crowd, play, 10);
    pass(&crowd, 30000);
    play_post(play);
    play_call(play, VESPA_ASK_FOR_WORKER);
    crowd_free(&crowd);
}

/* New requests are told that there is no worker yet, again and again; the others ask all the same.
 */
static void requests_that_come_later_hold_nobody_up(void **state)
{
    struct play *play = *state;
    struct crowd crowd;
    crowd_of(&crowd, play, 1);
    for (int i = 0; i < 600; i++) {
        pass(&crowd, 100);
        play_post(play);
        play_route(play, 200, NOT_READY);
    }
    assert_true(crowd.reasks >= 12);
    crowd_free(&crowd);
}

static void after_a_lost_worker_a_waiting_crowd_is_not_waited_for(void **state)
{
    struct play *play = *state;
    struct crowd crowd;
    crowd_of(&crowd, play, 10);
    pass(&crowd, 30000);
    play_post(play);
    play_send(play);
    play_failed(play, VESPA_FAILURE_CONNECT);
    play_call(play, VESPA_ASK_FOR_WORKER);
    crowd_free(&crowd);
}

static void those_who_ask_too_often_share_the_pace(void **state)
{
    struct play *play = *state;
    struct vespa_exchange *first;
    play_post(play);
    play_route(play, 429, "slow down");
    first = play->exchange;
    play->exchange = NULL;
    play_post(play);
    play_route(play, 429, "slow down");
    play->now += 1000; /* both waits are over */
    assert_int_equal(vespa_exchange_next(first, play->now)->kind, VESPA_CALL);
    play_next(play, VESPA_WAIT);
    vespa_exchange_free(first);
}

/* Each counts the failures of all, for it asks but seldom itself. */
static void a_crowd_learns_together_that_the_autoscaler_is_gone(void **state)
{
    struct play *play = *state;
    struct crowd crowd;
    crowd_of(&crowd, play, WAITERS);
    pass(&crowd, 60000);
    crowd.status = 500;
    crowd.answer = "out of order";
    unsigned before = crowd.reasks;
    pass(&crowd, 60000);
    assert_int_equal(crowd.refused, WAITERS);
    assert_int_equal(crowd.reasks - before, 6);
    crowd_free(&crowd);
}

/* What was before they came is not theirs. */
static void those_who_come_after_the_failures_ask_anew(void **state)
{
    struct play *play = *state;
    struct crowd first, second;
    crowd_of(&first, play, 10);
    pass(&first, 30000);
    first.status = 500;
    pass(&first, 60000);
    assert_int_equal(first.refused, 10);
    crowd_of(&second, play, 10);
    pass(&second, 30000);
    assert_int_equal(second.first_calls, 10);
    assert_int_equal(second.refused, 0);
    second.answer = ASSIGNMENT;
    pass(&second, 30000);
    assert_int_equal(second.assigned, 10);
    crowd_free(&first);
    crowd_free(&second);
}

/* Five failures, an answer, five failures: that is an autoscaler which answers. */
static void failures_with_an_answer_in_between_are_not_in_a_row(void **state)
{
    struct play *play = *state;
    struct crowd crowd;
    crowd_of(&crowd, play, WAITERS);
    pass(&crowd, 60000);
    for (int i = 0; i < 4; i++) {
        unsigned before = crowd.reasks;
        crowd.status = 500;
        while (crowd.reasks < before + 5)
            pass(&crowd, 1);
        pass(&crowd, LONGEST_CALL_MS + 1);
        crowd.status = 200;
        while (crowd.reasks < before + 6)
            pass(&crowd, 1);
        pass(&crowd, LONGEST_CALL_MS + 1);
    }
    assert_int_equal(crowd.refused, 0);
    crowd_free(&crowd);
}

int main(void)
{
    static const struct CMUnitTest tests[] = {
        PLAY(a_hundred_waiters_ask_little_more_often_than_one),
        PLAY(when_workers_come_all_who_wait_get_theirs_soon),
        PLAY(a_waiter_that_gives_up_holds_nobody_up),
        PLAY(a_request_that_comes_later_asks_at_once),
        PLAY(requests_that_come_later_hold_nobody_up),
        PLAY(after_a_lost_worker_a_waiting_crowd_is_not_waited_for),
        PLAY(those_who_ask_too_often_share_the_pace),
        PLAY(a_crowd_learns_together_that_the_autoscaler_is_gone),
        PLAY(those_who_come_after_the_failures_ask_anew),
        PLAY(failures_with_an_answer_in_between_are_not_in_a_row),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#!/usr/bin/env bash
# scripts/run-tests and scripts/test count honestly.
# shellcheck source=tests/house/house.bash
source "$(dirname "$0")/house.bash"

runner=$repository/scripts/run-tests
entry_point=scripts/test # of the tree that a case builds

# program NAME BODY: a program of one passing test and one with the body.
program() {
    cmocka_program "$2" >"$scratch/$1.c"
    gcc "$scratch/$1.c" -o "$scratch/$1" -lcmocka
}

# totals LINE ARGUMENT...: what the runner must end with.
totals() {
    local wanted=$1 code=0
    shift
    "$runner" --logs "$scratch/logs" "$@" >"$scratch/run.log" || code=$?
    cat "$scratch/run.log"
    [ "$(tail -n 1 "$scratch/run.log")" = "$wanted" ] || fail "wanted: $wanted"
    return $code
}

all_passing_is_success() {
    program good ''
    totals '2 passed, 0 failed, 0 skipped' "$scratch/good"
}

totals_are_those_of_all_programs() {
    program good ''
    program skip 'skip();'
    totals '3 passed, 0 failed, 1 skipped' "$scratch/good" "$scratch/skip"
}

a_failing_test_fails_and_is_shown() {
    program bad 'print_message("what it said\n"); assert_int_equal(1, 2);'
    fails totals '1 passed, 1 failed, 0 skipped' "$scratch/bad"
    expect 'not ok 2 - second' "$scratch/run.log"
    expect 'what it said' "$scratch/run.log"
}

a_skipped_test_is_not_a_passed_one() {
    program skip 'skip();'
    totals '1 passed, 0 failed, 1 skipped' "$scratch/skip"
}

a_crash_fails() {
    program crash 'raise(SIGSEGV);'
    fails totals '1 passed, 1 failed, 0 skipped' "$scratch/crash"
    program crash 'raise(SIGABRT);'
    fails totals '1 passed, 1 failed, 0 skipped' "$scratch/crash"
    expect 'ended after 1 of 2 tests' "$scratch/run.log"
}

an_early_exit_with_code_zero_fails() {
    program early 'exit(0);'
    fails totals '1 passed, 1 failed, 0 skipped' "$scratch/early"
    expect 'ended after 1 of 2 tests' "$scratch/run.log"
}

a_program_that_runs_no_test_fails() {
    fails totals '0 passed, 1 failed, 0 skipped' /bin/true
    expect 'ran no test' "$scratch/run.log"
}

a_program_that_does_not_exist_fails() {
    fails totals '0 passed, 1 failed, 0 skipped' "$scratch/nothing"
}

a_hanging_program_fails() {
    program hang 'pause();'
    fails totals '1 passed, 1 failed, 0 skipped' --timeout 1 "$scratch/hang"
    expect 'took longer than 1 s' "$scratch/run.log"
}

no_program_at_all_fails() {
    fails totals '0 passed, 0 failed, 0 skipped'
    expect 'no test was executed' "$scratch/run.log"
}

an_exit_code_without_a_failed_test_fails() {
    printf '#!/bin/sh\necho 1..1\necho ok 1 - fine\nexit 3\n' >"$scratch/code"
    chmod +x "$scratch/code"
    fails totals '1 passed, 1 failed, 0 skipped' "$scratch/code"
}

a_plain_program_counts_by_its_exit_code() {
    printf '#!/bin/sh\nexit 77\n' >"$scratch/plain"
    chmod +x "$scratch/plain"
    totals '1 passed, 0 failed, 1 skipped' --plain /bin/true "$scratch/plain"
    fails totals '0 passed, 1 failed, 0 skipped' --plain /bin/false
}

a_sanitizer_report_is_a_failure() {
    # shellcheck disable=SC2016 # the program expands it
    program good '(void)!system("echo oh >$VESPA_REPORTS.123");'
    export VESPA_REPORTS=$scratch/reports/report
    fails totals '2 passed, 1 failed, 0 skipped' "$scratch/good"
}

make_check_fails_with_a_test() {
    new_tree
    make_quietly check
    expect '2 passed, 0 failed, 0 skipped' make.log
    cmocka_program 'assert_true(0);' >tests/unit/test_one.c
    touch_later tests/unit/test_one.c
    fails make_quietly check
    expect '1 passed, 1 failed, 0 skipped' make.log
}

make_check_without_tests_fails() {
    new_tree
    rm tests/unit/test_one.c
    fails make_quietly check
    expect 'no test was executed' make.log
}

the_entry_point_adds_up_its_steps() {
    new_tree
    $entry_point >test.log || fail "$(cat test.log)"
    tail -n 1 test.log | grep -Eq '^[0-9]+ passed, 0 failed, [0-9]+ skipped$' || fail "$(cat test.log)"
}

the_entry_point_names_the_step_that_failed() {
    new_tree
    cmocka_program 'assert_true(0);' >tests/unit/test_one.c
    fails $entry_point >test.log
    expect 'failed: tests' test.log
    tail -n 1 test.log | grep -Eq '^[0-9]+ passed, 1 failed, [0-9]+ skipped$' || fail "$(cat test.log)"
}

the_entry_point_stops_when_the_build_fails() {
    new_tree
    echo 'int vespa_two(void) { int unused; return 2; }' >core/two.c
    fails $entry_point >test.log
    expect 'failed: build' test.log
    expect 'unused variable' test.log
}

run_cases all_passing_is_success totals_are_those_of_all_programs \
    a_failing_test_fails_and_is_shown a_skipped_test_is_not_a_passed_one a_crash_fails \
    an_early_exit_with_code_zero_fails a_program_that_runs_no_test_fails \
    a_program_that_does_not_exist_fails a_hanging_program_fails no_program_at_all_fails \
    an_exit_code_without_a_failed_test_fails a_plain_program_counts_by_its_exit_code \
    a_sanitizer_report_is_a_failure make_check_fails_with_a_test make_check_without_tests_fails \
    the_entry_point_adds_up_its_steps the_entry_point_names_the_step_that_failed \
    the_entry_point_stops_when_the_build_fails

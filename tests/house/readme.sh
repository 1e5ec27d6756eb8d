#!/usr/bin/env bash
# What README.md says is so: each of its commands is run here as it stands there, and the demo shows
# what it announces. Runs against the build in BUILD or VESPA_BUILD, like the preload tests.
build=${VESPA_BUILD:-${BUILD:-build}}
# shellcheck source=tests/house/house.bash
source "$(dirname "$0")/house.bash"
build=$(realpath -m "$build")

# The commands of the README that a case below runs, as shell patterns. A command that none of them
# fits, or a pattern that fits none, is a failure.
setup_command='scripts/setup'
make_command='make'
demo_command='scripts/demo'
test_command='scripts/test'
sim_command='build/vespa sim'
export_command='export VAST_ENDPOINT=* VAST_API_KEY=…'
curl_command='build/vespa run curl *'
known=("$setup_command" "$make_command" "$demo_command" "$test_command" "$sim_command"
    "$export_command" "$curl_command")

# The indented lines, one command a line, continued lines joined.
readme_commands() {
    grep '^    ' "$repository/README.md" | sed 's/^    //' |
        sed -e ':more' -e '/\\$/{N;s/ *\\\n */ /;b more}'
}

# The one command that fits the pattern.
readme_command() {
    local command found=()
    while IFS= read -r command; do
        # shellcheck disable=SC2053 # it is a pattern
        [[ $command != $1 ]] || found+=("$command")
    done < <(readme_commands)
    [ ${#found[@]} -eq 1 ] || fail "README.md has ${#found[@]} commands like '$1'"
    echo "${found[0]}"
}

# The tree as a user has it after a clone, with the build that is under test.
checkout() {
    cd "$(mktemp -d -p "$scratch")"
    local entry
    for entry in "$repository"/* "$repository"/.clang-*; do
        [[ $(basename "$entry") == build* ]] || ln -s "$entry" .
    done
    ln -s "$build" build
}

# Processes that have this text in their environment.
processes_with() {
    grep -lsaF -- "$1" /proc/[0-9]*/environ || true
}

# Starts `vespa sim` as the README has it. Sets $sim to its process; its variables go to ./variables.
start_sim() {
    local command
    command=$(readme_command "$sim_command")
    bash -c "exec $command --exit-with-parent" >variables &
    sim=$!
    trap 'kill "$sim" 2>/dev/null || true; wait "$sim" || true' EXIT
    until grep -q '^VESPA_SIM_ADMIN=' variables; do
        kill -0 "$sim" || fail "vespa sim did not start"
        sleep 0.02
    done
}

every_command_is_run_by_a_test() {
    local command pattern fits
    while IFS= read -r command; do
        fits=
        for pattern in "${known[@]}"; do
            # shellcheck disable=SC2053
            [[ $command != $pattern ]] || fits=yes
        done
        [ -n "$fits" ] || fail "no test knows the README's command: $command"
    done < <(readme_commands)
    for pattern in "${known[@]}"; do
        readme_command "$pattern" >/dev/null
    done
}

# What setup.sh and make.sh try out is only looked at here: nothing is installed, and nothing built
# that another test may be using.
setup_and_make_do_what_it_says() {
    local setup make
    setup=$(readme_command "$setup_command") make=$(readme_command "$make_command")
    $setup --help >"$scratch/help"
    expect 'does nothing when nothing is' "$scratch/help"
    $make --dry-run BUILD="$scratch/build" | grep '^echo' >"$scratch/steps"
    expect "LINK  $scratch/build/libvespa_shim.so" "$scratch/steps"
    expect "LINK  $scratch/build/vespa" "$scratch/steps"
}

# Running it here would run this test again.
the_test_entry_point_says_what_it_does() {
    checkout
    $(readme_command "$test_command") --help >help
    expect '--all-clients' help
    expect '--all-clients' "$repository/README.md"
}

the_exported_names_are_those_that_vespa_sim_prints() {
    checkout
    start_sim
    local command name
    command=$(readme_command "$export_command")
    while read -r name; do
        grep -q "^$name=." variables || fail "vespa sim does not print $name"
    done < <(grep -o 'VAST_[A-Z_]*' <<<"$command")
    expect "$(grep -o 'VAST_ENDPOINT=[^ ]*' <<<"$command")" variables
}

the_curl_line_streams_with_what_vespa_sim_prints() {
    checkout
    start_sim
    local command variables
    command=$(readme_command "$curl_command")
    mapfile -t variables <variables
    env "${variables[@]}" bash -c "$command -sS" >answer
    [ "$(grep -c '^data: {' answer)" -gt 10 ] || fail "$(cat answer)"
    expect 'data: [DONE]' answer
}

the_curl_line_works_with_the_exported_variables() {
    checkout
    start_sim
    local settings curl VESPA_AUTOSCALER_URL VAST_API_KEY
    settings=$(readme_command "$export_command") curl=$(readme_command "$curl_command")
    VAST_API_KEY=$(sed -n 's/^VAST_API_KEY=//p' variables)
    VESPA_AUTOSCALER_URL=$(sed -n 's/^VESPA_AUTOSCALER_URL=//p' variables)
    export VESPA_AUTOSCALER_URL
    bash -c "${settings/…/$VAST_API_KEY}; $curl -sS" >answer
    expect 'data: [DONE]' answer
}

# Runs the README's demo against the build in ./build, without setting up. Leaves ./log, and what
# the demo put into its temporary directory in ./left.
run_demo() {
    local code=0
    mkdir -p left
    TMPDIR=$PWD/left VESPA_TEST_MARK=$PWD timeout 60 "$(readme_command "$demo_command")" \
        --no-setup >log 2>&1 || code=$?
    return $code
}

nothing_is_left_of_the_demo() {
    local process alive=
    for process in $(processes_with "VESPA_TEST_MARK=$PWD"); do
        alive+=" $(tr '\0' ' ' <"${process%environ}cmdline")"
        kill "$(cut -d / -f 3 <<<"$process")" || true
    done
    [ -z "$alive" ] || fail "left running:$alive"
    [ -z "$(ls -A left)" ] || fail "left in the temporary directory: $(ls -A left)"
}

# scene NUMBER: what the demo printed between the title of that scene and the next title.
scene() {
    sed -n "/^== $1\\./,/^== /p" log | sed '$d'
}

the_demo_shows_each_scene_and_leaves_nothing_behind() {
    checkout
    local code=0
    run_demo || code=$?
    nothing_is_left_of_the_demo
    [ $code -eq 0 ] || fail "exit code $code: $(cat log)"
    [ "$(scene 1 | grep -c '^data: {')" -gt 3 ] || fail "nothing was streamed: $(cat log)"
    scene 1 | grep -q '^data: \[DONE\]' || fail "the stream did not end: $(cat log)"
    scene 2 | grep -q '^{.*"text":' || fail "no plain answer: $(cat log)"
    scene 3 | grep -q 'no worker is ready yet' || fail "nothing was waited for: $(cat log)"
    scene 3 | grep -q '^{.*"text":' || fail "no answer after the wait: $(cat log)"
    scene 4 | grep -q 'could not be reached; attempt 2' || fail "no dead worker: $(cat log)"
    scene 4 | grep -q '^{.*"text":' || fail "no answer of the other worker: $(cat log)"
    scene 5 | grep '^{' >seen
    expect '9007199254740993' seen
    refute 'private' seen
}

an_interrupted_demo_leaves_nothing_behind() {
    checkout
    mkdir left
    : >log
    # A process group of its own, as a terminal would give it.
    TMPDIR=$PWD/left VESPA_TEST_MARK=$PWD setsid "$(readme_command "$demo_command")" --no-setup \
        >log 2>&1 &
    local demo=$!
    trap nothing_is_left_of_the_demo EXIT
    until grep -q '^data: ' log; do
        kill -0 "$demo" || fail "the demo ended too early: $(cat log)"
        sleep 0.02
    done
    kill -TERM -- "-$demo"
    fails wait "$demo"
}

the_demo_fails_when_the_library_does_nothing() {
    checkout
    rm build
    mkdir build
    cp "$build/vespa" build/
    "${CC:-cc}" -shared -x c -o build/libvespa_shim.so /dev/null
    fails run_demo
    nothing_is_left_of_the_demo
}

run_cases every_command_is_run_by_a_test setup_and_make_do_what_it_says \
    the_test_entry_point_says_what_it_does the_exported_names_are_those_that_vespa_sim_prints \
    the_curl_line_streams_with_what_vespa_sim_prints \
    the_curl_line_works_with_the_exported_variables \
    the_demo_shows_each_scene_and_leaves_nothing_behind an_interrupted_demo_leaves_nothing_behind \
    the_demo_fails_when_the_library_does_nothing

#!/usr/bin/env bash
# libvespa as it is installed: header, libraries, pkg-config file; used from C and from C++.
# shellcheck source=tests/house/house.bash
source "$(dirname "$0")/house.bash"

built=${VESPA_BUILD:-$repository/build}
installed=$scratch/installed

# Built already by whoever runs this, but for what a make by hand has not.
install_it() {
    [ ! -e "$installed/lib/libvespa.so.0" ] || return 0
    make --no-print-directory -C "$repository" BUILD="$built" PREFIX="$installed" install \
        >"$scratch/install.log" 2>&1 || fail "$(tail -n 20 "$scratch/install.log")"
}

flags() {
    PKG_CONFIG_PATH=$installed/lib/pkgconfig pkg-config "$@" vespa
}

# A program that says what the library answered to a request to the simulator.
program() {
    cat <<'END'
#include <vespa.h>

#include <stdio.h>

int main(void)
{
    struct vespa_client *client = NULL;
    struct vespa_request_options options = {};
    char message[VESPA_MESSAGE_SIZE];

    options.timeout_s = 60;
    if (vespa_client_new(&client, NULL, message) != VESPA_OK) {
        fprintf(stderr, "%s\n", message);
        return 2;
    }
    struct vespa_response *response = vespa_post(client, "/echo", "{\"a\":1}", &options);
    printf("%d %s\n", vespa_response_status(response), vespa_response_body(response, NULL));
    vespa_response_free(response);
    vespa_client_free(client);
    return 0;
}
END
}

# run_with_sim COMMAND...: with a simulator's variables.
run_with_sim() {
    local variables code=0 pipe
    pipe=$(mktemp -u -p "$scratch")
    mkfifo "$pipe"
    "$built/vespa" sim --exit-with-parent >"$pipe" &
    local sim=$!
    variables=$(cat "$pipe")
    # shellcheck disable=SC2046 # one variable a word
    env XDG_CONFIG_HOME="$scratch/none" \
        "$(echo "$variables" | sed -n 's/^VESPA_SIM_//; /^ADMIN=/p')" $(echo "$variables" | grep -v '^VESPA_SIM_') "$@" || code=$?
    kill "$sim"
    wait "$sim" || true
    return $code
}

asks_the_simulator() {
    run_with_sim "$@" >"$scratch/answer"
    expect '200 {' "$scratch/answer"
}

what_is_installed_is_what_a_user_needs() {
    install_it
    local file
    for file in include/vespa.h lib/libvespa.so.0 lib/libvespa.so lib/libvespa.a \
        lib/pkgconfig/vespa.pc lib/libvespa_shim.so bin/vespa share/man/man1/vespa.1 \
        share/man/man1/vespa-proxy.1 share/man/man3/libvespa.3; do
        [ -e "$installed/$file" ] || fail "$file is not installed"
    done
    [ "$(flags --modversion)" = "$("$built/vespa" --version | cut -d ' ' -f 2)" ]
}

a_c_program_uses_it() {
    install_it
    program >"$scratch/c.c"
    # shellcheck disable=SC2046
    "${CC_PLAIN:-cc}" -std=gnu11 -Wall -Wextra -Werror -Wno-missing-field-initializers \
        "$scratch/c.c" -o "$scratch/c" $(flags --cflags --libs) -Wl,-rpath,"$installed/lib"
    readelf -d "$scratch/c" >"$scratch/needed"
    expect 'libvespa.so.0' "$scratch/needed"
    asks_the_simulator "$scratch/c"
}

a_cpp_program_uses_it() {
    install_it
    command -v g++ >/dev/null || { echo "g++ is not installed" && return 77; }
    program >"$scratch/cpp.cc"
    # shellcheck disable=SC2046
    g++ -std=c++17 -Wall -Wextra -Wpedantic -Werror -Wno-missing-field-initializers \
        "$scratch/cpp.cc" -o "$scratch/cpp" $(flags --cflags --libs) -Wl,-rpath,"$installed/lib"
    asks_the_simulator "$scratch/cpp"
}

# compile_example NAME: as its first comment says.
compile_example() {
    install_it
    # shellcheck disable=SC2046
    "${CC_PLAIN:-cc}" -std=gnu17 -Wall -Wextra -Werror "$repository/examples/client/$1.c" \
        -o "$scratch/$1" $(flags --cflags --libs) -Wl,-rpath,"$installed/lib"
}

the_plain_example_prints_an_answer() {
    compile_example plain
    run_with_sim "$scratch/plain" >"$scratch/out"
    [ "$(head -n 1 "$scratch/out")" = 200 ]
    expect '"object":"chat.completion"' "$scratch/out"
    fails run_with_sim env VAST_API_KEY=wrong "$scratch/plain" 2>"$scratch/err"
    expect "endpoint's* key" "$scratch/err"
}

the_stream_example_prints_a_stream_and_is_ended_by_ctrl_c() {
    compile_example stream
    run_with_sim "$scratch/stream" >"$scratch/out"
    [ "$(grep -c '^data: {' "$scratch/out")" -gt 3 ]
    expect 'data: [DONE]' "$scratch/out"
    # With a worker that takes ten minutes: it ends when told, and says why.
    # shellcheck disable=SC2016 # of the inner shell
    fails run_with_sim bash -c 'curl -sSf -o /dev/null -d worker-slow-chunks,ms=600000,size=8 \
            "$ADMIN/admin/fault"
        "$0" >"$1" 2>"$1.err" & program=$!
        until grep -q data "$1"; do kill -0 $program || exit 0; sleep 0.05; done
        kill -INT $program && wait $program' "$scratch/stream" "$scratch/cut"
    expect 'cancelled' "$scratch/cut.err"
    refute '[DONE]' "$scratch/cut"
}

a_program_carries_the_archive_within_itself() {
    install_it
    program >"$scratch/static.c"
    # shellcheck disable=SC2046
    "${CC_PLAIN:-cc}" -std=gnu11 "$scratch/static.c" -o "$scratch/static" $(flags --cflags) \
        "$installed/lib/libvespa.a" $(pkg-config --libs libcurl) -lpthread
    readelf -d "$scratch/static" >"$scratch/needed"
    refute 'libvespa.so' "$scratch/needed"
    asks_the_simulator "$scratch/static"
}

# What the header declares, the map names, and either library exports are the same.
only_what_the_header_declares_is_exported() {
    install_it
    grep -o '\bvespa_[a-z_]*(' "$installed/include/vespa.h" | tr -d '(' | sort -u |
        comm -12 - <(nm -g --defined-only "$built/libvespa_lib.a" 2>/dev/null |
            awk 'NF == 3 { print $3 }' | sort -u) >"$scratch/declared"
    [ "$(wc -l <"$scratch/declared")" -gt 30 ]
    nm -D --defined-only "$installed/lib/libvespa.so.0" | awk '$2 != "A" { print $3 }' |
        sort >"$scratch/shared"
    sed 's/$/@@VESPA_0.1/' "$scratch/declared" | diff - "$scratch/shared"
    nm -g --defined-only "$installed/lib/libvespa.a" | awk 'NF == 3 { print $3 }' |
        sort | diff "$scratch/declared" -
}

# Each function has its line in libvespa.3, and each command and option of the table in vespa.1.
the_man_pages_leave_nothing_out() {
    local name
    while IFS= read -r name; do
        expect "$name" "$repository/docs/libvespa.3"
    done < <(nm -D --defined-only "$built/libvespa.so.0" | sed -n 's/.* T \(vespa_[a-z_]*\)@.*/\1/p')
    "$built/vespa" --help | sed -n 's/^  \([a-z]*\) .*/\1/p' >"$scratch/commands"
    [ "$(wc -l <"$scratch/commands")" -gt 5 ]
    while IFS= read -r name; do
        expect ".B $name" "$repository/docs/vespa.1"
    done <"$scratch/commands"
}

run_cases \
    what_is_installed_is_what_a_user_needs \
    a_c_program_uses_it \
    a_cpp_program_uses_it \
    the_plain_example_prints_an_answer \
    the_stream_example_prints_a_stream_and_is_ended_by_ctrl_c \
    a_program_carries_the_archive_within_itself \
    only_what_the_header_declares_is_exported \
    the_man_pages_leave_nothing_out

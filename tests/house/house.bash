# Sourced by the tests of the build system: cases that speak TAP, and a small source tree to build.
# shellcheck shell=bash
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
repository=$PWD
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# What the test entry point sets must not reach the trees built here.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES BUILD WERROR CFLAGS NAME VESPA_REPORTS

# Runs each function named; one that returns at a failing command has failed.
run_cases() {
    local number=0 name code
    echo "1..$#"
    for name in "$@"; do
        number=$((number + 1))
        set +e
        (
            set -e
            "$name"
        ) >"$scratch/output" 2>&1
        code=$?
        set -e
        case $code in
        0) echo "ok $number - $name" ;;
        77) echo "ok $number - $name # SKIP $(tail -n 1 "$scratch/output")" ;;
        *)
            echo "not ok $number - $name"
            sed 's/^/# /' "$scratch/output"
            ;;
        esac
    done
}

fail() {
    echo "$*"
    exit 1
}

# expect TEXT FILE: the file has the text.
expect() {
    grep -qF -- "$1" "$2" || fail "'$1' is not in $2: $(cat "$2")"
}

refute() {
    ! grep -qF -- "$1" "$2" || fail "'$1' is in $2: $(cat "$2")"
}

# fails COMMAND...: the command must not succeed.
fails() {
    local code=0
    "$@" || code=$?
    [ "$code" -ne 0 ] || fail "should have failed: $*"
}

# A cmocka program of two tests: one passes, the other's body is given.
cmocka_program() {
    printf '#include <%s>\n' setjmp.h signal.h stdarg.h stddef.h stdint.h stdlib.h unistd.h cmocka.h
    printf '\nstatic void first(void **state)\n{\n    (void)state;\n}\n'
    printf '\nstatic void second(void **state)\n{\n    (void)state;\n%s}\n' "${1:+    $1$'\n'}"
    cat <<'END'

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(first), cmocka_unit_test(second)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
END
}

# A tree as the Makefile expects it, small enough to build in a second, in a new directory that
# becomes the current one.
new_tree() {
    cd "$(mktemp -d -p "$scratch")"
    cp -r "$repository/Makefile" "$repository/scripts" "$repository/.clang-format" \
        "$repository/.clang-tidy" .
    mkdir -p core shim cli/sim tests/{unit,shim,sim,support,preload/programs,bench/programs,fuzz}
    echo 'int vespa_one(void);' >core/one.h
    printf '#include "core/one.h"\n\nint vespa_one(void)\n{\n    return 1;\n}\n' >core/one.c
    printf 'int vespa_two(void);\n\nint vespa_two(void)\n{\n    return 2;\n}\n' >core/two.c
    printf 'int hook(void);\n\n__attribute__((visibility("default"))) int hook(void)\n{\n%s' \
        $'    return 0;\n}\n' >shim/hooks.c
    echo '{ global: hook; local: *; };' >shim/shim.map
    printf '#include "core/one.h"\n\nint main(void)\n{\n    return vespa_one() - 1;\n}\n' >cli/main.c
    printf 'int simulate(void);\n\nint simulate(void)\n{\n    return 0;\n}\n' >cli/sim/sim.c
    printf 'int main(void)\n{\n    return 0;\n}\n' >tests/preload/programs/client.c
    cmocka_program '' >tests/unit/test_one.c
}

# Some file systems keep times too coarsely to tell two writes apart.
touch_later() {
    touch -d "@$(($(date +%s) + 2))" "$@"
}

make_quietly() {
    make --no-print-directory -j2 "$@" >make.log 2>&1 || {
        cat make.log
        return 1
    }
}

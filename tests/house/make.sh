#!/usr/bin/env bash
# The Makefile builds what changed, and only that.
# shellcheck source=tests/house/house.bash
source "$(dirname "$0")/house.bash"

everything_is_built_from_where_it_lies() {
    new_tree
    make_quietly all tests
    local file
    for file in libvespa_core.a libvespa_shim.so vespa tests/unit/test_one tests/programs/client; do
        [ -e "build/$file" ] || fail "build/$file was not built"
    done
    build/vespa
}

a_second_make_does_nothing() {
    new_tree
    make_quietly all tests
    make -q all tests
    make_quietly WERROR=1 all tests
    make -q WERROR=1 all tests
}

a_touched_header_rebuilds_its_users_only() {
    new_tree
    make_quietly all
    touch_later core/one.h
    make_quietly all
    expect 'CC    core/one.c' make.log
    expect 'CC    cli/main.c' make.log
    expect 'LINK  build/vespa' make.log
    refute 'core/two.c' make.log
    refute 'cli/sim/sim.c' make.log
}

a_header_that_is_gone_does_not_stop_the_build() {
    new_tree
    make_quietly all
    rm core/one.h
    sed -i 's/#include.*/int vespa_one(void);/' core/one.c cli/main.c
    touch_later core/one.c cli/main.c
    make_quietly all
}

an_added_source_relinks() {
    new_tree
    make_quietly all
    printf 'int vespa_three(void);\nint vespa_three(void)\n{\n    return 3;\n}\n' >core/three.c
    make_quietly all
    expect 'vespa_three' <(nm build/libvespa_core.a)
    expect 'LINK  build/vespa' make.log
}

a_removed_source_relinks() {
    new_tree
    make_quietly all
    rm core/two.c
    make_quietly all
    refute 'vespa_two' <(nm build/libvespa_core.a)
    make -q all
}

other_flags_or_another_compiler_rebuild() {
    new_tree
    make_quietly all
    make_quietly CFLAGS='-g -O0' all
    expect 'CC    core/two.c' make.log
    make -q CFLAGS='-g -O0' all
    fails make -q all
    command -v clang >/dev/null || { echo "clang is not installed" && exit 77; }
    make_quietly CC=clang all
    expect 'CC    core/two.c' make.log
    make -q CC=clang all
}

a_warning_that_was_seen_once_still_fails_under_werror() {
    new_tree
    sed -i 's/    return 2;/    int unused;\n    return 2;/' core/two.c
    make_quietly all
    expect 'unused variable' make.log
    fails make_quietly WERROR=1 all
    sed -i '/unused/d' core/two.c
    make_quietly WERROR=1 all
}

directories_without_sources_are_left_out() {
    new_tree
    rm -r shim cli tests
    make_quietly all tests benches
    [ -e build/libvespa_core.a ]
}

the_shim_exports_its_map_and_nothing_else() {
    new_tree
    make_quietly all
    scripts/check-symbols build/libvespa_shim.so shim/shim.map
    echo '{ global: hook; another; local: *; };' >shim/shim.map
    fails scripts/check-symbols build/libvespa_shim.so shim/shim.map
}

the_shim_may_need_libc_alone() {
    new_tree
    printf '#include <zlib.h>\nint hook(void);\n__attribute__((visibility("default"))) %s' \
        $'int hook(void)\n{\n    return zlibVersion()[0];\n}\n' >shim/hooks.c
    fails make_quietly all
    make_quietly LDFLAGS=-Wl,--no-as-needed,-lz all
    fails scripts/check-symbols build/libvespa_shim.so shim/shim.map >symbols.log
    expect 'needs libz' symbols.log
}

the_shim_may_not_need_a_newer_glibc_than_it_says() {
    new_tree
    printf '#include <stdlib.h>\nint hook(void);\n__attribute__((visibility("default"))) %s' \
        $'int hook(void)\n{\n    return (int)arc4random();\n}\n' >shim/hooks.c
    make_quietly all || { echo "this glibc is older than 2.36" && exit 77; }
    fails scripts/check-symbols build/libvespa_shim.so shim/shim.map >symbols.log
    expect 'needs GLIBC_2.36' symbols.log
}

a_name_may_not_be_exported_with_a_version_and_without() {
    new_tree
    printf '%s\n' '__asm__(".symver twin, hook@ONE");' 'int hook(void);' 'int twin(void);' \
        '__attribute__((visibility("default"))) int hook(void)' '{' '    return 1;' '}' \
        '__attribute__((visibility("default"))) int twin(void)' '{' '    return 2;' '}' >shim/hooks.c
    echo 'ONE { local: twin; };' >shim/shim.map
    echo hook >shim/exports
    make_quietly all
    fails scripts/check-symbols build/libvespa_shim.so shim/shim.map >symbols.log
    expect 'with a version and without: hook' symbols.log
}

a_stack_that_is_executable_is_found() {
    new_tree
    gcc -shared -fPIC -Wl,-z,execstack -Wl,-z,lazy -o soft.so shim/hooks.c
    fails scripts/check-symbols soft.so shim/shim.map >symbols.log
    expect 'wants an executable stack' symbols.log
    expect 'not linked with full RELRO' symbols.log
}

a_sanitizer_report_fails_make_asan() {
    [ -e "$(gcc -print-file-name=libasan.so)" ] || { echo "no libasan" && exit 77; }
    new_tree
    make_quietly asan
    # A child that leaks, and whose exit code nobody looks at.
    cmocka_program '(void)!system("build-asan/vespa");' >tests/unit/test_one.c
    printf '#include <stdlib.h>\nint main(void)\n{\n    volatile char *a = malloc(3);\n%s' \
        $'    a[0] = 1;\n    a = NULL;\n    return a != NULL;\n}\n' >cli/main.c
    fails make_quietly asan
    expect 'LeakSanitizer' make.log
}

a_sanitized_shim_works_in_debians_curl() {
    local runtime
    runtime=$(gcc -print-file-name=libasan.so)
    [ -e "$runtime" ] || { echo "no libasan" && exit 77; }
    new_tree
    printf '#include <stdlib.h>\nint hook(void);\n__attribute__((visibility("default"))) %s' \
        $'int hook(void)\n{\n    return malloc(1) != NULL;\n}\n' >shim/hooks.c
    make_quietly SANITIZE=address,undefined all
    timeout 30 env LD_PRELOAD="$runtime:$PWD/build/libvespa_shim.so" curl --version
}

install_puts_the_products_under_the_prefix() {
    new_tree
    make_quietly install DESTDIR="$PWD/root" PREFIX=/usr
    [ -e root/usr/lib/libvespa_shim.so ]
    [ -x root/usr/bin/vespa ]
}

run_cases everything_is_built_from_where_it_lies a_second_make_does_nothing \
    a_touched_header_rebuilds_its_users_only a_header_that_is_gone_does_not_stop_the_build \
    an_added_source_relinks a_removed_source_relinks other_flags_or_another_compiler_rebuild \
    a_warning_that_was_seen_once_still_fails_under_werror \
    directories_without_sources_are_left_out the_shim_exports_its_map_and_nothing_else \
    the_shim_may_need_libc_alone the_shim_may_not_need_a_newer_glibc_than_it_says \
    a_name_may_not_be_exported_with_a_version_and_without a_stack_that_is_executable_is_found \
    a_sanitizer_report_fails_make_asan \
    a_sanitized_shim_works_in_debians_curl install_puts_the_products_under_the_prefix

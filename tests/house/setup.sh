#!/usr/bin/env bash
# scripts/setup installs what is missing and nothing else. No package manager is really called:
# stand-ins at the front of PATH write down what they were asked.
# shellcheck source=tests/house/house.bash
source "$(dirname "$0")/house.bash"

setup=$repository/scripts/setup

# stand_in NAME BODY
stand_in() {
    printf '#!/bin/bash\n%s\n' "$2" >"$bin/$1"
    chmod +x "$bin/$1"
}

# A system with apt whose libcjson is missing until apt-get has installed it.
new_system() {
    bin=$(mktemp -d -p "$scratch")
    calls=$bin/calls
    : >"$calls"
    export PATH=$bin:$PATH
    stand_in pkg-config "case \$* in *libcjson*) [ -e '$bin/installed' ] ;; *) exit 0 ;; esac"
    stand_in apt-get "echo \"apt-get \$* [\${DEBIAN_FRONTEND-}]\" >>'$calls'
        case \$* in *install*libcjson-dev*) touch '$bin/installed' ;; esac"
    stand_in apt-cache 'exit 0'
    stand_in id 'echo 0'
    stand_in sudo "echo sudo >>'$calls'; exit 1"
}

nothing_is_done_when_nothing_is_missing() {
    new_system
    touch "$bin/installed"
    "$setup" >"$bin/log"
    expect 'nothing is missing' "$bin/log"
    [ ! -s "$calls" ] || fail "called: $(cat "$calls")"
}

what_is_missing_is_installed_without_questions_and_without_sudo() {
    new_system
    "$setup" >"$bin/log"
    expect 'missing: cJSON' "$bin/log"
    expect 'install -y --no-install-recommends libcjson-dev [noninteractive]' "$calls"
    refute 'sudo' "$calls"
    refute 'cmocka' "$calls"
}

the_second_time_does_nothing() {
    new_system
    "$setup" >"$bin/log"
    : >"$calls"
    "$setup" >"$bin/log"
    [ ! -s "$calls" ] || fail "called: $(cat "$calls")"
}

sudo_is_used_by_those_who_are_not_root() {
    new_system
    stand_in id 'echo 1000'
    stand_in sudo "echo \"sudo \$*\" >>'$calls'; shift; exec \"\$@\""
    "$setup" >"$bin/log"
    grep -q '^sudo -n env .*install.*libcjson-dev' "$calls" || fail "called: $(cat "$calls")"
}

without_sudo_the_command_is_named() {
    new_system
    stand_in id 'echo 1000'
    fails "$setup" 2>"$bin/log"
    expect 'needs root' "$bin/log"
    expect 'install -y --no-install-recommends libcjson-dev' "$bin/log"
    refute 'apt-get' "$calls"
}

a_failing_installation_says_what_failed() {
    new_system
    stand_in apt-get 'exit 100'
    fails "$setup" 2>"$bin/log"
    expect 'could not install: libcjson-dev' "$bin/log"
    expect 'sources.list' "$bin/log"
}

an_installation_that_does_not_help_is_told() {
    new_system
    stand_in apt-get 'exit 0'
    fails "$setup" 2>"$bin/log"
    expect 'still not found: cJSON' "$bin/log"
}

a_package_that_the_system_does_not_have_is_told() {
    new_system
    stand_in apt-cache 'exit 100'
    fails "$setup" >"$bin/log" 2>&1
    expect 'the package lists do not have: libcjson-dev' "$bin/log"
    expect 'still not found: cJSON' "$bin/log"
}

a_client_that_the_system_does_not_have_is_no_failure() {
    new_system
    touch "$bin/installed"
    local present
    for present in php python3 ruby Rscript luajit cmake git node npm wrk; do
        stand_in $present 'exit 0'
    done
    stand_in perl 'exit 1'
    stand_in apt-cache 'case $* in *perl*) exit 100 ;; esac'
    "$setup" --all-clients >"$bin/log" 2>&1
    expect 'no package for Perl WWW::Curl' "$bin/log"
}

other_package_managers_are_asked_by_their_own_names() {
    local manager
    for manager in dnf apk pacman; do
        new_system
        # A system without apt: all other programs are there.
        mkdir "$bin/others"
        ln -s /usr/bin/* "$bin/others/"
        rm -f "$bin"/apt-* "$bin"/others/apt-get
        stand_in $manager "echo \"$manager \$*\" >>'$calls'; touch '$bin/installed'"
        PATH=$bin:$bin/others "$setup" >"$bin/log"
        case $manager in
        dnf) expect 'dnf install -y cjson-devel' "$calls" ;;
        apk) expect 'apk add cjson-dev' "$calls" ;;
        pacman) expect 'pacman -S --needed --noconfirm cjson' "$calls" ;;
        esac
    done
}

an_unknown_system_is_told_what_to_install() {
    new_system
    mkdir "$bin/others"
    ln -s /usr/bin/* "$bin/others/"
    rm -f "$bin"/apt-* "$bin"/others/apt-get
    PATH=$bin:$bin/others fails "$setup" >"$bin/log" 2>&1
    expect 'missing: cJSON' "$bin/log"
    expect 'no apt-get, dnf, apk or pacman' "$bin/log"
}

every_script_has_help() {
    local script
    for script in "$repository"/scripts/*; do
        [ -x "$script" ] || continue
        timeout 10 "$script" --help >"$scratch/help" || fail "$script --help fails"
        grep -qi usage "$scratch/help" || fail "$script --help does not say how it is used"
    done
}

run_cases nothing_is_done_when_nothing_is_missing \
    what_is_missing_is_installed_without_questions_and_without_sudo \
    the_second_time_does_nothing sudo_is_used_by_those_who_are_not_root \
    without_sudo_the_command_is_named a_failing_installation_says_what_failed \
    an_installation_that_does_not_help_is_told a_package_that_the_system_does_not_have_is_told \
    a_client_that_the_system_does_not_have_is_no_failure \
    other_package_managers_are_asked_by_their_own_names an_unknown_system_is_told_what_to_install \
    every_script_has_help

#!/usr/bin/env bash
# git's list of a repository's branches, for each URL.
while [ $# -gt 0 ]; do
    GIT_TERMINAL_PROMPT=0 GIT_CONFIG_NOSYSTEM=1 git ls-remote "$1"
    echo "exit code $?"
    shift 2
done

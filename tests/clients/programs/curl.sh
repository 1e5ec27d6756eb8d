#!/usr/bin/env bash
# The curl tool with --parallel, all requests at once.
set -uo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

arguments=() number=100
while [ $# -gt 0 ]; do
    [ $number -eq 100 ] || arguments+=(--next)
    arguments+=(-sN -A client/1
        -w "\n$((number - 100)) %{http_code} %{content_type} %{size_download} %{exitcode}\n")
    [[ $1 == */stream/* ]] || arguments+=(-o "$folder/$number")
    [ -z "$2" ] || arguments+=(-H 'Content-Type: application/json' --data-raw "$2")
    arguments+=("$1")
    number=$((number + 1))
    shift 2
done
code=0
curl --no-progress-meter --parallel --parallel-max 50 "${arguments[@]}" || code=$?
cat "$folder"/* 2>/dev/null
# What each transfer ended with is printed above. Which of them curl ends with where several ran, or
# whether with any, is its own choice: 8.14 does now this, now that. From 126 on it did not run.
[ $code -lt 126 ] || exit $code

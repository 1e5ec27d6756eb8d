#!/usr/bin/env bash
# cmake's file(DOWNLOAD), which knows no bodies.
urls=()
while [ $# -gt 0 ]; do
    urls+=("$1")
    shift 2
done
exec cmake -P "$(dirname "$0")/download.cmake" "${urls[@]}"

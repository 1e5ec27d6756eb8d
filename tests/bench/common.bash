# What the benchmark scripts share: the responder, the programs, and statistics.
# shellcheck shell=bash disable=SC2034 # the variables are the scripts'
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
build=$(cd "${VESPA_BUILD:-build}" && pwd)
shim=$build/libvespa_shim.so
programs=$build/bench/programs
virtual=http://vespa.internal/v1/chat/completions
work=$(mktemp -d "${TMPDIR:-/tmp}/vespa-bench.XXXXXX")
responder=

stop_responder() {
    [ -z "$responder" ] || kill "$responder" 2>/dev/null || true
    rm -rf "$work"
}
trap stop_responder EXIT

# Sets VESPA_AUTOSCALER_URL, VAST_ENDPOINT, VAST_API_KEY and WORKER_URL.
start_responder() {
    if ! PATH=$PATH:/usr/sbin command -v nginx >/dev/null; then
        echo "these benchmarks need nginx (Debian: apt-get install nginx-light)" >&2
        exit 77
    fi
    unset LD_PRELOAD VESPA_LOG VESPA_HOST VESPA_CONFIG
    mkdir "$work/nginx"
    "$programs/responder" "$work/nginx" >"$work/variables" 2>"$work/responder.log" &
    responder=$!
    until grep -q '^WORKER_URL=' "$work/variables"; do
        kill -0 "$responder"
    done
    set -a
    # shellcheck disable=SC1091 # made above
    . "$work/variables"
    set +a
    until curl -s -o /dev/null -d '{}' "$VESPA_AUTOSCALER_URL/route/"; do
        if ! kill -0 "$responder"; then
            cat "$work/responder.log" >&2
            exit 1
        fi
    done
}

# The median, 10 % and 90 % of the numbers on standard input.
spread() {
    sort -g | awk '{ v[NR] = $1 } END {
        if (NR == 0) exit 1
        print v[int((NR + 1) / 2)], v[int((NR - 1) * 0.1) + 1], v[int((NR - 1) * 0.9) + 1]
    }'
}

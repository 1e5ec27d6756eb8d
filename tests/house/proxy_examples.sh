#!/usr/bin/env bash
# The examples of vespa proxy do what they say, against `vespa sim`; its man page has its options. Runs against the build in BUILD
# or VESPA_BUILD, like the preload tests.
build=${VESPA_BUILD:-${BUILD:-build}}
# shellcheck source=tests/house/house.bash
source "$(dirname "$0")/house.bash"
build=$(realpath -m "$build")
examples=$repository/examples/proxy
started=()
unset LD_PRELOAD VESPA_CONFIG VESPA_HOST VAST_ENDPOINT VAST_API_KEY VAST_ACCOUNT_KEY

stop_started() {
    [ ${#started[@]} -eq 0 ] || kill "${started[@]}" 2>/dev/null || true
}
# background NAME PATTERN COMMAND…: until it has printed what is waited for.
background() {
    local name=$1 pattern=$2
    shift 2
    : >"$scratch/$name"
    "$@" >"$scratch/$name" &
    started+=($!)
    until grep -q "$pattern" "$scratch/$name"; do
        kill -0 $! || fail "it does not start: $*"
        sleep 0.05
    done
}
# A simulator of that endpoint; its variables are in $scratch/NAME.
start_sim() {
    trap stop_started EXIT
    background "$1" '^VESPA_SIM_ADMIN=' "$build/vespa" sim --exit-with-parent --endpoint "$1"
}
# The value that it has printed.
value_of() {
    sed -n "s/^$2=//p" "$scratch/$1"
}
start_proxy() {
    background proxy 'listening on' "$build/vespa" proxy --port 0 "$@"
    PROXY=$(sed -n 's/.*listening on //p' "$scratch/proxy")
    export PROXY
}
start_both() {
    start_sim my-endpoint
    VAST_ENDPOINT=my-endpoint VAST_API_KEY=$(value_of my-endpoint VAST_API_KEY)
    VESPA_AUTOSCALER_URL=$(value_of my-endpoint VESPA_AUTOSCALER_URL)
    export VAST_ENDPOINT VAST_API_KEY VESPA_AUTOSCALER_URL
    start_proxy
}

curl_gets_a_list_an_answer_and_a_stream() {
    start_both
    "$examples/curl.sh" >"$scratch/out"
    expect '"object":"list"' "$scratch/out"
    expect '"object":"chat.completion"' "$scratch/out"
    expect 'data: [DONE]' "$scratch/out"
}

python_gets_an_answer() {
    command -v python3 >/dev/null || { echo "python3 is not there" && return 77; }
    start_both
    [ -n "$(python3 -B "$examples/client.py")" ]
}

openai_gets_a_stream() {
    local modules=$build/npm/node_modules
    NODE_PATH=$modules node -e 'require("openai")' 2>/dev/null ||
        { echo "node or openai is not there: scripts/setup --all-clients" && return 77; }
    start_both
    NODE_PATH=$modules OPENAI_BASE_URL=$PROXY/v1 OPENAI_API_KEY=none-is-needed \
        node "$examples/openai.cjs" >"$scratch/out"
    [ "$(wc -c <"$scratch/out")" -gt 1 ]
}

# How many workers' requests a simulator has seen.
requests_of() {
    curl -sSf "$(value_of "$1" VESPA_SIM_ADMIN)/stats" | grep -o '"payload_sha256"' | wc -l
}

# Each endpoint of the file is played by a simulator of its own.
one_port_serves_several_endpoints() {
    local name key autoscaler
    cp "$examples/one-port.json" "$scratch/one-port.json"
    chmod 600 "$scratch/one-port.json"
    for name in chat images speech; do
        start_sim $name
        key=$(value_of $name VAST_API_KEY) autoscaler=$(value_of $name VESPA_AUTOSCALER_URL)
        sed -i "/\"endpoint\": \"$name\"/,/account_key_env/ s|\"account_key_env\".*|\"api_key\": \"$key\", \"autoscaler_url\": \"$autoscaler\"|" "$scratch/one-port.json"
    done
    start_proxy --config "$scratch/one-port.json"
    curl -sSf "$PROXY/v1/models" >/dev/null
    curl -sS "$PROXY/v1/images/generations" -d '{}' >/dev/null
    curl -sS "$PROXY/echo" -d '{}' >/dev/null
    curl -sS -H 'Host: images.vespa.internal' "$PROXY/echo" -d '{}' >/dev/null
    [ "$(requests_of chat) $(requests_of images) $(requests_of speech)" = "1 2 1" ]
}

units_are_understood_by_systemd() {
    command -v systemd-analyze >/dev/null || { echo "systemd-analyze is not there" && return 77; }
    local unit
    mkdir "$scratch/units"
    for unit in vespa-proxy.service vespa-proxy.socket; do
        sed -e "s|/usr/local/bin/vespa|$build/vespa|" -e '/^Documentation=/d' "$examples/$unit" \
            >"$scratch/units/$unit"
    done
    systemd-analyze verify "$scratch"/units/vespa-proxy.* >"$scratch/out" 2>&1 || true
    ! grep 'vespa-proxy' "$scratch/out" || fail "see above"
}

the_options_of_the_sidecar_exist() {
    local words
    words=$(sed -n 's/.*command: \["vespa", "proxy", \(.*\)\]/\1/p' "$examples/compose.yaml")
    [ -n "$words" ]
    eval "set -- ${words//,/}"
    "$build/vespa" proxy "$@" --help >/dev/null
}

the_man_page_has_each_option() {
    local option
    "$build/vespa" proxy --help | grep -o -- ' --[a-z-]*' >"$scratch/options"
    [ "$(wc -l <"$scratch/options")" -gt 20 ]
    while read -r option; do
        grep -A 1 '^\.TP$' "$repository/docs/vespa-proxy.1" |
            grep "^\.BI\? ${option//-/'\\-'}\( \|$\)" >/dev/null ||
            fail "docs/vespa-proxy.1 has no $option"
    done <"$scratch/options"
}

run_cases curl_gets_a_list_an_answer_and_a_stream python_gets_an_answer openai_gets_a_stream \
    one_port_serves_several_endpoints units_are_understood_by_systemd \
    the_options_of_the_sidecar_exist the_man_page_has_each_option

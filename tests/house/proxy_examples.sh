#!/usr/bin/env bash
# The examples of vespa proxy do what they say, against `vespa sim`; its man page has its options. Runs against the build in BUILD
# or VESPA_BUILD, like the preload tests.
build=${VESPA_BUILD:-${BUILD:-build}}
# shellcheck source=tests/house/house.bash
source "$(dirname "$0")/house.bash"
build=$(realpath -m "$build")
examples=$repository/examples/proxy
configurations=$repository/examples/config
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

# serve FILE ENDPOINT…: a proxy with that configuration, each of whose endpoints is played by a
# simulator of its own.
serve() {
    local file=$scratch/config.json name key place
    cp "$1" "$file"
    chmod 600 "$file"
    shift
    for name in "$@"; do
        start_sim "$name"
        key="\"api_key\": \"$(value_of "$name" VAST_API_KEY)\""
        place="\"autoscaler_url\": \"$(value_of "$name" VESPA_AUTOSCALER_URL)\""
        sed -i "/\"endpoint\": \"$name\"/,/_key_env/ s|\"[a-z]*_key_env\": \"[A-Z_]*\"|$key, $place|" \
            "$file"
    done
    refute _key_env "$file"
    start_proxy --config "$file"
}
# ask HOST PATH [CURL'S OPTIONS]: what is answered goes to $scratch/out.
ask() {
    curl -sSf -o "$scratch/out" -H "Host: $1" "$PROXY$2" "${@:3}"
}

one_endpoint_has_its_name_as_a_host() {
    serve "$configurations/one-endpoint.json" my-endpoint
    ask vespa.internal /v1/models
    ask my-endpoint.vespa.internal /v1/models
    [ "$(requests_of my-endpoint)" = 2 ]
}

several_endpoints_are_told_apart_by_their_hosts() {
    serve "$configurations/several-endpoints.json" chat images speech
    ask chat.vespa.internal /v1/models
    ask images.vespa.internal /echo -d '{"a":1}'
    [ "$(cat "$scratch/out")" = '{"input": {"a":1}}' ]
    ask speech.example.org /echo -F model=whisper
    [ "$(cat "$scratch/out")" = '{"model": "whisper"}' ]
    [ "$(requests_of chat) $(requests_of images) $(requests_of speech)" = "1 1 1" ]
}

one_host_is_split_by_path() {
    serve "$configurations/split-by-path.json" chat embeddings
    ask api.openai.com /v1/chat/completions -d '{"messages":[{"role":"user","content":"Hi"}]}'
    curl -sS -o "$scratch/out" -H 'Host: api.openai.com' "$PROXY/v1/embeddings" -d '{}'
    [ "$(requests_of chat) $(requests_of embeddings)" = "1 1" ]
}

another_endpoint_takes_over_what_one_cannot_do() {
    serve "$configurations/fallback.json" chat images images-spare
    curl -sSf -o "$scratch/out" -d worker-status,status=503 \
        "$(value_of images VESPA_SIM_ADMIN)/admin/fault"
    ask images.vespa.internal /echo -d '{"a":1}'
    [ "$(cat "$scratch/out")" = '{"a":1}' ]
    [ "$(requests_of images-spare)" = 1 ]
}

one_port_serves_several_endpoints() {
    serve "$examples/one-port.json" chat images speech
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
    one_endpoint_has_its_name_as_a_host several_endpoints_are_told_apart_by_their_hosts \
    one_host_is_split_by_path another_endpoint_takes_over_what_one_cannot_do \
    one_port_serves_several_endpoints units_are_understood_by_systemd \
    the_options_of_the_sidecar_exist the_man_page_has_each_option

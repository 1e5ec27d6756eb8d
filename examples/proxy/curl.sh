#!/bin/sh
# A running `vespa proxy`, asked with curl: a list, an answer, a stream. Nothing but the address is
# another than the model server's own.
set -eu
proxy=${PROXY:-http://localhost:8010}

curl -sSf "$proxy/v1/models"
echo
curl -sSf "$proxy/v1/chat/completions" -H 'Content-Type: application/json' -d '{
    "model": "llama-2-7b",
    "messages": [{"role": "user", "content": "Hello!"}],
    "max_tokens": 100
}'
echo
# -N: each piece is shown as it comes.
curl -sSfN "$proxy/v1/chat/completions" -H 'Content-Type: application/json' -d '{
    "model": "llama-2-7b",
    "messages": [{"role": "user", "content": "Hello!"}],
    "max_tokens": 100,
    "stream": true
}'

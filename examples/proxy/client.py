#!/usr/bin/env python3
"""A running `vespa proxy`, asked from Python with nothing but its own library. With the package
requests it is requests.post(PROXY + "/v1/chat/completions", json={...}).json()."""

import json
import os
import urllib.request

PROXY = os.environ.get("PROXY", "http://localhost:8010")

request = urllib.request.Request(
    PROXY + "/v1/chat/completions",
    json.dumps(
        {
            "model": "llama-2-7b",
            "messages": [{"role": "user", "content": "Hello!"}],
            "max_tokens": 100,
        }
    ).encode(),
    {"Content-Type": "application/json"},
)
with urllib.request.urlopen(request) as answer:
    print(json.load(answer)["choices"][0]["message"]["content"])

"""The requests package, as the document of the Python client has it. usage: requests_client.py URL"""

import sys

import requests

URL = sys.argv[1]
CHAT = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 4}

answer = requests.post(f"{URL}/v1/chat/completions", json=CHAT, timeout=60)
print("chat", answer.status_code, answer.json()["object"])

answer = requests.post(f"{URL}/v1/completions", json={"prompt": "x", "stream": True}, stream=True, timeout=60)
chunks = list(answer.iter_content(chunk_size=None))
print("stream", answer.status_code, len(chunks) > 1, chunks[-1].decode().strip().split("\n")[-1])

with requests.Session() as session:
    for method in ("get", "post", "put", "patch", "delete"):
        body = {} if method in ("get", "delete") else {"json": {"method": method}}
        answer = session.request(method, f"{URL}/inspect/{method}?a=1&a=2", timeout=60, **body)
        print(method, answer.status_code, answer.json()["method"])
    print("gzip", session.get(f"{URL}/gzip", timeout=60).json() is not None)
    print("large", len(session.get(f"{URL}/bytes/3000000", timeout=60).content))
    pieces = (piece.encode() for piece in ('{"a":', "[1,2,3]", "}"))
    print("chunked", session.post(f"{URL}/echo", data=pieces, timeout=60).text)
    print("head", session.head(f"{URL}/bytes/1000", timeout=60).headers["Content-Length"])
    try:
        session.get(f"{URL}/status/404", timeout=60).raise_for_status()
    except requests.HTTPError as error:
        print("error", error.response.status_code)

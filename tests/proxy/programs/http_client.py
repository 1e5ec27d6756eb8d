"""Python's own HTTP client: one connection for all. usage: http_client.py URL"""

import http.client
import json
import sys
import urllib.parse

CHAT = {"model": "m", "messages": [{"role": "user", "content": "Hi"}], "max_tokens": 4}
JSON = {"Content-Type": "application/json"}

url = urllib.parse.urlsplit(sys.argv[1])
connection = http.client.HTTPConnection(url.hostname, url.port, timeout=60)

connection.request("GET", "/v1/models")
answer = connection.getresponse()
print("models", answer.status, json.load(answer)["object"])
socket = connection.sock

connection.request("POST", "/v1/chat/completions", json.dumps(CHAT), JSON)
answer = connection.getresponse()
print("chat", answer.status, json.load(answer)["object"])

# A body of unknown length goes out in chunks.
pieces = (piece.encode() for piece in ('{"a":', "[1,2,3]", "}"))
connection.request("POST", "/echo", pieces, JSON, encode_chunked=True)
answer = connection.getresponse()
print("chunked", answer.status, answer.read().decode())

connection.request("POST", "/v1/chat/completions", json.dumps({**CHAT, "stream": True}), JSON)
answer = connection.getresponse()
lines = [line for line in answer if line.startswith(b"data: ")]
print("stream", answer.status, len(lines) > 3, lines[-1].decode().strip())

connection.request("HEAD", "/bytes/1000")
answer = connection.getresponse()
print("head", answer.status, answer.getheader("Content-Length"), len(answer.read()))
print("one connection", connection.sock is socket)

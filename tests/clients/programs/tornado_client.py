"""Tornado's CurlAsyncHTTPClient, all requests at once."""
import asyncio
import sys

from tornado.curl_httpclient import CurlAsyncHTTPClient, CurlError
from tornado.httpclient import HTTPRequest

from requests import pairs, report, say


async def fetch(client, number, url, body):
    streamed = 0

    def on_piece(piece):
        nonlocal streamed
        streamed += len(piece)
        say(piece)

    request = HTTPRequest(url, method="POST" if body else "GET", body=body or None,
                          headers={"Content-Type": "application/json"} if body else None,
                          user_agent="client/1", follow_redirects=False, request_timeout=60,
                          streaming_callback=on_piece if "/stream/" in url else None)
    try:
        response = await client.fetch(request, raise_error=False)
    except CurlError as failure:
        report(number, 0, None, 0, failure.errno)
        return
    if not streamed:
        say(response.body)
    report(number, response.code, response.headers.get("Content-Type"),
           streamed or len(response.body), 0)


async def main():
    client = CurlAsyncHTTPClient(max_clients=100)
    await asyncio.gather(*(fetch(client, number, *pair)
                           for number, pair in enumerate(pairs(sys.argv[1:]))))

asyncio.run(main())

"""pycurl's CurlMulti with socket_action, over the selectors module and a timer of its own."""
import selectors
import sys
import time

import pycurl

from requests import requests

multi = pycurl.CurlMulti()
selector = selectors.DefaultSelector()
unfinished = {}
due = None


def on_timer(milliseconds):
    global due
    due = None if milliseconds < 0 else time.monotonic() + milliseconds / 1000


def on_socket(what, socket, _multi, _data):
    events = {pycurl.POLL_IN: selectors.EVENT_READ, pycurl.POLL_OUT: selectors.EVENT_WRITE,
              pycurl.POLL_INOUT: selectors.EVENT_READ | selectors.EVENT_WRITE}.get(what)
    if socket in selector.get_map():
        selector.unregister(socket)
    if events:
        selector.register(socket, events)


def tell():
    left = 1
    while left:
        left, good, bad = multi.info_read()
        for handle, error in [(h, 0) for h in good] + [(h, e) for h, e, _ in bad]:
            request = unfinished.pop(handle)
            request.report(error)
            multi.remove_handle(handle)


multi.setopt(pycurl.M_TIMERFUNCTION, on_timer)
multi.setopt(pycurl.M_SOCKETFUNCTION, on_socket)
for request in requests(sys.argv[1:]):
    unfinished[request.handle] = request
    multi.add_handle(request.handle)
while unfinished:
    ready = selector.select(None if due is None else max(0, due - time.monotonic()))
    for key, events in ready:
        bits = (pycurl.CSELECT_IN if events & selectors.EVENT_READ else 0) | \
            (pycurl.CSELECT_OUT if events & selectors.EVENT_WRITE else 0)
        multi.socket_action(key.fd, bits)
    if due is not None and due <= time.monotonic():
        due = None
        multi.socket_action(pycurl.SOCKET_TIMEOUT, 0)
    tell()

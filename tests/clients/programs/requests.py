"""The requests of the command line, as pycurl handles."""
import sys

import pycurl


class Request:
    def __init__(self, number, url, body):
        self.number, self.url, self.body = number, url, body
        self.stream = "/stream/" in url
        self.received = b""
        self.handle = pycurl.Curl()
        self.handle.setopt(pycurl.URL, url)
        self.handle.setopt(pycurl.USERAGENT, "client/1")
        self.handle.setopt(pycurl.WRITEFUNCTION, self.write)
        if body:
            self.handle.setopt(pycurl.POSTFIELDS, body)
            self.handle.setopt(pycurl.HTTPHEADER, ["Content-Type: application/json"])

    def write(self, piece):
        if self.stream:
            say(piece)
        else:
            self.received += piece

    def report(self, error):
        handle = self.handle
        say(self.received)
        report(self.number, handle.getinfo(pycurl.RESPONSE_CODE),
               handle.getinfo(pycurl.CONTENT_TYPE), int(handle.getinfo(pycurl.SIZE_DOWNLOAD)),
               error)


def say(piece):
    sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


def report(number, status, kind, length, error):
    say(b"\n%d %d %s %d %d\n" % (number, status, (kind or "-").encode(), length, error))


def pairs(words):
    return list(zip(words[::2], words[1::2]))


def requests(words):
    return [Request(number, *pair) for number, pair in enumerate(pairs(words))]

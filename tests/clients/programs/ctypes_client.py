"""libcurl's easy interface through ctypes, as a program does that has no binding."""
import ctypes
import ctypes.util
import sys

WRITE = ctypes.CFUNCTYPE(ctypes.c_size_t, ctypes.POINTER(ctypes.c_char), ctypes.c_size_t,
                         ctypes.c_size_t, ctypes.c_void_p)
URL, USERAGENT, WRITEFUNCTION, COPYPOSTFIELDS, HTTPHEADER = 10002, 10018, 20011, 10165, 10023
RESPONSE_CODE, CONTENT_TYPE = 0x200002, 0x100012

curl = ctypes.CDLL("libcurl.so.4")
curl.curl_easy_init.restype = ctypes.c_void_p
curl.curl_slist_append.restype = ctypes.c_void_p
curl.curl_slist_append.argtypes = [ctypes.c_void_p, ctypes.c_char_p]
for function in (curl.curl_easy_perform, curl.curl_easy_cleanup, curl.curl_slist_free_all):
    function.argtypes = [ctypes.c_void_p]
curl.curl_easy_setopt.argtypes = [ctypes.c_void_p, ctypes.c_int]
curl.curl_easy_getinfo.argtypes = [ctypes.c_void_p, ctypes.c_int]


def say(piece):
    sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


def send(number, url, body):
    received, stream = [], "/stream/" in url

    @WRITE
    def write(data, size, count, _context):
        received.append(data[:size * count])
        if stream:
            say(received[-1])
        return size * count

    handle = curl.curl_easy_init()
    headers = curl.curl_slist_append(None, b"Content-Type: application/json")
    curl.curl_easy_setopt(handle, URL, ctypes.c_char_p(url.encode()))
    curl.curl_easy_setopt(handle, USERAGENT, ctypes.c_char_p(b"client/1"))
    curl.curl_easy_setopt(handle, WRITEFUNCTION, write)
    if body:
        curl.curl_easy_setopt(handle, COPYPOSTFIELDS, ctypes.c_char_p(body.encode()))
        curl.curl_easy_setopt(handle, HTTPHEADER, ctypes.c_void_p(headers))
    error = curl.curl_easy_perform(handle)
    status, kind = ctypes.c_long(), ctypes.c_char_p()
    curl.curl_easy_getinfo(handle, RESPONSE_CODE, ctypes.byref(status))
    curl.curl_easy_getinfo(handle, CONTENT_TYPE, ctypes.byref(kind))
    answer = b"".join(received)
    if not stream:
        say(answer)
    say(b"\n%d %d %s %d %d\n" % (number, status.value, kind.value or b"-", len(answer), error))
    curl.curl_easy_cleanup(handle)
    curl.curl_slist_free_all(headers)


for place in range(1, len(sys.argv), 2):
    send(place // 2, *sys.argv[place:place + 2])

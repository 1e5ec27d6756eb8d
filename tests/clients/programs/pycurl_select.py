"""pycurl's CurlMulti with perform and select."""
import sys

import pycurl

from requests import requests

multi = pycurl.CurlMulti()
unfinished = {}
for request in requests(sys.argv[1:]):
    unfinished[request.handle] = request
    multi.add_handle(request.handle)
while unfinished:
    code = pycurl.E_CALL_MULTI_PERFORM
    while code == pycurl.E_CALL_MULTI_PERFORM:
        code, running = multi.perform()
    left = 1
    while left:
        left, good, bad = multi.info_read()
        for handle, error in [(h, 0) for h in good] + [(h, e) for h, e, _ in bad]:
            request = unfinished.pop(handle)
            request.report(error)
            multi.remove_handle(handle)
    if running != len(unfinished):
        sys.exit("%d are running, and %d are not finished" % (running, len(unfinished)))
    multi.select(1.0)

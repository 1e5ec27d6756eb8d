"""pycurl's perform, one request after the other."""
import sys

import pycurl

from requests import requests

for request in requests(sys.argv[1:]):
    error = 0
    try:
        request.handle.perform()
    except pycurl.error as failure:
        error = failure.args[0]
    request.report(error)

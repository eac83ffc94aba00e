"""A site's half of BrowserID in Python, with nothing of ours in it: Mozilla's PyBrowserID.

Reads one JSON order a line and answers each with one JSON line, as site.mjs does:
{"bundle", "audience", "now", "hosts": {host: "http://127.0.0.1:PORT"}}
    -> {"accepted": {...}} or {"refused": "NameOfTheError"}
"""

import json
import sys
from urllib.parse import urlsplit

import requests
from browserid import LocalVerifier, errors, netutils
from browserid.supportdoc import SupportDocumentManager


def through_the_map(hosts):
    """What a reverse proxy does: an https name leads to a port on this machine."""

    def get(url, **_):
        place = urlsplit(url)
        if place.hostname not in hosts:
            raise errors.ConnectionError("no such host: " + place.hostname)
        target = hosts[place.hostname] + place.path
        headers = {"Host": place.hostname, "X-Forwarded-Proto": "https"}
        return requests.get(target, headers=headers, timeout=10, allow_redirects=False)

    return get


def verify(order):
    netutils.get = through_the_map(order["hosts"])
    verifier = LocalVerifier([order["audience"]], supportdocs=SupportDocumentManager())
    try:
        accepted = verifier.verify(order["bundle"], now=order["now"])
    except Exception as trouble:  # Whatever it is, the verifier has not accepted.
        return {"refused": type(trouble).__name__}
    return {"accepted": accepted}


for line in sys.stdin:
    print(json.dumps(verify(json.loads(line))), flush=True)

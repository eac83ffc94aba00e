"""BrowserID in Python, with nothing of ours in it: Mozilla's PyBrowserID.

Reads one JSON order a line and answers each with one JSON line, as site.mjs and signer.mjs do:
{"do": "bundle", "issuer", "email", "audience", "ends"}
    -> {"issuerKey": {...}, "bundle"}, both keys DS128
{"do": "verify", "bundle", "audience", "now", "hosts": {host: "http://127.0.0.1:PORT"}}
    -> {"accepted": {...}} or {"refused": "NameOfTheError"}
"""

import json
import sys
from urllib.parse import urlsplit

import requests
from browserid import LocalVerifier, errors, netutils
from browserid.supportdoc import SupportDocumentManager
from browserid.tests.support import get_keypair, make_assertion


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


def bundle(order):
    issuer = order["issuer"]
    bundle = make_assertion(
        order["email"], order["audience"], issuer, exp=order["ends"], new_style=True
    )
    return {"issuerKey": get_keypair(issuer)[0], "bundle": bundle}


orders = {"bundle": bundle, "verify": verify}

for line in sys.stdin:
    order = json.loads(line)
    print(json.dumps(orders[order["do"]](order)), flush=True)

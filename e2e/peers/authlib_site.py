"""A site that signs people in by OpenID Connect, with nothing of ours in it: Authlib's client, as Flask
and Django applications have it.

Takes the orders that openid-client.mjs takes, one JSON a line, and answers as that does.
"""

import json
import sys
from urllib.parse import parse_qs, urlsplit

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.base_client import BaseApp, OAuth2Mixin, OpenIDMixin
from authlib.integrations.requests_client import OAuth2Session
from joserfc.errors import JoseError
from requests.adapters import HTTPAdapter


class ThroughTheProxy(HTTPAdapter):
    """What a reverse proxy does: the issuer's https name leads to a port on this machine."""

    here = ""

    def send(self, request, **options):
        place = urlsplit(request.url)
        request.headers["Host"] = place.netloc
        request.headers["X-Forwarded-Proto"] = "https"
        request.url = self.here + request.url[len("https://" + place.netloc) :]
        return super().send(request, **options)


class Session(OAuth2Session):
    def __init__(self, *positional, **named):
        super().__init__(*positional, default_timeout=10, **named)
        self.mount("https://", ThroughTheProxy())


class Client(OAuth2Mixin, OpenIDMixin, BaseApp):
    client_cls = Session

    def _on_update_token(self, *_, **__):
        """An application would keep new tokens in a database."""


class Site:
    def begin(self, order):
        ThroughTheProxy.here = order["here"]
        client = order["client"]
        self.client = Client(
            framework=None,
            client_id=client["id"],
            client_secret=client.get("secret"),
            server_metadata_url=order["issuer"] + "/.well-known/openid-configuration",
            client_kwargs={
                "scope": order["request"]["scope"],
                "token_endpoint_auth_method": client["method"],
                "revocation_endpoint_auth_method": client["method"],
                "code_challenge_method": "S256",
            },
        )
        self.callback = order["callback"]
        self.sent = self.client.create_authorization_url(self.callback, **order["request"])
        return {"url": self.sent["url"]}

    def finish(self, order):
        answer = {name: value for name, [value] in parse_qs(urlsplit(order["callback"]).query).items()}
        # Whoever uses this client looks at these as its integrations do.
        if "error" in answer:
            return {"refused": "AnswerIsAnError", "error": answer["error"]}
        if answer["state"] != self.sent["state"]:
            return {"refused": "MismatchingStateError"}
        if answer["iss"] != self.client.load_server_metadata()["issuer"]:
            return {"refused": "AnotherIssuer"}
        self.token = self.client.fetch_access_token(
            self.callback, code=answer["code"], code_verifier=self.sent["code_verifier"]
        )
        return self.told(self.sent["nonce"])

    def told(self, nonce):
        claims = self.client.parse_id_token(self.token, nonce)
        return {"token": self.token, "claims": claims}

    def userinfo(self, _):
        return self.client.userinfo(token=self.token)

    def refresh(self, _):
        before = self.token["refresh_token"]
        with self.session() as session:
            self.token = session.refresh_token(session.metadata["token_endpoint"])
        return {**self.told(None), "isNew": self.token["refresh_token"] != before}

    def introspect(self, order):
        return self.ask("introspect_token", "introspection_endpoint", order).json()

    def revoke(self, order):
        self.ask("revoke_token", "revocation_endpoint", order).raise_for_status()
        return {}

    def ask(self, what, endpoint, order):
        with self.session() as session:
            act = getattr(session, what)
            return act(session.metadata[endpoint], token=self.token[order["what"]])

    def session(self):
        client = self.client
        return client._get_oauth_client(**client.load_server_metadata(), token=self.token)


site = Site()

for line in sys.stdin:
    order = json.loads(line)
    try:
        answer = getattr(site, order["do"])(order)
    except (AuthlibBaseError, JoseError) as trouble:
        answer = {"refused": type(trouble).__name__, "error": trouble.error}
    print(json.dumps(answer), flush=True)

"""A small provider of identities on loopback: it describes itself, asks nobody, signs ID tokens.

It holds a client to the standard: the redirect address, the client's secret, the verifier of PKCE,
each code once. What it says can be bent, as a broken or hostile provider would.
"""

import base64
import json
import secrets
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey

from dashboards.identity.oidc import challenge_of

CLIENT = "towerwatch"
SECRET = "a secret of both"


@dataclass(slots=True, kw_only=True)
class OidcProvider:
    """The provider, and what it will say.

    Attributes:
        claims: Put over those of the next ID tokens.
        asked: Paths that were asked for.
    """

    back: str
    claims: dict[str, object] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = ""
    keys: list[RSAKey] = field(default_factory=list)
    is_away: bool = False
    algorithm: str = "RS256"
    _codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def rotate(self) -> None:
        """Sign with a new key from now on; the former one is forgotten."""
        made = RSAKey.generate_key(2048, parameters={"kid": secrets.token_hex(4)})
        self.keys = [made]

    def describe(self) -> dict[str, object]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
        }

    def authorize(self, asked: dict[str, str]) -> str:
        """Where the browser goes back to."""
        assert asked["response_type"] == "code"
        assert asked["client_id"] == CLIENT
        assert asked["redirect_uri"] == self.back
        assert asked["code_challenge_method"] == "S256"
        assert "openid" in asked["scope"].split()
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        return f"{self.back}?{urlencode({'code': code, 'state': asked['state']})}"

    def redeem(self, said: dict[str, str], authorization: str) -> dict[str, object] | None:
        """The ID token for a code; None: it is refused."""
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        asked = self._codes.pop(said.get("code", ""), None)
        if asked is None or authorization != f"Basic {basic}":
            return None
        if challenge_of(said["code_verifier"]) != asked["code_challenge"]:
            return None
        now = int(datetime.now(UTC).timestamp())
        claims = {
            "iss": self.url,
            "aud": CLIENT,
            "sub": "subject-1",
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "preferred_username": "zhiban",
            **self.claims,
        }
        kept = {name: value for name, value in claims.items() if value is not None}
        key = self.keys[0]
        header = {"alg": self.algorithm, "kid": key.kid}
        token = jwt.encode(header, kept, key, algorithms=[self.algorithm])
        return {"id_token": token, "access_token": "x", "token_type": "Bearer"}


class _Handler(BaseHTTPRequestHandler):
    provider: OidcProvider

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        said = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.provider.asked.append(parts.path)
        if self.provider.is_away:
            self.send_error(503)
        elif parts.path == "/.well-known/openid-configuration":
            self._answer(self.provider.describe())
        elif parts.path == "/keys":
            public = KeySet(list(self.provider.keys)).as_dict(private=False)
            self._answer({**public})
        elif parts.path == "/authorize":
            self.send_response(303)
            self.send_header("Location", self.provider.authorize(said))
            self.end_headers()
        else:
            self.send_error(404)

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        body = parse_qs(self.rfile.read(length).decode())
        self.provider.asked.append(self.path)
        said = {name: values[0] for name, values in body.items()}
        answer = self.provider.redeem(said, self.headers.get("Authorization", ""))
        if answer is None:
            self.send_error(400)
        else:
            self._answer(answer)

    def _answer(self, said: dict[str, object]) -> None:
        content = json.dumps(said).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


@contextmanager
def providing(back: str) -> Iterator[OidcProvider]:
    """The provider, which sends browsers back to one address."""
    provider = OidcProvider(back=back)
    provider.rotate()
    handler = type("Handler", (_Handler,), {"provider": provider})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    provider.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, name="provider")
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        thread.join(10)
        server.server_close()

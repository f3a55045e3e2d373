"""Sign-in by a provider: the request that leaves, and what is believed of the answer.

References:
    OpenID Connect Core 1.0, 3.1 (authorization code flow) and 3.1.3.7 (validation of ID tokens);
    RFC 7636 (PKCE); RFC 9700 (best current practice of OAuth 2.0).
"""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from urllib.parse import urlencode, urlsplit

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from dashboards.identity.errors import NotBelieved

ALGORITHMS: Final = ("RS256", "ES256", "PS256")
"""Signatures that are believed; "none" and those with a shared secret never are."""
LEEWAY_S: Final = 60
"""How far two clocks may differ [s]."""
_EMAIL: Final = "email"
_RANDOM_BYTES: Final = 32
_LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """What the provider knows of this console.

    Attributes:
        issuer: The provider's own name, an https address.
        claim: Which claim names the person.
        back: Where the provider sends the browser back to.
        asks_address: The person's mail address is asked for too.
    """

    issuer: str
    client_id: str
    claim: str
    back: str
    client_secret: str = field(default="", repr=False)
    asks_address: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is kept of one sign-in until the browser comes back.

    Attributes:
        state: Comes back with the browser, so that no other site can send it here.
        nonce: Comes back inside the ID token, so that it is of this sign-in.
        verifier: Shown to the provider with the code, so that a stolen code is worth nothing.
    """

    state: str = field(repr=False)
    nonce: str = field(repr=False)
    verifier: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """What the provider says of itself."""

    authorize_url: str
    token_url: str
    keys_url: str
    takes_post: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who somebody is, in the provider's words.

    Attributes:
        subject: Never given to another person.
        name: What the claim holds; it proves nothing.
        address: The mail address, in small letters, that the provider says to have verified; empty:
            it says none.
    """

    issuer: str
    subject: str
    name: str
    address: str = ""


def new_question() -> Question:
    """Random words of a sign-in."""
    return Question(
        state=secrets.token_urlsafe(_RANDOM_BYTES),
        nonce=secrets.token_urlsafe(_RANDOM_BYTES),
        verifier=secrets.token_urlsafe(_RANDOM_BYTES),
    )


def challenge_of(verifier: str) -> str:
    """What goes ahead of the verifier: its SHA-256 (RFC 7636, 4.2, method S256)."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def authorize_url(provider: Provider, client: Client, question: Question) -> str:
    """Where the browser is sent."""
    asked = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": client.back,
        "scope": f"openid profile {_EMAIL}" if _asks_address(client) else "openid profile",
        "state": question.state,
        "nonce": question.nonce,
        "code_challenge": challenge_of(question.verifier),
        "code_challenge_method": "S256",
    }
    joint = "&" if urlsplit(provider.authorize_url).query else "?"
    return f"{provider.authorize_url}{joint}{urlencode(asked)}"


def _asks_address(client: Client) -> bool:
    return client.asks_address or client.claim == _EMAIL


def parse_provider(said: Mapping[str, object], issuer: str) -> Provider:
    """The provider's description of itself (OpenID Connect Discovery 1.0, 4.3).

    Raises:
        NotBelieved: It speaks for another issuer, or an address of it is open to listeners.
    """
    if said.get("issuer") != issuer:
        raise NotBelieved("the provider's description is another issuer's")
    methods = said.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
    return Provider(
        authorize_url=require_closed(said.get("authorization_endpoint")),
        token_url=require_closed(said.get("token_endpoint")),
        keys_url=require_closed(said.get("jwks_uri")),
        takes_post=isinstance(methods, list) and "client_secret_basic" not in methods,
    )


def require_closed(address: object) -> str:
    """An address that nobody listens on: https, or of this machine.

    Raises:
        NotBelieved: It is none.
    """
    parts = urlsplit(address if isinstance(address, str) else "")
    if parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        return str(address)
    raise NotBelieved("the provider's addresses must be https")


def read_identity(
    token: str, keys: KeySet, *, client: Client, nonce: str, now: datetime
) -> Identity:
    """Who an ID token speaks of, once every check has passed.

    Raises:
        NotBelieved: Signature, issuer, audience, time or nonce is wrong, or the name is absent.
    """
    try:
        claims = jwt.decode(token, keys, algorithms=list(ALGORITHMS)).claims
        jwt.JWTClaimsRegistry(
            now=int(now.timestamp()),
            leeway=LEEWAY_S,
            iss={"essential": True, "value": client.issuer},
            aud={"essential": True, "value": client.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        ).validate(claims)
    except (JoseError, ValueError) as error:
        # Its class alone: the words of some hold parts of the token.
        raise NotBelieved(f"the ID token is refused: {type(error).__name__}") from error
    audience = claims["aud"]
    party = claims.get("azp")
    is_shared = isinstance(audience, list) and len(audience) > 1
    if (is_shared or party is not None) and party != client.client_id:
        raise NotBelieved("the ID token was given to another party")
    name, subject = claims.get(client.claim), claims["sub"]
    if not (isinstance(name, str) and name and isinstance(subject, str) and subject):
        raise NotBelieved(f"the ID token has no claim {client.claim}")
    # Core 1.0, 5.1: another address is one that nobody has proved to be the person's own.
    email = claims.get(_EMAIL) if claims.get("email_verified") is True else None
    address = email.strip().lower() if isinstance(email, str) else ""
    if client.claim == _EMAIL and not address:
        raise NotBelieved("the provider has not verified the email address")
    return Identity(
        issuer=client.issuer, subject=subject, name=name.strip().lower(), address=address
    )

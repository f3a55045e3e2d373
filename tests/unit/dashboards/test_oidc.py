"""What is believed of a provider: addresses that nobody listens on, signatures of its own keys."""

import base64
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet

from dashboards.identity.errors import NotBelieved
from dashboards.identity.oidc import (
    Client,
    Identity,
    authorize_url,
    challenge_of,
    new_question,
    parse_provider,
    read_identity,
)

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
ISSUER = "https://id.example.org"
CLIENT = Client(issuer=ISSUER, client_id="console", claim="name", back="https://t.example/back")
KEY = ECKey.generate_key("P-256", parameters={"kid": "one"})
CLAIMS = {
    "iss": ISSUER,
    "aud": "console",
    "sub": "s-1",
    "name": "Zhiban",
    "nonce": "n",
    "iat": int(NOW.timestamp()),
    "exp": int(NOW.timestamp()) + 60,
}
SAID = {
    "issuer": ISSUER,
    "authorization_endpoint": f"{ISSUER}/authorize?tenant=1",
    "token_endpoint": f"{ISSUER}/token",
    "jwks_uri": f"{ISSUER}/keys",
}


def read(token: str, now: datetime = NOW) -> Identity:
    public = KeySet([ECKey.import_key(KEY.as_dict(private=False))])
    return read_identity(token, public, client=CLIENT, nonce="n", now=now)


def part(said: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).rstrip(b"=").decode()


def test_a_token_of_the_providers_own_key_names_the_user() -> None:
    token = jwt.encode({"alg": "ES256", "kid": "one"}, CLAIMS, KEY)
    assert read(token) == Identity(issuer=ISSUER, subject="s-1", name="zhiban")


def test_no_signature_and_a_shared_secret_are_never_believed() -> None:
    with pytest.raises(NotBelieved):
        read(f"{part({'alg': 'none', 'kid': 'one'})}.{part(CLAIMS)}.")
    head = f"{part({'alg': 'HS256', 'kid': 'one'})}.{part(CLAIMS)}"
    mark = hmac.digest(KEY.as_pem(private=False), head.encode(), "sha256")
    confused = f"{head}.{base64.urlsafe_b64encode(mark).rstrip(b'=').decode()}"
    with pytest.raises(NotBelieved):
        read(confused)


def test_an_address_that_nobody_verified_is_nobodys_name() -> None:
    by_email = replace(CLIENT, claim="email")
    keys = KeySet([ECKey.import_key(KEY.as_dict(private=False))])

    def named(verified: object) -> str:
        said = CLAIMS | {"email": "Zhiban@example.org", "email_verified": verified}
        token = jwt.encode({"alg": "ES256", "kid": "one"}, said, KEY)
        return read_identity(token, keys, client=by_email, nonce="n", now=NOW).name

    assert named(verified=True) == "zhiban@example.org"
    said = CLAIMS | {"email": "Zhiban@example.org", "email_verified": "yes"}
    token = jwt.encode({"alg": "ES256", "kid": "one"}, said, KEY)
    assert read(token).address == "", "said by a word is not verified"
    token = jwt.encode({"alg": "ES256", "kid": "one"}, said | {"email_verified": True}, KEY)
    assert read(token).address == "zhiban@example.org"
    for verified in (False, "true", None):
        with pytest.raises(NotBelieved):
            named(verified)


def test_another_key_of_the_same_name_is_refused() -> None:
    other = ECKey.generate_key("P-256", parameters={"kid": "one"})
    with pytest.raises(NotBelieved):
        read(jwt.encode({"alg": "ES256", "kid": "one"}, CLAIMS, other))


def test_a_token_that_is_over_is_refused_after_the_leeway() -> None:
    token = jwt.encode({"alg": "ES256", "kid": "one"}, CLAIMS, KEY)
    late = datetime.fromtimestamp(CLAIMS["exp"] + 61, UTC)  # type: ignore[operator]  # a number
    with pytest.raises(NotBelieved):
        read(token, late)


@pytest.mark.parametrize(
    "wrong",
    [
        {"issuer": f"{ISSUER}/"},
        {"token_endpoint": "http://id.example.org/token"},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"},
    ],
)
def test_a_description_that_cannot_be_trusted_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(NotBelieved):
        parse_provider(SAID | wrong, ISSUER)


def test_the_question_carries_state_nonce_and_the_challenge_alone() -> None:
    question = new_question()
    url = authorize_url(parse_provider(SAID, ISSUER), CLIENT, question)
    assert url.startswith(f"{ISSUER}/authorize?tenant=1&response_type=code&")
    assert question.verifier not in url
    assert challenge_of(question.verifier) in url
    assert len({question.state, question.nonce, question.verifier}) == 3
    assert question.state not in repr(question)


def test_the_challenge_is_the_one_of_the_standard() -> None:
    verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"  # RFC 7636, appendix B
    assert challenge_of(verifier) == "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"

"""Talks to the provider: its description and keys, kept for a while; codes for ID tokens."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from threading import BoundedSemaphore, Lock
from typing import Final

import msgspec
import niquests
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from joserfc.jws import extract_compact

from analytics.notices.outgoing import answer_beginning, direct_session
from dashboards.identity.errors import NotBelieved, ProviderAway
from dashboards.identity.oidc import (
    Client,
    Identity,
    Provider,
    Question,
    authorize_url,
    parse_provider,
    read_identity,
    require_closed,
)

TIMEOUT_S: Final = 10.0
KEEP: Final = timedelta(hours=1)
"""How long the provider's description and keys are believed to be the newest."""
AGAIN: Final = timedelta(seconds=30)
"""Keys are fetched anew for a key that is not known, but no more often than this."""
AT_ONCE: Final = 8
"""Sign-ins that wait for the provider at a time: one that hangs holds no more of our threads."""
_DESCRIPTION: Final = "/.well-known/openid-configuration"
_OK: Final = 200


class ProviderLink:
    """The provider of identities, as this console knows it; threads may share it.

    Args:
        client: What the provider knows of this console.
        clock: The platform's clock.
    """

    def __init__(
        self, client: Client, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    ) -> None:
        self._client, self._clock = client, clock
        self._lock = Lock()
        self._places = BoundedSemaphore(AT_ONCE)
        self._provider: Provider | None = None
        self._keys: KeySet | None = None
        self._provider_at = self._keys_at = datetime.min.replace(tzinfo=UTC)

    def authorize_url(self, question: Question) -> str:
        """Where the browser is sent to.

        Raises:
            ProviderAway: The provider does not describe itself.
        """
        with self._place():
            return authorize_url(self._described(), self._client, question)

    def identify(self, code: str, question: Question) -> Identity:
        """Who the browser came back as.

        Raises:
            ProviderAway: The provider does not answer.
            NotBelieved: It refuses the code, or its answer proves nothing.
        """
        with self._place():
            token = self._redeem(code, question.verifier)
            keys = self._keys_for(_key_id(token))
        return read_identity(
            token, keys, client=self._client, nonce=question.nonce, now=self._clock()
        )

    @contextmanager
    def _place(self) -> Iterator[None]:
        if not self._places.acquire(blocking=False):
            raise ProviderAway("enough people wait for the provider already")
        try:
            yield
        finally:
            self._places.release()

    def _described(self) -> Provider:
        with self._lock:
            known, age = self._provider, self._clock() - self._provider_at
        if known is not None and age < KEEP:
            return known
        issuer = require_closed(self._client.issuer)
        said = _fetch(issuer.rstrip("/") + _DESCRIPTION)
        found = parse_provider(said, self._client.issuer)
        with self._lock:
            self._provider, self._provider_at = found, self._clock()
        return found

    def _keys_for(self, key_id: str | None) -> KeySet:
        """The provider's keys; fetched anew when they are old or a key of that id is unknown."""
        with self._lock:
            known, age = self._keys, self._clock() - self._keys_at
        is_known = known is not None and (
            key_id is None or any(key.kid == key_id for key in known.keys)
        )
        if known is not None and age < (KEEP if is_known else AGAIN):
            return known
        said = _fetch(self._described().keys_url)
        try:
            found = KeySet.import_key_set(said)  # type: ignore[arg-type]  # whatever it is, it is checked there
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise ProviderAway("the provider's keys cannot be read") from error
        with self._lock:
            self._keys, self._keys_at = found, self._clock()
        return found

    def _redeem(self, code: str, verifier: str) -> str:
        """The ID token for a code."""
        provider, client = self._described(), self._client
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": client.back,
            "client_id": client.client_id,
            "code_verifier": verifier,
        }
        basic = None
        if client.client_secret and provider.takes_post:
            form["client_secret"] = client.client_secret
        elif client.client_secret:
            basic = (client.client_id, client.client_secret)
        try:
            with direct_session() as session:
                answer = session.post(
                    provider.token_url,
                    data=form,
                    auth=basic,
                    timeout=TIMEOUT_S,
                    allow_redirects=False,
                    stream=True,
                    headers={"Accept": "application/json"},
                )
                status, content = answer.status_code, answer_beginning(answer)
        except niquests.exceptions.RequestException as error:
            raise ProviderAway("the provider does not answer") from error
        if status != _OK:
            raise NotBelieved(f"the provider refuses the code with {status}")
        token = _decoded(content).get("id_token")
        if not isinstance(token, str):
            raise NotBelieved("the provider gave no ID token")
        return token


def _fetch(url: str) -> Mapping[str, object]:
    try:
        with direct_session() as session:
            answer = session.get(url, timeout=TIMEOUT_S, allow_redirects=False, stream=True)
            status, content = answer.status_code, answer_beginning(answer)
    except niquests.exceptions.RequestException as error:
        raise ProviderAway("the provider does not answer") from error
    if status != _OK:
        raise ProviderAway(f"the provider answers {status}")
    return _decoded(content)


def _decoded(content: bytes) -> Mapping[str, object]:
    try:
        return msgspec.json.decode(content, type=dict[str, object])
    except msgspec.DecodeError as error:
        raise ProviderAway("the provider's answer cannot be read") from error


def _key_id(token: str) -> str | None:
    """Which key a token names; nothing of it is believed yet."""
    try:
        found = extract_compact(token.encode()).headers().get("kid")
    except (JoseError, ValueError) as error:
        raise NotBelieved("the ID token cannot be read") from error
    return found if isinstance(found, str) else None

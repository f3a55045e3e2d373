"""Passkeys: what a browser is asked for, and what is believed of what it brings.

References:
    W3C Web Authentication Level 2, 7.1 (registration) and 7.2 (assertion).
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from webauthn import (
    base64url_to_bytes,
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import parse_authentication_credential_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from dashboards.identity.errors import NotBelieved

_NAME: Final = "Towerwatch"
_WRONG: Final = (WebAuthnException, ValueError, KeyError, TypeError)
"""What the library raises at something that is none of what the standard says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Whom passkeys are for: they are worth nothing at any other address.

    Attributes:
        origin: Such as https://tower.example.org.
        relying_party: The host of it.
    """

    origin: str
    relying_party: str

    @classmethod
    def of(cls, public_url: str) -> "Site":
        """The site of the console's own address."""
        parts = urlsplit(public_url)
        return cls(origin=f"{parts.scheme}://{parts.netloc}", relying_party=parts.hostname or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a browser is asked, and the random bytes that its answer has to sign.

    Attributes:
        options: JSON for the browser.
    """

    options: str
    challenge: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """A key of somebody.

    Attributes:
        sign_count: How often it has signed, as it says; 0: it does not count.
    """

    credential_id: bytes
    public_key: bytes = field(repr=False)
    sign_count: int


def ask_to_add(
    site: Site, *, name: str, display_name: str, handle: bytes, known: Sequence[bytes]
) -> Asked:
    """What a browser is asked to make a new key for somebody.

    Args:
        handle: What stands for the person inside the key; it tells nothing about them.
        known: Keys that the person has already.
    """
    options = generate_registration_options(
        rp_id=site.relying_party,
        rp_name=_NAME,
        user_name=name,
        user_id=handle,
        user_display_name=display_name,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
    )
    return Asked(options=options_to_json(options), challenge=options.challenge)


def read_new(site: Site, answer: str, challenge: bytes) -> Passkey:
    """The key that a browser made.

    Raises:
        NotBelieved: It answers another question, another site, or shows nobody was there.
    """
    try:
        found = verify_registration_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.relying_party,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except _WRONG as error:
        raise NotBelieved(f"the passkey is refused: {type(error).__name__}") from error
    return Passkey(
        credential_id=found.credential_id,
        public_key=found.credential_public_key,
        sign_count=found.sign_count,
    )


def ask_to_sign(site: Site, known: Sequence[bytes]) -> Asked:
    """What a browser is asked to show who somebody is.

    Args:
        known: The keys that may sign; none: whichever the browser has for this site.
    """
    options = generate_authentication_options(
        rp_id=site.relying_party,
        allow_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return Asked(options=options_to_json(options), challenge=options.challenge)


def credential_of(answer: str) -> bytes:
    """Which key a browser used; nothing of it is believed yet.

    Raises:
        NotBelieved: It is no answer.
    """
    try:
        return base64url_to_bytes(parse_authentication_credential_json(answer).id)
    except _WRONG as error:
        raise NotBelieved("the answer of the browser cannot be read") from error


def read_signed(site: Site, answer: str, challenge: bytes, key: Passkey) -> int:
    """How often the key has signed now, once its signature is believed.

    Raises:
        NotBelieved: The signature is wrong, or the count went back: somebody has a copy.
    """
    try:
        return verify_authentication_response(
            credential=answer,
            expected_challenge=challenge,
            expected_rp_id=site.relying_party,
            expected_origin=site.origin,
            credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count,
            require_user_verification=True,
        ).new_sign_count
    except _WRONG as error:
        raise NotBelieved(f"the passkey is refused: {type(error).__name__}") from error

"""Contacts as a file, and the secret file with their addresses: YAML in, values out."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import time, timedelta
from pathlib import Path
from typing import Annotated, Final, TypeVar

import structlog
import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from analytics.errors import BadContacts, BadSettings
from analytics.notices.contact import Channel, Contact, Hears, QuietHours
from analytics.notices.notice import secret_key
from gateway.secret_file import UnsafeSecret, require_closed

Word = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.-]{1,60}$")]
MAX_BYTES: Final = 4 * 1024 * 1024
SCHEMES: Final[Mapping[Channel, tuple[str, ...]]] = {
    Channel.WECOM: ("wecombot",),
    Channel.DINGTALK: ("dingtalk",),
    Channel.FEISHU: ("feishu",),
    Channel.MAIL: ("mailto", "mailtos"),
    Channel.SMS: ("http", "https"),
    Channel.CALL: ("http", "https"),
}
"""Schemes of an address by channel: apprise's own, and the web for gateways of SMS and voice."""
WEBHOOKS: Final = (Channel.SMS, Channel.CALL)

_log = structlog.get_logger("analytics.messages")


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a contact is reached.

    Attributes:
        url: Apprise's URL of a robot or mailbox, or the endpoint of an SMS or voice gateway.
        key: Signs requests to a gateway.
        to: Telephone number that the gateway shall reach.
    """

    url: str = field(repr=False)
    key: bytes = field(default=b"", repr=False)
    to: str = field(default="", repr=False)

    @property
    def scheme(self) -> str:
        """What stands before ://."""
        return self.url.partition("://")[0].lower()


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Quiet(_Section):
    begin: time = Field(alias="from")
    until: time


class _Line(_Section):
    organisation: Word
    role: Word
    channel: Channel
    address: Word
    hears: Annotated[frozenset[Hears], Field(min_length=1)] = frozenset(Hears)
    language: Annotated[str, Field(pattern="^(zh|en)$")] = "zh"
    after_s: Annotated[int, Field(ge=0, le=86_400)] = 0
    rounds: Annotated[int, Field(ge=1, le=10)] = 1
    every_s: Annotated[int, Field(ge=10, le=3600)] = 60
    quiet: _Quiet | None = None
    person: Annotated[str, Field(pattern=r"^[a-z0-9._-]{2,40}$")] | None = None


class _File(_Section):
    contacts: tuple[_Line, ...]


class _Gateway(_Section):
    url: Annotated[str, Field(pattern="^https?://")]
    secret: str
    to: Annotated[str, Field(pattern=r"^\+?[0-9 -]{3,20}$")]


class _Addresses(_Section):
    addresses: dict[Word, _Gateway | str]


def parse_contacts(source: str) -> tuple[Contact, ...]:
    """Contacts from the text of their file.

    Raises:
        BadContacts: The text is no YAML or a field is wrong; the message names each.
    """
    file = _read(_File, source, "the contacts")
    return tuple(
        Contact(
            organisation=line.organisation,
            role=line.role,
            channel=line.channel,
            address_key=line.address,
            hears=line.hears,
            language=line.language,
            after=timedelta(seconds=line.after_s),
            rounds=line.rounds,
            every=timedelta(seconds=line.every_s),
            quiet=_quiet(line.quiet),
            person=line.person or "",
        )
        for line in file.contacts
    )


def _quiet(given: _Quiet | None) -> QuietHours | None:
    return None if given is None else QuietHours(begin=given.begin, end=given.until)


def parse_addresses(source: str) -> dict[str, Address]:
    """Addresses by their names.

    Raises:
        BadContacts: The text is no YAML, or an address is wrong; no address is in the message.
    """
    file = _read(_Addresses, source, "the addresses")
    return {name: _address(name, given) for name, given in file.addresses.items()}


def _address(name: str, given: _Gateway | str) -> Address:
    if isinstance(given, str):
        if "://" not in given:
            raise BadContacts(f"address {name}: it is no URL")
        return Address(url=given)
    try:
        key = secret_key(given.secret)
    except BadSettings as error:
        raise BadContacts(f"address {name}: its secret is not whsec_ and base64") from error
    return Address(url=given.url, key=key, to=given.to)


def read_addresses(path: Path) -> dict[str, Address]:
    """Addresses from the secret file, which only its owner may read.

    Raises:
        BadContacts: The file is open to every user, cannot be read, or is wrong.
    """
    try:
        require_closed(path)
        source = path.read_text("utf-8")
    except (UnsafeSecret, OSError, UnicodeDecodeError) as error:
        raise BadContacts(str(error)) from error
    return parse_addresses(source)


class AddressBook(Mapping[str, Address]):
    """The addresses of a secret file, read anew when the file changes.

    A file that is wrong is said once in the log, and the addresses before it stay in force: a slip
    in an editor must not silence anybody.

    Raises:
        BadContacts: The file cannot be used when the book is opened.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._mark = _mark_of(path)
        self._known = read_addresses(path)

    def __getitem__(self, name: str) -> Address:
        return self._fresh()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._fresh())

    def __len__(self) -> int:
        return len(self._fresh())

    def _fresh(self) -> Mapping[str, Address]:
        mark = _mark_of(self._path)
        if mark == self._mark:
            return self._known
        self._mark = mark
        try:
            self._known = read_addresses(self._path)
        except BadContacts as error:
            _log.error("addresses_not_read", error=str(error))
        else:
            _log.info("addresses_read_anew", count=len(self._known))
        return self._known


def _mark_of(path: Path) -> tuple[int, ...]:
    """What tells a file from what it was; empty while it is away."""
    try:
        found = path.stat()
    except OSError:
        return ()
    return (found.st_mtime_ns, found.st_size, found.st_ino)


def unfit_addresses(contacts: tuple[Contact, ...], addresses: Mapping[str, Address]) -> list[str]:
    """Sentences about contacts whose address is absent or of another channel."""
    wrong = []
    for contact in contacts:
        address = addresses.get(contact.address_key)
        if address is None:
            wrong.append(f"{contact.organisation}: no address {contact.address_key}")
        elif address.scheme not in SCHEMES[contact.channel]:
            wrong.append(f"{contact.organisation}: {contact.address_key} is no {contact.channel}")
        elif contact.channel in WEBHOOKS and not address.key:
            wrong.append(f"{contact.organisation}: {contact.address_key} has no secret")
    return wrong


_Read = TypeVar("_Read", bound=_Section)


def _read(kind: type[_Read], source: str, what: str) -> _Read:
    if len(source) > MAX_BYTES:
        raise BadContacts(f"{what} have more than {MAX_BYTES} letters")
    try:
        return kind.model_validate(yaml.safe_load(source))
    except yaml.YAMLError:
        # Its message quotes the text, which may be a secret.
        raise BadContacts(f"{what} are no YAML") from None
    except ValidationError as error:
        said = "; ".join(
            f"{'.'.join(map(str, fault['loc']))}: {fault['msg']}"
            for fault in error.errors(include_input=False)
        )
        raise BadContacts(f"{what}: {said}") from None

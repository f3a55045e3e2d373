"""Agreements as values: who may read which fields of which places, for what, until when.

References:
    Data Security Law, articles 37 to 43, and Personal Information Protection Law, article 23: data
    of authorities is given for a stated purpose, within what it needs (unverified).
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, NewType

from analytics.errors import BadAgreement
from analytics.exchange.dataset import Dataset, dataset_of
from analytics.exchange.mask import Personal

AgreementCode = NewType("AgreementCode", str)
_CODE: Final = re.compile(r"[a-z0-9-]{2,40}")


class Standing(StrEnum):
    """Whether an agreement gives anything."""

    NOT_YET = "not_yet"
    IN_FORCE = "in_force"
    EXPIRED = "expired"
    ENDED = "ended"
    """It was withdrawn before its end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What an agreement gives, and when.

    Attributes:
        unmasked: Fields with personal data that are given as they are.
        place_path: Nothing outside this place is given.
        ends_at: Nothing is given from this moment on.
        ended_at: When it was withdrawn; None: it was not.
    """

    code: AgreementCode
    dataset: str
    fields: tuple[str, ...]
    unmasked: tuple[str, ...]
    place_path: str
    begins_at: datetime
    ends_at: datetime
    ended_at: datetime | None = None

    def standing(self, now: datetime) -> Standing:
        """How it stands at a moment."""
        if self.ended_at is not None:
            return Standing.ENDED
        if now < self.begins_at:
            return Standing.NOT_YET
        return Standing.IN_FORCE if now < self.ends_at else Standing.EXPIRED


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreement:
    """An agreement as it is made.

    Attributes:
        party: Who reads, as the paper says.
        place: Code of the place.
    """

    grant: Grant
    party: str
    purpose: str
    legal_basis: str

    def __post_init__(self) -> None:
        grant = self.grant
        if not _CODE.fullmatch(grant.code):
            raise BadAgreement("a code has 2 to 40 small letters, digits and dashes")
        for name, words in (
            ("party", self.party),
            ("purpose", self.purpose),
            ("legal basis", self.legal_basis),
        ):
            if not words.strip():
                raise BadAgreement(f"an agreement names its {name}")
        if grant.ends_at <= grant.begins_at:
            raise BadAgreement("an agreement ends after it begins")
        _check_fields(grant, require_dataset(grant.dataset))


def require_dataset(name: str) -> Dataset:
    """The dataset of that name.

    Raises:
        BadAgreement: There is none.
    """
    found = dataset_of(name)
    if found is None:
        raise BadAgreement(f"no dataset {name!r}")
    return found


def _check_fields(grant: Grant, dataset: Dataset) -> None:
    if not grant.fields:
        raise BadAgreement("an agreement gives at least one field")
    strange = [name for name in grant.fields if dataset.field(name) is None]
    if strange or len(set(grant.fields)) != len(grant.fields):
        raise BadAgreement(f"{dataset.name} has the fields {', '.join(dataset.names)}, each once")
    for name in grant.unmasked:
        field = dataset.field(name)
        if name not in grant.fields or field is None or field.personal is Personal.NONE:
            raise BadAgreement(f"{name} is no personal field that the agreement gives")

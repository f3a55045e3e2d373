"""A hand-over as values: the check list, its signatures, and what has passed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

from analytics.alarms.report import PlacePath
from analytics.digest import digest_of
from analytics.duties.matrix import OrganisationId

HandoverId = NewType("HandoverId", int)


class Condition(StrEnum):
    """How a thing was found."""

    GOOD = "good"
    DEFECT = "defect"
    MISSING = "missing"
    NOT_CHECKED = "not_checked"


class Side(StrEnum):
    """For whom somebody signs."""

    FROM = "from"
    TO = "to"
    WITNESS = "witness"
    """The community or the street; it may stand for a company that was removed (清退)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One line of the check list.

    Attributes:
        asset: Code of an asset; "" for keys, drawings, files.
    """

    item: str
    condition: Condition
    asset: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signature:
    """Who signed for a side.

    Attributes:
        digest: Over the check list's digest and the other fields: it fits no other list.
    """

    side: Side
    signer: str
    role: str
    signed_at: datetime
    digest: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """A hand-over.

    Attributes:
        from_id: Who stands for the company until then; None: nobody.
        to_id: Who stands for it from then on; None: nobody.
        done_at: When what was open was moved; None: it has not come.
    """

    id: HandoverId
    place_id: int
    place_path: PlacePath
    compound: str
    compound_zh: str
    at: datetime
    kind: str
    from_id: OrganisationId | None
    to_id: OrganisationId | None
    reason: str
    planned_at: datetime
    planned_by: str
    state: str
    done_at: datetime | None
    checklist_digest: bytes
    unsigned_reason: str

    @property
    def delay(self) -> timedelta | None:
        """How late it was carried out; None: it has not come."""
        return None if self.done_at is None else max(self.done_at - self.at, timedelta(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class Passed:
    """An open alarm or order that passed to the new organisation."""

    what: str
    subject_id: int
    from_id: OrganisationId | None
    to_id: OrganisationId | None
    effective_at: datetime
    moved_at: datetime
    clocks: int


def digest_of_list(compound: str, items: Sequence[Item]) -> bytes:
    """The fingerprint of a check list, in its order."""
    fields = [part for one in items for part in (one.asset, one.item, one.condition, one.note)]
    return digest_of("handover", compound, len(items), *fields)


def sign(checklist: bytes, side: Side, signer: str, role: str, at: datetime) -> Signature:
    """A signature under a check list."""
    digest = digest_of(checklist.hex(), side, signer, role, at)
    return Signature(side=side, signer=signer, role=role, signed_at=at, digest=digest)


def is_genuine(checklist: bytes, signature: Signature) -> bool:
    """Whether a signature belongs to the check list as it stands."""
    again = sign(checklist, signature.side, signature.signer, signature.role, signature.signed_at)
    return again.digest == signature.digest


def missing_sides(signatures: Sequence[Signature]) -> tuple[Side, ...]:
    """The sides that still have to sign; a witness may stand for the former one."""
    signed = {one.side for one in signatures}
    has_former = Side.FROM in signed or Side.WITNESS in signed
    missing = () if has_former else (Side.FROM,)
    return missing if Side.TO in signed else (*missing, Side.TO)


def incomplete(items: Sequence[Item], assets: Sequence[str]) -> tuple[str, ...]:
    """Assets that the check list does not name, or that nobody has looked at."""
    looked = {one.asset for one in items if one.condition is not Condition.NOT_CHECKED}
    return tuple(code for code in assets if code not in looked)

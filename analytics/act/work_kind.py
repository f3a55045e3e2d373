"""What people ask for around work: reports, rounds, joint calls, ratings, the maintenance fund."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar, Final

from analytics.act.kind import ActBase, ActKind
from analytics.orders.rating import Rater
from analytics.orders.report import Category, Source
from analytics.orders.work_order import OrderId

MOST_PHOTOS: Final = 6
MOST_PARTIES: Final = 12
_CONTACT: Final = 80


@dataclass(frozen=True, slots=True, kw_only=True)
class FileReport(ActBase):
    """Somebody says what is wrong; the text describes it.

    Attributes:
        place: Code of the place; empty where an asset is named.
        asset: Code of the asset, as its QR code says; empty: not known.
        case_number: Number of the hotline's own case.
        contact: How to reach who reports.
        photos: SHA-256 of files that were stored, hexadecimal.
        is_fine: Of a round: all is well at the point.
    """

    kind: ClassVar[ActKind] = ActKind.REPORT

    category: Category = Category.OTHER
    source: Source = Source.RESIDENT
    place: str = ""
    asset: str = ""
    case_number: str = ""
    checkpoint: str = ""
    contact: str = ""
    photos: tuple[str, ...] = ()
    is_fine: bool = False

    def __post_init__(self) -> None:
        if not (self.place or self.asset or self.checkpoint):
            raise ValueError("a report names a place, an asset or a point of a round")
        if self.source is Source.HOTLINE and not self.case_number:
            raise ValueError("a hotline's case has a number")
        if len(self.photos) > MOST_PHOTOS or len(self.contact) > _CONTACT:
            raise ValueError(f"at most {MOST_PHOTOS} photos, {_CONTACT} characters of contact")
        ActBase.__post_init__(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class CallTogether(ActBase):
    """社区吹哨: several departments are called to one place; the text says why.

    Attributes:
        place: Code of the place.
        parties: Kinds of organisation that are called.
    """

    kind: ClassVar[ActKind] = ActKind.CALL_TOGETHER
    needs_text: ClassVar[bool] = True

    place: str
    parties: tuple[str, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(set(self.parties)) <= MOST_PARTIES:
            raise ValueError(f"1 to {MOST_PARTIES} departments")
        ActBase.__post_init__(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskRating(ActBase):
    """A link is made that lets somebody rate the order once.

    Attributes:
        token_hash: SHA-256 of the token, hexadecimal; the token itself is in the link only.
    """

    kind: ClassVar[ActKind] = ActKind.ORDER_ASK_RATING

    order_id: OrderId
    token_hash: str
    rater: Rater = Rater.RESIDENT


@dataclass(frozen=True, slots=True, kw_only=True)
class RateOrder(ActBase):
    """Somebody with a link rates the order; the text is the comment."""

    kind: ClassVar[ActKind] = ActKind.ORDER_RATE

    token_hash: str
    stars: int


class FundStep(StrEnum):
    """What happens to an application to the maintenance fund."""

    APPLY = "apply"
    APPROVE = "approve"
    REJECT = "reject"
    SETTLE = "settle"
    PUBLISH = "publish"


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveFund(ActBase):
    """A step of an emergency repair that the maintenance fund pays; the text is the evidence.

    Attributes:
        item: Code of the emergency repair list, for an application.
        amount_fen: Final amount [fen], for a settlement.
    """

    kind: ClassVar[ActKind] = ActKind.ORDER_FUND

    order_id: OrderId
    step: FundStep
    item: str = ""
    amount_fen: int = 0


WorkAct = FileReport | CallTogether | AskRating | RateOrder | MoveFund
WORK_ON_ORDER: Final[Mapping[ActKind, type[AskRating | MoveFund]]] = {
    item.kind: item for item in (AskRating, MoveFund)
}
WORK_ELSEWHERE: Final[Mapping[ActKind, type[FileReport | CallTogether | RateOrder]]] = {
    item.kind: item for item in (FileReport, CallTogether, RateOrder)
}

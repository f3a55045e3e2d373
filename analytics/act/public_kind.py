"""What people ask for around the public board and the monthly rating, and photos of the work."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar, Final

from analytics.act.kind import ActBase, ActKind
from analytics.orders.work_order import OrderId
from analytics.supervision.board import Field, Post
from analytics.supervision.survey import GIVERS, OWNER, Answer, month_named

MOST_SLIPS: Final = 1000
MOST_ANSWERS: Final = 2000
MOST_PHOTOS: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class AddPhotos(ActBase):
    """Photos of the work on an order.

    Attributes:
        photos: SHA-256 of files that were stored, hexadecimal.
    """

    kind: ClassVar[ActKind] = ActKind.ORDER_PHOTO

    order_id: OrderId
    photos: tuple[str, ...]

    def __post_init__(self) -> None:
        if not 1 <= len(self.photos) <= MOST_PHOTOS:
            raise ValueError(f"1 to {MOST_PHOTOS} photos")
        ActBase.__post_init__(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class PostOnBoard(ActBase):
    """Something is posted on the board of a compound; the text is what stands there.

    Attributes:
        place: Code of the compound.
        asset: Code of the lift whose spending it is.
        amount_fen: For spending [fen].
    """

    kind: ClassVar[ActKind] = ActKind.BOARD_POST

    place: str
    field: Field
    asset: str = ""
    period: str = ""
    amount_fen: int | None = None

    @property
    def post(self) -> Post:
        """What is posted."""
        return Post(
            field=self.field,
            text=self.text,
            asset=self.asset,
            period=self.period,
            amount_fen=self.amount_fen,
        )

    def __post_init__(self) -> None:
        ActBase.__post_init__(self)
        _ = self.post


@dataclass(frozen=True, slots=True, kw_only=True)
class MakeSlips(ActBase):
    """Codes for households of a compound.

    Attributes:
        place: Code of the compound.
        households: Door numbers.
        token_hashes: SHA-256 of each household's token, hexadecimal, in the same order.
    """

    kind: ClassVar[ActKind] = ActKind.SLIPS_MAKE

    place: str
    households: tuple[str, ...]
    token_hashes: tuple[str, ...]
    giver: str = OWNER

    def __post_init__(self) -> None:
        ActBase.__post_init__(self)
        if not 1 <= len(self.households) <= MOST_SLIPS:
            raise ValueError(f"1 to {MOST_SLIPS} households")
        if len(set(self.households)) != len(self.households):
            raise ValueError("a household stands there twice")
        if len(self.token_hashes) != len(self.households):
            raise ValueError("a code for each household")
        if self.giver not in GIVERS:
            raise ValueError("giver is owner or committee")


@dataclass(frozen=True, slots=True, kw_only=True)
class RateMonth(ActBase):
    """A household rates the company of its compound; the text is its comment."""

    kind: ClassVar[ActKind] = ActKind.RATE_MONTH

    token_hash: str
    stars: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportRatings(ActBase):
    """Answers that were given on paper or elsewhere.

    Attributes:
        place: Code of the compound.
        month: Such as 2026-11.
    """

    kind: ClassVar[ActKind] = ActKind.RATINGS_IMPORT

    place: str
    month: str
    answers: tuple[Answer, ...]

    def __post_init__(self) -> None:
        ActBase.__post_init__(self)
        month_named(self.month)
        if not 1 <= len(self.answers) <= MOST_ANSWERS:
            raise ValueError(f"1 to {MOST_ANSWERS} answers")


PublicAct = AddPhotos | PostOnBoard | MakeSlips | RateMonth | ImportRatings
PUBLIC_ON_ORDER: Final[Mapping[ActKind, type[AddPhotos]]] = {AddPhotos.kind: AddPhotos}
PUBLIC_ELSEWHERE: Final[
    Mapping[ActKind, type[PostOnBoard | MakeSlips | RateMonth | ImportRatings]]
] = {item.kind: item for item in (PostOnBoard, MakeSlips, RateMonth, ImportRatings)}

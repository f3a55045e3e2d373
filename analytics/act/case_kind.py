"""What other platforms ask for: take a case in or correct it, withdraw it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from analytics.act.kind import ActBase, ActKind
from analytics.exchange.case import CaseMessage
from analytics.orders.report import Category

EXCHANGE_ROLE: Final = "exchange"
"""The role of a platform that holds a key; no person has it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakeCase(ActBase):
    """A case or its correction; the text describes it.

    Attributes:
        system: The platform that sends it.
    """

    kind: ClassVar[ActKind] = ActKind.CASE_TAKE

    system: str
    number: str
    category: Category
    reported_at: datetime
    revision: int = 1
    place: str = ""
    asset: str = ""
    contact: str = ""

    def __post_init__(self) -> None:
        ActBase.__post_init__(self)
        _ = self.message

    @property
    def message(self) -> CaseMessage:
        """What the sender says."""
        return CaseMessage(
            number=self.number,
            revision=self.revision,
            category=self.category,
            text=self.text,
            place=self.place,
            asset=self.asset,
            contact=self.contact,
            reported_at=self.reported_at,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawCase(ActBase):
    """The sender takes a case back; the text says why."""

    kind: ClassVar[ActKind] = ActKind.CASE_WITHDRAW
    needs_text: ClassVar[bool] = True

    system: str
    number: str


CaseAct = TakeCase | WithdrawCase
CASE_ACTS: Final[Mapping[ActKind, type[CaseAct]]] = {
    item.kind: item for item in (TakeCase, WithdrawCase)
}

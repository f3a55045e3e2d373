"""What administrators ask for about limits."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar, Final

from analytics.act.kind import ActBase, ActKind
from analytics.limits.book import SettingId, Target


@dataclass(frozen=True, slots=True, kw_only=True)
class SetLimit(ActBase):
    """From then on this limit holds there; the text says why.

    Attributes:
        place: Code of the place at and below which it holds; empty where an asset is named.
        asset: Code of the one asset for which it holds; empty: all of the class.
        value: [unit of the metric].
        standard: The catalogue's limit that it replaces [unit]; None: the site's own.
        valid_from: When it begins; None: at once.
    """

    kind: ClassVar[ActKind] = ActKind.LIMIT_SET
    needs_text: ClassVar[bool] = True

    asset_class: str
    metric: str
    is_floor: bool
    value: float
    standard: float | None = None
    place: str = ""
    asset: str = ""
    valid_from: datetime | None = None

    def __post_init__(self) -> None:
        if bool(self.place) is bool(self.asset):
            raise ValueError("a limit is for a place or for one asset")
        if self.valid_from is not None and self.valid_from.tzinfo is None:
            raise ValueError("a time has a zone")
        ActBase.__post_init__(self)

    @property
    def target(self) -> Target:
        """Which limit is meant."""
        return Target(
            asset_class=self.asset_class,
            metric=self.metric,
            is_floor=self.is_floor,
            standard=self.standard,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawLimit(ActBase):
    """The limit ends, and what held before holds again; the text says why."""

    kind: ClassVar[ActKind] = ActKind.LIMIT_WITHDRAW
    needs_text: ClassVar[bool] = True

    setting: SettingId


LimitAct = SetLimit | WithdrawLimit
LIMIT_ACTS: Final[Mapping[ActKind, type[LimitAct]]] = {
    item.kind: item for item in (SetLimit, WithdrawLimit)
}

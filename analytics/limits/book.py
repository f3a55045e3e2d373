"""Which limit holds for an asset: the catalogue's, or what an administrator set in its place.

The nearest setting wins: the asset's own, else that of the smallest place around it; of two for the
same target the one that is valid from the later time. Nothing is overwritten: withdrawing a setting
brings back whatever held before it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, NewType

from analytics.alarms.alarm import AssetId
from analytics.detectors.limit import LIMITS, Limit
from gateway.catalogue import Text, asset_class

SettingId = NewType("SettingId", int)
LONGEST_AHEAD: Final = timedelta(days=90)
"""A setting may begin so much later; what is farther away is forgotten by then. Site rule."""
_OWN: Final = Text(zh="超出本单位设定的限值", en="beyond the limit that the site has set")


class Fault(StrEnum):
    """What is wrong with a limit that somebody wants to set."""

    UNKNOWN = "unknown"
    """No such class, metric or limit of the catalogue."""
    OUT_OF_BOUNDS = "out_of_bounds"
    NOT_THEN = "not_then"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Which limit is meant.

    Attributes:
        standard: Value of the catalogue's limit that is replaced [unit]; None: the catalogue has
            none on this side, the limit is the site's own.
    """

    asset_class: str
    metric: str
    is_floor: bool
    standard: float | None = None

    @property
    def of_catalogue(self) -> Limit | None:
        """The catalogue's limit that is replaced."""
        return next((limit for limit in LIMITS if target_of(limit) == self), None)


def target_of(limit: Limit) -> Target:
    """What stands for a limit of the catalogue."""
    return Target(
        asset_class=limit.asset_class,
        metric=limit.metric,
        is_floor=limit.is_floor,
        standard=limit.value,
    )


def bounds_of(target: Target) -> tuple[float, float] | None:
    """Between which values the limit may be set [unit]; None: there is no such limit.

    Where the catalogue has limits on a side, one of them is named: a second, laxer one beside
    them would only confuse.
    """
    limit = target.of_catalogue
    if limit is not None:
        return limit.least, limit.most
    has_standard = any(
        (one.asset_class, one.metric, one.is_floor)
        == (target.asset_class, target.metric, target.is_floor)
        for one in LIMITS
    )
    return None if has_standard or target.standard is not None else _range_of(target)


def _range_of(target: Target) -> tuple[float, float] | None:
    metric = asset_class(target.asset_class).metric(target.metric)
    return None if metric is None else (metric.low, metric.high)


def fault_of(
    target: Target, value: float, valid_from: datetime | None, now: datetime
) -> Fault | None:
    """Why a limit cannot be set so; None: it can."""
    bounds = bounds_of(target)
    if bounds is None:
        return Fault.UNKNOWN
    if not bounds[0] <= value <= bounds[1]:
        return Fault.OUT_OF_BOUNDS
    if valid_from is not None and valid_from > now + LONGEST_AHEAD:
        return Fault.NOT_THEN
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class Setting:
    """A limit that an administrator set.

    Attributes:
        asset: The one asset that it is for; None: all of its class at and below the place.
        value: [unit of the metric].
    """

    id: SettingId
    target: Target
    place_path: str
    asset: AssetId | None
    value: float
    reason: str
    set_by: str
    valid_from: datetime

    def covers(self, asset: AssetId, path: str) -> bool:
        """Whether it is about an asset that stands there."""
        if self.asset is not None:
            return self.asset == asset
        return path == self.place_path or path.startswith(f"{self.place_path}.")

    @property
    def nearness(self) -> tuple[bool, int, datetime, int]:
        """The greater, the more it counts."""
        return (self.asset is not None, self.place_path.count("."), self.valid_from, self.id)

    @property
    def limit(self) -> Limit:
        """The limit as detectors know one."""
        standard = self.target.of_catalogue
        return Limit(
            asset_class=self.target.asset_class,
            metric=self.target.metric,
            value=self.value,
            is_floor=self.target.is_floor,
            meaning=_OWN if standard is None else standard.meaning,
            basis=f"{self.set_by}: {self.reason}",
            least=self.value,
            most=self.value,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A limit that holds for an asset.

    Attributes:
        setting: Who set it and why; None: it is the catalogue's own.
    """

    limit: Limit
    setting: Setting | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitBook:
    """The limits in force.

    Attributes:
        settings: What administrators set, valid now.
        paths: Where the assets stand that a setting may be about; one that was retired stands nowhere.
    """

    settings: Sequence[Setting] = ()
    paths: Mapping[AssetId, str] = field(default_factory=dict)

    def settings_of(self, of_class: str, asset: AssetId) -> dict[Target, Setting]:
        """What was set for an asset: of each limit the nearest; of one that stands nowhere, nothing."""
        found: dict[Target, Setting] = {}
        path = self.paths.get(asset)
        if path is None:
            return found
        for setting in self.settings:
            if setting.target.asset_class != of_class or not setting.covers(asset, path):
                continue
            rival = found.get(setting.target)
            if rival is None or setting.nearness > rival.nearness:
                found[setting.target] = setting
        return found

    def held_for(self, of_class: str, asset: AssetId) -> list[Held]:
        """Everything that an asset is judged by: the catalogue's limits, or what replaces them."""
        placed = self.settings_of(of_class, asset) if self.settings else {}
        found = {
            target_of(limit): Held(limit=limit) for limit in LIMITS if limit.asset_class == of_class
        }
        found |= {
            target: Held(limit=setting.limit, setting=setting) for target, setting in placed.items()
        }
        return list(found.values())

    def limits_of(
        self, of_class: str, asset: AssetId, metric: str, *, is_floor: bool
    ) -> list[Limit]:
        """The limits of a metric of an asset in the order in which a change reaches them."""
        chosen = [
            held.limit
            for held in self.held_for(of_class, asset)
            if (held.limit.metric, held.limit.is_floor) == (metric, is_floor)
        ]
        return sorted(chosen, key=lambda limit: limit.value, reverse=is_floor)

    @property
    def targets(self) -> tuple[Target, ...]:
        """Every limit there is somewhere: of the catalogue, and the site's own."""
        return (*map(target_of, LIMITS), *(setting.target for setting in self.settings))

    def watched_metrics(self, of_class: str) -> tuple[str, ...]:
        """Metrics of a class that have a limit somewhere."""
        return _each(one.metric for one in self.targets if one.asset_class == of_class)

    @property
    def watched_classes(self) -> tuple[str, ...]:
        """Classes that have a limit somewhere."""
        return _each(one.asset_class for one in self.targets)

    @property
    def set_classes(self) -> tuple[str, ...]:
        """Classes for which an administrator has set something."""
        return _each(setting.target.asset_class for setting in self.settings)

    def set_metrics(self, of_class: str) -> tuple[str, ...]:
        """Metrics of a class for which an administrator has set something."""
        return _each(
            setting.target.metric
            for setting in self.settings
            if setting.target.asset_class == of_class
        )


CATALOGUE_BOOK: Final = LimitBook()
"""Nothing was set: the catalogue's limits."""


def _each(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))

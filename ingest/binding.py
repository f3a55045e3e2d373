"""Which asset a gateway's code means, and from when until when: the registry as admission sees it.

The first binding of a code also stands for the time before it, so that what a gateway recorded
before it was registered finds its asset.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from gateway.catalogue import AssetClass
from gateway.topic import GatewayId

EVER: Final = 1 << 62
"""Beyond every time [ms]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A code of a gateway means this asset from `from_ms` until before `until_ms` [ms UTC]."""

    asset_id: int
    kind: AssetClass = field(repr=False)
    from_ms: int = -EVER
    until_ms: int = EVER


@dataclass(frozen=True, slots=True, kw_only=True)
class Codes:
    """The codes of one gateway.

    Attributes:
        always: Codes that mean one asset for ever.
        dated: Codes whose meaning changed or ended, in order of time.
    """

    always: Mapping[str, Bound]
    dated: Mapping[str, tuple[Bound, ...]]

    def at(self, code: str, ms: int) -> Bound | None:
        """What the code meant at a time; None when nothing."""
        if (bound := self.always.get(code)) is not None:
            return bound
        found = (b for b in self.dated.get(code, ()) if b.from_ms <= ms < b.until_ms)
        return next(found, None)


NO_CODES: Final = Codes(always={}, dated={})


@dataclass(frozen=True, slots=True, kw_only=True)
class Bindings:
    """The codes of the gateways in a batch.

    Attributes:
        foreign: Codes, unknown to their gateway, that mean an asset of another gateway.
    """

    by_gateway: Mapping[GatewayId, Codes]
    foreign: frozenset[str] = frozenset()

    def of(self, gateway: GatewayId) -> Codes:
        """The codes of a gateway; none for an unknown one."""
        return self.by_gateway.get(gateway, NO_CODES)


def codes_of(bound: Iterable[tuple[str, Bound]]) -> Codes:
    """The codes of one gateway from its bindings, in any order."""
    by_code: dict[str, list[Bound]] = {}
    for code, one in bound:
        by_code.setdefault(code, []).append(one)
    always: dict[str, Bound] = {}
    dated: dict[str, tuple[Bound, ...]] = {}
    for code, some in by_code.items():
        ordered = sorted(some, key=lambda one: one.from_ms)
        first = ordered[0]
        ordered[0] = Bound(asset_id=first.asset_id, kind=first.kind, until_ms=first.until_ms)
        if len(ordered) == 1 and first.until_ms >= EVER:
            always[code] = ordered[0]
        else:
            dated[code] = tuple(ordered)
    return Codes(always=always, dated=dated)

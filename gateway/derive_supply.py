"""Loss of pressure in the water main, derived at the edge from its gauge; core, no clock.

The gauge of a main stands before every pump of the compound: low pressure there is the supplier's,
low pressure behind it with a sound main is the building's own. Many such gauges send values alone,
without limit contacts, so the gateway judges them; a gauge that says it itself is heard too.

Limits: a main that serves at ground level has at least 0.14 MPa at its end (rule of the water trade,
unverified); below 0.05 MPa it is called lost (site rule). Between two samples the last value
stands, for at most SILENCE_S; after a longer silence nothing half-measured is believed, but what
is raised stays raised until it is seen to be over. A missing or broken sensor says nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import isfinite
from typing import Final

from gateway.derive import Change
from gateway.sample import Sample

SUPPLY_LOST: Final = "supply_pressure_lost"
SUPPLY_LOW: Final = "supply_pressure_low"
DERIVED_SUPPLY: Final = (SUPPLY_LOST, SUPPLY_LOW)

LOST_KPA = 50.0
LOW_KPA = 140.0
BACK_KPA = 20.0
"""So far above its limit the pressure is back [kPa]."""
LOST_S = 30.0
LOW_S = 300.0
"""A hydrant that is flushed, or the morning's draw, pulls the pressure down for less than this."""
BACK_S = 60.0
SILENCE_S = 180.0
"""Three intervals of the class."""


@dataclass(slots=True)
class _Limit:
    """How long the pressure lies on either side of one limit."""

    event: str
    limit_kpa: float
    hold_s: float
    text: str
    below_s: float | None = None
    above_s: float | None = None

    def see(self, kpa: float, steady_s: float) -> None:
        if kpa < self.limit_kpa:
            self.below_s, self.above_s = _first(self.below_s, steady_s), None
        elif kpa >= self.limit_kpa + BACK_KPA:
            self.below_s, self.above_s = None, _first(self.above_s, steady_s)
        else:
            self.below_s = self.above_s = None

    def forget(self) -> None:
        self.below_s = self.above_s = None

    def judge(self, steady_s: float, *, is_raised: bool) -> Change | None:
        if not is_raised and self.below_s is not None and steady_s - self.below_s >= self.hold_s:
            return Change(event=self.event, is_raised=True, code="limit", text=self.text)
        if is_raised and self.above_s is not None and steady_s - self.above_s >= BACK_S:
            return Change(event=self.event, is_raised=False, code="over", text="供水压力恢复")
        return None


def _first(since_s: float | None, steady_s: float) -> float:
    return steady_s if since_s is None else since_s


def _limits() -> list[_Limit]:
    return [
        _Limit(SUPPLY_LOST, LOST_KPA, LOST_S, f"市政供水压力低于{LOST_KPA:.0f} kPa超过30秒"),
        _Limit(SUPPLY_LOW, LOW_KPA, LOW_S, f"市政供水压力低于{LOW_KPA:.0f} kPa超过5分钟"),
    ]


@dataclass(slots=True)
class SupplyWatch:
    """The derived conditions of one main. `raised` may come from before a restart."""

    raised: set[str] = field(default_factory=set)
    _limits: list[_Limit] = field(default_factory=_limits)
    _sampled_s: float | None = None
    _now_s: float = 0.0

    def observe(self, sample: Sample, steady_s: float) -> list[Change]:
        """Take a sample; answers what began or ended."""
        self._now_s = max(self._now_s, steady_s)
        if self._sampled_s is not None and self._now_s - self._sampled_s > SILENCE_S:
            for limit in self._limits:
                limit.forget()
        kpa = sample.values.get("pressure")
        if kpa is None or not isfinite(kpa):
            return []
        self._sampled_s = self._now_s
        for limit in self._limits:
            limit.see(kpa, self._now_s)
        return self._judge(self._now_s)

    def tick(self, steady_s: float) -> list[Change]:
        """Let time pass without a sample: the last value stands for a while."""
        self._now_s = max(self._now_s, steady_s)
        if self._sampled_s is None:
            return []
        return self._judge(min(self._now_s, self._sampled_s + SILENCE_S))

    def take_back(self, changes: Sequence[Change]) -> None:
        """Changes that could not be stored: they are judged, and said, again."""
        for change in changes:
            if change.is_raised:
                self.raised.discard(change.event)
            else:
                self.raised.add(change.event)

    def _judge(self, steady_s: float) -> list[Change]:
        judged = [one.judge(steady_s, is_raised=one.event in self.raised) for one in self._limits]
        found = [change for change in judged if change is not None]
        for change in found:
            if change.is_raised:
                self.raised.add(change.event)
            else:
                self.raised.discard(change.event)
        return found

"""Makers of plays for these tests."""

import dataclasses
from collections.abc import Iterator, Sequence

import msgspec

from gateway.sample import Sample
from simulators.building import AssetCode, Compound
from simulators.demo import compound_named
from simulators.faults import Fault, FaultId, FaultKind
from simulators.model import Moment
from simulators.play import Play, Second
from simulators.scenario import Scenario, fetch_scenario
from simulators.truth import encode_truth

MORNING_MS = 1_740_958_200_000
"""Monday, 3 March 2025, 07:30 in China."""
NIGHT_MS = MORNING_MS - 4 * 3_600_000


def moments(seconds: int, start_ms: int = MORNING_MS, step_ms: int = 1000) -> Iterator[Moment]:
    return (Moment(elapsed_s=k, at_ms=start_ms + step_ms * k) for k in range(seconds))


def compound_of(*codes: str) -> Compound:
    """The demo compound with these assets alone; without any, all of it."""
    whole = compound_named("demo")
    chosen = tuple(asset for asset in whole.assets if not codes or asset.code in codes)
    return dataclasses.replace(whole, assets=chosen)


def played(
    seconds: int,
    *,
    scenario: str = "demo",
    seed: int = 1,
    start_ms: int = MORNING_MS,
    only: Sequence[str] = (),
) -> list[Second]:
    compound = compound_of(*only)
    play = Play(compound, fetch_scenario(scenario, compound), seed)
    return [play.step(moment) for moment in moments(seconds, start_ms)]


def played_with(*faults: Fault, seconds: int) -> list[Second]:
    scenario = Scenario(name="test", note="", faults=faults)
    play = Play(compound_of(*{fault.asset for fault in faults}), scenario, 1)
    return [play.step(moment) for moment in moments(seconds)]


def fault(kind: FaultKind, asset: str, onset_s: int = 10, **rest: float) -> Fault:
    ends_s = int(rest["ends_s"]) if "ends_s" in rest else None
    return Fault(
        id=FaultId(f"{kind}-1"),
        kind=kind,
        asset=AssetCode(asset),
        cause="test",
        onset_s=onset_s,
        ends_s=ends_s,
        rate=rest.get("rate", 0.0),
    )


def samples_of(seconds: Sequence[Second], asset: str) -> list[Sample]:
    return [c.sample for s in seconds for c in s.samples if c.sample.asset == asset]


def series(seconds: Sequence[Second], asset: str, metric: str) -> list[float]:
    values = (sample.values[metric] for sample in samples_of(seconds, asset))
    return [value for value in values if value is not None]


def told(seconds: Sequence[Second]) -> list[tuple[int, str, str, str]]:
    """All events: second, asset, event, state."""
    return [(s.moment.elapsed_s, e.asset, e.event, e.state) for s in seconds for e in s.events]


def as_bytes(seconds: Sequence[Second]) -> bytes:
    lines = []
    for second in seconds:
        lines += [msgspec.json.encode((c.class_name, c.sample)) for c in second.samples]
        lines += [msgspec.json.encode(event) for event in second.events]
        lines += [encode_truth(one) for one in second.facts]
    return b"\n".join(lines)

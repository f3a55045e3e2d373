"""The demonstration's compound as the warnings see it: the leak in time, and nothing else."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

from analytics.alarms.alarm import AssetId
from analytics.limits.book import CATALOGUE_BOOK
from analytics.warnings.cycle import CycleConfig, Finding, ModelState, cycle
from analytics.warnings.window import BinRow, Span, align
from gateway.catalogue import asset_class
from gateway.report import FrameGate
from simulators.demo.garden import garden
from simulators.model import Moment
from simulators.play import Play
from simulators.scenario import fetch_scenario

START = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
CONFIG = CycleConfig(horizon=timedelta(seconds=600))
BINS = 32
Frames = dict[str, list[tuple[str, float, dict[str, float | None]]]]


def found_in(scenario: str, seconds: int) -> list[tuple[int, str, Finding]]:
    """Play a scenario as the gateway would send it, with a cycle every five seconds."""
    compound = garden()
    play = Play(compound, fetch_scenario(scenario, compound), seed=1)
    gates: dict[str, FrameGate] = {}
    frames: Frames = defaultdict(list)
    found = []
    for second in range(seconds):
        at = START + timedelta(seconds=second)
        moment = Moment(elapsed_s=second, at_ms=int(at.timestamp() * 1000))
        for item in play.step(moment).samples:
            gate = gates.setdefault(item.sample.asset, FrameGate(asset_class(item.class_name)))
            frame = gate.take(item.sample)
            if frame is not None:
                sent = (frame.asset, frame.at_ms / 1000, frame.values)
                frames[item.class_name].append(sent)
        if second % 5 == 0:
            found += [(second, *seen) for seen in look(frames, at)]
    return found


def look(frames: Frames, at: datetime) -> list[tuple[str, Finding]]:
    span = Span(end=at, length=timedelta(seconds=120), bins=BINS)
    found = []
    for name in CATALOGUE_BOOK.watched_classes:
        codes = sorted({code for code, _, _ in frames[name]})
        window = align(
            name, span, CATALOGUE_BOOK.watched_metrics(name), bins_of(frames, name, span, codes)
        )
        findings = cycle(window, ModelState(), CONFIG).findings
        found += [(codes[finding.asset], finding) for finding in findings]
    return found


def bins_of(frames: Frames, name: str, span: Span, codes: list[str]) -> list[BinRow]:
    gathered: dict[tuple[int, int], list[dict[str, float | None]]] = defaultdict(list)
    for code, at_s, values in frames[name]:
        place = int((at_s - span.start.timestamp()) // span.bin_s)
        gathered[codes.index(code), place].append(values)
    return [
        BinRow(
            asset=AssetId(asset),
            bin=place,
            means=tuple(
                mean([row.get(metric) for row in rows])
                for metric in CATALOGUE_BOOK.watched_metrics(name)
            ),
        )
        for (asset, place), rows in gathered.items()
    ]


def mean(values: list[float | None]) -> float | None:
    there = [value for value in values if value is not None]
    return sum(there) / len(there) if there else None


def test_the_leak_of_the_demonstration_is_warned_of_within_a_minute_and_nothing_else_is() -> None:
    found = found_in("demo", 100)
    assert {(code, item.metric) for _, code, item in found} == {("H-1", "pressure")}
    second, _, first = found[0]
    assert second <= 75
    # H-1 starts to lose 0.8 kPa/s at 10 s from about 260 kPa.
    truth = START + timedelta(seconds=10 + (260 - 150) / 0.8)
    assert first.expected_from <= truth <= first.expected_until


def test_a_quiet_compound_is_warned_of_nothing() -> None:
    assert found_in("quiet", 240) == []

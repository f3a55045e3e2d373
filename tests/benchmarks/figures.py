"""The figures of a run: medians over its rounds."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from statistics import median
from typing import Final

import msgspec

from tests.benchmarks.case import Baseline, Lane, Seen, bottleneck, platform_share, quantile
from tests.benchmarks.meter import Usage
from tests.benchmarks.run import GENERATOR, Measured

MS: Final = 1000.0


class Figures(msgspec.Struct, kw_only=True):
    """`bench.json`: medians over rounds; null where a load was not run.

    Attributes:
        ratio: Platform to the user's script into a hypertable, in the same run.
        ratio_kindest: The same to the script into a table without an index.
        cpu_us_per_sample: CPU of each process, of the throughput load [us].
        city_peak_busy_share: Of both cores, generator not counted, 0 to 1.
        failed: Loads of rounds that broke off.
        memory_mib: Largest of each process at the end of a load [MiB].
        city_average_behind: Messages without a receipt when the last new one was sent, of the load
            of every compound on average; `city_peak_behind` the same at its peak. A second's load
            is 2,632 messages.
        city_average_message_to_receipt_p99_ms: In the steady part, queues included [ms].
        lost: Messages, values or events that were sent and are not stored, over all rounds.
        foreign_share: Share of all cores that others used, of each load, 0 to 1.
        rounds: Every round's figure, so that the spread can be seen.
    """

    samples_per_s: float | None = None
    baseline_samples_per_s: float | None = None
    baseline_kindest_samples_per_s: float | None = None
    ratio: float | None = None
    ratio_kindest: float | None = None
    cpu_us_per_sample: dict[str, float] = {}
    cpu_us_per_sample_total: float | None = None
    commit_to_receipt_p50_ms: float | None = None
    commit_to_receipt_p99_ms: float | None = None
    city_commit_to_receipt_p99_ms: float | None = None
    event_to_page_p50_ms: float | None = None
    event_to_page_p99_ms: float | None = None
    event_to_page_flood_p50_ms: float | None = None
    event_to_page_flood_p99_ms: float | None = None
    flood_samples_per_s: float | None = None
    city_average_samples_per_s: float | None = None
    city_average_behind: float | None = None
    city_average_message_to_receipt_p99_ms: float | None = None
    city_average_busy_share: float | None = None
    city_peak_samples_per_s: float | None = None
    city_peak_behind: float | None = None
    city_peak_message_to_receipt_p99_ms: float | None = None
    city_peak_busy_share: float | None = None
    disk_bytes_per_sample: float | None = None
    city_disk_bytes_per_sample: float | None = None
    baseline_disk_bytes_per_sample: float | None = None
    bottleneck: str | None = None
    memory_mib: dict[str, float] = {}
    lost: int = 0
    failed: list[str] = []
    generator_cores: float | None = None
    foreign_share: dict[str, float] = {}
    rounds: dict[str, list[float]] = {}
    machine: str = ""


@dataclass(slots=True, kw_only=True)
class Rounds:
    """All that was measured, in the order of running."""

    throughput: list[Lane] = field(default_factory=list)
    baseline: list[Baseline] = field(default_factory=list)
    kindest: list[Baseline] = field(default_factory=list)
    city_average: list[Lane] = field(default_factory=list)
    city_peak: list[Lane] = field(default_factory=list)
    idle: list[Seen] = field(default_factory=list)
    flood: list[Seen] = field(default_factory=list)
    flooded: list[Measured] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)


def figures(rounds: Rounds, machine: str) -> Figures:
    """Medians of everything that was run."""
    found = Figures(machine=machine)
    _throughput(found, rounds)
    _baseline(found, rounds)
    _city(found, rounds)
    _events(found, rounds)
    found.lost = _lost(rounds)
    found.memory_mib = _memory(rounds)
    found.failed = rounds.failed
    return found


def latest(rounds: Rounds, load: str) -> str:
    """The newest round of a load in one line."""
    lanes: dict[str, list[Lane | Baseline]] = {
        "throughput": [*rounds.throughput[-1:]],
        "baseline": [*rounds.baseline[-1:]],
        "city": [*rounds.city_average[-1:], *rounds.city_peak[-1:]],
    }
    seen = {"events": rounds.idle[-1:], "flood": rounds.flood[-1:]}
    said = [_lane_line(one) for one in lanes.get(load, [])]
    said += [_seen_line(one) for one in seen.get(load, [])]
    return "; ".join(said)


def _lane_line(one: Lane | Baseline) -> str:
    measured = one.measured
    return (
        f"{measured.rate:,.0f} samples/s, platform {platform_share(measured.usage):.0%} and others"
        f" {measured.usage.foreign_share:.0%} of all cores, {bottleneck(measured.usage)[0]}"
        f" {bottleneck(measured.usage)[1]:.0%} of one, message to receipt (queues included) p99"
        f" {quantile(measured.steady_waited_s, 0.99):.2f} s, commit to receipt p99"
        f" {quantile(measured.commit_to_receipt_s, 0.99):.2f} s, behind at the end"
        f" {measured.behind} messages, lost {one.lost}"
    )


def _seen_line(one: Seen) -> str:
    return (
        f"event to page p50 {quantile(one.waited_s, 0.5) * MS:.0f} ms, p99"
        f" {quantile(one.waited_s, 0.99) * MS:.0f} ms, receipt p99"
        f" {quantile(one.receipted_s, 0.99) * MS:.0f} ms, unseen {one.unseen}, lost {one.lost},"
        f" others {one.usage.foreign_share:.0%} of all cores"
    )


def _throughput(found: Figures, rounds: Rounds) -> None:
    lanes = rounds.throughput
    if not lanes:
        return
    found.samples_per_s = _note(found, "samples_per_s", [one.measured.rate for one in lanes])
    costs = [_cost(one.measured) for one in lanes]
    names = [name for name in costs[0] if not name.startswith("harness")]
    found.cpu_us_per_sample = {name: median(cost[name] for cost in costs) for name in names}
    found.cpu_us_per_sample_total = sum(
        cpu for name, cpu in found.cpu_us_per_sample.items() if not name.startswith(GENERATOR)
    )
    delays = [one.measured.commit_to_receipt_s for one in lanes]
    found.commit_to_receipt_p50_ms = median(quantile(some, 0.5) for some in delays) * MS
    p99 = [quantile(some, 0.99) * MS for some in delays]
    found.commit_to_receipt_p99_ms = _note(found, "commit_to_receipt_p99_ms", p99)
    found.disk_bytes_per_sample = median(one.bytes_per_sample for one in lanes)
    found.bottleneck = _bottleneck([one.measured.usage for one in lanes])
    found.generator_cores = median(one.measured.usage.core(f"{GENERATOR}-0") for one in lanes)
    _foreign(found, "throughput", [one.measured.usage for one in lanes])


def _baseline(found: Figures, rounds: Rounds) -> None:
    if rounds.baseline:
        rates = [one.measured.rate for one in rounds.baseline]
        found.baseline_samples_per_s = _note(found, "baseline_samples_per_s", rates)
        found.baseline_disk_bytes_per_sample = median(
            one.bytes_per_sample for one in rounds.baseline
        )
        found.ratio = _ratio(found.samples_per_s, found.baseline_samples_per_s)
        _foreign(found, "baseline", [one.measured.usage for one in rounds.baseline])
    if rounds.kindest:
        rates = [one.measured.rate for one in rounds.kindest]
        found.baseline_kindest_samples_per_s = _note(found, "baseline_kindest", rates)
        found.ratio_kindest = _ratio(found.samples_per_s, found.baseline_kindest_samples_per_s)


def _city(found: Figures, rounds: Rounds) -> None:
    if rounds.city_average:
        average = [one.measured for one in rounds.city_average]
        rates = [one.rate for one in average]
        found.city_average_samples_per_s = _note(found, "city_average_samples_per_s", rates)
        found.city_average_behind = _behind(found, "city_average_behind", average)
        found.city_average_message_to_receipt_p99_ms = _steady_p99(average)
        shares = [platform_share(one.measured.usage) for one in rounds.city_average]
        found.city_average_busy_share = _note(found, "city_average_busy_share", shares)
        _foreign(found, "city_average", [one.measured.usage for one in rounds.city_average])
    if rounds.city_peak:
        peak = [one.measured for one in rounds.city_peak]
        shares = [platform_share(one.usage) for one in peak]
        found.city_peak_busy_share = _note(found, "city_peak_busy_share", shares)
        rates = [one.rate for one in peak]
        found.city_peak_samples_per_s = _note(found, "city_peak_samples_per_s", rates)
        found.city_peak_behind = _behind(found, "city_peak_behind", peak)
        found.city_peak_message_to_receipt_p99_ms = _steady_p99(peak)
        p99 = [quantile(one.commit_to_receipt_s, 0.99) * MS for one in peak]
        found.city_commit_to_receipt_p99_ms = _note(found, "city_commit_to_receipt_p99_ms", p99)
        found.city_disk_bytes_per_sample = median(one.bytes_per_sample for one in rounds.city_peak)
        _foreign(found, "city_peak", [one.usage for one in peak])


def _behind(found: Figures, name: str, measured: list[Measured]) -> float:
    return _note(found, name, [float(one.behind) for one in measured])


def _steady_p99(measured: list[Measured]) -> float:
    return median(quantile(one.steady_waited_s, 0.99) for one in measured) * MS


def _events(found: Figures, rounds: Rounds) -> None:
    if rounds.idle:
        found.event_to_page_p50_ms = _page(rounds.idle, 0.5)
        p99 = [quantile(one.waited_s, 0.99) * MS for one in rounds.idle]
        found.event_to_page_p99_ms = _note(found, "event_to_page_p99_ms", p99)
        _foreign(found, "idle", [one.usage for one in rounds.idle])
    if rounds.flood:
        found.event_to_page_flood_p50_ms = _page(rounds.flood, 0.5)
        p99 = [quantile(one.waited_s, 0.99) * MS for one in rounds.flood]
        found.event_to_page_flood_p99_ms = _note(found, "event_to_page_flood_p99_ms", p99)
        found.flood_samples_per_s = median(one.rate for one in rounds.flooded)
        _foreign(found, "flood", [one.usage for one in rounds.flood])


def _page(seen: Iterable[Seen], share: float) -> float:
    return median(quantile(one.waited_s, share) for one in seen) * MS


def _note(found: Figures, name: str, values: list[float]) -> float:
    found.rounds[name] = values
    return median(values)


def _foreign(found: Figures, name: str, used: Iterable[Usage]) -> None:
    found.foreign_share[name] = median(one.foreign_share for one in used)


def _ratio(ours: float | None, theirs: float | None) -> float | None:
    return ours / theirs if ours and theirs else None


def _cost(measured: Measured) -> dict[str, float]:
    return {
        name: cpu / max(1, measured.samples) * 1e6 for name, cpu in measured.usage.cpu_s.items()
    }


def _bottleneck(used: list[Usage]) -> str:
    middle = sorted(used, key=lambda one: bottleneck(one)[1])[len(used) // 2]
    name, core = bottleneck(middle)
    return f"{name}: {core:.0%} of a core"


def _lost(rounds: Rounds) -> int:
    lanes = [*rounds.throughput, *rounds.city_average, *rounds.city_peak]
    seen = [*rounds.idle, *rounds.flood]
    stored = sum(one.lost for one in lanes) + sum(one.lost + one.unseen for one in seen)
    return stored + sum(one.messages_lost for one in rounds.flooded)


def _memory(rounds: Rounds) -> dict[str, float]:
    lanes = [*rounds.throughput, *rounds.city_average, *rounds.city_peak]
    found: dict[str, float] = {}
    for memory in [one.measured.memory for one in lanes] + [one.memory for one in rounds.flood]:
        for name, (_, after) in memory.items():
            if not name.startswith(GENERATOR):
                found[name] = max(found.get(name, 0.0), after)
    return found

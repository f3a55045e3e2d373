"""What was measured beside what was promised: the figures, the budgets, the table."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from statistics import median
from typing import Final

import msgspec

from tests.benchmarks.case import Baseline, Lane, Seen, bottleneck, platform_share, quantile
from tests.benchmarks.meter import Usage
from tests.benchmarks.run import GENERATOR, Measured

MS: Final = 1000.0
_PYTHON: Final = ("ingest", "analytics", "console")


class Figures(msgspec.Struct, kw_only=True):
    """`bench.json`: medians over rounds; null where a load was not run.

    Attributes:
        ratio: Platform to the user's script into a hypertable, in the same run.
        ratio_kindest: The same to the script into a table without an index.
        cpu_us_per_sample: CPU of each process, of the throughput load [us].
        city_peak_busy_share: Of both cores, generator not counted, 0 to 1.
        memory_mib: Largest of each process at the end of a load [MiB].
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
    city_average_busy_share: float | None = None
    city_peak_busy_share: float | None = None
    city_peak_behind_p99_s: float | None = None
    disk_bytes_per_sample: float | None = None
    city_disk_bytes_per_sample: float | None = None
    baseline_disk_bytes_per_sample: float | None = None
    bottleneck: str | None = None
    memory_mib: dict[str, float] = {}
    lost: int = 0
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


def figures(rounds: Rounds, machine: str) -> Figures:
    """Medians of everything that was run."""
    found = Figures(machine=machine)
    _throughput(found, rounds)
    _baseline(found, rounds)
    _city(found, rounds)
    _events(found, rounds)
    found.lost = _lost(rounds)
    found.memory_mib = _memory(rounds)
    return found


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
        shares = [platform_share(one.measured.usage) for one in rounds.city_average]
        found.city_average_busy_share = _note(found, "city_average_busy_share", shares)
        _foreign(found, "city_average", [one.measured.usage for one in rounds.city_average])
    if rounds.city_peak:
        peak = [one.measured for one in rounds.city_peak]
        shares = [platform_share(one.usage) for one in peak]
        found.city_peak_busy_share = _note(found, "city_peak_busy_share", shares)
        behind = [quantile(one.outcome.waited_s, 0.99) for one in peak]
        found.city_peak_behind_p99_s = _note(found, "city_peak_behind_p99_s", behind)
        p99 = [quantile(one.commit_to_receipt_s, 0.99) * MS for one in peak]
        found.city_commit_to_receipt_p99_ms = _note(found, "city_commit_to_receipt_p99_ms", p99)
        found.city_disk_bytes_per_sample = median(one.bytes_per_sample for one in rounds.city_peak)
        _foreign(found, "city_peak", [one.usage for one in peak])


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """A promise of the design.

    Attributes:
        of: Reads the figure.
        limit: The promise; at least, when `is_floor`, else at most.
    """

    what: str
    of: Callable[[Figures], float | None]
    limit: float
    unit: str
    is_floor: bool = False


def _largest_python(found: Figures) -> float | None:
    sizes = [size for name, size in found.memory_mib.items() if name.startswith(_PYTHON)]
    return max(sizes, default=None)


BUDGETS: Final = (
    Budget(
        what="telemetry, published to committed and receipted",
        of=lambda f: f.samples_per_s,
        limit=500_000,
        unit="samples/s",
        is_floor=True,
    ),
    Budget(
        what="against a user's script (paho, json, executemany)",
        of=lambda f: f.ratio,
        limit=20,
        unit="times",
        is_floor=True,
    ),
    Budget(
        what="commit to receipt, p99",
        of=lambda f: f.commit_to_receipt_p99_ms,
        limit=1000,
        unit="ms",
    ),
    Budget(
        what="commit to receipt, p99, city at its peak",
        of=lambda f: f.city_commit_to_receipt_p99_ms,
        limit=1000,
        unit="ms",
    ),
    Budget(
        what="event to page, p99, idle", of=lambda f: f.event_to_page_p99_ms, limit=250, unit="ms"
    ),
    Budget(
        what="event to page, p99, flood under full telemetry",
        of=lambda f: f.event_to_page_flood_p99_ms,
        limit=1000,
        unit="ms",
    ),
    Budget(
        what="city at its peak, share of both cores",
        of=lambda f: f.city_peak_busy_share and f.city_peak_busy_share * 100,
        limit=60,
        unit="%",
    ),
    Budget(
        what="disk, uncompressed",
        of=lambda f: f.disk_bytes_per_sample,
        limit=15,
        unit="B/sample",
    ),
    Budget(what="memory of the largest Python process", of=_largest_python, limit=300, unit="MiB"),
    Budget(what="lost", of=lambda f: float(f.lost), limit=0, unit=""),
)


def verdict(budget: Budget, found: float) -> str:
    """Whether a budget is reached, or by how much not."""
    is_reached = found >= budget.limit if budget.is_floor else found <= budget.limit
    if is_reached:
        return "reached"
    return f"missed by {abs(found / budget.limit - 1):.0%}" if budget.limit else "missed"


def table(found: Figures) -> str:
    """Budgets with figures, then what explains them."""
    lines = [f"{'what':<52}{'measured':>14}  {'budget':>14}  verdict"]
    for budget in BUDGETS:
        value = budget.of(found)
        if value is None:
            continue
        sign = ">=" if budget.is_floor else "<="
        promise = f"{sign} {_plain(budget.limit)}"
        lines.append(
            f"{budget.what:<52}{_plain(value):>14}  {promise:>14}  {budget.unit:<10}"
            f" {verdict(budget, value)}"
        )
    return "\n".join([*lines, "", *_explanations(found)])


def _explanations(found: Figures) -> list[str]:
    lines = [f"machine: {found.machine}"]
    if found.baseline_samples_per_s is not None:
        lines.append(f"user's script: {_plain(found.baseline_samples_per_s)} samples/s")
    if found.ratio_kindest is not None:
        lines.append(f"the same into a table without any index: {found.ratio_kindest:.1f} times")
    if found.bottleneck is not None:
        lines.append(f"bottleneck: {found.bottleneck}; generator {found.generator_cores:.0%}")
        lines.append(f"CPU a sample [us]: {_pairs(found.cpu_us_per_sample)}")
    if found.event_to_page_flood_p50_ms is not None:
        lines.append(
            f"flood: p50 {found.event_to_page_flood_p50_ms:.0f} ms beside"
            f" {_plain(found.flood_samples_per_s or 0)} samples/s"
        )
    if found.city_average_busy_share is not None:
        lines.append(f"city on average: {found.city_average_busy_share:.0%} of both cores")
    lines.append(f"memory [MiB]: {_pairs(found.memory_mib)}")
    lines.append(f"used by others, share of all cores: {_pairs(found.foreign_share)}")
    spread = {name: [round(value, 3) for value in values] for name, values in found.rounds.items()}
    lines += [f"rounds of {name}: {values}" for name, values in spread.items()]
    return lines


def _pairs(values: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.3g}" for name, value in values.items())


def _plain(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"

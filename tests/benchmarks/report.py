"""What was measured beside what was promised: the budgets and the table."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from tests.benchmarks.figures import Figures

CITY_PEAK: Final = 216_000
"""Of which a hundredth may be the measure's own: looks at the curve are 0.1 s apart [1/s]."""
_PYTHON: Final = ("ingest", "analytics", "console")


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
        what="city at its peak, stored",
        of=lambda f: f.city_peak_samples_per_s,
        limit=CITY_PEAK * 0.99,
        unit="samples/s",
        is_floor=True,
    ),
    Budget(
        what="city at its peak, behind at the end (1 s of load)",
        of=lambda f: f.city_peak_behind,
        limit=2632,
        unit="messages",
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
        lines.append(
            f"city on average: {_plain(found.city_average_samples_per_s or 0)} samples/s,"
            f" {found.city_average_busy_share:.0%} of both cores, behind at the end"
            f" {found.city_average_behind:.0f} messages"
        )
    if found.failed:
        lines.append(f"FAILED, not in the figures: {', '.join(found.failed)}")
    lines.append(f"memory [MiB]: {_pairs(found.memory_mib)}")
    lines.append(f"used by others, share of all cores: {_pairs(found.foreign_share)}")
    spread = {name: [round(value, 3) for value in values] for name, values in found.rounds.items()}
    lines += [f"rounds of {name}: {values}" for name, values in spread.items()]
    return lines


def _pairs(values: Mapping[str, float]) -> str:
    return ", ".join(f"{name} {value:.3g}" for name, value in values.items())


def _plain(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"

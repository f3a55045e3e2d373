"""The report card: every figure of README.md and docs/measured.md comes from a file of a run.

`python -m tests.faults --card` takes over what lies in build/ into docs/measured.json and writes
the text between the two markers of both pages from that; nobody types a figure. A section whose
run was never made says so.
"""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import msgspec

from tests.benchmarks.figures import Figures
from tests.benchmarks.report import BUDGETS, verdict

ROOT: Final = Path(__file__).parents[2]
README: Final = ROOT / "README.md"
PAGE: Final = ROOT / "docs" / "measured.md"
KEPT: Final = ROOT / "docs" / "measured.json"
SOURCES: Final = ("faults", "attacks", "detected", "loop", "bench", "panels", "soak")
BEGIN: Final = "<!-- measured: begin; written by python -m tests.faults --card -->"
END: Final = "<!-- measured: end -->"
_LANES: Final = ("sent", "stored", "lost", "duplicated", "quarantined", "shed")

_YEAR: Final = 365
"""Days of history that are called a year."""
_COMMANDS: Final = {
    "faults": "make faults",
    "attacks": "make integration",
    "detected": "make integration",
    "loop": "make loop",
    "bench": "make bench",
    "panels": "make panels",
    "soak": "make soak",
}

Figure = dict[str, Any]
Section = Callable[[Figure], Iterable[str]]


def take_over(build: Path, kept: Path = KEPT) -> Mapping[str, Figure]:
    """Keep what the last runs have written; what was not run again stays as it was."""
    known: dict[str, Figure] = json.loads(kept.read_text("utf-8")) if kept.is_file() else {}
    for name in SOURCES:
        path = build / f"{name}.json"
        if path.is_file():
            known[name] = _slim(name, json.loads(path.read_text("utf-8")))
    text = json.dumps(known, indent=1, ensure_ascii=False, sort_keys=True)
    kept.write_text(text + "\n", "utf-8")
    as_kept: dict[str, Figure] = json.loads(text)
    return as_kept


def _slim(name: str, found: Figure) -> Figure:
    """What the pages show; single attacks and long series stay in build/."""
    match name:
        case "attacks":
            return {key: value for key, value in found.items() if key != "attacks"}
        case "soak":
            soaked = {k: v for k, v in found["soaked"].items() if k != "series"}
            return found | {"soaked": soaked}
    return found


def render(known: Mapping[str, Figure]) -> str:
    """All that was measured, for docs/measured.md."""
    return _text(
        known,
        {
            "faults": _faults,
            "attacks": _attacks,
            "detected": _detected,
            "loop": _loop,
            "bench": _bench,
            "panels": _panels,
            "soak": _soak,
        },
    )


def summarise(known: Mapping[str, Figure]) -> str:
    """What a stranger asks first, for the README."""
    return _text(
        known,
        {
            "bench": _bench,
            "faults": _faults_in_short,
            "attacks": _attacks,
            "loop": _loop_in_short,
            "panels": _panels,
            "soak": _soak,
        },
    )


def write_card(known: Mapping[str, Figure]) -> None:
    """Write both pages."""
    write(README, summarise(known))
    write(PAGE, render(known))


def _text(known: Mapping[str, Figure], sections: Mapping[str, Section]) -> str:
    lines: list[str] = []
    for name, section in sections.items():
        found = known.get(name)
        if found is None:
            lines += [f"**{name.capitalize()}**: not measured yet (`{_COMMANDS[name]}`).", ""]
        else:
            lines += [*section(found), ""]
    return "\n".join(lines).strip()


def write(page: Path, text: str) -> None:
    """Put the text between the markers of a page.

    Raises:
        ValueError: The page has no such markers.
    """
    content = page.read_text("utf-8")
    before, begin, rest = content.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{page} has no line {BEGIN!r} and {END!r}")
    page.write_text(f"{before}{BEGIN}\n\n{text}\n\n{END}{after}", "utf-8")


def shown(page: Path) -> str:
    """What stands between the markers of a page."""
    return page.read_text("utf-8").partition(BEGIN)[2].partition(END)[0].strip()


def _faults(found: Figure) -> list[str]:
    kinds = ", ".join(f"{name} ({count})" for name, count in found["faults"].items())
    lines = [
        *_rounds(found),
        "",
        "| after a fault of | the next alarm came through within |",
        "|---|---:|",
    ]
    lines += [f"| {name} | {s:.1f} s |" for name, s in sorted(found["recovery_s"].items())]
    lines += [f"| {name}: noticed | {s:.1f} s |" for name, s in sorted(found["detected_s"].items())]
    lines += ["", f"Faults made: {kinds}."]
    if found.get("capabilities"):
        made_of = "; ".join(f"{name}: {text}" for name, text in found["capabilities"].items())
        lines += ["", f"Made of: {made_of}."]
    lines += ["", "Not covered: " + "; ".join(found.get("not_covered", ())) + "."]
    lines += [f"- failed: {text}" for text in found["failures"]]
    return lines


def _rounds(found: Figure) -> list[str]:
    """How many rounds, and what became of the messages of each lane."""
    return [
        (
            f"**Faults** (`make faults ROUNDS={found['rounds']} SEED={found['seed']}`):"
            f" {found['rounds']} rounds of random faults in {found['took_s']:.0f} s on"
            f" {found.get('machine') or 'a machine that was not noted'}; {len(found['failures'])}"
            f" failures. The longest that an alarm waited for its decision:"
            f" {found['longest_deaf_s']:.1f} s."
        ),
        "",
        f"| lane, in messages | {' | '.join(_LANES)} |",
        f"|---|{'---:|' * len(_LANES)}",
        *(
            f"| {lane} | {' | '.join(f'{count[name]:,}' for name in _LANES)} |"
            for lane, count in found["lanes"].items()
        ),
        "",
        (
            "Sent is what a gateway has promised to keep; one that is killed between storing a message"
            " and promising it is heard all the same, and stored is then more than sent."
        ),
    ]


def _faults_in_short(found: Figure) -> list[str]:
    lines = _rounds(found)
    if found["recovery_s"]:
        name, slowest_s = max(found["recovery_s"].items(), key=lambda one: float(one[1]))
        lines += [
            "",
            (
                f"{len(found['faults'])} kinds of faults; after each the next alarm came through"
                f" within {slowest_s:.1f} s (slowest: {name})."
            ),
        ]
    return lines


def _attacks(found: Figure) -> list[str]:
    return [
        (
            f"**Attacks** on the broker (`make integration`): {found['attempted']} attempted,"
            f" {found['refused']} refused, {found['visible']} visible to whoever looks."
        )
    ]


def _detected(found: Figure) -> list[str]:
    lines = [
        "**Silences** (`make integration`):",
        "",
        "| what fell silent, and who says so | after |",
    ]
    return [*lines, "|---|---:|", *(f"| {name} | {s:.1f} s |" for name, s in sorted(found.items()))]


def _bench(found: Figure) -> list[str]:
    figures = msgspec.convert(found, Figures, strict=False)
    lines = [
        f"**Speed** (`make bench`, {figures.machine or 'machine not noted'}):",
        "",
        "| what | measured | budget | |",
        "|---|---:|---:|---|",
    ]
    for budget in BUDGETS:
        value = budget.of(figures)
        if value is not None:
            sign = ">=" if budget.is_floor else "<="
            lines.append(
                f"| {budget.what} | {_plain(value)} {budget.unit} |"
                f" {sign} {_plain(budget.limit)} | {verdict(budget, value)} |"
            )
    shares = ", ".join(
        f"{name.replace('_', ' ')} {share:.0%}"
        for name, share in sorted(figures.foreign_share.items())
    )
    if shares:
        lines += [
            "",
            f"Share of all cores that others took meanwhile, the host included: {shares}.",
        ]
    if figures.failed:
        lines += ["", f"Broke off, and not in the figures: {', '.join(figures.failed)}."]
    return lines


def _loop(found: Figure) -> list[str]:
    lines = [
        f"**Closed loop** (`make loop SEED={found['seed']}`): {len(found['failures'])} failures.",
        "",
        *_rows({k: v for k, v in found.items() if k not in {"seed", "failures"}}),
    ]
    return [*lines, *(f"- failed: {text}" for text in found["failures"])]


def _loop_in_short(found: Figure) -> list[str]:
    return [
        (
            f"**Closed loop** (`make loop SEED={found['seed']}`): {len(found['failures'])} failures;"
            f" {found['steps']:,} random steps, {found['clocks']} clocks through {found['kills']}"
            f" kills, {found['open_alarms']:,} open alarms listed in"
            f" {_plain(float(found['list_p95_ms']))} ms (p95)."
        )
    ]


def _panels(found: Figure) -> list[str]:
    over = ", ".join(found["over_budget_cpu"])
    span = "A year" if found["days"] >= _YEAR else f"{found['days']} days"
    lines = [
        (
            f"**{span} of {found['assets']:,} assets in Grafana** (`make panels`,"
            f" {found['machine']}): {found['panels']} panels asked for {found['days']} days, each"
            f" {found['rounds']} times: median {_plain(found['p50_ms'])} ms, p95"
            f" {_plain(found['p95_ms'])} ms (budget {_plain(found['budget_ms'])} ms), longest"
            f" {_plain(found['max_ms'])} ms; of the processor p95 {_plain(found['p95_cpu_ms'])} ms."
            f" {found['hours'] / 1e6:.1f} million hours kept as the Community edition keeps them,"
            f" {found['frames'] / 1e6:.1f} million frames, {found['database_bytes'] / 1e9:.1f} GB;"
            f" one lift's trends from {span.lower()} of its frames instead, as the Apache edition draws"
            f" them: up to {_plain(found['lift_from_frames_max_ms'])} ms."
        )
    ]
    if found["compressed_ride_bytes_per_value"] is not None:
        lines.append(
            f"A value takes {_plain(found['plain_ride_bytes_per_value'])} B plain and"
            f" {_plain(found['compressed_ride_bytes_per_value'])} B compressed (full lift frames, in"
            f" WebAssembly)."
        )
    return [*lines, f"Longer than the budget on the processor alone: {over}."] if over else lines


def _soak(found: Figure) -> list[str]:
    soaked, judged = found["soaked"], found["judged"]
    lines = [
        (
            f"**Soak** (`make soak`, {found['machine']}): {_plain(soaked['samples_per_s'])} samples/s,"
            f" {soaked['events']:,} alarms beside them, {soaked['lost']} lost."
        ),
    ]
    grown = [one for one in judged if not (one["is_flat"] and one["is_small"])]
    return [
        *lines,
        f"Memory: {len(judged) - len(grown)} of {len(judged)} processes flat and small.",
    ]


def _rows(found: Figure) -> list[str]:
    rows = (
        f"| {name.replace('_', ' ')} | {_plain(float(value))} |" for name, value in found.items()
    )
    return ["| what | figure |", "|---|---:|", *rows]


def _plain(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"

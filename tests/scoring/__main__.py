"""Score the default detectors and trivial rules: `python -m tests.scoring [--data FOLDER]`.

Without a folder only made recordings are scored; their seeds are not those that the detectors
were developed upon unless you choose them.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from tests.scoring import folder, mixed, nab, recycle, states
from tests.scoring.calm import FAULTS as SHARED
from tests.scoring.calm import calm_hours, faulty_hours
from tests.scoring.corpus import made_corpus
from tests.scoring.kinds import made_kinds
from tests.scoring.plants import FAULTS, made_loop, made_plant
from tests.scoring.published import METHODS
from tests.scoring.recording import Flags, Recording
from tests.scoring.returns import back_elsewhere, waning
from tests.scoring.rigs import FAULTS as RIGS
from tests.scoring.rigs import made_rig
from tests.scoring.rivals import RULES
from tests.scoring.series import made_series
from tests.scoring.speed import speeds
from tests.scoring.training import training
from tests.scoring.tuned import FAULTS as TUNED
from tests.scoring.tuned import made_tuned
from tests.scoring.wide import made_wide
from tests.scoring.yardsticks import PUBLISHED, YARDSTICKS

Row = dict[str, float | int | str]


def main() -> int:
    """Print the tables, and write them as JSON when asked."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--data", type=Path, help="folder that holds nab/ and skab/")
    parser.add_argument("--seed", type=int, default=90_000, help="of the made recordings")
    parser.add_argument("--every", type=int, default=2, help="file of the made corpus is scored")
    parser.add_argument("--series", type=int, default=0, help="made series of one column")
    parser.add_argument("--kinds", type=int, default=0, help="made series of every kind")
    parser.add_argument("--wide", type=int, default=1, help="wide series of every kind")
    parser.add_argument("--plants", type=int, default=1, help="made plants of every fault")
    parser.add_argument("--loops", type=int, default=8, help="made pump loops with a fault")
    parser.add_argument("--mixed", type=int, default=2, help="mixed recordings of every fault")
    parser.add_argument("--free", type=int, default=4000, help="rows of a loop without any fault")
    parser.add_argument("--hours", type=int, default=3, help="pumps that drift, without fault")
    parser.add_argument("--lifts", type=int, default=5000, help="lifts to time the training on")
    parser.add_argument("--out", type=Path)
    asked = parser.parse_args()
    tables: dict[str, list[Row]] = {}
    for name, rows in _tables(asked):
        _print(name, rows)
        tables[name] = rows
    if asked.out is not None:
        asked.out.parent.mkdir(parents=True, exist_ok=True)
        asked.out.write_text(json.dumps(tables, indent=1) + "\n", encoding="utf-8")
    return 0


def _tables(asked: argparse.Namespace) -> Iterator[tuple[str, list[Row]]]:
    """Each table as soon as it is made: the whole takes minutes."""
    seed: int = asked.seed
    if asked.data is not None:
        yield "SKAB files", _state_table(folder.skab(asked.data / "skab"))
        yield "NAB files", _series_table(folder.nab(asked.data / "nab"))
    faults = [fault for fault in FAULTS for _ in range(asked.plants)]
    plants = [made_plant(seed + number, fault) for number, fault in enumerate(faults)]
    yield "made plants", _state_table(plants)
    calm = [made_plant(seed + 900 + number, None) for number in range(asked.plants)]
    yield "made plants without fault", _state_table(calm)
    for normal in (160, 500):
        hidden = [
            recycle.made_recycle(seed + number, fault, normal)
            for number, fault in enumerate(recycle.FAULTS * asked.plants)
        ]
        yield f"made plants with recycle, {normal} normal rows first", _state_table(hidden)
        tuned = [made_tuned(seed + number, fault, normal) for number, fault in enumerate(TUNED)]
        yield f"made plants with tuned loops, {normal} normal rows first", _state_table(tuned)
    runs = [recycle.made_recycle(seed + 900 + number, None) for number in range(3 * asked.plants)]
    yield "made plants with recycle without fault", _state_table(runs)
    rigs = [made_rig(seed + number, fault) for number, fault in enumerate(RIGS)]
    yield "made pump rigs", _state_table(rigs) + _published_table(rigs)
    loops = [made_loop(seed + number) for number in range(asked.loops)]
    yield "made loops", _state_table(loops)
    elsewhere = [back_elsewhere(seed + 100 + number) for number in range(asked.loops // 2)]
    yield "made loops that come back elsewhere", _state_table(elsewhere)
    wanes = [waning(seed + 200 + number) for number in range(asked.loops // 2)]
    yield "made loops whose fault wanes or swings", _state_table(wanes)
    every = [fault for fault in mixed.FAULTS for _ in range(asked.mixed)]
    spoiled = [mixed.made_mixed(seed + number, fault) for number, fault in enumerate(every)]
    yield "mixed recordings", _state_table(spoiled)
    quiet = [mixed.made_mixed(seed + 700 + number, None) for number in range(3 * asked.mixed)]
    yield "mixed recordings without fault", _state_table(quiet)
    free = made_loop(seed + 500, asked.free, is_faulty=False)
    yield "made loop without fault", _state_table([free])
    hours = [calm_hours(seed + number, "rig") for number in range(asked.hours)]
    yield "hours of pumps that drift, without fault", _state_table(hours)
    drifting = [faulty_hours(seed + 50, fault) for fault in SHARED]
    yield "hours of pumps that drift, with a fault", _state_table(drifting)
    yield "speed, 12 features", speeds()
    yield "training", training(asked.lifts)
    yield "made corpus", _series_table(made_corpus(seed, asked.every))
    if asked.series:
        yield "made series", _series_table(made_series(seed, asked.series))
    if asked.kinds:
        yield "made series of nine kinds", _series_table(made_kinds(seed, asked.kinds))
    yield "made series, wide", _series_table(made_wide(seed, asked.wide))


def _series_table(recordings: Sequence[Recording]) -> list[Row]:
    rows: list[Row] = []
    for name, rule in {**RULES, **YARDSTICKS}.items():
        told = [rule(one) for one in recordings]
        found = nab.judge(recordings, [score for score, _ in told])
        by_rows = nab.judge(recordings, [alarm.astype(np.float64) for _, alarm in told])
        by_onsets = nab.judge(recordings, [nab.onsets(alarm) for _, alarm in told])
        rows.append(
            {
                "rule": name,
                "NAB score": round(found.score, 1),
                "windows found": f"{found.found}/{found.windows}",
                "false rows": found.false,
                "NAB by alarms": round(by_rows.score, 1),
                "by their onsets": round(by_onsets.score, 1),
                "published": PUBLISHED.get(name, ""),
            }
        )
    return rows


def _state_table(recordings: Sequence[Recording]) -> list[Row]:
    return [
        _state_row(name, recordings, [rule(one)[1] for one in recordings])
        for name, rule in RULES.items()
    ]


def _published_table(recordings: Sequence[Recording]) -> list[Row]:
    return [
        _state_row(name, recordings, [method(one.values) for one in recordings])
        for name, method in METHODS.items()
    ]


def _state_row(name: str, recordings: Sequence[Recording], alarms: Sequence[Flags]) -> Row:
    whole, later = states.cover(recordings, alarms), states.cover(recordings, alarms, first=400)
    return {
        "rule": name,
        "F1": round(whole.f1, 3),
        "F1 from row 400": round(later.f1, 3),
        "false alarm share": round(whole.false_share, 4),
        "missed share": round(whole.missed_share, 3),
    }


def _print(name: str, rows: list[Row]) -> None:
    print(f"\n{name}", flush=True)
    heads = list(rows[0])
    widths = [max(len(head), *(len(str(row[head])) for row in rows)) for head in heads]
    for line in ([*heads], *([str(row[head]) for head in heads] for row in rows)):
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)))


if __name__ == "__main__":
    sys.exit(main())

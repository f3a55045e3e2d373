"""`python -m tests.faults --rounds N --seed S [--out build/faults.json]`: the report card.

`python -m tests.faults --card` runs nothing: it writes what was measured into README.md and
docs/measured.md.
"""

import argparse
import sys
import time
from pathlib import Path

from tests.faults import report
from tests.faults.campaign import run_campaign
from tests.faults.fault import FAULTS, SLOW_FAULTS

ROOT = Path(__file__).parents[2]


def main(arguments: list[str] | None = None) -> int:
    """Run the rounds, print the card, write it; 1 when anything failed."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--rounds", type=int, default=20, help="how many rounds")
    parser.add_argument("--seed", type=int, default=None, help="of the faults; printed")
    parser.add_argument("--out", type=Path, default=ROOT / "build" / "faults.json")
    parser.add_argument(
        "--patience", type=float, default=0.3, help="factor on the gateway's waiting times"
    )
    parser.add_argument(
        "--fault", action="append", default=[], choices=sorted(FAULTS | SLOW_FAULTS), metavar="NAME"
    )
    parser.add_argument(
        "--card", action="store_true", help="run nothing; write what was measured into the pages"
    )
    told = parser.parse_args(arguments)
    if told.card:
        report.write_card(report.take_over(ROOT / "build"))
        return 0
    seed = time.time_ns() % 1_000_000 if told.seed is None else told.seed
    print(f"seed {seed}", flush=True)
    card = run_campaign(
        told.rounds,
        seed,
        lambda text: print(text, flush=True),
        patience=told.patience,
        kinds=told.fault,
    )
    card.write(told.out)
    print(card.table())
    return 1 if card.failures else 0


if __name__ == "__main__":
    sys.exit(main())

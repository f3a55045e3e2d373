"""How hard the made sets are for published detectors: `python -m tests.scoring.faithful`."""

import argparse
import sys

import numpy as np

from tests.scoring import nab
from tests.scoring.corpus import made_corpus
from tests.scoring.kinds import made_kinds
from tests.scoring.series import made_series
from tests.scoring.wide import made_wide
from tests.scoring.yardsticks import PUBLISHED, YARDSTICKS


def main() -> int:
    """Print each detector's published score, and what it reaches on each made set."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--seed", type=int, default=90_000, help="of the made recordings")
    seed: int = parser.parse_args().seed
    sets = {
        "corpus": made_corpus(seed),
        "series": made_series(seed, 24),
        "nine kinds": made_kinds(seed, 3),
        "wide": made_wide(seed, 3),
    }
    print(f"{'':24}{'published':>12}" + "".join(f"{name:>12}" for name in sets))
    differences = []
    for name, rule in YARDSTICKS.items():
        found = [nab.judge(made, [rule(one)[0] for one in made]).score for made in sets.values()]
        differences.append([score - PUBLISHED[name] for score in found])
        print(f"{name:24}{PUBLISHED[name]:12.1f}" + "".join(f"{score:12.1f}" for score in found))
    print(
        f"{'mean difference':36}"
        + "".join(f"{mean:12.1f}" for mean in np.mean(differences, axis=0))
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""Makes the models that the product brings along: `python -m towerwatch.backtest.first [CLASS ...]`."""

import sys
from collections.abc import Sequence
from pathlib import Path

from analytics.models.artefact import encode
from analytics.models.first import FOLDER, Papers, write_first
from towerwatch.backtest.assets import PLANTS
from towerwatch.backtest.training import from_simulator

_ASSETS, _DAYS, _WORKERS = 600, 180, 2


def main(classes: Sequence[str], folder: Path = FOLDER) -> int:
    """Train one of each class on simulated assets, and write it where the product reads it."""
    for of_class in classes or PLANTS:
        trained = from_simulator(of_class, _ASSETS, _DAYS, _WORKERS, "platform")
        told = Papers(
            digest="",
            source=trained.origin.source,
            first=trained.origin.first,
            last=trained.origin.last,
            assets=trained.origin.assets,
            scores=trained.scores,
        )
        write_first(of_class, told, encode(trained.model), folder)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

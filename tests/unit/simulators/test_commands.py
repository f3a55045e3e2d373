"""The commands that write histories and cities do it whole or say why not."""

from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from simulators.__main__ import app
from simulators.history import HistoryPlan, simulate
from simulators.history.file import read_history
from simulators.history.samples import samples_of
from tests.unit.simulators.test_history import START_MS, plan_of

RUN = CliRunner()


def test_a_history_holds_what_was_asked_for(tmp_path: Path) -> None:
    out = tmp_path / "h"
    asked = ["--days", "3", "--assets", "lift=2,pump=1,detector=3", "--growth", "linear"]
    done = RUN.invoke(app, ["history", "--out", str(out), *asked])
    assert done.exit_code == 0, done.output
    blocks = {block.class_name: block for block in read_history(out)}
    assert {name: len(block.assets) for name, block in blocks.items()} == {
        "lift": 2,
        "pump": 1,
        "detector": 3,
    }
    assert all(len(block.hours) == 72 for block in blocks.values())


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (["--assets", "tree=1"], "classes are lift"),
        (["--assets", "lift"], "write for example"),
        (["--assets", "escalator=500"], "has fewer"),
        (["--start", "2025-01-01T00:30:00+08:00"], "not a full hour"),
        (["--start", "soon"], "soon"),
    ],
)
def test_a_history_that_cannot_be_is_refused(tmp_path: Path, asked: list[str], why: str) -> None:
    done = RUN.invoke(app, ["history", "--out", str(tmp_path / "h"), "--days", "1", *asked])
    assert done.exit_code == 2
    assert why in done.output


def test_a_city_says_how_much_it_has_written(tmp_path: Path) -> None:
    asked = ["--compounds", "3", "--points", "1", "--days", "2", "--out", str(tmp_path)]
    done = RUN.invoke(app, ["city", *asked])
    assert done.exit_code == 0, done.output
    assert "3 compounds" in done.output
    assert len(list((tmp_path / "scenarios").iterdir())) == 3


def test_samples_give_the_hours_that_they_were_made_from() -> None:
    block = next(simulate(plan_of("lift", days=4)))
    samples = samples_of(block, per_hour=12)
    assert samples.values.shape == (13, 6, 4 * 24 * 12)
    assert samples.at_ms[0] == START_MS
    assert set(np.diff(samples.at_ms)) == {300_000}
    hours = samples.values.reshape(13, 6, 96, 12)
    for row, metric in enumerate(samples.metrics):
        np.testing.assert_allclose(hours[row].min(axis=-1), block.column(f"{metric}_min"))
        np.testing.assert_allclose(hours[row].max(axis=-1), block.column(f"{metric}_max"))
        apart = np.abs(hours[row].mean(axis=-1) - block.column(f"{metric}_mean"))
        wide = block.column(f"{metric}_max") - block.column(f"{metric}_min")
        assert (apart <= 0.16 * wide + 1e-3).all(), metric


def test_an_hour_of_two_samples_is_refused() -> None:
    plan: HistoryPlan = plan_of("pump", days=1)
    with pytest.raises(ValueError, match="cannot give"):
        samples_of(next(simulate(plan)), per_hour=2)


def test_a_registry_that_cannot_be_written_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file, no folder")
    done = RUN.invoke(app, ["registry", str(tmp_path / "taken")])
    assert done.exit_code == 2
    assert done.output.startswith("simulators: ")

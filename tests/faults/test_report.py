"""The pages' figures come from files; a card says what was lost, and what was not covered."""

import json
from pathlib import Path

import pytest

from tests.faults import report
from tests.faults.card import NOT_COVERED, Card, LaneCount, bar


def card(*, lost: int = 0) -> Card:
    lane = LaneCount(
        sent=1000,
        items=1000,
        stored=1000 - lost,
        late=0,
        lost=lost,
        duplicated=0,
        quarantined=0,
        shed=0,
        in_outbox=0,
    )
    return Card(
        rounds=3,
        seed=42,
        took_s=60,
        faults={"kill gateway": 2},
        lanes={"alarm": lane},
        duplicates_absorbed=5,
        longest_deaf_s=3.25,
        recovery_s={"broker": 1.5},
        detected_s={},
        restarts=(),
        failures=("round 1: lost: alarm 7/1",) if lost else (),
        capabilities={"far link": "packets"},
    )


def test_the_pages_show_what_was_measured_and_nothing_else() -> None:
    known = json.loads(report.KEPT.read_text("utf-8"))
    assert report.shown(report.README) == report.summarise(known)
    assert report.shown(report.PAGE) == report.render(known)


def test_a_card_goes_through_its_file_into_a_page_and_what_was_not_run_stays(
    tmp_path: Path,
) -> None:
    page, kept = tmp_path / "page.md", tmp_path / "measured.json"
    page.write_text(f"before\n{report.BEGIN}\nold\n{report.END}\nafter\n", "utf-8")
    (tmp_path / "attacks.json").write_text('{"attempted": 9, "refused": 8, "visible": 7}')
    report.take_over(tmp_path, kept)
    (tmp_path / "attacks.json").unlink()
    card().write(tmp_path / "faults.json")
    report.write(page, report.render(report.take_over(tmp_path, kept)))
    text = page.read_text("utf-8")
    assert text.startswith("before\n")
    assert text.endswith(f"{report.END}\nafter\n")
    assert "old" not in text
    for words in (
        "make faults ROUNDS=3 SEED=42",
        "| alarm | 1,000 | 1,000 | 0 | 0 | 0 | 0 |",
        "| broker | 1.5 s |",
        "far link: packets",
        NOT_COVERED[0],
        "9 attempted, 8 refused",
        "**Bench**: not measured yet",
    ):
        assert words in text


def test_the_front_page_has_the_losses_and_the_slowest_recovery_alone(tmp_path: Path) -> None:
    card(lost=1).write(tmp_path / "faults.json")
    short = report.summarise(report.take_over(tmp_path, tmp_path / "measured.json"))
    assert "1 failures" in short
    assert "| alarm | 1,000 | 999 | 1 | 0 | 0 | 0 |" in short
    assert "after each the next alarm came through within 1.5 s (slowest: broker)" in short
    assert NOT_COVERED[0] not in short


def test_a_page_without_markers_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("nothing", "utf-8")
    with pytest.raises(ValueError, match="has no line"):
        report.write(page, "text")
    assert page.read_text("utf-8") == "nothing"


def test_a_loss_is_in_the_table_in_the_picture_and_in_the_page() -> None:
    lossy = card(lost=1)
    assert "LOST 1," in lossy.table()
    assert "FAILURE round 1" in lossy.table()
    assert bar(999 / 1000).endswith(".")
    assert bar(1.0).count("#") == len(bar(1.0))

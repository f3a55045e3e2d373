"""The ledger's arithmetic as the command line shows it."""

from datetime import UTC, datetime

from ingest.ledger_report import LedgerTotal
from towerwatch.figures import difference, ledger_table, rate


def _line(**changed: int) -> LedgerTotal:
    numbers = {
        "sent": 100,
        "stored": 80,
        "quarantined": 5,
        "shed": 6,
        "missing": 4,
        "in_flight": 5,
        "duplicates": 3,
        "samples": 1000,
        "samples_refused": 2,
    }
    at = datetime(2026, 11, 22, tzinfo=UTC)
    return LedgerTotal(gateway="gw-1", lane="data", last_at=at, **(numbers | changed))


def test_what_was_sent_is_all_accounted_for() -> None:
    assert _line().difference == 0


def test_a_lost_and_a_doubled_message_do_not_hide_each_other() -> None:
    assert difference((_line(stored=79), _line(stored=81))) == 2


def test_the_table_marks_a_difference() -> None:
    table = ledger_table((_line(), _line(stored=79)))
    assert table.splitlines()[1].endswith("ok")
    assert table.splitlines()[2].endswith("+1")


def test_an_empty_ledger_still_has_a_head() -> None:
    assert "in flight" in ledger_table(())


def test_a_rate_over_no_time_is_zero() -> None:
    assert rate(10, 20, 0.0) == 0.0
    assert rate(10, 20, 2.0) == 5.0

"""A certificate that ends soon is told by name, once, and taken back when another lasts longer."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.certificate import (
    WARN_BEFORE,
    Certificate,
    Endings,
    parse_certificate,
    read_certificate,
    warn_at,
)
from gateway.errors import BadCertificate
from gateway.trouble import Told
from towerwatch.services.certificate import SERVER_LIFE, ensure_tls

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def lasting(name: str, time: timedelta) -> Certificate:
    return Certificate(name=name, ends_at=NOW + time, warn_at=NOW + time - WARN_BEFORE)


def told(endings: Endings, *found: Certificate) -> Told | None:
    said = endings.look(found, NOW)
    if said is not None:
        endings.said(said)
    return said


def test_one_that_lasts_two_weeks_is_nobodys_business() -> None:
    assert told(Endings(), lasting("alarm", WARN_BEFORE)) is None


@pytest.mark.parametrize(
    ("life", "warned"),
    [
        (timedelta(days=397), timedelta(days=14)),
        (timedelta(days=90), timedelta(days=14)),
        (timedelta(days=60), timedelta(days=10)),
        (timedelta(days=6), timedelta(days=1)),
        (timedelta(hours=12), timedelta(hours=2)),
    ],
)
def test_one_that_lives_short_is_told_of_in_the_last_sixth_of_its_life(
    life: timedelta, warned: timedelta
) -> None:
    """Caddy's own last twelve hours, and are renewed when four are left: an alarm would never end."""
    ends_at = NOW + life
    told_from = warn_at(NOW, ends_at)
    assert ends_at - told_from == warned
    assert ends_at - life / 3 <= told_from, "whoever renews in time is never told of"
    found = Certificate(name="web", ends_at=ends_at, warn_at=told_from)
    assert not found.is_ending(told_from)
    assert found.is_ending(told_from + SECOND)


def test_one_that_ends_is_told_once_with_its_end() -> None:
    endings = Endings()
    found = told(endings, lasting("alarm", WARN_BEFORE - SECOND), lasting("data", 2 * WARN_BEFORE))
    assert found == Told(state="raise", text="alarm: 2026-12-06 11:59 UTC 到期")
    assert told(endings, lasting("alarm", WARN_BEFORE - 2 * SECOND)) is None


def test_a_second_one_is_told_with_the_first_and_what_is_over_says_so() -> None:
    endings = Endings()
    told(endings, lasting("alarm", timedelta(days=3)))
    found = told(endings, lasting("alarm", timedelta(days=3)), lasting("data", -SECOND))
    assert found is not None
    assert found.states == ("clear", "raise"), "whoever has acknowledged the first must see it"
    assert found.text == "data: 已于2026-11-22 11:59 UTC 到期; alarm: 2026-11-25 12:00 UTC 到期"


def test_it_is_over_when_all_last_longer_also_after_a_restart() -> None:
    endings = Endings()
    told(endings, lasting("alarm", timedelta(days=3)))
    found = told(endings, lasting("alarm", timedelta(days=90)))
    assert found is not None
    assert found.state == "clear"
    assert told(endings, lasting("alarm", timedelta(days=90))) is None
    again = told(Endings(is_raised=True), lasting("alarm", timedelta(days=90)))
    assert again is not None
    assert again.state == "clear"


def test_what_was_not_stored_is_said_again() -> None:
    endings = Endings()
    ending = [lasting("alarm", timedelta(days=3))]
    first = endings.look(ending, NOW)
    assert first is not None
    assert endings.look(ending, NOW) == first


def test_the_certificate_that_is_shown_is_read_and_nothing_else_is_taken_for_one(
    tmp_path: Path,
) -> None:
    files = ensure_tls(tmp_path / "tls", ["tower.example.org"], now=NOW)
    chain = tmp_path / "chain.pem"
    chain.write_bytes(files.certificate.read_bytes() + files.authority.read_bytes())
    assert read_certificate("alarm", chain).remaining_s(NOW) == SERVER_LIFE.total_seconds()
    for wrong in (tmp_path / "absent.pem", files.key):
        with pytest.raises(BadCertificate):
            read_certificate("alarm", wrong)
    with pytest.raises(BadCertificate):
        parse_certificate("door", b"no certificate")

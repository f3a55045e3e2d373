"""The health of the whole line, as the console's own stream shows it."""

from contextlib import closing
from datetime import UTC, datetime

from analytics import live
from analytics.alarms.report import PlacePath
from analytics.live import Announcement, Change
from gateway.canary import LATE_S
from gateway.clock import now_ms
from ingest.database import connect
from tests.integration.dashboards.console import ConsoleServer
from towerwatch.process import wait_until


def sing(console: ConsoleServer, age_s: float) -> int:
    """Number a self-test as the alarm process does; when it was sent [ms UTC]."""
    sent_ms = now_ms() - round(age_s * 1000)
    with closing(connect(console.site.urls.analytics_url, application="test line")) as connection:
        told = Announcement()
        told.add(Change.PLATFORM, sent_ms, PlacePath("platform"))
        told.write(connection, datetime.now(UTC))
        live.sequence(connection)
    return sent_ms


def line(console: ConsoleServer) -> int | None:
    return console.visit().get("/health/line").status_code


def test_the_line_is_whole_while_the_self_test_is_fresh(console: ConsoleServer) -> None:
    assert line(console) == 503
    sing(console, 1)
    assert wait_until(lambda: line(console) == 200, within_s=10)
    answer = console.visit().get("/health/line").json()
    assert answer["status"] == "whole"
    assert 1 <= answer["canary_age_s"] < LATE_S


def test_an_old_self_test_is_no_sign_of_health(console: ConsoleServer) -> None:
    sing(console, LATE_S + 5)
    said = "the last self-test of the path was sent"
    assert wait_until(lambda: said in (console.visit().get("/health/line").text or ""), within_s=10)
    assert line(console) == 503


def test_every_page_shows_when_the_self_test_was_sent(console: ConsoleServer) -> None:
    console.site.add_user("duty")
    person = console.log_in("duty")
    assert "通路自检" in (person.get("/strip").text or "")
    sent_ms = sing(console, 2)
    assert wait_until(
        lambda: f'data-since="{sent_ms}"' in (person.get("/strip").text or ""), within_s=10
    )

import re

import pytest

from dashboards.console import metrics
from dashboards.console.live import QUEUE_LENGTH, REPLAY_LIMIT, Message
from dashboards.console.routes.live import _Stream
from dashboards.console.store import alarm as alarms
from ingest.database import Connection
from tests.integration.dashboards.console import ConsoleServer, Ear, serving, until
from tests.integration.dashboards.site import Site


def _ids(ear: Ear) -> list[int | None]:
    return [item.body["subject_id"] for item in ear.named("alarm")]


def test_a_new_alarm_reaches_the_stream_at_once(console: ConsoleServer) -> None:
    console.site.add_user("duty")
    with console.log_in("duty").listening() as ear:
        assert until(lambda: ear.named("ready"))
        alarm_id = console.site.raise_alarm(text="1号楼 2层 走廊")
        assert until(lambda: ear.named("alarm"), within_s=1)
    said = ear.named("alarm")[0].body
    assert said["alarm"]["id"] == alarm_id
    assert said["alarm"]["text"] == "1号楼 2层 走廊"
    assert said["alarm"]["place"] == ["花园小区", "1号楼", "2层"]


def test_what_was_missed_is_replayed_in_order_and_nothing_twice(console: ConsoleServer) -> None:
    console.site.add_user("duty")
    person = console.log_in("duty")
    first = console.site.raise_alarm()
    with person.listening() as ear:
        assert until(lambda: ear.named("alarm"))
    last_id = ear.named("alarm")[0].id
    missed = [
        console.site.raise_alarm("L-1", "entrapment"),
        console.site.raise_alarm("W-1", "fault"),
    ]
    with person.listening("/api/v1/live", **{"Last-Event-ID": str(last_id)}) as again:
        assert until(lambda: len(again.named("alarm")) == 2)
        late = console.site.raise_alarm("L-1", "overspeed")
        assert until(lambda: len(again.named("alarm")) == 3)
    assert _ids(again) == [*missed, late]
    assert first not in _ids(again)
    numbers = [item.id for item in again.named("alarm")]
    assert numbers == sorted(set(numbers), key=lambda number: number or 0)


def test_a_change_that_cannot_be_told_asks_for_a_snapshot_and_the_stream_goes_on(
    console: ConsoleServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ending the stream would not do: the browser would ask for the same change for ever."""
    console.site.add_user("duty")
    bad = console.site.raise_alarm("W-1", "fault")
    event = _Stream._event

    def breaks(stream: _Stream, message: Message) -> bytes:
        if message.row.subject_id == bad:
            raise RuntimeError("made by the test")
        return event(stream, message)

    monkeypatch.setattr(_Stream, "_event", breaks)
    person = console.log_in("duty")
    with person.listening() as ear:
        assert until(lambda: ear.named("ready"))
        assert [one.body["reason"] for one in ear.named("resync")] == ["unreadable"]
        alarm = console.site.raise_alarm("L-1", "entrapment")
        assert until(lambda: ear.named("alarm"))
        assert _ids(ear) == [alarm]
        bad = console.site.raise_alarm("D-1", "fault")
        assert until(lambda: len(ear.named("resync")) == 2)
        last = console.site.raise_alarm("D-1", "fire_alarm")
        assert until(lambda: len(ear.named("alarm")) == 2)
    assert _ids(ear) == [alarm, last]


def _break(console: ConsoleServer, alarm_id: int) -> None:
    """A time after the year 9999 is PostgreSQL's, and no Python's."""
    with console.site.writing(console.site.urls.analytics_url) as connection:
        connection.execute(
            "UPDATE alarms SET raised_at = '20000-01-01 00:00+00' WHERE id = %s", (alarm_id,)
        )


def test_an_alarm_of_which_not_all_can_be_read_stands_in_every_list_and_is_marked(
    console: ConsoleServer,
) -> None:
    """Its row kept the whole list from the page, and every later alarm from the stream."""
    console.site.add_user("duty")
    person = console.log_in("duty")
    before = metrics.UNREADABLE_ALARMS._value.get()
    with person.listening() as ear:
        assert until(lambda: ear.named("ready"))
        bad = console.site.raise_alarm("D-1", "fire_alarm", is_numbered=False)
        _break(console, bad)
        console.site.number("alarm", bad)
        later = console.site.raise_alarm("L-1", "entrapment")
        assert until(lambda: {bad, later} <= set(_ids(ear)), within_s=15)
        assert ear.named("resync") == []
    page = person.get("/")
    assert page.status_code == 200
    row = re.search(rf'<li id="alarm-{bad}".*?</li>', page.text or "", re.DOTALL)
    assert row is not None
    assert "部分内容无法读取" in row[0]
    assert "火警" in row[0]
    whole = re.search(rf'<li id="alarm-{later}".*?</li>', page.text or "", re.DOTALL)
    assert whole is not None
    assert "部分内容无法读取" not in whole[0]
    listed = person.get("/api/v1/alarms").json()
    assert {bad, later} <= {one["id"] for one in listed["items"]}
    assert metrics.UNREADABLE_ALARMS._value.get() > before


def test_a_change_that_cannot_be_read_keeps_no_other_from_the_pages(
    console: ConsoleServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Read again for ever, it would stand before every later alarm."""
    console.site.add_user("duty")
    before = metrics.UNREADABLE._value.get()
    fetch, broken = alarms.fetch_alarms, set[int]()

    def fails(connection: Connection, ids: list[int]) -> list[alarms.AlarmLine]:
        if broken & set(ids):
            raise ValueError("made by the test")
        return fetch(connection, ids)

    monkeypatch.setattr(alarms, "fetch_alarms", fails)
    with console.log_in("duty").listening() as ear:
        assert until(lambda: ear.named("ready"))
        bad = console.site.raise_alarm("W-1", "fault", is_numbered=False)
        broken.add(bad)
        console.site.number("alarm", bad)
        assert until(lambda: ear.named("resync"), within_s=15)
        later = console.site.raise_alarm("L-1", "entrapment")
        assert until(lambda: later in _ids(ear), within_s=15)
        assert [item.body["reason"] for item in ear.named("resync")] == ["unreadable"]
    assert bad not in _ids(ear)
    assert metrics.UNREADABLE._value.get() == before + 1


def test_a_change_that_nobody_announced_by_notify_comes_by_the_poll(console: ConsoleServer) -> None:
    console.site.add_user("duty")
    with console.log_in("duty").listening() as ear:
        assert until(lambda: ear.named("ready"))
        with console.site.writing(console.site.urls.analytics_url) as connection:
            connection.execute(
                "INSERT INTO live_events (id, at, kind, subject_id, place_path)"
                " VALUES (1, now(), 'order', 7, 'city.dist.street.comm.garden')"
            )
        assert until(lambda: ear.named("order"), within_s=1)


def test_a_session_that_was_ended_hears_no_more_also_while_much_happens(
    console: ConsoleServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboards.console.routes.live._RECHECK_S", 0.2)
    console.site.add_user("duty")
    with console.log_in("duty").listening() as ear:
        assert until(lambda: ear.named("ready"))
        with console.site.writing(console.site.urls.console_url) as connection:
            connection.execute("DELETE FROM sessions")

        def is_over() -> bool:
            console.site.number("order", 1)
            return bool(ear.named("bye"))

        assert until(is_over, within_s=10)
        assert until(lambda: ear.has_ended)


def test_the_stream_of_another_place_stays_silent(console: ConsoleServer) -> None:
    console.site.add_user("yard", places=("yard",))
    console.site.add_user("nothing", places=())
    with (
        console.log_in("yard").listening() as yard,
        console.log_in("nothing").listening() as nothing,
    ):
        assert until(lambda: yard.named("ready") and nothing.named("ready"))
        console.site.raise_alarm()
        own = console.site.raise_alarm("L-9", "entrapment")
        assert until(lambda: yard.named("alarm"))
        assert until(lambda: len(nothing.comments) > 2)
    assert _ids(yard) == [own]
    assert nothing.named("alarm") == []


def test_an_id_from_before_the_oldest_asks_for_a_snapshot(site: Site) -> None:
    for _ in range(3):
        site.number("platform", 1)
    with site.writing(site.urls.analytics_url) as connection:
        connection.execute("DELETE FROM live_events WHERE id < 3")
    site.add_user("duty")
    with serving(site) as console, console.log_in("duty").listening("/api/v1/live?after=1") as ear:
        assert until(lambda: ear.named("ready"))
    assert [item.body for item in ear.named("resync")] == [{"reason": "too_old"}]
    assert ear.named("resync")[0].id == 3


def test_an_id_from_another_database_asks_for_a_snapshot(console: ConsoleServer) -> None:
    console.site.add_user("duty")
    with console.log_in("duty").listening("/api/v1/live?after=99999") as ear:
        assert until(lambda: ear.named("ready"))
    assert [item.body for item in ear.named("resync")] == [{"reason": "reset"}]


def test_too_much_to_replay_asks_for_a_snapshot(console: ConsoleServer) -> None:
    console.site.add_user("duty")
    with console.site.writing(console.site.urls.analytics_url) as connection:
        connection.execute(
            "INSERT INTO live_events (id, at, kind, subject_id, place_path)"
            " SELECT n, now(), 'platform', n, 'city' FROM generate_series(1, %s) AS n",
            (REPLAY_LIMIT + 1,),
        )
    console.site.add_user("all", places=("city",))
    with console.log_in("all").listening() as ear:
        assert until(lambda: ear.named("ready"))
    assert [item.body for item in ear.named("resync")] == [{"reason": "too_many"}]
    assert ear.named("platform") == []


def test_a_heartbeat_comes_every_second(console: ConsoleServer) -> None:
    console.site.add_user("duty")
    with console.log_in("duty").listening() as ear:
        assert until(lambda: len([c for c in ear.comments if c.startswith("beat")]) >= 2)


def test_a_beat_says_how_long_ago_the_database_was_read(console: ConsoleServer) -> None:
    console.site.add_user("duty")
    with console.log_in("duty").listening() as ear:
        assert until(lambda: [c for c in ear.comments if c.startswith("beat")])
        beat = next(c for c in ear.comments if c.startswith("beat"))
    found = re.fullmatch(r"beat \d+ age (\d+)", beat)
    assert found is not None
    assert int(found[1]) < 2500


def test_pages_get_the_same_row_that_the_first_paint_shows(console: ConsoleServer) -> None:
    console.site.add_user("duty")
    person = console.log_in("duty")
    with person.listening("/live?after=0") as ear:
        alarm_id = console.site.raise_alarm()
        assert until(lambda: ear.named("alarm"))
    streamed = ear.named("alarm")[0].body
    page = person.get("/").text or ""
    found = re.search(rf'<li id="alarm-{alarm_id}".*?</li>', page, re.DOTALL)
    assert found is not None
    assert streamed["html"].strip() == found[0].strip()
    assert (streamed["version"], streamed["open"], streamed["sound"]) == (1, True, "fire")


def test_a_bad_last_event_id_is_refused(console: ConsoleServer) -> None:
    console.site.add_user("duty")
    answer = console.log_in("duty").get("/api/v1/live", **{"Last-Event-ID": "1; DROP"})
    assert answer.status_code == 422


def test_the_stream_ends_when_the_console_stops(site: Site) -> None:
    site.add_user("duty")
    with serving(site) as console:
        person = console.log_in("duty")
        with person.listening() as ear:
            assert until(lambda: ear.named("ready"))
            console.server.should_exit = True
            console.server.config.loaded_app  # noqa: B018 - the application is up
            hub = console.server.config.app.state.services.hub  # type: ignore[union-attr]
            hub.stop()
            assert until(lambda: ear.has_ended, within_s=5)


def test_the_queue_of_a_slow_browser_is_bounded() -> None:
    assert QUEUE_LENGTH <= 5000

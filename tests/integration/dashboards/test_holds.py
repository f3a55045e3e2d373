"""Pages and API of what is kept from the desk: never away, counted in the header, two people."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest

from analytics.alarms.loop import AlarmProcess
from ingest.database import connect, trusted_sql
from tests.integration.dashboards.console import ConsoleServer, Person, until
from tests.integration.dashboards.site import Site


@contextmanager
def alarm_process(site: Site) -> Iterator[None]:
    stop = Event()
    url = site.urls.analytics_url
    process = AlarmProcess(lambda: connect(url, application="test alarms"))
    thread = Thread(target=process.run, args=(stop,))
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(10)


@pytest.fixture
def people(console: ConsoleServer) -> Iterator[tuple[Person, Person]]:
    console.site.add_user("duty")
    console.site.add_user("second")
    with alarm_process(console.site):
        yield console.log_in("duty"), console.log_in("second")


def ask(person: Person, path: str, **fields: str) -> tuple[int, str]:
    answer = person.post(path, {"csrf": person.csrf, **fields}, Accept="application/json")
    said = answer.json()
    return answer.status_code or 0, said.get("state") or said.get("detail", "")


def listed(person: Person, state: str) -> list[int]:
    return [item["id"] for item in person.api(f"/alarms?state={state}")["items"]]


def test_a_shelved_alarm_leaves_the_desk_and_is_counted_and_listed(
    console: ConsoleServer, people: tuple[Person, Person]
) -> None:
    duty, _ = people
    alarm_id = console.site.raise_alarm("L-1", "overspeed")
    with console.site.writing(console.site.urls.analytics_url) as connection:
        connection.execute(
            trusted_sql(
                "INSERT INTO conditions SELECT asset_id, condition, true, 'gw-1', 1, 1, 0, now()"
                " FROM alarms"
            )
        )
    row = f'id="alarm-{alarm_id}"'
    assert row in (duty.get("/").text or "")
    assert "搁置原因" in (duty.get(f"/alarms/{alarm_id}").text or "")
    done = ask(duty, f"/alarms/{alarm_id}/shelve", text="等备件", minutes="30")
    assert done == (200, "done")
    page = duty.get("/").text or ""
    assert row not in page
    assert 'href="/held"><b>1/0/0/0</b>' in page
    held = duty.get("/held").text or ""
    assert row in held
    assert "等备件" in held
    assert listed(duty, "shelved") == [alarm_id]
    assert listed(duty, "desk") == []
    (shown,) = duty.api("/alarms")["items"]
    assert (shown["state"], shown["hold_reason"]) == ("shelved", "等备件")
    assert shown["held_until"] is not None
    assert ask(duty, f"/alarms/{alarm_id}/unshelve") == (200, "done")
    assert listed(duty, "desk") == [alarm_id]


def test_a_fire_cannot_be_shelved_and_says_what_can_be_done(
    console: ConsoleServer, people: tuple[Person, Person]
) -> None:
    duty, _ = people
    alarm_id = console.site.raise_alarm("D-1", "fire_alarm")
    assert "搁置原因" not in (duty.get(f"/alarms/{alarm_id}").text or "")
    answer = duty.post(
        f"/alarms/{alarm_id}/shelve",
        {"csrf": duty.csrf, "text": "吵", "minutes": "30"},
        Accept="application/json",
    )
    assert answer.status_code == 409
    assert "两人" in answer.json()["message"]


def test_two_people_take_an_asset_out_and_its_fire_stays_in_the_fire_queue_without_sound(
    console: ConsoleServer, people: tuple[Person, Person]
) -> None:
    duty, second = people
    fire = console.site.raise_alarm("D-1", "fire_alarm")
    asset = duty.api("/alarms")["items"][0]
    number = duty.api("/events?limit=1")
    assert number is not None
    with console.site.writing(console.site.urls.owner_url) as connection:
        row = connection.execute(trusted_sql("SELECT id FROM assets WHERE code = 'D-1'")).fetchone()
    assert row is not None
    assert asset["asset"] == "D-1"
    path = f"/assets/{row[0]}/take_out_propose"
    assert ask(duty, path, text="更换探测器", minutes="60") == (200, "done")
    (proposal,) = duty.api("/proposals")["items"]
    assert "待批准" in (second.get("/").text or "")
    own = ask(duty, f"/proposals/{proposal['id']}/proposal_approve")
    assert own == (409, "refused")
    assert "批准" in (second.get("/held").text or "")
    assert ask(second, f"/proposals/{proposal['id']}/proposal_approve") == (200, "done")
    page = duty.get("/").text or ""
    assert f'id="alarm-{fire}"' in page.split('id="open"')[0]
    assert 'data-sounding-list="[]"' in page
    (hold,) = duty.api("/holds")["items"]
    assert (hold["kind"], hold["begun_by"], hold["approved_by"], hold["alarms"]) == (
        "out_of_service",
        "duty",
        "second",
        1,
    )
    assert ask(second, f"/assets/{row[0]}/return_to_service") == (200, "done")
    assert until(lambda: listed(duty, "out_of_service") == [])


def test_a_machine_does_the_same_by_the_api(
    console: ConsoleServer, people: tuple[Person, Person]
) -> None:
    duty, _ = people
    alarm_id = console.site.raise_alarm("L-1", "overspeed")
    answer = duty.session.post(
        f"{duty.address}/api/v1/alarms/{alarm_id}/acts",
        json={"kind": "shelve", "text": "等备件", "minutes": 10},
        headers={"Authorization": f"Bearer {duty.token}", "If-Match": '"1"'},
        timeout=20,
    )
    assert (answer.status_code, answer.json()["state"]) == (200, "done")


def test_the_load_of_desks_is_shown_with_its_benchmarks(
    console: ConsoleServer, people: tuple[Person, Person]
) -> None:
    duty, _ = people
    for n in range(12):
        console.site.raise_alarm("L-1", f"door_blocked:{n}" if n else "door_blocked")
    page = duty.get("/load").text or ""
    assert "EEMUA 191" in page
    assert [item["raised"] for item in duty.api("/alarm-load")["items"]] == [12]

"""People instead of accounts, both times of a late step, versions that programs must say."""

from collections.abc import Iterator
from datetime import UTC, datetime
from threading import Event, Thread
from typing import Any
from uuid import uuid4

import pytest

from analytics.alarms.loop import AlarmProcess
from dashboards.console.present import epoch_ms
from ingest.database import connect
from tests.integration.dashboards.console import ConsoleServer, Person, serving
from tests.integration.dashboards.site import build_site
from tests.services import TestDatabase

JSON = {"Accept": "application/json"}
DONE = datetime(2025, 11, 22, 12, 4, 5, tzinfo=UTC)


@pytest.fixture(scope="module")
def desk(database_server: TestDatabase, template: str) -> Iterator[ConsoleServer]:
    """One compound for the whole file, with the alarm process behind its console."""
    urls = database_server.make(template)
    stop = Event()
    process = AlarmProcess(lambda: connect(urls.analytics_url, application="test alarms"))
    thread = Thread(target=process.run, args=(stop,), name="alarms")
    try:
        site = build_site(urls)
        for name, role, organisation, title in (
            ("op7", "operator", None, "消控室值班员"),
            ("m1", "project_manager", None, "三号岗"),
            ("w1", "technician", "lift_firm", "甲组维保员"),
        ):
            site.add_user(name, role, organisation=organisation, title=title)
        thread.start()
        with serving(site) as server:
            yield server
    finally:
        stop.set()
        if thread.ident is not None:
            thread.join(10)
        database_server.drop(urls)


def dispatch(
    person: Person, alarm_id: int, body: dict[str, Any], **headers: str
) -> tuple[int, Any]:
    said = {"kind": "dispatch", "organisation": "fire_firm", "text": "就近", **body}
    answer = person.session.post(
        f"{person.address}/api/v1/alarms/{alarm_id}/acts",
        json=said,
        headers={"Authorization": f"Bearer {person.token}", **JSON, **headers},
        timeout=20,
    )
    return answer.status_code or 0, answer.json()


def test_pages_and_sheets_name_people_and_the_interface_the_account(desk: ConsoleServer) -> None:
    alarm = desk.site.raise_alarm("L-1", "door_fault")
    duty, chief = desk.log_in("op7"), desk.log_in("m1")
    path = f"/alarms/{alarm}/acknowledge"
    assert duty.post(path, {"csrf": duty.csrf}, **JSON).status_code == 200
    second = chief.post(path, {"csrf": chief.csrf}, **JSON)
    assert "消控室值班员" in second.json()["message"], "who was faster"
    page = duty.get(f"/alarms/{alarm}").text or ""
    assert '<span title="op7">消控室值班员</span>' in page
    assert "消控室值班员 / op7" in (duty.get(f"/alarms/{alarm}/evidence.csv").text or "")
    assert duty.api(f"/alarms/{alarm}")["alarm"]["acknowledged_by"] == "op7"


def test_a_step_without_a_signal_is_shown_and_printed_with_both_times(desk: ConsoleServer) -> None:
    alarm = desk.site.raise_alarm("L-1", "door_fault_again")
    order = desk.site.open_order(alarm, "lift_firm", "门机故障", "W-0100")
    hand = desk.log_in("w1")
    form = {"csrf": hand.csrf, "version": "1", "done_at": str(epoch_ms(DONE))}
    assert hand.post(f"/orders/{order}/accept", form, **JSON).json()["state"] == "done"
    both = "现场操作于 2025-11-22 20:04:05（当时无信号），上传于 "
    assert both in (hand.get(f"/t/{order}").text or "")
    duty = desk.log_in("op7")
    for page in (f"/orders/{order}", f"/alarms/{alarm}", f"/alarms/{alarm}/evidence.csv"):
        assert both in (duty.get(page).text or ""), page


def test_a_step_whose_answer_was_lost_happens_once_however_late_it_is_sent_again(
    desk: ConsoleServer,
) -> None:
    alarm = desk.site.raise_alarm("L-1", "door_fault_in_time")
    order = desk.site.open_order(alarm, "lift_firm", "门机故障", "W-0300")
    hand = desk.log_in("w1")
    key = {"Idempotency-Key": str(uuid4()), **JSON}
    form = {"csrf": hand.csrf, "version": "1"}
    for done_at in (datetime.now(UTC), DONE):
        sent = form | {"done_at": str(epoch_ms(done_at))}
        assert hand.post(f"/orders/{order}/accept", sent, **key).json()["state"] == "done"
    page = hand.get(f"/t/{order}").text or ""
    assert "现场操作于" not in page, "it had come at once"
    other = form | {"done_at": str(epoch_ms(DONE)), "text": "别的"}
    assert hand.post(f"/orders/{order}/accept", other, **key).status_code == 422


def test_two_desks_cannot_overwrite_each_other_through_the_interface(desk: ConsoleServer) -> None:
    alarm = desk.site.raise_alarm("D-1", "detector_fault")
    desk.site.open_order(alarm, "lift_firm", "故障", "W-0200")
    one, other = desk.log_in("op7"), desk.log_in("m1")
    status, said = dispatch(one, alarm, {})
    assert (status, said["code"]) == (428, "version_needed")
    assert said["type"] == "urn:towerwatch:problem:version_needed"
    assert said["title"] == "须说明所见内容的版本，以免覆盖他人的处理"
    seen = one.api(f"/alarms/{alarm}")["alarm"]["order_version"]
    assert seen == 1
    assert dispatch(one, alarm, {"order_version": seen})[0] == 200
    status, said = dispatch(other, alarm, {"order_version": seen, "organisation": "lift_firm"})
    assert (status, said["code"], said["first_by"]) == (409, "stale", "op7")
    assert "消控室值班员" in said["detail"]
    assert dispatch(other, alarm, {"organisation": "lift_firm"}, **{"If-Match": "*"})[0] == 200


def test_a_wrong_request_is_told_in_the_language_that_is_asked_for(desk: ConsoleServer) -> None:
    alarm = desk.site.raise_alarm("D-1", "detector_dirty")
    one = desk.log_in("op7")
    status, said = dispatch(one, alarm, {"minutes": 0})
    assert (status, said["code"]) == (422, "invalid")
    assert said["detail"] == "请求内容有误，请检查后重试（body.minutes: 不能小于 1）"
    expected = {"field": "body.minutes", "code": "greater_than_equal", "message": "不能小于 1"}
    assert said["errors"] == [expected]
    _, told = dispatch(one, alarm, {"minutes": 0}, **{"Accept-Language": "en-GB,en;q=0.9"})
    assert told["code"] == said["code"]
    assert told["detail"] == "body.minutes: Input should be greater than or equal to 1"

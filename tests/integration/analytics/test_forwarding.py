"""What must be told within three seconds is: through the real alarm process and a real receiver.

References:
    GB 50440-2007: a confirmed fire reaches the fire service's centre within 3 s (unverified).
"""

import base64
import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from analytics.act import ConfirmReal, submit
from analytics.act.safety_kind import CallCar
from analytics.alarms.alarm import AlarmId
from analytics.safety.plan import default_plan_source, parse_plan
from analytics.safety.store import load_plan
from gateway.clock import now_ms
from ingest.database import Connection, connect
from simulators.bureau import Bureau
from tests.integration.analytics.site import Said, Site, rows, say
from tests.integration.analytics.test_acts import OPERATOR, new_id
from tests.integration.analytics.test_alarm_process import wait_for
from tests.integration.analytics.test_notify import KEY
from tests.integration.analytics.test_processes import end, start

LIMIT_S = 3.0
HURRY = {
    "confirm_s: 60": "confirm_s: 1",
    "by: call, after_s: 20": "by: call, after_s: 1",
    "by: bureau, after_s: 20": "by: bureau, after_s: 1",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """Everything runs: the alarm process, a console's connection, the bureau's receiver."""

    process: "subprocess.Popen[str]"
    console: Connection
    ingest: Connection
    analytics: Connection
    bureau: Bureau

    def has(self, kind: str, alarm: int) -> Callable[[], bool]:
        return lambda: self.at_ms(kind, alarm) is not None

    def at_ms(self, kind: str, alarm: int) -> int | None:
        for one in self.bureau.received():
            body = json.loads(one.body)
            if (body["type"], body["data"]["alarm"]) == (kind, alarm):
                return one.received_at_ms
        return None


@pytest.fixture
def stage(site: Site, analytics: Connection, ingest: Connection, tmp_path: Path) -> Iterator[Stage]:
    secret = tmp_path / "bureau"
    secret.write_text("whsec_" + base64.b64encode(KEY).decode())
    secret.chmod(0o600)
    with (
        Bureau(KEY) as bureau,
        closing(connect(site.urls.console_url, application="test console")) as console,
    ):
        process = start(
            site,
            "alarms",
            TOWERWATCH_BUREAU_URL=bureau.url,
            TOWERWATCH_BUREAU_SECRET_FILE=str(secret),
        )
        try:
            yield Stage(
                process=process,
                console=console,
                ingest=ingest,
                analytics=analytics,
                bureau=bureau,
            )
        finally:
            code, _, log = end(process)
            assert code == 0, log[-2000:]


def test_a_confirmed_fire_is_with_the_bureau_within_three_seconds(stage: Stage) -> None:
    say(stage.ingest, Said(seq=1, asset="D-1", event="fire_alarm", at=datetime.now(UTC)))
    assert wait_for(stage.has("alarm.opened", 1), 30)
    asked_ms = now_ms()
    assert submit(stage.console, ConfirmReal(id=new_id(), by=OPERATOR, alarm_id=AlarmId(1))).is_done
    assert wait_for(stage.has("alarm.confirmed", 1), 10)
    told_ms = stage.at_ms("alarm.confirmed", 1)
    assert told_ms is not None
    assert (told_ms - asked_ms) / 1000 <= LIMIT_S


def test_a_confirmed_entrapment_is_with_the_bureau_within_three_seconds(stage: Stage) -> None:
    say(stage.ingest, Said(seq=1, at=datetime.now(UTC)))
    assert wait_for(stage.has("alarm.opened", 1), 30)
    asked_ms = now_ms()
    call = CallCar(id=new_id(), by=OPERATOR, alarm_id=AlarmId(1), is_answered=True, people=2)
    assert submit(stage.console, call).is_done
    for kind in ("alarm.confirmed", "rescue.dispatched"):
        assert wait_for(stage.has(kind, 1), 10)
        told_ms = stage.at_ms(kind, 1)
        assert told_ms is not None
        assert (told_ms - asked_ms) / 1000 <= LIMIT_S


def test_a_desk_that_never_answers_loses_no_fire(stage: Stage) -> None:
    source = default_plan_source()
    for old, new in HURRY.items():
        source = source.replace(old, new)
    load_plan(stage.analytics, parse_plan(source), source)
    born_ms = now_ms()
    say(stage.ingest, Said(seq=1, asset="D-1", event="fire_alarm", at=datetime.now(UTC)))
    assert wait_for(stage.has("alarm.unanswered", 1), 30)
    told_ms = stage.at_ms("alarm.unanswered", 1)
    assert told_ms is not None
    waited_s = (told_ms - born_ms) / 1000
    assert waited_s >= 3.0
    opened_ms = stage.at_ms("alarm.opened", 1)
    assert opened_ms is not None
    assert (told_ms - opened_ms) / 1000 <= 3.0 + LIMIT_S
    ladder = """SELECT target FROM notices WHERE kind = 'alarm.unanswered' ORDER BY created_at"""
    assert [row[0] for row in rows(stage.analytics, ladder)] == ["desk", "call", "bureau"]

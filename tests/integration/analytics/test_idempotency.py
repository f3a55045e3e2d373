"""A key is an act's own number: whatever dies between request and answer, it acts once."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace

import pytest

from analytics.act.kind import Comment
from analytics.act.store import _ask, submit
from analytics.alarms.alarm import AlarmId
from analytics.errors import KeyReused, NoAnswer
from ingest.database import Connection, connect, in_transaction
from tests.integration.analytics.orders import ask, fault, new_id, person
from tests.integration.analytics.site import Site, rows

ASKED = "SELECT count(*) FROM acts"
NOTED = "SELECT count(*) FROM alarm_transitions WHERE trigger = 'comment'"

DOOMED = """
import sys, time
from uuid import UUID
from analytics.act import Comment, Person
from analytics.act.store import _ask
from ingest.database import connect
url, act_id, alarm_id = sys.argv[1:]
by = Person(name="desk", role="operator", scope=("city",))
act = Comment(id=UUID(act_id), by=by, alarm_id=int(alarm_id), text="已到现场")
connection = connect(url, application="doomed")
with connection.transaction():
    _ask(connection, act)
    print("asked", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def console(site: Site) -> Iterator[Connection]:
    with closing(connect(site.urls.console_url, application="test console")) as connection:
        yield connection


def comment(ingest: Connection, analytics: Connection) -> Comment:
    fault(ingest, analytics, 1)
    alarm = AlarmId(int(str(rows(analytics, "SELECT max(id) FROM alarms")[0][0])))
    desk = person(analytics, "desk", "operator", "property")
    return Comment(id=new_id(), by=desk, alarm_id=alarm, text="已到现场")


def test_a_process_that_is_killed_before_its_commit_leaves_nothing_and_the_key_is_free(
    site: Site, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    act = comment(ingest, analytics)
    words = [site.urls.console_url, str(act.id), str(act.alarm_id)]
    with subprocess.Popen([sys.executable, "-c", DOOMED, *words], stdout=subprocess.PIPE) as doomed:
        assert doomed.stdout is not None
        assert doomed.stdout.readline() == b"asked\n"
        doomed.send_signal(signal.SIGKILL)
    assert rows(analytics, ASKED) == [(0,)]
    assert ask(console, analytics, act).is_done
    assert rows(analytics, NOTED) == [(1,)]


def test_a_death_after_the_commit_keeps_the_act_and_the_key_answers_for_it(
    site: Site, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    act = comment(ingest, analytics)
    with closing(connect(site.urls.console_url, application="doomed")) as doomed:
        in_transaction(doomed, lambda held: _ask(held, act))
    for _ in range(3):
        assert ask(console, analytics, act).is_done
    assert (rows(analytics, ASKED), rows(analytics, NOTED)) == ([(1,)], [(1,)])


def test_many_at_once_under_one_key_are_one_act(
    site: Site, ingest: Connection, analytics: Connection
) -> None:
    act = comment(ingest, analytics)

    def request(_: int) -> None:
        opened = closing(connect(site.urls.console_url, application="test"))
        with opened as connection, pytest.raises(NoAnswer):
            submit(connection, act, limit_s=0.05)

    with ThreadPoolExecutor(8) as many:
        list(many.map(request, range(8)))
    assert rows(analytics, ASKED) == [(1,)]


def test_another_request_under_the_key_is_refused_and_the_first_stands(
    ingest: Connection, analytics: Connection, console: Connection
) -> None:
    act = comment(ingest, analytics)
    assert ask(console, analytics, act).is_done
    others = (
        replace(act, text="别的话"),
        replace(act, version=7),
        replace(act, by=replace(act.by, name="other")),
    )
    for other in others:
        with pytest.raises(KeyReused):
            submit(console, other, limit_s=0.05)
    wider = replace(act, by=replace(act.by, scope=("city", "other")))
    assert submit(console, wider, limit_s=1).is_done
    assert (rows(analytics, ASKED), rows(analytics, NOTED)) == ([(1,)], [(1,)])

"""The audit chain finds what the owner of the database changed, deleted, inserted or re-ordered."""

import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from uuid import uuid4

import pytest

from analytics.act import Acknowledge, Comment
from analytics.alarms.alarm import AlarmId
from analytics.audit import sealer as sealer_module
from analytics.audit import store as seal_store
from analytics.audit.sealer import Sealer, seal_waiting
from analytics.audit.verifier import Anchor, verify
from gateway.clock import steady_s
from ingest.database import Connection, connect, trusted_sql
from tests.integration.analytics.site import NOW, Said, Site, rows, say
from tests.integration.analytics.test_acts import OPERATOR, ask, new_id
from tests.integration.analytics.test_alarm_process import wait_for
from tests.integration.analytics.test_holds import heard


@pytest.fixture
def console(site: Site) -> Iterator[Connection]:
    with closing(connect(site.urls.console_url, application="test console")) as connection:
        yield connection


@pytest.fixture
def owner(site: Site) -> Iterator[Connection]:
    with closing(connect(site.urls.owner_url, application="tamperer")) as connection:
        yield connection


@pytest.fixture
def history(
    site: Site, ingest: Connection, analytics: Connection, console: Connection
) -> Connection:
    """Three seals over alarms, orders and acts."""
    for seq, event in enumerate(("brake_fault", "fire_alarm", "overspeed"), start=1):
        asset = "D-1" if event == "fire_alarm" else "L-1"
        heard(ingest, analytics, Said(seq=seq, asset=asset, event=event))
        act = Comment(id=new_id(), by=OPERATOR, alarm_id=AlarmId(seq), text=f"第{seq}条")
        assert ask(console, analytics, act).is_done
        assert seal_waiting(analytics, NOW + timedelta(seconds=seq)) > 0
    return analytics


def wrongs(connection: Connection, anchor: Anchor | None = None) -> list[tuple[str, str]]:
    verdict = verify(connection, anchor)
    return [(item.wrong.value, item.what) for item in verdict.findings]


def test_an_untouched_history_is_sound(history: Connection) -> None:
    verdict = verify(history)
    assert verdict.is_sound
    assert (verdict.seals, verdict.waiting) == (3, 0)
    counts = rows(
        history,
        "SELECT (SELECT count(*) FROM alarm_transitions)"
        " + (SELECT count(*) FROM work_order_transitions) + (SELECT count(*) FROM acts)",
    )
    assert [(verdict.rows,)] == counts


TAMPERINGS = {
    "a reason is rewritten": (
        "UPDATE alarm_transitions SET reason = '没看见' WHERE id = 2",
        [("changed", "alarm 2")],
    ),
    "a reason is rewritten with a fitting digest": (
        "UPDATE alarm_transitions SET reason = '没看见', digest = sha256('x') WHERE id = 2",
        [("changed", "alarm 2")],
    ),
    "a time is moved": (
        "UPDATE work_order_transitions SET at = at - INTERVAL '1 hour' WHERE id = 1",
        [("changed", "order 1")],
    ),
    "a line is deleted": (
        "DELETE FROM alarm_transitions WHERE id = 3",
        [("deleted", "alarm 3")],
    ),
    "a line is inserted": (
        (
            "INSERT INTO alarm_transitions (alarm_id, at, trigger, from_state, to_state, version,"
            " actor, actor_role, digest) SELECT alarm_id, at, 'comment', to_state, to_state, version,"
            " 'zhang', 'operator', digest FROM alarm_transitions WHERE id = 1"
        ),
        [("inserted", "alarm 7")],
    ),
    "two lines change places": (
        (
            "UPDATE alarm_transitions AS a SET reason = b.reason, trigger = b.trigger,"
            " from_state = b.from_state, actor = b.actor, actor_role = b.actor_role, at = b.at,"
            " event_id = b.event_id, digest = b.digest FROM alarm_transitions AS b"
            " WHERE (a.id, b.id) IN ((1, 2), (2, 1))"
        ),
        [("reordered", "alarm 1"), ("reordered", "alarm 2")],
    ),
    "the list of a seal is re-ordered": (
        (
            "UPDATE seal_rows SET position = 1 - position - 10 WHERE seal = 1 AND position IN (0, 1);"
            " UPDATE seal_rows SET position = position + 10 WHERE seal = 1 AND position < 0"
        ),
        [("reordered", "alarm 1")],
    ),
    "a seal's time is moved": (
        "UPDATE seals SET sealed_at = sealed_at + INTERVAL '1 second' WHERE number = 2",
        [("seal_changed", "seal 2")],
    ),
    "a seal is deleted with what it covers": (
        "DELETE FROM seal_rows WHERE seal = 2; DELETE FROM seals WHERE number = 2",
        None,
    ),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_a_tampering_is_found_and_named(history: Connection, owner: Connection, name: str) -> None:
    statement, expected = TAMPERINGS[name]
    with owner.transaction():
        for part in statement.split(";"):
            owner.execute(trusted_sql(part))
    found = wrongs(history)
    if expected is not None:
        assert found == expected
    else:
        assert ("seal_missing", "seal 2") in found
        assert {wrong for wrong, _ in found} == {"seal_missing", "inserted"}


def test_an_act_is_evidence_too(history: Connection, owner: Connection) -> None:
    act = rows(history, "SELECT id::text FROM acts ORDER BY created_at LIMIT 1")[0][0]
    owner.execute(trusted_sql(f"UPDATE acts SET actor = 'li' WHERE id = '{act}'"))
    assert wrongs(history) == [("changed", f"act {act}")]


ADMINISTRATION = {
    "a name is changed": (
        "UPDATE admin_acts SET actor = 'chief' WHERE id = 2",
        [("changed", "admin 2")],
    ),
    "a place is changed": (
        "UPDATE admin_acts SET scope = '{city.far}' WHERE id = 2",
        [("changed", "admin 2")],
    ),
    "a line is deleted": ("DELETE FROM admin_acts WHERE id = 1", [("deleted", "admin 1")]),
    "a line is put in": (
        """INSERT INTO admin_acts (at, actor, kind, subject, scope)
            VALUES (now(), 'chief', 'user_put', 'wang', '{city}')""",
        [("inserted", "admin 3")],
    ),
}


@pytest.mark.parametrize("name", ADMINISTRATION)
def test_what_administrators_did_is_evidence_too(
    history: Connection, console: Connection, owner: Connection, name: str
) -> None:
    for user in ("chief", "admin"):
        owner.execute(
            "INSERT INTO users (name, role, display_name, scope, password_hash, language)"
            " VALUES (%s, 'admin', '管理员', '{city}', 'x', 'zh')",
            (user,),
        )
    for subject in ("wang", "li"):
        console.execute(
            "INSERT INTO admin_acts (at, actor, kind, subject, scope)"
            " VALUES (now(), 'admin', 'user_put', %s, '{city}')",
            (subject,),
        )
    assert seal_waiting(history, NOW + timedelta(minutes=1)) == 2
    assert verify(history).is_sound
    statement, expected = ADMINISTRATION[name]
    owner.execute(trusted_sql(statement))
    assert wrongs(history) == expected


def test_a_chain_that_was_written_anew_does_not_lead_to_the_noted_head(
    history: Connection, owner: Connection
) -> None:
    head = seal_store.fetch_head(history)
    assert head is not None
    anchor = Anchor(number=head.number, digest=head.digest.hex())
    assert wrongs(history, anchor) == []
    with owner.transaction():
        for statement in (
            "DELETE FROM seal_rows WHERE seal = 3",
            "DELETE FROM seals WHERE number = 3",
            (
                "INSERT INTO seal_work (source, row_key) SELECT 'alarm', id::text"
                " FROM alarm_transitions WHERE id > 4"
            ),
            (
                "INSERT INTO seal_work (source, row_key) SELECT 'order', id::text"
                " FROM work_order_transitions WHERE id > 2"
            ),
            "INSERT INTO seal_work (source, row_key) SELECT 'act', id::text FROM acts",
            (
                "DELETE FROM seal_work USING seal_rows WHERE seal_rows.source = seal_work.source"
                " AND seal_rows.row_key = seal_work.row_key"
            ),
            "UPDATE alarm_transitions SET reason = '' WHERE id = 5",
        ):
            owner.execute(trusted_sql(statement))
    seal_waiting(history, NOW + timedelta(hours=1))
    found = wrongs(history, anchor)
    assert ("seal_missing", "the noted head 3") in found


def test_a_row_that_commits_late_with_a_lower_id_is_sealed_too(
    site: Site, history: Connection
) -> None:
    add = (
        "INSERT INTO alarm_transitions (alarm_id, at, trigger, from_state, to_state, version,"
        " actor, actor_role, digest) VALUES (1, '2026-11-22T03:00:00Z', 'comment',"
        " 'unacknowledged', 'unacknowledged', 1, '{}', 'operator', '')"
    )
    with closing(connect(site.urls.analytics_url, application="older")) as older:
        with older.transaction():
            older.execute(trusted_sql(add.format("late")))
            history.execute(trusted_sql(add.format("early")))
            assert seal_waiting(history, NOW) == 1
        assert seal_waiting(history, NOW) == 1
    assert rows(history, "SELECT count(*) FROM seal_work") == [(0,)]


def test_two_sealers_make_one_chain(
    site: Site, history: Connection, ingest: Connection, console: Connection
) -> None:
    stop = threading.Event()

    def tick() -> None:
        while not stop.is_set():
            with closing(connect(site.urls.analytics_url, application="sealer")) as connection:
                for _ in range(20):
                    seal_waiting(connection, NOW)

    threads = [threading.Thread(target=tick) for _ in range(3)]
    for thread in threads:
        thread.start()
    for seq in range(10, 25):
        heard(ingest, history, Said(seq=seq, event="brake_fault", condition=f"brake_fault:{seq}"))
    waiting = "SELECT count(*) FROM seal_work"
    assert wait_for(lambda: rows(history, waiting) == [(0,)])
    stop.set()
    for thread in threads:
        thread.join(20)
    assert verify(history).is_sound


def test_the_sealers_thread_is_at_most_a_moment_behind_and_survives_a_lost_connection(
    site: Site, ingest: Connection, analytics: Connection, console: Connection
) -> None:
    stop = threading.Event()
    sealer = Sealer(
        lambda: connect(site.urls.analytics_url, application="sealer under test"), lambda: NOW
    )
    thread = threading.Thread(target=sealer.run, args=(stop,))
    thread.start()
    try:
        heard(ingest, analytics, Said(seq=1))
        assert wait_for(lambda: verify(analytics).rows > 0)
        kill = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
        rows(analytics, f"{kill} WHERE application_name = 'sealer under test'")
        ask(console, analytics, Acknowledge(id=new_id(), by=OPERATOR, alarm_id=AlarmId(1)))
        assert wait_for(lambda: verify(analytics).waiting == 0, 20)
        assert verify(analytics).is_sound
    finally:
        stop.set()
        thread.join(10)


def test_the_sealers_thread_gives_way_to_a_flood_for_a_while(
    site: Site,
    ingest: Connection,
    analytics: Connection,
    console: Connection,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sealer_module, "LONGEST_REST_S", 2.0)
    heard(ingest, analytics, Said(seq=1))
    for seq in range(2, 3 + sealer_module.FLOOD):
        say(ingest, Said(seq=seq))
    assert seal_store.is_flooded(analytics, sealer_module.FLOOD)
    assert not seal_store.is_flooded(analytics, sealer_module.FLOOD + 1)
    stop = threading.Event()
    sealer = Sealer(lambda: connect(site.urls.analytics_url, application="sealer"), lambda: NOW)
    thread = threading.Thread(target=sealer.run, args=(stop,))
    began = steady_s()
    thread.start()
    try:
        assert wait_for(lambda: verify(analytics).rows > 0)
        ask(console, analytics, Comment(id=new_id(), by=OPERATOR, alarm_id=AlarmId(1), text="在"))
        assert wait_for(lambda: verify(analytics).waiting == 0, 20)
        assert steady_s() - began >= sealer_module.LONGEST_REST_S
    finally:
        stop.set()
        thread.join(10)


def test_an_open_transaction_of_the_sealer_delays_no_alarm(
    site: Site, ingest: Connection, analytics: Connection
) -> None:
    heard(ingest, analytics, Said(seq=1))
    slow = connect(site.urls.analytics_url, application="slow sealer")
    with closing(slow), slow.transaction():
        assert seal_store.be_the_sealer(slow)
        assert seal_store.claim_work(slow, limit=100)
        assert rows(analytics, "SELECT set_config('lock_timeout', '200ms', false)")
        heard(ingest, analytics, Said(seq=2, asset="D-1", event="fire_alarm"))
    assert rows(analytics, "SELECT count(*) FROM alarms") == [(2,)]


def test_an_unknown_head_is_not_taken_for_ours(history: Connection) -> None:
    assert wrongs(history, Anchor(number=9, digest=uuid4().hex * 2)) == [
        ("seal_missing", "the noted head 9")
    ]

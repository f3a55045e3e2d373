"""A compound is moved, merged or split while alarms are open: nobody loses sight of one."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pytest

from analytics.alarms.desk import Desk
from analytics.alarms.queue import EventQueue
from analytics.duties.responsibility import Responsibility
from ingest.database import Connection, connect, trusted_sql
from ingest.registry import Act, Part, merge_places, move_place, split_place
from tests.integration.analytics.site import NOW, Said, Site, rows, say
from tests.integration.analytics.test_desk import decide_all

OPEN = "SELECT condition, place_path::text FROM alarms WHERE closed_at IS NULL ORDER BY id"
SCOPES = "SELECT name, scope::text[] FROM users ORDER BY name"
USERS = """
INSERT INTO users (name, role, display_name, scope, password_hash)
VALUES
    ('garden', 'operator', 'garden', '{city.dist.str.comm.garden}', 'x'),
    ('house', 'operator', 'house', '{city.dist.str.comm.garden.g1,city.dist.str.comm.yard}', 'x'),
    ('street', 'operator', 'street', '{city.dist.str}', 'x')
"""
GARDEN2 = "city.dist.str.comm2.garden"


def act() -> Act:
    return Act(at=datetime.now(UTC), reason="区划调整", actor="street")


@pytest.fixture
def owner(site: Site) -> Iterator[Connection]:
    with closing(connect(site.urls.owner_url, application="test owner")) as connection:
        connection.execute(trusted_sql(USERS))
        connection.execute(
            "INSERT INTO places (code, path, level, name_zh) VALUES"
            " ('comm2', 'city.dist.str.comm2', 'community', '二社区'),"
            " ('g2', 'city.dist.str.comm.garden.g2', 'building', '2号楼')"
        )
        yield connection


def test_open_alarms_and_those_who_see_them_go_with_a_moved_compound(
    owner: Connection, analytics: Connection, ingest: Connection
) -> None:
    say(ingest, Said(seq=1, asset="D-1", event="fire_alarm"))
    decide_all(analytics)
    say(ingest, Said(seq=2))  # committed before the move, decided after it
    move_place(ingest, "garden", "comm2", act())
    decide_all(analytics)
    assert rows(analytics, OPEN) == [
        ("fire_alarm", f"{GARDEN2}.g1"),
        ("entrapment", f"{GARDEN2}.g1"),
    ]
    paths = "SELECT DISTINCT place_path::text FROM work_orders WHERE closed_at IS NULL"
    assert rows(analytics, paths) == [(f"{GARDEN2}.g1",)]
    assert rows(owner, SCOPES) == [
        ("garden", [GARDEN2]),
        ("house", [f"{GARDEN2}.g1", "city.dist.str.comm.yard"]),
        ("street", ["city.dist.str"]),
    ]


def test_what_is_over_keeps_the_path_of_its_time(
    owner: Connection, analytics: Connection, ingest: Connection
) -> None:
    say(ingest, Said(seq=1))
    decide_all(analytics)
    analytics.execute("UPDATE alarms SET closed_at = now(), state = 'normal'")
    move_place(ingest, "garden", "comm2", act())
    found = rows(analytics, "SELECT place_path::text FROM alarms WHERE event = 'entrapment'")
    assert found == [("city.dist.str.comm.garden.g1",)]


def test_a_merged_compound_gives_its_open_alarms_to_its_successor_and_its_screens_no_more(
    owner: Connection, analytics: Connection, ingest: Connection
) -> None:
    owner.execute("UPDATE assets SET place_id = (SELECT id FROM places WHERE code = 'garden')")
    say(ingest, Said(seq=1, asset="D-1", event="fire_alarm"))
    decide_all(analytics)
    assert rows(analytics, OPEN) == [("fire_alarm", "city.dist.str.comm.garden")]
    merge_places(ingest, ["garden"], "yard", act())
    assert rows(analytics, OPEN) == [("fire_alarm", "city.dist.str.comm.yard")]
    scopes = {name: scope for name, scope in rows(owner, SCOPES)}  # noqa: C416 - typed
    assert scopes["garden"] == ["city.dist.str.comm.garden"]
    assert scopes["house"] == ["city.dist.str.comm.yard.g1", "city.dist.str.comm.yard"]


def test_whoever_saw_a_compound_sees_the_part_that_is_split_off_it(
    owner: Connection, analytics: Connection, ingest: Connection
) -> None:
    say(ingest, Said(seq=1, asset="D-1", event="fire_alarm"))
    decide_all(analytics)
    part = Part(code="garden2", name_zh="花园二期", takes=("g1",))
    split_place(ingest, "garden", [part], act())
    assert rows(analytics, OPEN) == [("fire_alarm", "city.dist.str.comm.garden2.g1")]
    scopes = {name: scope for name, scope in rows(owner, SCOPES)}  # noqa: C416 - typed
    assert scopes["garden"] == ["city.dist.str.comm.garden", "city.dist.str.comm.garden2"]
    assert scopes["house"] == ["city.dist.str.comm.garden2.g1", "city.dist.str.comm.yard"]


def test_a_line_of_the_matrix_for_a_place_still_answers_after_the_move(
    owner: Connection, analytics: Connection, ingest: Connection
) -> None:
    responsibility = Responsibility()
    queue = EventQueue(Desk(responsibility))
    decide_all(analytics)
    version = "(SELECT max(id) FROM duty_versions)"
    columns = (
        "line, event, asset_class, responsible, joint, chain, acknowledge_s, opens_order, order_to,"
        " tells_bureau, note_zh, note_en, basis"
    )
    owner.execute(
        trusted_sql(
            f"INSERT INTO duties (version_id, key, place_path, {columns})"
            f" SELECT version_id, 'of_garden', 'city.dist.str.comm.garden', {columns}"
            f" FROM duties WHERE version_id = {version} AND event = '@fire' AND place_path IS NULL LIMIT 1"
        )
    )
    keys = (
        "SELECT duties.key FROM alarms JOIN duties ON duties.id = alarms.duty_id ORDER BY alarms.id"
    )
    for seq, move in enumerate((None, "comm2", "comm"), start=1):
        if move is not None:
            move_place(ingest, "garden", move, act())
        say(ingest, Said(seq=seq, asset="D-1", event="fire_alarm", condition=f"fire_alarm:{seq}"))
        while queue.handle(analytics, NOW):
            pass
    assert rows(analytics, keys) == [("of_garden",)] * 3

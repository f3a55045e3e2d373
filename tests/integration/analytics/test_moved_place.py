"""A compound is moved, merged or split while alarms are open: nobody loses sight of one."""

from collections.abc import Iterator
from contextlib import closing, suppress
from datetime import UTC, datetime, timedelta

import pytest

from analytics.alarms.desk import Desk
from analytics.alarms.queue import EventQueue
from analytics.duties.responsibility import Responsibility
from analytics.duties.settling import settle
from analytics.safety.plan import default_plan_source, parse_plan
from analytics.safety.store import Plans, load_plan
from ingest.database import Connection, connect, in_transaction, trusted_sql
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
    duty_of(owner, GARDEN)
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


def duty_of(owner: Connection, path: str, **columns: str) -> None:
    """A line of the matrix in force for a place, like that for any fire but for some columns."""
    version = "(SELECT max(id) FROM duty_versions)"
    names = (
        "line, event, asset_class, responsible, joint, chain, acknowledge_s, opens_order, order_to,"
        " tells_bureau, note_zh, note_en, basis"
    )
    values = ", ".join(columns.get(name.strip(), name.strip()) for name in names.split(","))
    owner.execute(
        trusted_sql(
            f"INSERT INTO duties (version_id, key, place_path, {names})"
            f" SELECT version_id, 'of_{path.rpartition('.')[2]}', '{path}', {values}"
            f" FROM duties WHERE version_id = {version} AND event = '@fire' AND place_path IS NULL LIMIT 1"
        )
    )


LINES = """
SELECT duties.key, duties.place_path::text, duties.acknowledge_s, duties.chain[1]
FROM alarms JOIN duties ON duties.id = alarms.duty_id ORDER BY alarms.id
"""
GARDEN = "city.dist.str.comm.garden"
YARD = "city.dist.str.comm.yard"


def alarm_in_next_round(ingest: Connection, analytics: Connection, asset: str) -> None:
    say(ingest, Said(seq=1, asset=asset, event="fire_alarm"))
    queue = EventQueue(Desk(Responsibility(settle)))
    while queue.handle(analytics, NOW):
        pass


def test_the_next_fire_in_a_part_finds_the_line_of_the_whole(
    owner: Connection, analytics: Connection, ingest: Connection
) -> None:
    decide_all(analytics)
    duty_of(owner, GARDEN, acknowledge_s="45")
    split_place(ingest, "garden", [Part(code="new", name_zh="新苑", takes=("g1",))], act())
    alarm_in_next_round(ingest, analytics, "D-1")
    assert rows(analytics, LINES) == [
        ("of_garden@1.1", "city.dist.str.comm.new", 45, "property_company")
    ]
    assert rows(analytics, "SELECT count(*) FROM place_change_work") == [(0,)]


def test_a_merged_place_asks_for_what_either_asked_for_and_its_manager_is_told(
    owner: Connection, analytics: Connection, ingest: Connection
) -> None:
    decide_all(analytics)
    duty_of(owner, GARDEN, acknowledge_s="45")
    duty_of(owner, YARD, acknowledge_s="50", chain="ARRAY['bureau']")
    merge_places(ingest, ["garden"], "yard", act())
    alarm_in_next_round(ingest, analytics, "D-1")
    assert rows(analytics, LINES) == [("of_yard@1.1", YARD, 45, "bureau")]
    told = "SELECT notices.kind, place_path::text, code FROM notices JOIN organisations ON organisations.id = organisation_id"
    assert ("duties.united", YARD, "community") in rows(analytics, told)
    assert rows(owner, "SELECT key FROM duties WHERE replaced_by IS NOT NULL") == [("of_yard",)]


def test_two_merges_before_the_next_fire_and_a_move_are_followed_up_in_their_order(
    owner: Connection, analytics: Connection, ingest: Connection
) -> None:
    decide_all(analytics)
    duty_of(owner, GARDEN, acknowledge_s="45")
    split_place(ingest, "garden", [Part(code="new", name_zh="新苑", takes=("g1",))], act())
    merge_places(ingest, ["new"], "yard", act())
    move_place(ingest, "yard", "comm2", act())
    alarm_in_next_round(ingest, analytics, "D-1")
    (line,) = rows(analytics, LINES)
    assert line[1:3] == ("city.dist.str.comm2.yard", 45)


def test_a_line_that_was_given_up_with_its_transaction_is_made_again(
    owner: Connection, analytics: Connection, ingest: Connection
) -> None:
    decide_all(analytics)
    duty_of(owner, GARDEN, acknowledge_s="45")
    split_place(ingest, "garden", [Part(code="new", name_zh="新苑", takes=("g1",))], act())
    say(ingest, Said(seq=1, asset="D-1", event="fire_alarm"))
    responsibility = Responsibility(settle)
    queue = EventQueue(Desk(responsibility))
    with suppress(ZeroDivisionError), analytics.transaction():
        queue.handle(analytics, NOW)
        assert len(rows(analytics, LINES)) == 1
        raise ZeroDivisionError
    assert rows(analytics, LINES) == []
    queue.handle(analytics, NOW)
    assert [line[2] for line in rows(analytics, LINES)] == [45]


def test_whoever_is_at_the_desk_of_the_whole_is_at_that_of_the_part_and_takes_its_hand_over(
    owner: Connection, analytics: Connection, ingest: Connection
) -> None:
    owner.execute(
        "INSERT INTO desk_shifts SELECT id, 'zhang', 1, '08:00', '20:00' FROM places WHERE code = 'garden'"
    )
    owner.execute(
        "INSERT INTO handovers (place_id, place_path, at, kind, reason, planned_at, planned_by, checklist_digest)"
        " SELECT id, path, now() + interval '1 day', 'company', '换届', now(), 'street', '' FROM places"
        " WHERE code = 'garden'"
    )
    split_place(ingest, "garden", [Part(code="new", name_zh="新苑", takes=("g1",))], act())
    in_transaction(analytics, lambda held: settle(held, NOW))
    where = "SELECT places.code FROM {} JOIN places ON places.id = place_id ORDER BY 1"
    assert rows(analytics, where.format("desk_shifts")) == [("garden",), ("new",)]
    assert rows(analytics, where.format("handovers")) == [("garden",), ("new",)]
    merge_places(ingest, ["new"], "yard", act())
    in_transaction(analytics, lambda held: settle(held, NOW))
    assert ("yard",) in rows(analytics, where.format("desk_shifts"))
    states = "SELECT code, state FROM handovers JOIN places ON places.id = place_id ORDER BY 1"
    assert rows(analytics, states) == [("garden", "planned"), ("new", "cancelled")]


def test_a_limit_of_arrival_goes_with_its_place(
    owner: Connection, analytics: Connection, ingest: Connection
) -> None:
    source = default_plan_source().replace(
        "arrive_at: []", f"arrive_at: [{{place: {GARDEN}, arrive_s: 3600}}]"
    )
    load_plan(analytics, parse_plan(source), source)
    plans = Plans()
    assert plans.at(analytics, NOW).rescue.arrival_at(f"{GARDEN}.g1") == timedelta(hours=1)
    move_place(ingest, "garden", "comm2", act())
    split_place(ingest, "garden", [Part(code="new", name_zh="新苑", takes=("g1",))], act())
    later = plans.at(analytics, NOW + timedelta(seconds=1)).rescue
    assert later.arrival_at("city.dist.str.comm2.new.g1") == timedelta(hours=1)
    assert later.arrival_at("city.dist.str.comm2.garden.g2") == timedelta(hours=1)
    merge_places(ingest, ["new"], "yard", act())
    merged = plans.at(analytics, NOW + timedelta(seconds=2)).rescue
    assert merged.arrival_at(f"{YARD}.g1") == timedelta(minutes=30), "the shorter one"


def test_a_shift_that_is_being_handed_over_and_a_drill_go_with_their_compound(
    owner: Connection, analytics: Connection, ingest: Connection
) -> None:
    for taken in ("NULL, NULL", "'street', now()"):
        owner.execute(
            trusted_sql(
                "INSERT INTO shift_handovers"
                " (desk, place_paths, offered_at, given_by, summary, digest, taken_by, taken_at)"
                f" VALUES ('garden', '{{{GARDEN}}}', now(), 'garden', '{{}}', '', {taken})"
            )
        )
    owner.execute(
        trusted_sql(
            "INSERT INTO drills (kind, scope, subject, place_path, reason, length_s, proposed_by, proposed_at)"
            f" VALUES ('drill', 'compound', 'garden', '{GARDEN}', '演练', 60, 'garden', now())"
        )
    )
    move_place(ingest, "garden", "comm2", act())
    paths = "SELECT place_paths::text[] FROM shift_handovers ORDER BY taken_by NULLS FIRST"
    assert rows(owner, paths) == [([GARDEN2],), ([GARDEN],)]
    assert rows(owner, "SELECT place_path::text FROM drills") == [(GARDEN2,)]
    merge_places(ingest, ["garden"], "yard", act())
    assert rows(owner, "SELECT place_path::text FROM drills") == [(YARD,)]


HISTORY = {
    "acts": "the scope of who asked, checked in the same second",
    "admin_acts": "the scope of who acted",
    "alarm_marks": "an alarm shows where it is",
    "board_posts": "what was published then",
    "cap_messages": "what was told then",
    "events": "what was said then",
    "fund_applications": "an order shows where it is",
    "inspections": "what was found then",
    "limit_settings": "follow the tree by themselves (analytics/limits)",
    "live_events": "a stream of seven days",
    "live_work": "numbered within a second",
    "notice_messages": "an alarm shows where it is",
    "notices": "what was told then",
    "owner_ratings": "of a period that is over",
    "page_exports": "what left the console then",
    "period_reviews": "of a period that is over",
    "place_changes": "the history itself",
    "places": "the tree itself",
    "registry_requests": "the scope of who asked",
    "reports": "what was said then; its order shows where it is",
    "scores": "of a period that is over",
    "search_names": "written anew from the registry",
    "survey_slips": "of a period that is over",
}
"""Tables whose rows keep the path of their time, and why that hides nothing that is open."""


def test_every_table_with_a_place_path_goes_with_its_place_or_keeps_its_history(
    owner: Connection,
) -> None:
    tables = (
        "SELECT table_name FROM information_schema.columns"
        " WHERE table_schema = 'public' AND udt_name IN ('ltree', '_ltree')"
        " AND table_name IN (SELECT relname FROM pg_class WHERE relkind = 'r')"
    )
    followers = "SELECT relation FROM place_followers"
    following = {name for (name,) in rows(owner, followers)}
    named = {name for (name,) in rows(owner, tables)}
    assert named - following - {"place_followers"} == set(HISTORY)
    assert following <= named

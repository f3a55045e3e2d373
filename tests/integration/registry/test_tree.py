"""Places are merged, split and moved with their history; what was copied at birth stays."""

from collections.abc import Callable

import pytest

from ingest.database import Connection
from ingest.registry import (
    Act,
    Part,
    RegistryRefused,
    management_at,
    merge_places,
    move_place,
    place_history,
    plan,
    responsible_at,
    split_place,
    subtree,
)
from ingest.registry.store import fetch_registry
from tests.integration.registry.test_apply import apply_now, now, town


def act(connection: Connection) -> Act:
    return Act(actor="the street", reason="整合", at=now(connection))


def record_event(connection: Connection, asset: str) -> None:
    """An event that copied its place's path when it was born."""
    connection.execute(
        "INSERT INTO events (asset_id, place_path, gateway, stream, seq, position, event,"
        " condition, state, at, received_at)"
        " SELECT assets.id, places.path, 'poplar-gw-1', 1, 1, 0, 'fire_alarm', 'fire_alarm',"
        " 'raise', now(), now() FROM assets JOIN places ON places.id = place_id"
        " WHERE assets.code = %(asset)s",
        {"asset": asset},
    )


def event_paths(connection: Connection) -> list[str]:
    rows = connection.execute("SELECT place_path::text FROM events").fetchall()
    return [str(row[0]) for row in rows]


def test_a_merged_compound_gives_all_it_has_to_its_successor(ingest: Connection) -> None:
    apply_now(ingest, town())
    record_event(ingest, "POP-P1")
    born_at = event_paths(ingest)
    merge_places(ingest, ["poplar"], "willow", act(ingest))
    recorded = fetch_registry(ingest)
    assert recorded.places["poplar_1_f1"].path.endswith("lin_e_r_2.willow.poplar_1.poplar_1_f1")
    assert recorded.places["poplar"].successor == "willow"
    assert recorded.places["poplar"].closed_at is not None
    assert recorded.gateways["poplar-gw-1"].gateway.place == "willow"
    assert event_paths(ingest) == born_at
    assert "poplar.poplar_1" in born_at[0]


def test_after_a_merge_the_successors_management_stands_and_the_past_is_known(
    ingest: Connection,
) -> None:
    apply_now(ingest, town())
    before = now(ingest)
    merge_places(ingest, ["poplar"], "willow", act(ingest))
    running = management_at(ingest, "poplar_1", now(ingest))
    assert running is not None
    assert (running.compound, running.kind) == ("willow", "self_managed")
    old = management_at(ingest, "poplar", before)
    assert old is not None
    assert old.organisation == "clean_home"
    assert management_at(ingest, "poplar", now(ingest)) is None


def test_a_merge_stands_in_the_history_of_both(ingest: Connection) -> None:
    apply_now(ingest, town())
    merge_places(ingest, ["poplar"], "willow", act(ingest))
    for code in ("poplar", "willow"):
        latest = place_history(ingest, code)[0]
        assert (latest.kind, latest.actor, latest.reason) == ("merge", "the street", "整合")
        assert len(latest.from_paths) == len(latest.to_paths) == 1


def test_the_files_cannot_bring_a_merged_place_back(ingest: Connection) -> None:
    apply_now(ingest, town())
    merge_places(ingest, ["poplar"], "willow", act(ingest))
    refusals = plan(ingest, town(), now(ingest)).refusals
    assert any("merged into 'willow'" in text.en for text in refusals)


def test_a_part_that_is_split_off_keeps_who_is_responsible(ingest: Connection) -> None:
    apply_now(ingest, town())
    part = Part(code="poplar_b", name_zh="白杨小区二期", takes=("poplar_1",))
    split_place(ingest, "poplar", [part], act(ingest))
    recorded = fetch_registry(ingest).places
    assert recorded["poplar_b"].path == "lin.lin_east.lin_e_river.lin_e_r_1.poplar_b"
    assert recorded["poplar_1_f1"].path.endswith("poplar_b.poplar_1.poplar_1_f1")
    assert recorded["poplar"].closed_at is None
    running = management_at(ingest, "poplar_1", now(ingest))
    assert running is not None
    assert (running.compound, running.organisation) == ("poplar_b", "clean_home")
    places = [person.place for person in responsible_at(ingest, "poplar_1", now(ingest))]
    assert places == ["poplar_1", "poplar_b", "lin_e_river"]


def test_a_place_that_is_split_up_whole_is_closed(ingest: Connection) -> None:
    apply_now(ingest, town())
    parts = [
        Part(code="poplar_a", name_zh="一期", takes=("poplar_1",)),
        Part(code="poplar_b", name_zh="二期", takes=("poplar_2",)),
    ]
    split_place(ingest, "poplar", parts, act(ingest))
    recorded = fetch_registry(ingest)
    assert recorded.places["poplar"].successor == "poplar_a"
    assert recorded.gateways["poplar-gw-1"].gateway.place == "poplar_a"
    assert management_at(ingest, "poplar", now(ingest)) is None
    latest = place_history(ingest, "poplar")[0]
    assert (latest.kind, len(latest.to_paths)) == ("split", 2)


def test_a_moved_place_takes_all_below_along(ingest: Connection) -> None:
    apply_now(ingest, town())
    record_event(ingest, "POP-P1")
    born_at = event_paths(ingest)
    move_place(ingest, "poplar", "lin_e_r_2", act(ingest))
    assert [line.code for line in subtree(ingest, "lin_e_r_2")] == [
        "lin_e_r_2",
        "poplar",
        "poplar_1",
        "poplar_1_f1",
        "poplar_2",
        "willow",
        "willow_1",
    ]
    assert event_paths(ingest) == born_at
    assert sum(line.assets for line in subtree(ingest, "poplar")) == 3


def test_the_roots_count_all_that_stands_below(ingest: Connection) -> None:
    apply_now(ingest, town())
    assert [(line.code, line.assets) for line in subtree(ingest)] == [("lin", 4)]


def _merge_unknown(connection: Connection, doing: Act) -> None:
    merge_places(connection, ["nowhere"], "willow", doing)


def _merge_levels(connection: Connection, doing: Act) -> None:
    merge_places(connection, ["poplar_1"], "willow", doing)


def _merge_itself(connection: Connection, doing: Act) -> None:
    merge_places(connection, ["willow"], "willow", doing)


def _merge_nothing(connection: Connection, doing: Act) -> None:
    merge_places(connection, [], "willow", doing)


def _split_taken_code(connection: Connection, doing: Act) -> None:
    split_place(connection, "poplar", [Part(code="willow", name_zh="柳")], doing)


def _split_foreign_child(connection: Connection, doing: Act) -> None:
    part = Part(code="poplar_b", name_zh="二期", takes=("willow_1",))
    split_place(connection, "poplar", [part], doing)


def _move_up_side_down(connection: Connection, doing: Act) -> None:
    move_place(connection, "lin_e_river", "poplar", doing)


@pytest.mark.parametrize(
    "wrong",
    [
        _merge_unknown,
        _merge_levels,
        _merge_itself,
        _merge_nothing,
        _split_taken_code,
        _split_foreign_child,
        _move_up_side_down,
    ],
)
def test_what_would_break_the_tree_is_refused_and_nothing_is_written(
    ingest: Connection, wrong: Callable[[Connection, Act], None]
) -> None:
    apply_now(ingest, town())
    before = fetch_registry(ingest).places
    with pytest.raises(RegistryRefused):
        wrong(ingest, act(ingest))
    assert fetch_registry(ingest).places == before

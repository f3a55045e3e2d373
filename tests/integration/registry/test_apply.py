"""A registry is applied to the real database: once, again, changed, and by two people at once."""

import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from psycopg.sql import SQL

from ingest.database import Connection, connect
from ingest.registry import (
    PlanOutdated,
    RegistryRefused,
    apply,
    check,
    management_at,
    plan,
    responsible_at,
)
from ingest.registry.model import Asset, Management, ManagementKind, Registry, Span
from ingest.registry.store import QUERIES, fetch_registry
from towerwatch.services.database import DatabaseUrls

ROOT = Path(__file__).parents[3]
DATA = ROOT / "tests" / "data" / "registry"
DEMO = ROOT / "simulators" / "demo"
TODAY = date(2026, 11, 22)


def registry_of(path: Path) -> Registry:
    report = check(path, today=TODAY)
    assert report.registry is not None, [problem.sentence("en") for problem in report.errors]
    return report.registry


def town() -> Registry:
    return registry_of(DATA / "town")


def now(connection: Connection) -> datetime:
    row = connection.execute("SELECT clock_timestamp()").fetchone()
    assert row is not None
    assert isinstance(row[0], datetime)
    return row[0]


def apply_now(connection: Connection, registry: Registry) -> int:
    return apply(connection, plan(connection, registry, now(connection)), "the test")


def with_assets(registry: Registry, assets: Sequence[Asset]) -> Registry:
    return replace(registry, assets=tuple(assets))


def bindings(connection: Connection) -> list[tuple[object, ...]]:
    return connection.execute(
        "SELECT gateway_id, bindings.code, assets.code, lower(valid_during), upper(valid_during)"
        " FROM bindings JOIN assets ON assets.id = asset_id ORDER BY bindings.id"
    ).fetchall()


def test_a_dry_run_writes_nothing(ingest: Connection) -> None:
    found = plan(ingest, town(), now(ingest))
    assert len(found.steps) == 11 + 5 + 2 + 4
    assert len(found.turns) == 2 + 3 + 4
    assert fetch_registry(ingest).places == {}


def test_the_second_apply_changes_nothing(ingest: Connection) -> None:
    assert apply_now(ingest, town()) == 31
    again = plan(ingest, town(), now(ingest))
    assert (again.steps, again.turns, again.notes, again.refusals) == ((), (), (), ())
    assert apply(ingest, again, "the test") == 0


@pytest.mark.parametrize("name", ["registry", "replay_registry"])
def test_the_demo_registries_are_good_and_stay_applied(ingest: Connection, name: str) -> None:
    report = check(DEMO / name, today=TODAY)
    assert [problem.sentence("en") for problem in report.problems] == []
    assert report.registry is not None
    assert apply_now(ingest, report.registry) > 0
    assert plan(ingest, report.registry, now(ingest)).is_empty


def test_both_demo_registries_live_in_one_database(ingest: Connection) -> None:
    for name in ("registry", "replay_registry"):
        apply_now(ingest, registry_of(DEMO / name))
    for name in ("registry", "replay_registry"):
        assert plan(ingest, registry_of(DEMO / name), now(ingest)).is_empty


def test_a_first_binding_covers_data_from_before_the_registration(ingest: Connection) -> None:
    apply_now(ingest, town())
    assert all(row[3] is None and row[4] is None for row in bindings(ingest))


def test_a_replaced_asset_takes_over_the_code_and_history_stays(ingest: Connection) -> None:
    apply_now(ingest, town())
    old, *others = town().assets
    new = replace(old, code="POP-L1-NEW", name_zh="新电梯")
    changed_at = now(ingest)
    apply(ingest, plan(ingest, with_assets(town(), [new, *others]), changed_at), "the test")
    of_code = [row[2:] for row in bindings(ingest) if row[:2] == ("poplar-gw-1", "L1")]
    assert of_code == [("POP-L1", None, changed_at), ("POP-L1-NEW", changed_at, None)]
    assert fetch_registry(ingest).assets["POP-L1"].retired_at == changed_at
    assert plan(ingest, with_assets(town(), [new, *others]), now(ingest)).is_empty


def test_an_asset_that_comes_back_is_in_service_again(ingest: Connection) -> None:
    apply_now(ingest, town())
    first, *others = town().assets
    apply_now(ingest, with_assets(town(), others))
    assert fetch_registry(ingest).assets[first.code].retired_at is not None
    apply_now(ingest, town())
    assert fetch_registry(ingest).assets[first.code].retired_at is None
    assert [row[4] is None for row in bindings(ingest) if row[2] == first.code] == [False, True]


def place_of(connection: Connection, asset: str) -> object:
    return connection.execute(
        "SELECT places.code, retired_at IS NULL FROM assets JOIN places ON places.id = place_id"
        " WHERE assets.code = %(asset)s",
        {"asset": asset},
    ).fetchone()


def make_own_asset(connection: Connection, code: str, place: str, *, is_placeholder: bool) -> None:
    """An asset that ingest makes itself."""
    connection.execute(
        "INSERT INTO assets (code, class, place_id, name_zh, is_placeholder)"
        " SELECT %(code)s, %(class)s, id, '自建', %(is_placeholder)s FROM places"
        " WHERE code = %(place)s",
        {
            "code": code,
            "class": "unknown" if is_placeholder else "gateway",
            "place": place,
            "is_placeholder": is_placeholder,
        },
    )


def test_a_placeholder_gives_way_to_the_registered_asset(ingest: Connection) -> None:
    apply_now(ingest, town())
    make_own_asset(ingest, "@poplar-gw-1/X9", "poplar", is_placeholder=True)
    assert plan(ingest, town(), now(ingest)).is_empty
    real = replace(town().assets[2], code="POP-D2", gateway_code="X9")
    apply_now(ingest, with_assets(town(), [*town().assets, real]))
    assert place_of(ingest, "@poplar-gw-1/X9") == ("poplar", False)
    running = [row[2] for row in bindings(ingest) if row[1] == "X9" and row[4] is None]
    assert running == ["POP-D2"]


def test_what_ingest_made_for_a_gateway_follows_it(ingest: Connection) -> None:
    apply_now(ingest, town())
    make_own_asset(ingest, "@gw/poplar-gw-1", "poplar", is_placeholder=False)
    make_own_asset(ingest, "@poplar-gw-1/X9", "poplar", is_placeholder=True)
    assert plan(ingest, town(), now(ingest)).is_empty
    moved = replace(
        town(), gateways=(replace(town().gateways[0], place="poplar_1"), town().gateways[1])
    )
    apply_now(ingest, moved)
    for code in ("@gw/poplar-gw-1", "@poplar-gw-1/X9"):
        assert place_of(ingest, code) == ("poplar_1", True)
    without = replace(
        town(),
        gateways=town().gateways[1:],
        assets=tuple(replace(a, gateway=None, gateway_code=None) for a in town().assets[:3]),
    )
    apply_now(ingest, without)
    assert place_of(ingest, "@gw/poplar-gw-1") == ("poplar_1", False)
    assert place_of(ingest, "@poplar-gw-1/X9") == ("poplar_1", True)


def test_a_handover_of_a_compound_keeps_who_ran_it_before(ingest: Connection) -> None:
    apply_now(ingest, town())
    before = now(ingest)
    handed_over = now(ingest)
    new = Management(
        compound="poplar",
        kind=ManagementKind.COMPANY,
        organisation="good_stay",
        during=town().managements[0].during,
    )
    changed = replace(town(), managements=(new, town().managements[1]))
    apply(ingest, plan(ingest, changed, handed_over), "the test")
    earlier = management_at(ingest, "poplar_1_f1", before - timedelta(days=1))
    later = management_at(ingest, "poplar_1_f1", handed_over)
    assert earlier is not None
    assert later is not None
    assert (earlier.organisation, later.organisation) == ("clean_home", "good_stay")
    assert later.compound == "poplar"
    assert plan(ingest, changed, now(ingest)).is_empty


def test_the_nearest_person_answers_first(ingest: Connection) -> None:
    apply_now(ingest, town())
    found = responsible_at(ingest, "poplar_1_f1", now(ingest))
    assert [person.place for person in found] == ["poplar_1", "poplar", "lin_e_river"]
    assert responsible_at(ingest, "poplar_1_f1", datetime(2020, 1, 1, tzinfo=UTC))[0].place == (
        "lin_e_river"
    )


def test_a_person_that_the_files_no_longer_name_is_no_longer_called(ingest: Connection) -> None:
    apply_now(ingest, town())
    left = replace(town(), responsible_persons=town().responsible_persons[1:])
    apply_now(ingest, left)
    roles = [person.role for person in responsible_at(ingest, "poplar", now(ingest))]
    assert roles == ["街道值班"]


def test_a_registry_of_one_compound_leaves_the_others_alone(ingest: Connection) -> None:
    apply_now(ingest, town())
    assert registry_of(DATA / "town.yaml").tables
    one = plan(ingest, registry_of(DATA / "town.yaml"), now(ingest))
    assert not any("WIL" in step.code or "willow" in step.code for step in one.steps)
    assert not any("willow" in turn.key[0] for turn in one.turns)


def test_a_renamed_and_moved_compound_has_its_history(ingest: Connection) -> None:
    apply_now(ingest, town())
    places = tuple(
        replace(place, parent="lin_e_r_2", name_zh="新白杨小区")
        if place.code == "poplar"
        else place
        for place in town().places
    )
    apply_now(ingest, replace(town(), places=places))
    recorded = fetch_registry(ingest).places
    assert (
        recorded["poplar_1_f1"].path
        == "lin.lin_east.lin_e_river.lin_e_r_2.poplar.poplar_1.poplar_1_f1"
    )
    kinds = ingest.execute("SELECT kind, actor FROM place_changes ORDER BY id").fetchall()
    assert kinds == [("create", "the test"), ("move", "the test"), ("rename", "the test")]


def test_a_floor_cannot_close_under_assets_that_the_files_are_silent_about(
    ingest: Connection,
) -> None:
    apply_now(ingest, town())
    silent = replace(
        town(),
        places=tuple(place for place in town().places if place.code != "poplar_1_f1"),
        assets=(),
        tables=town().tables - {"assets"},
    )
    found = plan(ingest, silent, now(ingest))
    assert ["POP-D1" in text.en for text in found.refusals] == [True, False]
    with pytest.raises(RegistryRefused, match="POP-D1"):
        apply(ingest, found, "the test")


def test_a_change_before_the_last_one_is_refused(ingest: Connection) -> None:
    apply_now(ingest, town())
    first, *others = town().assets
    swapped = with_assets(town(), [replace(first, code="SECOND"), *others])
    long_ago = now(ingest)
    apply_now(ingest, swapped)
    third = with_assets(town(), [replace(first, code="THIRD"), *others])
    found = plan(ingest, third, long_ago)
    assert ["history is not rewritten" in text.en for text in found.refusals] == [True]


def test_a_plan_that_another_person_overtook_writes_nothing(
    ingest: Connection, database: DatabaseUrls
) -> None:
    mine = plan(ingest, town(), now(ingest))
    with closing(connect(database.ingest_url, application="other")) as other:
        apply_now(other, town())
    with pytest.raises(PlanOutdated):
        apply(ingest, mine, "the test")


def test_the_processes_that_know_the_registry_are_woken_once(
    ingest: Connection, database: DatabaseUrls
) -> None:
    with closing(connect(database.ingest_url, application="listener")) as listener:
        listener.execute("LISTEN tw_registry")
        apply_now(ingest, town())
        apply_now(ingest, town())
        listener.execute("SELECT 1")
        heard = list(listener.notifies(timeout=0.2))
    assert [notice.channel for notice in heard] == ["tw_registry"]


def test_an_unknown_span_end_is_open(ingest: Connection) -> None:
    apply_now(ingest, town())
    assert all(
        person.during.end is None for person in responsible_at(ingest, "poplar", now(ingest))
    )
    assert Span().covers(now(ingest))


def test_a_planned_handover_can_be_called_off(ingest: Connection) -> None:
    first, other = town().managements
    soon = now(ingest) + timedelta(days=30)
    limited = replace(first, during=Span(begin=first.during.begin, end=soon))
    planned = replace(first, organisation="good_stay", during=Span(begin=soon))
    apply_now(ingest, replace(town(), managements=(limited, planned, other)))
    later = management_at(ingest, "poplar", soon)
    assert later is not None
    assert later.organisation == "good_stay"
    apply_now(ingest, town())
    kept = management_at(ingest, "poplar", soon)
    assert kept is not None
    assert kept.organisation == "clean_home"
    assert plan(ingest, town(), now(ingest)).is_empty


def test_a_building_that_was_closed_by_mistake_comes_back(ingest: Connection) -> None:
    apply_now(ingest, town())
    without = tuple(place for place in town().places if place.code != "poplar_2")
    apply_now(ingest, replace(town(), places=without))
    assert fetch_registry(ingest).places["poplar_2"].closed_at is not None
    apply_now(ingest, town())
    assert fetch_registry(ingest).places["poplar_2"].closed_at is None
    kinds = ingest.execute("SELECT kind FROM place_changes ORDER BY id").fetchall()
    assert kinds == [("create",), ("close",), ("create",)]


def test_every_statement_is_one_that_the_database_understands(ingest: Connection) -> None:
    run_elsewhere = {"lock", "notify"}
    parameters = {
        name: None
        for query in QUERIES
        for name in re.findall(r"%\((\w+)\)s", query.statement.as_string())
    }
    for query in QUERIES:
        if query.name not in run_elsewhere:
            ingest.execute(SQL("EXPLAIN ") + query.statement, parameters)


def test_a_large_registry_is_applied_in_seconds(ingest: Connection) -> None:
    base = town()
    assets = [
        replace(base.assets[0], code=f"L-{number}", gateway_code=f"L-{number}")
        for number in range(5000)
    ]
    large = with_assets(base, assets)
    begun = now(ingest)
    apply_now(ingest, large)
    assert now(ingest) - begun < timedelta(seconds=30)
    assert plan(ingest, large, now(ingest)).is_empty

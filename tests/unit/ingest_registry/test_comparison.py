"""A plan says what would change, for the compounds that the files list and for nothing else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from ingest.registry.comparison import compare
from ingest.registry.model import (
    Asset,
    Gateway,
    Level,
    Management,
    ManagementKind,
    Place,
    Registry,
    Span,
)
from ingest.registry.recorded import (
    RecordedAsset,
    RecordedGateway,
    RecordedPlace,
    RecordedRegistry,
)
from ingest.registry.span import Move, Recorded
from ingest.registry.step import Action, Plan
from ingest.registry.table import COLUMNS

NOW = datetime(2026, 11, 22, 8, tzinfo=UTC)
CITY = Place(code="city", level=Level.CITY, name_zh="城")
HOME = Place(code="home", level=Level.COMPOUND, parent="city", name_zh="家园")
TOWER = Place(code="tower", level=Level.BUILDING, parent="home", name_zh="塔楼")
YARD = Place(code="yard", level=Level.COMPOUND, parent="city", name_zh="院子")
GATEWAY = Gateway(gateway="home-gw", place="home")
LIFT = Asset(
    code="LIFT",
    class_name="lift",
    place="tower",
    name_zh="电梯",
    gateway="home-gw",
    gateway_code="L1",
)
FILES = Registry(
    places=(CITY, HOME, TOWER),
    gateways=(GATEWAY,),
    assets=(LIFT,),
    tables=frozenset(COLUMNS),
)


def recorded(*places: Place, **tables: object) -> RecordedRegistry:
    paths = Registry(places=places).paths()
    return RecordedRegistry(
        read_at=NOW,
        places={place.code: RecordedPlace(place=place, path=paths[place.code]) for place in places},
        **tables,  # type: ignore[arg-type]  # tables by name
    )


def everything() -> RecordedRegistry:
    """What the database has once FILES were applied, and another compound beside it."""
    other = replace(LIFT, code="OTHER", place="yard", gateway=None, gateway_code=None)
    return recorded(
        CITY,
        HOME,
        TOWER,
        YARD,
        gateways={"home-gw": RecordedGateway(gateway=GATEWAY)},
        assets={"LIFT": RecordedAsset(asset=LIFT), "OTHER": RecordedAsset(asset=other)},
        bindings={
            ("home-gw", "L1"): (Recorded(row=1, value=("LIFT",), during=Span()),),
        },
    )


def done(plan: Plan) -> list[tuple[str, str, str]]:
    return [(step.action, step.table, step.code) for step in plan.steps]


def test_an_empty_database_gets_everything_from_the_top_down() -> None:
    plan = compare(FILES, recorded(), NOW)
    assert done(plan) == [
        ("create", "places", "city"),
        ("create", "places", "home"),
        ("create", "places", "tower"),
        ("create", "gateways", "home-gw"),
        ("create", "assets", "LIFT"),
    ]
    assert [(turn.key, turn.change.value) for turn in plan.turns] == [
        (("home-gw", "L1"), ("LIFT",)),
    ]


def test_the_same_files_again_change_nothing() -> None:
    assert compare(FILES, everything(), NOW).is_empty


def test_what_the_files_no_longer_have_is_retired_in_their_compounds_only() -> None:
    empty_home = replace(FILES, places=(CITY, HOME), assets=())
    plan = compare(empty_home, everything(), NOW)
    assert done(plan) == [("retire", "assets", "LIFT"), ("retire", "places", "tower")]
    assert [(turn.change.move, turn.change.during.end) for turn in plan.turns] == [
        (Move.CLOSE, NOW),
    ]


def test_a_table_that_is_left_away_says_nothing() -> None:
    silent = replace(FILES, assets=(), gateways=(), tables=frozenset({"places"}))
    assert compare(silent, everything(), NOW).is_empty


def test_a_new_gateway_of_an_asset_ends_the_old_binding() -> None:
    moved = replace(FILES, assets=(replace(LIFT, gateway_code="L9"),))
    plan = compare(moved, everything(), NOW)
    assert [(turn.key[1], turn.change.move) for turn in plan.turns] == [
        ("L1", Move.CLOSE),
        ("L9", Move.OPEN),
    ]


def test_a_change_is_told_field_by_field() -> None:
    renamed = replace(FILES, assets=(replace(LIFT, name_zh="客梯", zone="A"),))
    (step,) = compare(renamed, everything(), NOW).steps
    assert step.action is Action.CHANGE
    assert {change.name: (change.before, change.after) for change in step.changes} == {
        "name_zh": ("电梯", "客梯"),
        "zone": ("", "A"),
    }


def test_an_empty_commissioning_date_takes_nothing_back() -> None:
    tested = replace(LIFT, commissioned_at=NOW)
    before = replace(everything(), assets={"LIFT": RecordedAsset(asset=tested)})
    assert compare(FILES, before, NOW).is_empty


def test_a_moved_place_is_told_with_both_paths() -> None:
    moved = replace(FILES, places=(CITY, HOME, YARD, replace(TOWER, parent="yard")))
    step = compare(moved, everything(), NOW).steps[0]
    assert (step.action, step.before, step.path) == (
        Action.MOVE,
        "city.home.tower",
        "city.yard.tower",
    )


def test_a_place_cannot_change_its_level() -> None:
    turned = replace(FILES, places=(CITY, HOME, replace(TOWER, level=Level.FLOOR)))
    assert [
        "from building to floor" in text.en for text in compare(turned, everything(), NOW).refusals
    ] == [True]


def test_a_change_that_would_undo_a_later_one_is_refused() -> None:
    later = NOW - timedelta(hours=1)
    before = replace(
        everything(),
        bindings={("home-gw", "L1"): (Recorded(row=1, value=("LIFT",), during=Span(begin=later)),)},
    )
    other = replace(FILES, assets=(replace(LIFT, code="NEW"),))
    plan = compare(other, before, later - timedelta(hours=1))
    assert ["history is not rewritten" in text.en for text in plan.refusals] == [True]


def test_a_management_that_contradicts_history_is_noted_and_not_written() -> None:
    past = Span(begin=NOW - timedelta(days=90), end=NOW - timedelta(days=60))
    before = replace(
        everything(),
        managements={("home",): (Recorded(row=1, value=("nobody", None), during=past),)},
    )
    claim = Management(
        compound="home", kind=ManagementKind.SELF_MANAGED, organisation=None, during=past
    )
    plan = compare(replace(FILES, managements=(claim,)), before, NOW)
    assert plan.turns == ()
    assert len(plan.notes) == 1


def test_what_the_platform_made_itself_is_not_retired() -> None:
    own = Asset(code="@gw/home-gw", class_name="gateway", place="home", name_zh="网关")
    before = everything()
    before = replace(before, assets={**before.assets, own.code: RecordedAsset(asset=own)})
    assert compare(FILES, before, NOW).is_empty

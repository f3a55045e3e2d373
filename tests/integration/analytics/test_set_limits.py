"""An administrator sets a limit: it is judged from the next look on, and ends without a trace lost."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from analytics.act import ActId, ActResult, Person, Refusal
from analytics.act.limit_kind import SetLimit, WithdrawLimit
from analytics.alarms.alarm import AssetId
from analytics.limits.book import SettingId
from analytics.limits.store import load_book
from ingest.database import Connection, connect
from ingest.registry import Act, Part, merge_places, move_place, split_place
from tests.integration.analytics.site import Site, rows
from tests.integration.analytics.test_acts import ask, new_id
from tests.integration.analytics.test_early_warning import ALARMS, WARNINGS, Timeline, steady

ADMIN = Person(name="chen", role="admin", scope=("city",))
SET = SetLimit(
    id=ActId(new_id()),
    by=ADMIN,
    text="老旧管网",
    asset_class="fire_water",
    metric="pressure",
    is_floor=True,
    value=300.0,
    standard=150.0,
    place="garden",
)
SETTINGS = "SELECT value, former, withdrawn_by FROM limit_settings ORDER BY id"


@pytest.fixture
def console(site: Site) -> Iterator[Connection]:
    with closing(connect(site.urls.console_url, application="test console")) as connection:
        yield connection


@pytest.fixture
def timeline(site: Site, ingest: Connection, analytics: Connection) -> Timeline:
    return Timeline(site, ingest, analytics)


def test_a_limit_is_judged_from_the_next_look_on_and_ends_when_it_is_taken_back(
    timeline: Timeline, console: Connection, analytics: Connection
) -> None:
    timeline.run(60, steady(30))
    timeline.look()
    assert rows(analytics, ALARMS) == []
    assert ask(console, analytics, SET).is_done
    timeline.run(60, steady(30))
    timeline.look()
    alarm = ("early_warning:limit:pressure", "warning", "unacknowledged")
    assert rows(analytics, ALARMS) == [alarm]
    assert "低于设定的限值300 kPa" in str(rows(analytics, "SELECT reason_zh FROM warnings"))
    timeline.run(20, steady(10))
    timeline.look()
    assert rows(analytics, WARNINGS) == [("pressure", None)]
    back = WithdrawLimit(id=new_id(), by=ADMIN, text="管网已更换", setting=SettingId(1))
    assert ask(console, analytics, back).is_done
    timeline.run(20, steady(10))
    timeline.look()
    assert rows(analytics, WARNINGS) == [("pressure", "withdrawn")]
    assert rows(analytics, ALARMS)[0][2] == "returned_unacknowledged"
    assert rows(analytics, SETTINGS) == [(300.0, 150.0, "chen")]
    assert rows(analytics, "SELECT raised FROM warning_records") == []


def test_the_former_value_is_kept_and_holds_again(
    console: Connection, analytics: Connection, site: Site
) -> None:
    assert ask(console, analytics, SET).is_done
    of_gauge = replace(SET, id=new_id(), place="", asset="W-1", value=250.0)
    assert ask(console, analytics, of_gauge).is_done
    assert rows(analytics, SETTINGS) == [(300.0, 150.0, None), (250.0, 300.0, None)]


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"value": 100.0}, Refusal.OUT_OF_BOUNDS),
        ({"standard": None}, Refusal.NO_LIMIT),
        ({"asset_class": "lift"}, Refusal.NO_LIMIT),
        ({"place": "nowhere"}, Refusal.NO_PLACE),
        ({"place": "", "asset": "D-1"}, Refusal.NO_LIMIT),
        ({"by": replace(ADMIN, role="operator")}, Refusal.ROLE),
        ({"by": replace(ADMIN, scope=("city.dist.str.comm.yard",))}, Refusal.SCOPE),
    ],
)
def test_what_is_refused_sets_nothing(
    console: Connection, analytics: Connection, changes: dict[str, object], why: Refusal
) -> None:
    refused: ActResult = ask(console, analytics, replace(SET, id=new_id(), **changes))  # type: ignore[arg-type]
    assert refused.refusal is why
    assert rows(analytics, SETTINGS) == []


def test_nobody_takes_back_twice_nor_outside_his_places(
    console: Connection, analytics: Connection, site: Site
) -> None:
    ask(console, analytics, SET)
    back = WithdrawLimit(id=new_id(), by=ADMIN, text="试错", setting=SettingId(1))
    yard = replace(ADMIN, scope=("city.dist.str.comm.yard",))
    assert ask(console, analytics, replace(back, id=new_id(), by=yard)).refusal is Refusal.SCOPE
    assert ask(console, analytics, back).is_done
    again = replace(back, id=new_id())
    assert ask(console, analytics, again).refusal is Refusal.ALREADY_WITHDRAWN


def open_place(site: Site, code: str, path: str, level: str) -> None:
    with closing(connect(site.urls.owner_url, application="registry")) as owner:
        add = "INSERT INTO places (code, path, level, name_zh) VALUES (%s, %s, %s, %s)"
        owner.execute(add, (code, path, level, code))


def change_places(site: Site, change: Callable[[Connection, Act], None]) -> None:
    with closing(connect(site.urls.ingest_url, application="registry")) as registry:
        change(registry, Act(at=datetime.now(UTC), reason="区划调整", actor="chen"))


def test_a_limit_goes_with_its_place_where_it_is_moved_and_merged(
    console: Connection, analytics: Connection, site: Site
) -> None:
    assert ask(console, analytics, SET).is_done
    gauge = replace(SET, id=new_id(), place="", asset="W-1", value=250.0)
    assert ask(console, analytics, gauge).is_done
    open_place(site, "comm2", "city.dist.str.comm2", "community")
    change_places(site, lambda held, act: move_place(held, "garden", "comm2", act))
    book = load_book(analytics, datetime.now(UTC))
    paths = {setting.asset is None: setting.place_path for setting in book.settings}
    assert paths[True] == "city.dist.str.comm2.garden"
    assert paths[False].startswith("city.dist.str.comm2.garden")
    change_places(site, lambda held, act: merge_places(held, ["garden"], "yard", act))
    (of_place,) = [one for one in load_book(analytics, datetime.now(UTC)).settings if not one.asset]
    assert of_place.place_path == "city.dist.str.comm.yard"
    where = "SELECT path::text FROM places JOIN assets ON place_id = places.id"
    (path,) = rows(analytics, f"{where} WHERE assets.code = 'W-1'")[0]
    assert of_place.covers(AssetId(-1), str(path))


def test_the_parts_of_a_split_place_keep_its_limit_once_whatever_becomes_of_them(
    console: Connection, analytics: Connection, site: Site
) -> None:
    assert ask(console, analytics, SET).is_done
    open_place(site, "g2", "city.dist.str.comm.garden.g2", "building")
    part = Part(code="garden2", name_zh="花园二期", takes=("g2",))
    change_places(site, lambda held, act: split_place(held, "garden", [part], act))
    for _ in range(2):
        book = load_book(analytics, datetime.now(UTC))
        found = sorted(setting.place_path for setting in book.settings)
        assert found == ["city.dist.str.comm.garden", "city.dist.str.comm.garden2"]
    change_places(site, lambda held, act: merge_places(held, ["garden2"], "yard", act))
    for _ in range(2):
        found = sorted(one.place_path for one in load_book(analytics, datetime.now(UTC)).settings)
        assert found == ["city.dist.str.comm.garden", "city.dist.str.comm.yard"]


def test_a_crossing_of_an_asset_that_is_retired_ends(
    timeline: Timeline, console: Connection, analytics: Connection, site: Site
) -> None:
    of_gauge = replace(SET, place="", asset="W-1")
    assert ask(console, analytics, of_gauge).is_done
    timeline.run(60, steady(30))
    timeline.look()
    assert rows(analytics, WARNINGS) == [("pressure", None)]
    with closing(connect(site.urls.owner_url, application="registry")) as owner:
        owner.execute("UPDATE assets SET retired_at = now() WHERE code = 'W-1'")
    timeline.look()
    assert rows(analytics, WARNINGS) == [("pressure", "withdrawn")]
    assert rows(analytics, ALARMS)[0][2] == "returned_unacknowledged"


def test_a_limit_that_begins_later_holds_later(
    timeline: Timeline, console: Connection, analytics: Connection
) -> None:
    later = replace(SET, id=new_id(), valid_from=timeline.look() + timedelta(minutes=5))
    assert ask(console, analytics, later).is_done
    timeline.run(60, steady(30))
    timeline.look()
    assert rows(analytics, ALARMS) == []
    timeline.run(300, steady(150))
    timeline.look()
    assert len(rows(analytics, ALARMS)) == 1

"""The matrix that comes with the product answers for everything, everywhere, and names its law."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from analytics.duties.check import Fault, Registered, check, every_event
from analytics.duties.file import default_source, parse_matrix
from analytics.duties.lookup import LineFinder
from analytics.duties.matrix import (
    EVERYTHING,
    Duty,
    Limit,
    Matrix,
    OrganisationId,
    Party,
    Surroundings,
    answer,
    ranked,
    resolve,
)
from analytics.errors import BadDuties
from gateway.catalogue import event_kind

DEFAULT = parse_matrix(default_source())
NEAREST: Mapping[str, OrganisationId] = {
    "community": OrganisationId(3),
    "street": OrganisationId(4),
    "bureau": OrganisationId(5),
}
MANAGED = Surroundings(
    place_path="a.b", manager=OrganisationId(1), maintainer=OrganisationId(2), nearest=NEAREST
)
NOON = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
UNMANAGED = Surroundings(place_path="a.c", nearest=NEAREST)

LINE = """
name: test
valid_from: 2026-01-01T00:00:00Z
lines:
  - key: one
    event: "{event}"
    class: "{of_class}"
    responsible: {party}
    chain: [community]
    limits_s: {limits}
    opens_order: false
    tells_bureau: false
    note: {{zh: 甲, en: a}}
    basis: Site rule
"""


def source(**changes: str) -> str:
    usual = {
        "event": "*",
        "of_class": "*",
        "party": "community",
        "limits": "{acknowledge: 60}",
    }
    return LINE.format(**(usual | changes))


def line_for(
    matrix: Matrix, event: str, of_class: str, path: str = "a.b", at: datetime = NOON
) -> Duty:
    found = LineFinder(matrix).find(event_kind(event), of_class, path, at)
    assert found is not None
    return found


def here(*compounds: Surroundings) -> Registered:
    return Registered(compounds=compounds, places={one.place_path for one in compounds})


def test_the_default_matrix_has_no_fault() -> None:
    assert check(DEFAULT, here(MANAGED, UNMANAGED)) == []


def test_every_event_of_the_catalogue_has_a_line_of_its_own_or_of_its_group() -> None:
    wild = {
        f"{kind.name} on {of_class.name}"
        for kind, of_class in every_event()
        if ranked(DEFAULT.duties, kind, of_class.name)[0].event == EVERYTHING
    }
    assert wild == set()


def test_every_line_names_a_law_or_says_that_it_is_a_site_rule() -> None:
    named = ("GB ", "GB/T", "TSG", "法", "条例", "规则", "site rule", "Site rule")
    assert [duty.key for duty in DEFAULT.duties if not any(w in duty.basis for w in named)] == []
    assert all(duty.note.zh and duty.note.en for duty in DEFAULT.duties)


def test_life_safety_and_loss_of_protection_stand_on_more_than_a_site_rule() -> None:
    for kind, of_class in every_event():
        if not kind.opens_alarm:
            continue
        duty = ranked(DEFAULT.duties, kind, of_class.name)[0]
        if kind.is_life_safety or duty.key in {"lift_safety", "pump_safety", "electrical_safety"}:
            assert "GB" in duty.basis or "TSG" in duty.basis or "法" in duty.basis, kind.name


@pytest.mark.parametrize(
    ("event", "of_class", "key"),
    [
        ("fire_alarm", "detector", "fire"),
        ("gas_alarm", "gas_detector", "fire"),
        ("entrapment", "lift", "entrapment"),
        ("overspeed", "lift", "lift_safety"),
        ("brake_fault", "escalator", "escalator_safety"),
        ("pressure_low_critical", "fire_water", "fire_equipment_safety"),
        ("supply_pressure_lost", "supply_main", "supply_main_lost"),
        ("pump_start_failed", "pump", "pump_safety"),
        ("pump_fault", "pump", "pump_fault"),
        ("building_power_lost", "electrical_monitor", "building_power"),
        ("network_silent", "network", "network"),
        ("main_power_off", "lift", "lift_power"),
        ("mode_auto", "lift", "lift_mode"),
        ("panel_reset", "fire_panel", "record"),
        ("main_power_fault", "fire_panel", "panel_power"),
        ("gateway_silent", "gateway", "contact_gateway"),
        ("asset_silent", "gateway", "contact"),
        ("alarm_unreadable", "gateway", "platform_safety"),
        ("unknown_event", "unknown", "unregistered_safety"),
        ("early_warning", "pump", "warning"),
    ],
)
def test_the_most_exact_line_wins(event: str, of_class: str, key: str) -> None:
    assert line_for(DEFAULT, event, of_class).key == key


@pytest.mark.parametrize(
    ("event", "of_class", "party"),
    [
        ("supply_pressure_lost", "supply_main", Party.WATER_COMPANY),
        ("building_power_lost", "electrical_monitor", Party.POWER_COMPANY),
        ("network_silent", "network", Party.TELECOM_OPERATOR),
    ],
)
def test_the_county_plan_s_utilities_answer_for_what_is_theirs(
    event: str, of_class: str, party: Party
) -> None:
    duty = line_for(DEFAULT, event, of_class)
    assert (duty.responsible, duty.order_to, duty.chain[0]) == (party, party, party)


@pytest.mark.parametrize("event", ["fire_alarm", "entrapment"])
def test_fire_and_entrapment_tell_the_bureau_and_bring_the_community(event: str) -> None:
    duty = line_for(DEFAULT, event, "lift" if event == "entrapment" else "detector")
    assert duty.tells_bureau
    assert Party.COMMUNITY in duty.joint
    assert Party.COMMUNITY in duty.chain


def test_a_firm_has_thirty_minutes_to_an_entrapment() -> None:
    duty = line_for(DEFAULT, "entrapment", "lift")
    assert duty.limits[Limit.ARRIVE] == timedelta(minutes=30)
    assert "T5002" in duty.basis


def test_where_nobody_manages_the_community_answers() -> None:
    found = [resolve(party, UNMANAGED) for party in (Party.PROPERTY_COMPANY, Party.MAINTAINER)]
    assert found == [3, 3]


def test_the_community_s_station_stands_in_before_the_community() -> None:
    there = Surroundings(
        place_path="a", nearest={**NEAREST, "community_station": OrganisationId(9)}
    )
    assert resolve(Party.PROPERTY_COMPANY, there) == 9
    assert resolve(Party.WATER_COMPANY, there) == 9
    assert resolve(Party.COMMUNITY, there) == 3


@pytest.mark.parametrize(
    ("management", "manager", "expected"),
    [
        ("company", 1, 1),
        ("work_unit", 6, 6),
        ("entrusted", 3, 3),
        ("self_managed", 7, 7),
        ("self_managed", None, 8),
        ("cleaning_only", None, 9),
        ("nobody", None, 9),
        ("", None, 9),
    ],
)
def test_who_stands_for_the_company_follows_from_the_kind_of_management(
    management: str, manager: int | None, expected: int
) -> None:
    nearest = {
        **NEAREST,
        "owners_committee": OrganisationId(8),
        "community_station": OrganisationId(9),
    }
    there = Surroundings(
        place_path="a",
        management=management,
        manager=None if manager is None else OrganisationId(manager),
        nearest=nearest,
    )
    assert resolve(Party.PROPERTY_COMPANY, there) == expected


def test_without_a_community_the_street_answers_and_then_the_bureau() -> None:
    street = Surroundings(place_path="a", nearest={"street": OrganisationId(4)})
    bureau = Surroundings(place_path="a", nearest={"bureau": OrganisationId(5)})
    for party in Party:
        assert resolve(party, street) == 4
        assert resolve(party, bureau) == 5
        assert resolve(party, Surroundings(place_path="a")) is None


def test_of_several_networks_that_of_the_gateway_answers() -> None:
    nearest = {**NEAREST, "telecom_operator": OrganisationId(20)}
    other = Surroundings(place_path="a", network=OrganisationId(21), nearest=nearest)
    assert resolve(Party.TELECOM_OPERATOR, other) == 21
    assert resolve(Party.TELECOM_OPERATOR, Surroundings(place_path="a", nearest=nearest)) == 20


def test_a_chain_names_each_organisation_once() -> None:
    duty = line_for(DEFAULT, "fire_alarm", "detector", "a.c")
    assert answer(duty, UNMANAGED).chain == (3, 4, 5)
    assert answer(duty, MANAGED).chain == (1, 3, 4, 5)


def test_a_line_for_a_place_stands_before_the_same_line_for_all() -> None:
    text = source() + source(event="*").split("lines:")[1].replace("one", "two").replace(
        'class: "*"', 'class: "*"\n    place: a.b'
    )
    matrix = parse_matrix(text)
    keys = [line_for(matrix, "fault", "lift", path).key for path in ("a.b", "a.b.c", "a.bc", "a")]
    assert keys == ["two", "two", "one", "one"]


CALENDAR = """
name: test
valid_from: 2026-01-01T00:00:00Z
calendars:
  night: {hours: ["22:00-06:00"]}
lines:
"""


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("lines: [", 2, "no YAML"),
        ("[]", 1, "应为一组"),
        (source(event="fyre"), 6, "no event or @group 'fyre'"),
        (source(event="fyre"), 6, "没有事件“fyre”"),
        (source(event="@fyre"), 6, "no event or @group"),
        (source(of_class="tower"), 7, "no asset class 'tower'"),
        (source(party="nobody"), 8, "“nobody”不是允许的值"),
        (source(limits="{arrive: 5}"), 10, "no acknowledge"),
        (source(limits="{acknowledge: 0}"), 10, "应大于下限"),
        (source(limits="{acknowlege: 5}"), 10, "limits_s.acknowlege"),
        (source() + source().split("lines:")[1], 16, "key 'one' stands on line 5 too"),
        (source().replace("chain:", "chian:"), 9, "没有这个字段"),
        (source().replace("name: test", "name: test\nname: twice"), 3, "this name stands twice"),
        (source().replace("2026-01-01T", "2026-13-01T"), 1, "month must be in 1..12"),
        (source().replace("    basis", "    calendar: night\n    basis"), 14, "没有日历“night”"),
        (CALENDAR.replace("06:00", "22:00") + source().split("lines:")[1], 5, "起止相同"),
        (CALENDAR.replace("06:00", "26:00") + source().split("lines:")[1], 5, "格式不对"),
        (
            source().replace("lines:", "zones:\n  - {place: a, zone: Asia/Nowhere}\nlines:"),
            5,
            "no time zone 'Asia/Nowhere'",
        ),
        (
            source().replace(
                "lines:",
                "holidays:\n  2027: {published: true, basis: x, workdays: [2026-01-01]}\nlines:",
            ),
            5,
            "lies in another year",
        ),
    ],
)
def test_a_wrong_matrix_is_refused_with_a_sentence_and_its_line(
    text: str, line: int, sentence: str
) -> None:
    with pytest.raises(BadDuties) as told:
        parse_matrix(text)
    assert f"第{line}行 line {line}: " in str(told.value)
    assert sentence in str(told.value)


def faults(matrix: Matrix, *compounds: Surroundings) -> set[Fault]:
    return {item.fault for item in check(matrix, here(*compounds) if compounds else None)}


def timed(*calendars: str) -> str:
    head = CALENDAR.replace(
        'hours: ["22:00-06:00"]}',
        'hours: ["22:00-06:00"]}\n  day: {hours: ["06:00-22:00"]}\n  rest: {days: [weekend]}',
    )
    lines = source().split("lines:")[1]
    return head + "".join(
        lines.replace("one", f"one_{name}").replace("    basis", f"    calendar: {name}\n    basis")
        for name in calendars
    )


def test_the_checker_finds_gaps_idle_lines_and_dead_ends() -> None:
    assert faults(parse_matrix(source(event="@fire"))) >= {Fault.GAP, Fault.NO_BUREAU}
    assert Fault.NEVER_WINS in faults(parse_matrix(source(event="@fire", of_class="lift")))
    dead = check(DEFAULT, here(Surroundings(place_path="a.d")))
    assert [(item.fault, item.subject) for item in dead] == [(Fault.DEAD_END, "a.d")]


def test_the_checker_finds_hours_that_nobody_covers_and_hours_that_two_lines_cover() -> None:
    only_bureau = {Fault.NO_BUREAU}
    assert faults(parse_matrix(timed("night", "day"))) == only_bureau
    assert faults(parse_matrix(timed("night"))) == only_bureau | {Fault.GAP}
    both = faults(parse_matrix(timed("night", "day", "rest")))
    assert both == only_bureau | {Fault.OVERLAP, Fault.NEVER_WINS}


def test_the_checker_finds_links_that_are_never_reached_and_places_that_do_not_exist() -> None:
    again = source().replace("chain: [community]", "chain: [community, street, community]")
    assert Fault.REPEATED_LINK in faults(parse_matrix(again))
    elsewhere = source().replace('class: "*"', 'class: "*"\n    place: a.nowhere')
    assert Fault.NO_PLACE in faults(parse_matrix(elsewhere), MANAGED)

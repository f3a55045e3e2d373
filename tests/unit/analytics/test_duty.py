"""The matrix that comes with the product answers for everything, everywhere, and names its law."""

from collections.abc import Mapping
from datetime import timedelta

import pytest

from analytics.duty import (
    Limit,
    OrganisationId,
    Party,
    Surroundings,
    answer,
    line_for,
    resolve,
)
from analytics.duty_check import Fault, check, possible_alarms
from analytics.duty_file import default_source, parse_matrix
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


def test_the_default_matrix_has_no_fault() -> None:
    assert check(DEFAULT, [MANAGED, UNMANAGED]) == []


def test_every_possible_alarm_has_a_line_with_a_legal_basis_in_two_languages() -> None:
    for kind, asset_class in possible_alarms():
        duty = line_for(DEFAULT.duties, kind, asset_class.name, "a.b")
        assert duty is not None
        assert duty.basis
        assert duty.note.zh
        assert duty.note.en


@pytest.mark.parametrize(
    ("event", "of_class", "key"),
    [
        ("fire_alarm", "detector", "fire"),
        ("gas_alarm", "gas_detector", "fire"),
        ("entrapment", "lift", "entrapment"),
        ("overspeed", "lift", "lift_safety"),
        ("brake_fault", "escalator", "escalator_safety"),
        ("pressure_low_critical", "fire_water", "fire_equipment_safety"),
        ("main_power_fault", "fire_panel", "fire_equipment_fault"),
        ("gateway_silent", "gateway", "contact_gateway"),
        ("asset_silent", "gateway", "contact"),
        ("alarm_unreadable", "gateway", "platform_safety"),
        ("unknown_event", "unknown", "unregistered_safety"),
        ("early_warning", "pump", "warning"),
        ("mode_auto", "lift", "anything_else"),
    ],
)
def test_the_most_exact_line_wins(event: str, of_class: str, key: str) -> None:
    duty = line_for(DEFAULT.duties, event_kind(event), of_class, "a.b")
    assert duty is not None
    assert duty.key == key


def test_a_firm_has_thirty_minutes_to_an_entrapment() -> None:
    duty = line_for(DEFAULT.duties, event_kind("entrapment"), "lift", "a.b")
    assert duty is not None
    assert duty.limits[Limit.ARRIVE] == timedelta(minutes=30)
    assert "T5002" in duty.basis


def test_where_nobody_manages_the_community_answers() -> None:
    found = [resolve(party, UNMANAGED) for party in (Party.PROPERTY_COMPANY, Party.MAINTAINER)]
    assert found == [3, 3]


def test_without_a_community_the_street_answers_and_then_the_bureau() -> None:
    street = Surroundings(place_path="a", nearest={"street": OrganisationId(4)})
    bureau = Surroundings(place_path="a", nearest={"bureau": OrganisationId(5)})
    assert resolve(Party.PROPERTY_COMPANY, street) == 4
    assert resolve(Party.PROPERTY_COMPANY, bureau) == 5
    assert resolve(Party.PROPERTY_COMPANY, Surroundings(place_path="a")) is None


def test_a_chain_names_each_organisation_once() -> None:
    duty = line_for(DEFAULT.duties, event_kind("fire_alarm"), "detector", "a.c")
    assert duty is not None
    assert answer(duty, UNMANAGED).chain == (3, 4, 5)
    assert answer(duty, MANAGED).chain == (1, 3, 4, 5)


def test_a_line_for_a_place_stands_before_the_same_line_for_all() -> None:
    text = source() + source(event="*").split("lines:")[1].replace("one", "two").replace(
        'class: "*"', 'class: "*"\n    place: a.b'
    )
    duties = parse_matrix(text).duties
    keys = [
        found.key
        for path in ("a.b", "a.b.c", "a.bc", "a")
        if (found := line_for(duties, event_kind("fault"), "lift", path))
    ]
    assert keys == ["two", "two", "one", "one"]


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("lines: [", "no YAML"),
        ("[]", "valid"),
        (source(event="fyre"), "no event or @group 'fyre'"),
        (source(event="@fyre"), "no event or @group"),
        (source(of_class="tower"), "no asset class 'tower'"),
        (source(party="nobody"), "responsible"),
        (source(limits="{arrive: 5}"), "no acknowledge"),
        (source(limits="{acknowledge: 0}"), "acknowledge"),
        (source(limits="{acknowlege: 5}"), "limits_s"),
        (source() + source().split("lines:")[1], "key 'one' stands 2 times"),
    ],
)
def test_a_wrong_matrix_is_refused_with_a_sentence(text: str, sentence: str) -> None:
    with pytest.raises(BadDuties, match=sentence.replace("'", ".")):
        parse_matrix(text)


def test_the_checker_finds_gaps_idle_lines_and_dead_ends() -> None:
    gap = check(parse_matrix(source(event="@fire")))
    assert {item.fault for item in gap} >= {Fault.GAP, Fault.NO_BUREAU}
    idle = check(parse_matrix(source(event="@fire", of_class="lift")))
    assert Fault.NEVER_WINS in {item.fault for item in idle}
    dead = check(DEFAULT, [Surroundings(place_path="a.d")])
    assert [(item.fault, item.subject) for item in dead] == [(Fault.DEAD_END, "a.d")]

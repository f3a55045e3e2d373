"""Two versions compared: what changes for which events, where and when."""

from analytics.duties.diff import Part, compare
from analytics.duties.file import default_source, parse_matrix

TEXT = default_source()
DEFAULT = parse_matrix(TEXT)


def test_a_version_does_not_differ_from_itself() -> None:
    assert compare(DEFAULT, DEFAULT).is_empty


def test_another_arrival_limit_shows_in_each_event_of_its_line() -> None:
    old = "accept: 180, arrive: 1800, restore: 28800"
    found = compare(DEFAULT, parse_matrix(TEXT.replace(old, old.replace("1800,", "3600,"))))
    assert (found.added, found.removed, found.rewritten) == ((), (), ("entrapment",))
    (effect,) = found.effects
    assert set(effect.events) == {"entrapment on lift", "car_alarm_button on lift"}
    assert (effect.before, effect.after, effect.place, effect.moments) == (
        "entrapment",
        "entrapment",
        "*",
        (),
    )
    (change,) = effect.changes
    assert change.part is Part.CLOCKS
    assert "arrive: 1800" in change.before
    assert "arrive: 3600" in change.after


def test_a_line_for_one_place_changes_that_place_alone() -> None:
    line = """  - key: county_entrapment
    event: "@entrapment"
    place: city.county
    responsible: property_company
    order_to: maintenance_firm
    chain: [property_company, community, street, bureau]
    limits_s: {acknowledge: 60, accept: 300, arrive: 3600}
    opens_order: true
    tells_bureau: true
    note: {zh: 一小时到场, en: on site within an hour}
    basis: TSG T5002-2017 art. 5(4), outside cities with districts
"""
    found = compare(DEFAULT, parse_matrix(TEXT + line))
    assert found.added == ("county_entrapment",)
    assert {effect.place for effect in found.effects} == {"city.county"}


def test_a_line_for_the_night_says_when_it_changes_what() -> None:
    line = TEXT[TEXT.index("  - key: contact_night") : TEXT.index("  - key: warning\n")]
    found = compare(parse_matrix(TEXT.replace(line, "")), DEFAULT)
    assert found.added == ("contact_night",)
    (effect,) = [one for one in found.effects if "asset_silent on gateway" in one.events]
    assert (effect.before, effect.after) == ("contact", "contact_night")
    assert all(moment.split()[1] in {"22:00", "00:00"} for moment in effect.moments)
    assert len(effect.moments) == 6


def test_a_line_that_loses_its_event_leaves_a_gap_to_the_line_behind_it() -> None:
    shorter = TEXT.replace("event: network_silent", "event: gateway_silent", 1).replace(
        "  - key: contact_gateway\n    event: gateway_silent",
        "  - key: contact_gateway\n    event: network_silent",
    )
    found = compare(DEFAULT, parse_matrix(shorter))
    assert set(found.rewritten) == {"network", "contact_gateway"}
    moved = {(one.before, one.after) for one in found.effects}
    assert moved == {("network", "contact_gateway"), ("contact_gateway", "network")}

"""Cause folding: one cause, one incident, whatever the order; life safety stands alone."""

from datetime import UTC, datetime, timedelta
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.alarms.alarm import AlarmId, AssetId
from analytics.alarms.rule import default_rules, parse_rules
from analytics.duties.responsibility import Responsibility
from analytics.errors import BadRules
from analytics.incidents.folding import Folding
from analytics.incidents.incident import Candidate, IncidentId, IncidentKey, Plan, fold
from analytics.live import Announcement
from gateway.catalogue import event_kind
from ingest.database import Connection

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
RULES = default_rules().incidents
HOUSE = "city.garden.b1"


def alarm(
    number: int,
    event: str,
    asset_class: str = "lift",
    *,
    after_s: float = 0,
    building: str | None = HOUSE,
    gateway: str = "gw-1",
    zone: str = "",
) -> Candidate:
    kind = event_kind(event)
    return Candidate(
        alarm_id=AlarmId(number),
        asset_id=AssetId(number),
        asset_class=asset_class,
        event=event,
        group=kind.group,
        is_life_safety=kind.is_life_safety,
        opened_at=NOW + timedelta(seconds=after_s),
        gateways=frozenset({gateway}),
        building=building,
        zone=zone,
    )


def fold_all(*alarms: Candidate, known: dict[IncidentKey, IncidentId] | None = None) -> Plan:
    return fold([item.alarm_id for item in alarms], alarms, known or {}, RULES)


def test_three_power_failures_in_a_building_are_one_incident_with_what_follows_from_it() -> None:
    plan = fold_all(
        alarm(1, "main_power_off"),
        alarm(2, "suspected_stop", after_s=5),
        alarm(3, "main_power_off", after_s=8),
        alarm(4, "pump_power_lost", "pump", after_s=9),
        alarm(5, "entrapment", after_s=10),
    )
    (begun,) = plan.begins
    assert begun.rule.key == "building_power"
    assert begun.head == 1
    assert begun.members == (1, 2, 3, 4)


@pytest.mark.parametrize(
    "alarms",
    [
        [alarm(1, "main_power_off"), alarm(2, "main_power_off")],
        [alarm(n, "main_power_off", after_s=200 * n) for n in range(3)],
        [alarm(n, "main_power_off", building=f"{HOUSE}{n}") for n in range(3)],
        [alarm(n, "main_power_off", building=None) for n in range(3)],
    ],
    ids=["too few", "too far apart", "other buildings", "no building"],
)
def test_power_failures_that_have_no_one_cause_stay_apart(alarms: list[Candidate]) -> None:
    assert fold_all(*alarms).begins == ()


def test_the_silence_of_assets_stands_behind_their_gateway() -> None:
    plan = fold_all(
        alarm(1, "asset_silent", "detector", after_s=-60),
        alarm(2, "gateway_silent", "gateway"),
        alarm(3, "asset_silent", "detector", gateway="gw-2"),
    )
    (begun,) = plan.begins
    assert (begun.head, begun.members) == (2, (1, 2))


def test_late_members_join_the_open_incident() -> None:
    known = {IncidentKey("gateway_loss", "gateway:gw-1"): IncidentId(7)}
    plan = fold_all(alarm(9, "asset_silent", "detector", after_s=1e6), known=known)
    assert plan.joins == {IncidentId(7): (AlarmId(9),)}
    assert plan.begins == ()


def test_two_fires_of_a_zone_are_seen_together_and_stand_alone() -> None:
    plan = fold_all(
        alarm(1, "fire_alarm", "detector", zone="2F"),
        alarm(2, "manual_fire_alarm", "manual_call_point", zone="2F", after_s=30),
        alarm(3, "fire_alarm", "detector", zone="3F"),
        alarm(4, "fire_alarm", "detector"),
    )
    (begun,) = plan.begins
    assert begun.members == (1, 2)
    assert not begun.rule.folds


EVENTS = (
    ("main_power_off", "lift"),
    ("pump_power_lost", "pump"),
    ("suspected_stop", "lift"),
    ("gateway_silent", "gateway"),
    ("asset_silent", "detector"),
    ("asset_silent", "fire_panel"),
    ("fire_alarm", "detector"),
    ("entrapment", "lift"),
    ("door_blocked", "lift"),
)
WORLDS = st.lists(
    st.tuples(
        st.sampled_from(EVENTS),
        st.integers(0, 300),
        st.sampled_from(["gw-1", "gw-2"]),
        st.sampled_from(["b1", "b2"]),
        st.sampled_from(["", "z1"]),
    ),
    min_size=1,
    max_size=14,
)


@settings(deadline=None)
@given(WORLDS)
def test_no_alarm_is_in_two_incidents_and_none_but_its_own_kind_folds(
    world: list[tuple[tuple[str, str], int, str, str, str]],
) -> None:
    alarms = [
        alarm(n, event, of, after_s=after, gateway=gateway, building=building, zone=zone)
        for n, ((event, of), after, gateway, building, zone) in enumerate(world)
    ]
    by_id = {item.alarm_id: item for item in alarms}
    plan = fold_all(*alarms)
    members = [member for begun in plan.begins for member in begun.members]
    assert len(members) == len(set(members))
    for begun in plan.begins:
        assert begun.head in begun.members
        assert by_id[begun.head].fits(begun.rule.cause)
        for member in begun.members:
            found = by_id[member]
            assert found.fits(begun.rule.members) or found.fits(begun.rule.cause)
            assert not (begun.rule.folds and found.is_life_safety)
        causes = {by_id[m].asset_id for m in begun.members if by_id[m].fits(begun.rule.cause)}
        assert len(causes) >= begun.rule.at_least


@settings(deadline=None)
@given(st.permutations(range(8)))
def test_the_order_in_which_a_black_out_is_heard_changes_nothing(order: list[int]) -> None:
    alarms = [alarm(n, "main_power_off", after_s=n) for n in range(4)]
    alarms += [alarm(n, "suspected_stop", after_s=n) for n in range(4, 8)]
    loose = {item.alarm_id: item for item in alarms}
    known: dict[IncidentKey, IncidentId] = {}
    members: set[AlarmId] = set()
    heard: dict[AlarmId, Candidate] = {}
    for place in order:
        heard[AlarmId(place)] = loose[AlarmId(place)]
        plan = fold([AlarmId(place)], heard.values(), known, RULES)
        for begun in plan.begins:
            known[IncidentKey(begun.rule.key, begun.scope)] = IncidentId(1)
            members |= set(begun.members)
        for joined in plan.joins.values():
            members |= set(joined)
        for member in members:
            heard.pop(member, None)
    assert members == set(loose)
    assert len(known) == 1


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ("groups: [safety, fault, supervisory, contact, warning]", "never suppressed"),
        ("event: mode_inspection", "no such event"),
    ],
)
def test_a_rule_that_hides_a_fire_or_names_nothing_is_refused(wrong: str, why: str) -> None:
    from importlib.resources import files

    text = (files("analytics") / "rules" / "alarm.yaml").read_text("utf-8")
    other = "groups: [fire]" if "groups" in wrong else "event: no_such_mode"
    with pytest.raises(BadRules, match=why):
        parse_rules(text.replace(wrong, other, 1))


def test_an_alarm_that_is_named_twice_is_asked_after_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[object] = []

    class Asked:
        def execute(self, _query: object, values: dict[str, object]) -> "Asked":
            asked.append(values["alarms"])
            return self

        def fetchall(self) -> list[tuple[object, ...]]:
            return []

    monkeypatch.setattr("analytics.alarms.consequence.give_out_late", lambda *_: None)
    new, head = AlarmId(1), AlarmId(2)
    Folding(Responsibility())._give_out(
        cast("Connection", Asked()), [new, head, head], Announcement(), NOW
    )
    assert asked == ["{1,2}"], "two orders of one alarm are refused, and the batch with them"

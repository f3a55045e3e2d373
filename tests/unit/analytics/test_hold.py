"""Which alarms a hold covers, and which causes begin and end a suppression."""

from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.alarms.alarm import AssetId, Number, State, Trigger, Word, advance
from analytics.alarms.decision import decide
from analytics.alarms.report import ConditionKey, PlacePath, Report
from analytics.alarms.rule import default_rules
from analytics.holds.hold import TRIGGER_OF, Hold, HoldId, HoldKind, holding
from analytics.holds.suppression import Cause, Known, difference, is_cause
from gateway.catalogue import EVENT_KINDS, EventKind, Severity, event_kind

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
LIFT = AssetId(1)
KINDS = st.sampled_from([kind for kind in EVENT_KINDS if kind.severity is not Severity.NONE])


def hold(kind: HoldKind, number: int = 1, *, condition: str | None = None) -> Hold:
    return Hold(
        id=HoldId(number),
        kind=kind,
        assets=frozenset({LIFT}),
        reason="维修",
        due_at=NOW + timedelta(hours=1),
        condition=condition,
    )


HOLDS = st.lists(
    st.builds(
        hold,
        st.sampled_from(HoldKind),
        st.integers(1, 9),
        condition=st.sampled_from([None, "door_blocked", "fire_alarm"]),
    ),
    max_size=4,
)


@settings(deadline=None)
@given(HOLDS, KINDS)
def test_life_safety_is_held_by_being_out_of_service_and_by_nothing_else(
    holds: list[Hold], kind: EventKind
) -> None:
    found = holding(holds, LIFT, kind.name, kind)
    if kind.is_life_safety:
        assert found is None or found.kind is HoldKind.OUT_OF_SERVICE
    assert holding(holds, AssetId(2), kind.name, kind) is None
    if any(one.kind is HoldKind.OUT_OF_SERVICE and one.condition is None for one in holds):
        assert found is not None
        assert found.kind is HoldKind.OUT_OF_SERVICE


@settings(deadline=None)
@given(HOLDS, KINDS, st.lists(st.booleans(), min_size=1, max_size=6))
def test_what_is_raised_under_a_hold_is_recorded_and_counted_whatever_hides_it(
    holds: list[Hold], kind: EventKind, said: list[bool]
) -> None:
    key = ConditionKey(LIFT, kind.name)
    reports = [
        Report(
            key=key,
            asset_class="lift",
            place_path=PlacePath("city"),
            kind=kind,
            word=Word(
                number=Number(age=1, seq=seq, position=0, gateway="gw-1"),
                is_raise=is_raise,
                at=NOW + timedelta(seconds=seq),
                received_at=NOW,
            ),
        )
        for seq, is_raise in enumerate(said)
    ]
    shown, held = decide({}, {}, reports, NOW), decide({}, {}, reports, NOW, holds)
    assert held.conditions == shown.conditions
    counted = [
        sum(change.report.word.is_raise for change in slate.changes if change.hold is None)
        for slate in (shown, held)
    ]
    assert counted[0] == counted[1] == sum(said)
    versions = [change.alarm.version for change in held.changes]
    assert versions == list(range(1, len(versions) + 1)) or not all(
        change.alarm.closed_at is None for change in held.changes
    )
    if held.alarms and holding(holds, LIFT, kind.name, kind) is None:
        assert held.alarms == shown.alarms


def test_every_hold_leads_into_its_state_and_out_again() -> None:
    for kind in (event_kind("door_blocked"), event_kind("fire_alarm")):
        for one in HoldKind:
            hidden = advance(State.UNACKNOWLEDGED, TRIGGER_OF[one], kind)
            if kind.is_life_safety and one is not HoldKind.OUT_OF_SERVICE:
                assert hidden is None
                continue
            assert hidden is one.state
            assert advance(one.state, Trigger.RESUME_ACTIVE, kind) is State.UNACKNOWLEDGED


RULE = default_rules().suppression[0]
KEYS = st.sets(st.integers(1, 6), max_size=6)


@settings(deadline=None)
@given(KEYS, KEYS, KEYS)
def test_a_cause_is_held_once_and_a_spent_one_not_again_before_it_has_ended(
    standing: set[int], running: set[int], spent: set[int]
) -> None:
    causes = [
        Cause(rule=RULE, key=f"asset:{n}", asset=AssetId(n), place_path=PlacePath("city"))
        for n in standing
    ]
    known = [
        Known(hold=HoldId(n), rule=RULE.key, key=f"asset:{n}", is_running=n in running)
        for n in running | spent
    ]
    found = difference(causes, known)
    assert {cause.asset for cause in found.begins} == standing - running - spent
    assert {item.hold for item in found.over} == (running | spent) - standing


def test_words_that_begin_or_end_a_suppression_are_known() -> None:
    rules = default_rules()
    assert is_cause(rules, "mode_inspection")
    assert is_cause(rules, "mode_auto")
    assert not is_cause(rules, "fire_alarm")

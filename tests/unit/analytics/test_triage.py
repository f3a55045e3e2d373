"""Ranking causes by evidence, and what a card says when it does not know."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.errors import BadPlaybook
from analytics.triage.card import Contacts, card_of
from analytics.triage.fact import AlarmOf, Facts, Neighbour, OpenOrder, Past, Said, Trend, Warned
from analytics.triage.playbook import library, parse, schema
from analytics.triage.rank import ABSENT, Confidence, evidence, rank
from gateway.catalogue import EVENT_KINDS, Text

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
PLAYBOOKS = Path(__file__).parents[3] / "analytics" / "playbooks"
BUILDING = "city.dist.str.comm.garden.g1"


def alarm(event: str = "fire_alarm", asset_class: str = "detector", **more: object) -> AlarmOf:
    return replace(
        AlarmOf(
            id=1,
            event=event,
            asset_id=1,
            asset_class=asset_class,
            asset_zh="走廊感烟",
            asset_en="Corridor smoke",
            place_path=f"{BUILDING}.f2",
            zone="A",
            text="",
            raised_at=NOW,
            duty_id=None,
            is_placeholder=False,
            silent_since=None,
            compound=BUILDING.rpartition(".")[0],
            building=BUILDING,
        ),
        **more,  # type: ignore[arg-type]
    )


def quiet(of: AlarmOf) -> Facts:
    """Everything was read and nothing was found."""
    return Facts(
        alarm=of,
        past=(),
        neighbours=(),
        orders=(),
        active=frozenset(),
        said=(),
        warned=(),
        trend=Trend(at_s=np.empty(0), values={}),
    )


def neighbour(event: str, *, zone: str = "A", path: str = BUILDING) -> Neighbour:
    return Neighbour(event=event, asset_id=2, place_path=path, zone=zone, raised_at=NOW)


def ranked(facts: Facts) -> list[tuple[str, str]]:
    books = library()
    playbook = books.of(facts.alarm.event)
    assert playbook is not None
    return [(one.name, one.confidence.value) for one in rank(playbook, books, facts)]


def test_every_event_of_the_catalogue_has_a_playbook_and_every_cause_is_used() -> None:
    books = library()
    assert [kind.name for kind in EVENT_KINDS if books.of(kind.name) is None] == []
    used = {name for playbook in books.playbooks.values() for name in playbook.causes}
    assert set(books.causes) == used


def test_every_alarm_has_causes_and_every_life_safety_alarm_first_steps() -> None:
    books = library()
    for kind in EVENT_KINDS:
        playbook = books.playbooks[kind.name]
        assert playbook.causes or not kind.opens_alarm, kind.name
        assert playbook.first or not kind.is_life_safety, kind.name


def test_the_schema_beside_the_playbooks_is_the_codes() -> None:
    assert json.loads((PLAYBOOKS / "schema.json").read_text("utf-8")) == json.loads(schema())


def test_a_second_detector_of_the_zone_makes_a_fire_likely() -> None:
    alone = quiet(alarm())
    both = replace(alone, neighbours=(neighbour("fire_alarm"),))
    assert dict(ranked(alone))["real_fire"] == "low"
    assert ranked(both)[0] == ("real_fire", "high")


def test_a_mere_hour_of_the_day_moves_no_cause_before_a_real_fire() -> None:
    for hour in range(24):
        first, confidence = ranked(quiet(alarm(raised_at=NOW.replace(hour=hour))))[0]
        assert (first, confidence) == ("real_fire", "low")


def test_what_was_false_before_at_cooking_time_is_likely_smoke_again() -> None:
    lunch = alarm(raised_at=NOW + timedelta(hours=1))
    past = [
        Past(event="fire_alarm", raised_at=NOW - timedelta(days=day), confirmation="false")
        for day in (1, 2, 3)
    ]
    found = ranked(replace(quiet(lunch), past=past))
    assert found[0] == ("cooking_smoke", "medium")


def test_maintenance_in_progress_is_the_likely_cause_of_an_open_safety_circuit() -> None:
    facts = quiet(alarm("safety_circuit_open", "lift"))
    order = OpenOrder(number="W-7", state="on_site", opened_at=NOW)
    assert ranked(replace(facts, orders=(order,)))[0] == ("lift_maintenance", "high")
    assert ranked(replace(facts, active=frozenset({"mode_inspection"})))[0][0] == "lift_maintenance"


def test_falling_pressure_and_a_busy_jockey_pump_mean_a_leak() -> None:
    pressure = np.linspace(420.0, 300.0, 60)
    facts = replace(
        quiet(alarm("pressure_low", "fire_water")),
        trend=Trend(at_s=np.arange(60.0), values={"pressure": pressure}),
        active=frozenset({"jockey_starts_often"}),
    )
    books = library()
    playbook = books.of("pressure_low")
    assert playbook is not None
    first = rank(playbook, books, facts)[0]
    assert (first.name, first.confidence) == ("pipe_leak", Confidence.HIGH)
    assert any("下降" in one.zh and "kPa" in one.zh for one in first.support)


def test_without_evidence_the_card_says_that_it_does_not_know() -> None:
    card = card_of(quiet(alarm()), library(), Contacts(), ())
    assert not card.is_known
    assert {cause.confidence for cause in card.causes} == {Confidence.LOW}
    assert any("不足以判断" in gap.zh for gap in card.gaps)
    assert card.first, "what to do first stands all the same"


def test_what_could_not_be_read_is_no_evidence_and_is_named() -> None:
    card = card_of(Facts(alarm=alarm()), library(), Contacts(), ("neighbours", "trend"))
    assert not card.is_known
    said = " ".join(gap.zh for gap in card.gaps)
    assert "周边报警" in said
    assert "测量趋势" in said


@pytest.mark.parametrize("kind", EVENT_KINDS, ids=[kind.name for kind in EVENT_KINDS])
def test_a_card_is_in_both_languages(kind: object) -> None:
    event = str(getattr(kind, "name"))  # noqa: B009 - the catalogue's own class
    facts = replace(
        quiet(alarm(event)), warned=(Warned(metric="x", reason=Text(zh="泄漏", en="leak")),)
    )
    card = card_of(facts, library(), Contacts(), ())
    texts = [card.title, card.meaning, *card.first, *card.surroundings, *card.gaps]
    texts += [cause.label for cause in card.causes]
    for text in texts:
        assert any("一" <= letter <= "鿿" for letter in text.zh), text
        assert text.en
        assert not any("一" <= letter <= "鿿" for letter in text.en), text


events = st.sampled_from([kind.name for kind in EVENT_KINDS])
moments = st.integers(0, 200_000).map(lambda minutes: NOW - timedelta(minutes=minutes))


@st.composite
def some_facts(draw: st.DrawFn) -> Facts:
    count = draw(st.integers(0, 30))
    values = draw(
        st.lists(
            st.floats(allow_nan=True, allow_infinity=True, width=32), min_size=count, max_size=count
        )
    )
    return Facts(
        alarm=alarm(
            draw(events), draw(st.sampled_from(["lift", "detector", "fire_water", "pump"]))
        ),
        past=draw(
            st.none()
            | st.lists(
                st.builds(
                    Past,
                    event=events,
                    raised_at=moments,
                    confirmation=st.sampled_from(["false", "real"]),
                ),
                max_size=5,
            )
        ),
        neighbours=draw(st.none() | st.lists(st.builds(neighbour, events), max_size=5)),
        orders=draw(st.none() | st.just(())),
        active=draw(st.none() | st.frozensets(events, max_size=3)),
        said=draw(st.none() | st.lists(st.builds(Said, event=events, at=moments), max_size=5)),
        warned=draw(st.none() | st.just(())),
        trend=Trend(
            at_s=np.arange(float(count)),
            values={"pressure": np.array(values), "motor_temp": np.array(values)},
        ),
    )


@settings(deadline=None)  # the machine may be busy
@given(facts=some_facts())
def test_whatever_is_known_there_is_a_card_and_confidence_needs_evidence(facts: Facts) -> None:
    with np.errstate(all="ignore"):
        card = card_of(facts, library(), Contacts(), ())
    for cause in card.causes:
        assert cause.support or cause.confidence is Confidence.LOW
    scores = [cause.confidence for cause in card.causes]
    order = [Confidence.HIGH, Confidence.MEDIUM, Confidence.LOW]
    assert scores == sorted(scores, key=order.index)


@settings(deadline=None)  # the machine may be busy
@given(facts=some_facts())
def test_a_rule_holds_in_words_does_not_hold_or_cannot_be_told(facts: Facts) -> None:
    with np.errstate(all="ignore"):
        for cause in library().causes.values():
            for rule in cause.evidence:
                said = evidence(rule, facts)
                assert said is None or said is ABSENT or (isinstance(said, Text) and said.zh)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("causes: {}", "events"),
        (
            "causes: {}\nevents: {no_such: {meaning: {zh: a, en: b}, causes: []}}",
            "no event no_such",
        ),
        ("causes: {a: {zh: 甲, en: a, evidence: [{fact: guess, weight: 1}]}}\nevents: {}", "guess"),
        (
            "causes: {a: {zh: 甲, en: a, evidence: [{fact: maintenance, weight: 9}]}}\nevents: {}",
            "5",
        ),
        (
            "causes: {a: {zh: 甲, en: a, evidence: [{fact: level, metric: x, above: 1, weight: 1}]}}\nevents: {}",
            "no metric x",
        ),
        ("causes: {a: {zh: '', en: a}}\nevents: {}", "length"),
        ("{", "yaml"),
    ],
)
def test_a_wrong_playbook_is_refused_with_a_sentence(source: str, said: str) -> None:
    with pytest.raises(BadPlaybook, match=said):
        parse(source, "x.yaml")

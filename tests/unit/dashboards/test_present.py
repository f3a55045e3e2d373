from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.console import words
from dashboards.console.catalogue import english, texts_in_use
from dashboards.console.present import (
    Presenter,
    clock_time,
    clock_time_ms,
    date_only,
    day_time,
    offset_words,
    severity_rank,
    typeset,
)
from dashboards.console.role import Role
from gateway.catalogue import Group, Severity, asset_class
from tests.unit.dashboards.builders import line

AT = datetime(2026, 11, 21, 6, 3, 10, 123_000, tzinfo=UTC)


def test_times_are_told_as_in_shanghai() -> None:
    assert clock_time(AT) == "2026-11-21 14:03:10"
    assert clock_time_ms(AT) == "2026-11-21 14:03:10.123"
    assert clock_time(None) == ""


@pytest.mark.parametrize(
    ("seconds", "says"),
    [(0, "+0:00"), (12, "+0:12"), (185, "+3:05"), (7800, "+2:10:00"), (-5, "-0:05")],
)
def test_an_offset_reads_like_a_stop_watch(seconds: int, says: str) -> None:
    assert offset_words(AT, AT + timedelta(seconds=seconds)) == says


def test_an_alarm_is_one_sentence_in_both_languages() -> None:
    alarm = line(event="entrapment", asset_name_zh="1号楼1号梯", asset_name_en="Lift 1")
    assert Presenter("zh").sentence(alarm) == "1号楼1号梯 电梯困人"
    assert Presenter("en").sentence(alarm) == "Lift 1: People trapped in the lift"


def test_a_name_without_english_stays_chinese() -> None:
    assert Presenter("en").asset(line(asset_name_zh="一号梯", asset_name_en="")) == "一号梯"


def test_an_unknown_event_still_says_what_to_do() -> None:
    alarm = line(event="never_heard_of")
    assert "未知" in Presenter("zh").sentence(alarm)
    assert "派人" in Presenter("zh").action(alarm)


def test_every_text_of_the_pages_has_its_english_and_no_other_has() -> None:
    assert texts_in_use() == english().keys()


def test_english_texts_keep_the_places_of_their_values() -> None:
    for source, translated in english().items():
        for mark in ("%(n)s", "%(total)s", "%(at)s", "{target}", "{step}"):
            assert (mark in source) == (mark in translated), source


def test_chinese_sentences_have_chinese_punctuation() -> None:
    assert typeset("确认后拨打119,启动预案") == "确认后拨打119，启动预案"
    assert typeset("1,000 m3, 2:30") == "1,000 m3, 2:30"


@pytest.mark.parametrize("group", list(Group))
def test_every_group_has_a_word_a_shape_and_a_tone(group: Group) -> None:
    assert group.value in words.GROUPS
    assert words.shape_of(group.value)
    assert words.tone_of(group.value, Severity.MAJOR.value)


def test_fire_and_entrapment_differ_in_shape_and_sound() -> None:
    assert words.shape_of("fire") != words.shape_of("entrapment")
    assert words.sound_of("fire", "critical") != words.sound_of("entrapment", "critical")


def test_a_drill_never_sounds_like_the_real_thing() -> None:
    assert words.sound_of("fire", "critical", is_drill=True) == "soft"


def test_every_role_has_a_name() -> None:
    assert set(words.ROLES) == {role.value for role in Role}


@given(
    st.lists(
        st.tuples(
            st.booleans(),
            st.sampled_from(["critical", "major", "minor", "warning"]),
            st.integers(0, 10_000_000),
        ),
        min_size=2,
        max_size=2,
    )
)
def test_the_page_sorts_as_the_database_does(rows: list[tuple[bool, str, int]]) -> None:
    made = [
        line(is_life_safety=life, severity=severity, opened_at=AT + timedelta(seconds=seconds))
        for life, severity, seconds in rows
    ]
    ordered = sorted(
        made, key=lambda a: (not a.is_life_safety, a.severity, -a.opened_at.timestamp())
    )
    assert [severity_rank(a) for a in ordered] == sorted(severity_rank(a) for a in made)


def test_a_drill_stands_below_every_real_alarm_of_the_fire_queue() -> None:
    drilled = severity_rank(
        line(severity="critical", opened_at=AT + timedelta(hours=1), is_drill=True)
    )
    assert severity_rank(line(severity="warning", opened_at=AT)) < drilled
    assert drilled < severity_rank(line(severity="critical", opened_at=AT, is_life_safety=False))


@pytest.mark.parametrize(
    ("text", "zh", "en"),
    [
        ("未确认·无人应答 (nobody answers)", "未确认·无人应答", "nobody answers"),
        ("对讲听到2人", "对讲听到2人", "2 heard in the car"),
        ("更换门锁触点 (contact)", "更换门锁触点 (contact)", "更换门锁触点 (contact)"),
        ("维保电话打不通", "维保电话打不通", "维保电话打不通"),
    ],
)
def test_what_the_platform_wrote_is_said_in_the_readers_language(
    text: str, zh: str, en: str
) -> None:
    assert Presenter("zh").note(text) == zh
    assert Presenter("en").note(text) == en


def test_a_time_of_another_day_carries_its_date() -> None:
    now = datetime(2026, 11, 21, 15, 59, tzinfo=UTC)
    assert day_time(AT, now) == "14:03:10"
    assert day_time(AT, now + timedelta(minutes=1)) == "11-21 14:03:10", "midnight in Shanghai"
    assert day_time(AT, None) == "11-21 14:03:10"
    assert day_time(None, now) == ""
    assert date_only(AT) == "2026-11-21"


@pytest.mark.parametrize(
    ("kind", "metric", "value", "says"),
    [
        ("lift", "mode", 2.0, ("检修", "inspection")),
        ("lift", "mode", 4.0, ("消防员运行", "firefighter service")),
        ("escalator", "mode", 0.0, ("停止", "standing")),
        ("lift", "door_closed", 1.0, ("是", "yes")),
        ("lift", "direction", -1.0, ("下行", "going down")),
        ("lift", "motor_temp", 1.0, ("1", "1")),
        ("lift", "mode", None, ("-", "-")),
    ],
)
def test_a_code_is_said_by_its_word_and_a_quantity_by_its_number(
    kind: str, metric: str, value: float | None, says: tuple[str, str]
) -> None:
    found = asset_class(kind)
    about = next(one for one in found.metrics if one.name == metric)
    assert tuple(Presenter(one).value(found, about, value) for one in ("zh", "en")) == says

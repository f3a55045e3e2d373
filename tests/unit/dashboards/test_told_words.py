"""What people and programs are told: who it was, when it was done, what is wrong."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from dashboards.console.language import asked_language
from dashboards.console.late import late_since, marked, unmarked
from dashboards.console.pages import alarm_row
from dashboards.console.people import people_words
from dashboards.console.present import Presenter, epoch_ms
from dashboards.console.store.user import Named
from dashboards.console.wrong import wrongs_of
from tests.unit.dashboards.builders import line

_AT = datetime(2026, 11, 22, 15, 4, 5, tzinfo=UTC)
_PEOPLE = {
    one.name: one
    for one in (
        Named(name="op7", display_name="消控室值班员", role="operator"),
        Named(name="m1", display_name="三号岗", role="project_manager"),
    )
}


@pytest.mark.parametrize(
    ("language", "accounts", "said"),
    [
        ("zh", "op7", "消控室值班员"),
        ("en", "op7", "消控室值班员 (Operator)"),
        ("zh", "m1", "三号岗（项目负责人）"),
        ("zh", "op7 + m1", "消控室值班员 + 三号岗（项目负责人）"),
        ("zh", "platform", "平台"),
        ("zh", "gone", "gone"),
        ("zh", "", ""),
    ],
)
def test_an_account_is_told_as_a_person(language: str, accounts: str, said: str) -> None:
    assert people_words(language, _PEOPLE, accounts) == said


def test_a_row_names_who_acknowledged_and_keeps_the_account_at_hand() -> None:
    row = alarm_row("zh", line(state="acknowledged", acknowledged_by="op7"), _PEOPLE)
    assert '<span title="op7">消控室值班员</span>' in row


@pytest.mark.parametrize("words", ["", "门禁卡在值班室", "伤者(左臂)"])
def test_a_step_without_a_signal_keeps_its_words_and_its_time(words: str) -> None:
    assert unmarked(marked(words, _AT)) == (words, _AT)
    told = Presenter("zh").note(marked(words, _AT), datetime(2026, 11, 22, 16, tzinfo=UTC))
    assert told.startswith(words)
    assert "现场操作于 2026-11-22 23:04:05（当时无信号），上传于 2026-11-23 00:00:00" in told


@pytest.mark.parametrize("text", ["", "(离线操作于 昨天)", "(离线操作于 2026-13-41 25:00:00)"])
def test_words_that_only_look_like_a_time_stay_as_they_are(text: str) -> None:
    assert unmarked(text) == (text, None)


@pytest.mark.parametrize("ms", [None, -1, 0, 9_999_999_999_999])
def test_a_telephone_whose_clock_is_nonsense_says_no_time(ms: int | None) -> None:
    assert late_since(ms, _AT) is None


@pytest.mark.parametrize(("late_s", "is_late"), [(-60, False), (30, False), (31, True)])
def test_a_step_that_comes_at_once_is_no_late_one(late_s: int, is_late: bool) -> None:
    now = _AT + timedelta(seconds=late_s)
    assert late_since(epoch_ms(_AT), now) == (_AT if is_late else None)


@pytest.mark.parametrize(
    ("header", "language"),
    [
        (None, None),
        ("*", None),
        ("fr-FR", None),
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
        ("en-GB, zh;q=0.5", "en"),
        ("en;q=0.2, zh;q=0.7", "zh"),
        ("en;q=0", None),
        ("en;q=x", "en"),
    ],
)
def test_a_program_is_answered_in_the_language_that_it_prefers(
    header: str | None, language: str | None
) -> None:
    assert asked_language(header) == language


def test_a_wrong_request_is_told_field_by_field_in_chinese() -> None:
    faults: list[dict[str, Any]] = [
        {"loc": ("body", "minutes"), "type": "greater_than_equal", "msg": "no", "ctx": {"ge": 1}},
        {"loc": ("query", "at"), "type": "datetime_from_date_parsing", "msg": "no"},
        {"loc": ("body",), "type": "of a later release", "msg": "what it says"},
    ]
    said = [(one.field, one.message) for one in wrongs_of(faults, "zh")]
    assert said[0] == ("body.minutes", "不能小于 1")
    assert said[1][1].startswith("须为带时区的时间")
    assert said[2] == ("body", "内容不符合要求")
    assert wrongs_of(faults, "en")[2].message == "what it says"

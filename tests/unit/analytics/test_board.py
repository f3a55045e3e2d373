from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from analytics.act.kind import ActId, Person
from analytics.act.public_kind import ImportRatings, MakeSlips
from analytics.alarms.report import PlacePath
from analytics.supervision.board import LABELS, STALE_AFTER, Field, Post, is_personal, is_stale
from analytics.supervision.period import Period, Rhythm
from analytics.supervision.survey import (
    Answer,
    Slip,
    answer_all,
    answered_at,
    ballot_of,
    make_slips,
    may_import,
    month_named,
    month_of,
)

NOW = datetime(2026, 11, 22, 4, tzinfo=UTC)
SLIP = Slip(place_path=PlacePath("city.garden"), giver="owner", household="3-1-1102")
BY = Person(name="shequ", role="community", scope=("city",))
ID = ActId(UUID(int=1))


@pytest.mark.parametrize(
    ("text", "personal"),
    [
        ("投诉电话 0551-6123 4567", False),
        ("办公电话 12345", False),
        ("联系人 13812345678", True),
        ("联系人 138 1234 5678", True),
        ("联系人 138-1234-5678", True),
        ("+8613812345678", True),
        ("身份证 34010419800101123X", True),
        ("身份证 340104 19800101 1234", True),
        ("收费 2138123456789 元", False),
        ("电梯 3 台，车位 120 个", False),
        ("", False),
    ],
)
def test_a_board_takes_no_mobile_and_no_identity_number(text: str, personal: bool) -> None:
    assert is_personal(text) is personal


@pytest.mark.parametrize("field", list(Field))
def test_every_field_has_a_label_and_an_age(field: Field) -> None:
    assert LABELS[field].zh
    assert LABELS[field].en
    assert not is_stale(field, NOW - STALE_AFTER[field], NOW)
    assert is_stale(field, NOW - STALE_AFTER[field] - timedelta(seconds=1), NOW)


@pytest.mark.parametrize(
    "wrong",
    [
        {"field": Field.LIFT_SPENDING, "text": "上油"},
        {"field": Field.LIFT_SPENDING, "asset": "L-1", "amount_fen": 100},
        {"field": Field.LIFT_SPENDING, "asset": "L-1", "period": "2026-11"},
        {"field": Field.LIFT_SPENDING, "asset": "L-1", "period": "2026-11", "amount_fen": -1},
        {"field": Field.FEES, "asset": "L-1", "text": "1.8 元"},
        {"field": Field.FEES, "text": "  "},
        {"field": Field.FEES, "text": "1.8 元", "period": "2026-13"},
        {"field": Field.FEES, "text": "1.8 元", "period": "last year"},
    ],
)
def test_what_a_board_could_not_show_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r".+"):
        Post(**wrong)


def test_a_household_has_one_ballot_a_month() -> None:
    november, december = month_named("2026-11"), month_named("2026-12")
    assert ballot_of(SLIP, november) == ballot_of(SLIP, november)
    assert ballot_of(SLIP, november) != ballot_of(SLIP, december)
    other = Slip(place_path=SLIP.place_path, giver="committee", household=SLIP.household)
    assert ballot_of(SLIP, november) != ballot_of(other, november)


def test_the_month_is_the_local_one() -> None:
    assert str(month_of(datetime(2026, 11, 30, 15, 59, tzinfo=UTC))) == "2026-11"
    assert str(month_of(datetime(2026, 11, 30, 16, 0, tzinfo=UTC))) == "2026-12"


def test_paper_comes_in_for_this_month_and_the_one_before() -> None:
    this = month_of(NOW)
    assert may_import(this, NOW)
    assert may_import(this.before, NOW)
    assert not may_import(this.before.before, NOW)
    assert not may_import(month_named("2026-12"), NOW)
    assert not may_import(Period.around(this.first, Rhythm.QUARTER), NOW)


def test_an_answer_from_paper_counts_in_its_own_month() -> None:
    this = month_of(NOW)
    assert answered_at(this, NOW) == NOW
    late = answered_at(this.before, NOW)
    assert this.before.begins_at <= late < this.before.ends_at


@pytest.mark.parametrize("stars", [0, 6, -1])
def test_an_answer_has_one_to_five_stars(stars: int) -> None:
    with pytest.raises(ValueError, match="stars"):
        Answer(household="1", stars=stars)


def test_codes_are_one_a_household() -> None:
    with pytest.raises(ValueError, match="twice"):
        MakeSlips(id=ID, by=BY, place="g", households=("1", "1"), token_hashes=("a", "b"))
    with pytest.raises(ValueError, match="a code for each"):
        MakeSlips(id=ID, by=BY, place="g", households=("1", "2"), token_hashes=("a",))


def test_a_list_names_its_month() -> None:
    with pytest.raises(ValueError, match=r".+"):
        ImportRatings(
            id=ID, by=BY, place="g", month="November", answers=(Answer(household="1", stars=5),)
        )


class Counting:
    """A connection that only counts what it is asked."""

    rowcount = 2000

    def __init__(self) -> None:
        self.asked = 0

    def execute(self, *_: object) -> "Counting":
        self.asked += 1
        return self

    def fetchone(self) -> tuple[int]:
        return (7,)


def test_a_long_list_costs_alarms_two_statements() -> None:
    slips = [
        Slip(place_path=SLIP.place_path, giver="owner", household=f"1-{n}") for n in range(2000)
    ]
    answers = [(slip, Answer(household=slip.household, stars=5)) for slip in slips]
    taking, making = Counting(), Counting()
    connection: Any = taking
    taken = answer_all(connection, SLIP.place_path, answers, month_named("2026-11"), NOW)
    connection = making
    make_slips(connection, [(slip, b"1" * 32) for slip in slips], "shequ", NOW)
    assert (taken, taking.asked, making.asked) == (2000, 2, 2)

"""Lists that people import, PINs that they choose, tables that leave: values in, values out."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import cast
from uuid import UUID

import pytest

from analytics.act import ActId, ActKind, Person
from analytics.supervision.board import LABELS, Field
from dashboards.console import public
from dashboards.console.act import Outcome
from dashboards.console.errors import BadRequest
from dashboards.console.export import table
from dashboards.console.phone import require_pin
from dashboards.console.public import MOST_ROWS, _posts, post_rows, read_posts
from dashboards.console.role import Role
from dashboards.console.routes.bureau import next_step
from dashboards.console.store.bureau import STEPS, Step
from dashboards.console.store.pool import Store
from tests.unit.dashboards.builders import user


@pytest.mark.parametrize(
    "pin",
    [
        "000000",
        "111111",
        "123456",
        "654321",
        "456789",
        "12345",
        "abcdef",
        "1234567",
        "",
        "１２３４５７",
    ],
)
def test_a_pin_that_everybody_tries_first_is_refused(pin: str) -> None:
    with pytest.raises(BadRequest):
        require_pin(pin)


@pytest.mark.parametrize("pin", ["402913", "112358", "909090"])
def test_any_other_six_digits_are_a_pin(pin: str) -> None:
    require_pin(pin)


def test_a_list_of_posts_is_read_row_by_row() -> None:
    text = "\ufefffield,asset,period,amount_yuan,text\nfees,,,,每平米 1.8 元\nlift_spending,L-1,2026-11,350.50,更换门机皮带\n"
    fees, spending = read_posts("garden", text)
    assert (fees.field, fees.text, fees.amount_yuan) == (Field.FEES, "每平米 1.8 元", None)
    assert (spending.asset, spending.period, spending.amount_yuan) == ("L-1", "2026-11", 350.5)


def test_a_list_may_have_chinese_headings_and_names() -> None:
    label = LABELS[Field.FEES].zh
    [fees] = read_posts("garden", f"公示内容,时间,文字\n{label},2026-Q4,每平米 1.8 元\n")
    assert (fees.field, fees.period, fees.text) == (Field.FEES, "2026-Q4", "每平米 1.8 元")


@pytest.mark.parametrize(
    "row",
    [
        "nonsense,,,,x",
        "fees,,,many,x",
        "lift_spending,L-1,2026-11,nan,x",
        "lift_spending,L-1,2026-11,inf,x",
        "lift_spending,L-1,2026-11,-1,x",
    ],
)
def test_a_row_that_cannot_be_read_is_named(row: str) -> None:
    with pytest.raises(BadRequest, match="line 3"):
        read_posts("garden", f"field,asset,period,amount_yuan,text\nfees,,,,x\n{row}\n")


def test_a_row_that_the_board_cannot_show_is_named_before_any_is_posted() -> None:
    rows = read_posts("garden", "field,text\nfees,x\nlift_spending,belt\n")
    by = Person(name="chief", role="project_manager", scope=("city",))
    with pytest.raises(BadRequest, match="line 3"):
        _posts(rows, ActId(UUID(int=1)), by)
    [fees] = _posts(rows[:1], ActId(UUID(int=1)), by)
    assert fees.text == "x"


def test_what_is_no_table_is_said_to_be_none() -> None:
    with pytest.raises(BadRequest, match="no table"):
        read_posts("garden", 'field,text\nfees,"' + "x" * 200_000)


def test_a_list_has_an_end() -> None:
    with pytest.raises(BadRequest, match="rows"):
        read_posts("garden", "field,text\n" + "fees,x\n" * (MOST_ROWS + 1))


def test_no_cell_of_a_table_is_a_formula() -> None:
    text = table(("a", "b"), [("=1+1", "-5"), (None, "ok")]).decode("utf-8-sig")
    assert text.splitlines() == ["a,b", "'=1+1,-5", ",ok"]


def _took(*triggers: str) -> tuple[Step, ...]:
    at = datetime(2026, 11, 22, tzinfo=UTC)
    return tuple(
        Step(alarm_id=1, trigger=trigger, actor="yingji", at=at, reason="") for trigger in triggers
    )


@pytest.mark.parametrize("done", range(len(STEPS)))
def test_the_bureau_is_offered_the_step_after_the_last(done: int) -> None:
    bureau = user(role=Role.BUREAU)
    step = next_step(bureau, _took(*STEPS[:done]))
    assert step is not None
    assert step[0].value == STEPS[done]


def test_nobody_else_is_offered_a_step_of_the_bureau() -> None:
    assert next_step(user(role=Role.BUREAU), _took(*STEPS)) is None
    assert next_step(user(role=Role.OPERATOR), ()) is None
    assert next_step(user(role=Role.SUPERVISOR), ()) is None


def test_a_list_waits_once_where_the_alarm_process_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    def carry(_: object, make: Callable[[], object], wait_s: float) -> Outcome:
        make()
        waits.append(wait_s)
        return Outcome(kind=ActKind.BOARD_POST, result=None)

    monkeypatch.setattr(public, "carry", carry)
    by = Person(name="x", role="project_manager", scope=("city",))
    monkeypatch.setattr(public, "_at", lambda *_: by)
    rows = read_posts("garden", "field,text\n" + "fees,1.2 元\n" * 3)
    found = post_rows(cast("Store", None), user(role=Role.PROJECT_MANAGER), "garden", rows, None)
    assert len(found) == 3, "each is kept"
    assert waits == [2.0, 0.0, 0.0]

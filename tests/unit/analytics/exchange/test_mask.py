"""Nothing that is masked can be dialled, written to, or told by its name."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.exchange.mask import Personal, mask, scrub


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("请拨打 13800001234", "请拨打 138****1234"),
        ("证件 340102199001011234", "证件 340***********1234"),
        ("证件 34010219900101123X。", "证件 340***********123X。"),
        ("0551-6260 1234", "055*******1234"),
        ("3号楼2单元1801室", "3号楼2单元1801室"),
        ("2026-11-22 08:30 停梯", "2026-11-22 08:30 停梯"),
        ("2026-11-22-3456", "202********3456"),
        ("mail a.b@c.cn now", "mail *** now"),
        ("王先生说", "王*先生说"),
        ("", ""),
    ],
)
def test_free_text_loses_numbers_addresses_and_names(said: str, left: str) -> None:
    assert scrub(said) == left


@given(st.text(alphabet="0123456789", min_size=11, max_size=18), st.text(max_size=20))
def test_no_long_number_survives(number: str, around: str) -> None:
    plain = re.sub(r"[\dXx -]", "", around)
    assert number not in scrub(f"{plain} {number} {plain}")


@pytest.mark.parametrize(
    ("value", "kind", "left"),
    [
        ("13800001234", Personal.NUMBER, "138****1234"),
        ("12345", Personal.NUMBER, "*****"),
        ("zhangsan", Personal.NAME, "z*******"),
        ("张三", Personal.NAME, "张*"),
        ("", Personal.NAME, ""),
        ("L-0007", Personal.NONE, "L-0007"),
    ],
)
def test_a_field_is_masked_by_its_kind(value: str, kind: Personal, left: str) -> None:
    assert mask(value, kind) == left

"""Files of cases as offices save them."""

from datetime import UTC, datetime

import pytest

from analytics.errors import BadCases
from analytics.exchange.case_file import read_cases
from analytics.orders.report import Category

HEADING = "案件编号,修订号,类别,内容,地点,设备,联系方式,受理时间\n"
LINE = "12345-1,,电梯故障,1号梯停梯,,L-1,13800001234,2026-11-22 08:30\n"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_is_read_as_offices_save_it(encoding: str) -> None:
    (row,) = read_cases((HEADING + LINE).encode(encoding))
    assert row.line == 2
    assert row.message is not None
    assert row.message.category is Category.LIFT_FAULT
    assert row.message.reported_at == datetime(2026, 11, 22, 0, 30, tzinfo=UTC)
    assert (row.message.number, row.message.revision, row.message.asset) == ("12345-1", 1, "L-1")


def test_english_headings_and_codes_do_as_well() -> None:
    text = "number,category,reported_at,place\nN-1,lift_fault,2026-11-22T08:30:00Z,garden\n"
    (row,) = read_cases(text.encode())
    assert row.message is not None
    assert row.message.place == "garden"


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("N-1,,weather,x,,L-1,,2026-11-22\n", "category"),
        ("N-1,,other,x,,,,2026-11-22\n", "place or an asset"),
        ("N-1,two,other,x,,L-1,,2026-11-22\n", "revision"),
        ("N-1,,other,x,,L-1,,yesterday\n", "reported_at"),
        ("N-1,other\n", "cells"),
        (",,other,x,,L-1,,2026-11-22\n", "number"),
    ],
)
def test_a_wrong_line_says_so_and_the_others_stay(line: str, word: str) -> None:
    wrong, right = read_cases((HEADING + line + LINE).encode())
    assert word in wrong.fault
    assert wrong.message is None
    assert right.message is not None
    assert right.line == 3


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00\xff", b"", b"a,b\n1,2\n", (HEADING + '"open').encode()]
)
def test_a_file_that_is_none_is_refused(content: bytes) -> None:
    with pytest.raises(BadCases):
        read_cases(content)

"""What an agreement may say, when it gives something, and how a page is written."""

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from analytics.errors import BadAgreement
from analytics.exchange.agreement import Agreement, AgreementCode, Grant, Standing
from analytics.exchange.page import Format, Value, write_page

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)
DAY = timedelta(days=1)
GRANT = Grant(
    code=AgreementCode("street"),
    dataset="cases",
    fields=("number", "text", "contact"),
    unmasked=(),
    place_path="city",
    begins_at=NOW,
    ends_at=NOW + DAY,
)
ROW: tuple[Value, ...] = (
    1, "hotline", "N-1", "received", "other", "=x 13800001234", "13800001234", "city.g", "L-1",
    "", NOW, NOW, None,
)  # fmt: skip


def made(grant: Grant = GRANT, **more: str) -> Agreement:
    fields = {"party": "街道办", "purpose": "督办", "legal_basis": "协议"} | more
    return Agreement(grant=grant, **fields)


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": AgreementCode("Ä")},
        {"dataset": "users"},
        {"fields": ()},
        {"fields": ("number", "password_hash")},
        {"fields": ("number", "number")},
        {"unmasked": ("number",)},
        {"fields": ("number",), "unmasked": ("contact",)},
        {"ends_at": NOW},
    ],
)
def test_an_agreement_on_what_is_not_there_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(BadAgreement):
        made(replace(GRANT, **wrong))  # type: ignore[arg-type]  # fields of the grant


@pytest.mark.parametrize("missing", ["party", "purpose", "legal_basis"])
def test_an_agreement_names_who_what_for_and_on_which_basis(missing: str) -> None:
    with pytest.raises(BadAgreement):
        made(GRANT, **{missing: " "})


def test_an_agreement_gives_from_its_first_moment_until_its_last() -> None:
    assert GRANT.standing(NOW - timedelta(microseconds=1)) is Standing.NOT_YET
    assert GRANT.standing(NOW) is Standing.IN_FORCE
    assert GRANT.standing(NOW + DAY) is Standing.EXPIRED
    assert replace(GRANT, ended_at=NOW).standing(NOW) is Standing.ENDED


def test_a_page_has_the_named_fields_alone_masked_but_where_it_says_so() -> None:
    assert write_page(GRANT, [ROW], Format.NDJSON).decode() == (
        '{"number":"N-1","text":"=x 138****1234","contact":"138****1234"}\n'
    )
    clear = replace(GRANT, unmasked=("contact",))
    assert b'"contact":"13800001234"' in write_page(clear, [ROW], Format.NDJSON)


def test_a_csv_page_has_its_heading_and_no_formula() -> None:
    text = write_page(GRANT, [ROW], Format.CSV).decode()
    assert list(csv.reader(io.StringIO(text))) == [
        ["number", "text", "contact"],
        ["N-1", "'=x 138****1234", "138****1234"],
    ]
    assert write_page(GRANT, [], Format.CSV) == b"number,text,contact\r\n"
    assert write_page(GRANT, [], Format.NDJSON) == b""

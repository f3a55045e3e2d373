"""A page of records as bytes: only what the agreement names, personal data masked."""

import csv
import io
from collections.abc import Sequence
from datetime import date, datetime
from enum import StrEnum
from typing import Final

import msgspec

from analytics.exchange.agreement import Grant, require_dataset
from analytics.exchange.dataset import Dataset
from analytics.exchange.mask import mask

Value = str | int | float | bool | datetime | date | None
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class Format(StrEnum):
    """How records are written."""

    NDJSON = "ndjson"
    CSV = "csv"


MEDIA_TYPES: Final = {
    Format.NDJSON: "application/x-ndjson",
    Format.CSV: "text/csv; charset=utf-8",
}


def write_page(grant: Grant, rows: Sequence[tuple[Value, ...]], form: Format) -> bytes:
    """The records as the agreement gives them.

    Args:
        grant: What it gives.
        rows: Records with all fields of the dataset, in its order.
        form: NDJSON (an object a line) or CSV (a heading first, RFC 4180).
    """
    dataset = require_dataset(grant.dataset)
    given = [_given(grant, dataset, row) for row in rows]
    if form is Format.NDJSON:
        lines = [
            msgspec.json.encode(dict(zip(grant.fields, row, strict=True))) + b"\n" for row in given
        ]
        return b"".join(lines)
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(grant.fields)
    writer.writerows([_cell(value) for value in row] for row in given)
    return text.getvalue().encode()


def _given(grant: Grant, dataset: Dataset, row: tuple[Value, ...]) -> list[Value]:
    found = dict(zip(dataset.names, row, strict=True))
    return [_value(grant, dataset, name, found[name]) for name in grant.fields]


def _value(grant: Grant, dataset: Dataset, name: str, value: Value) -> Value:
    field = dataset.field(name)
    if field is None or name in grant.unmasked or not isinstance(value, str):
        return value
    return mask(value, field.personal)


def _cell(value: Value) -> str:
    """A cell that no spreadsheet takes for a formula."""
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case datetime() | date():
            return value.isoformat()
        case str() if value.startswith(_FORMULA):
            return f"'{value}"
        case _:
            return str(value)

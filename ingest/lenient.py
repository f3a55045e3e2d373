"""Make the best of a message that is not as the protocol says.

The strict decoder of `gateway.wire` refuses a message as a whole. Here it is read as far as it
can be: on the data lane bad values are told apart from good ones, on the alarm lane whatever can
be understood becomes an event.
"""

import json
import math
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from gateway.errors import Fault
from gateway.wire import Frame
from ingest.batch import Reason, Refusal, clean

_STREAM: Final = re.compile(rb'"stream"\s*:\s*(\d{1,16})(?![\d.])')
_SEQ: Final = re.compile(rb'"seq"\s*:\s*(\d{1,16})(?![\d.])')
_ORIGIN: Final = re.compile(rb'"origin"\s*:\s*(\d{1,16})(?![\d.])')
_LOW: Final = re.compile(rb'"low"\s*:\s*(\d{1,16})(?![\d.])')
_LIMIT: Final = 2**53
_TIMES: Final = (-(2**54), 2**54)
_SCAN_BYTES: Final = 65_536
_MAX_DIGITS: Final = 400
_MOST_PIECES: Final = 200
_MOST_CUTS: Final = 16
_LONGEST_PIECE: Final = 8_192
"""Characters; the texts of an event have 5,248 together."""

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

REASONS: Final = {
    Fault.OVERSIZE: Reason.OVERSIZE,
    Fault.BAD_UTF8: Reason.BAD_UTF8,
    Fault.BAD_JSON: Reason.BAD_JSON,
    Fault.BAD_SHAPE: Reason.BAD_SHAPE,
    Fault.BAD_TOPIC: Reason.BAD_TOPIC,
}


def loads(payload: bytes, *, may_mend: bool) -> Json:
    """The JSON value at the start of the bytes; NaN and Infinity are taken.

    Args:
        may_mend: Replace bad UTF-8 and ignore what follows the value (alarm lane).

    Raises:
        ValueError: There is none.
    """
    text = payload.decode("utf-8", "replace" if may_mend else "strict").lstrip("\ufeff \t\r\n")
    decoder = json.JSONDecoder(parse_int=_int, strict=not may_mend)
    try:
        value: Json
        value, end = decoder.raw_decode(text)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    if not may_mend and text[end:].strip():
        raise ValueError(f"something follows the message at character {end}")
    return value


def pieces(payload: bytes) -> list[Json]:
    """Objects that stand whole in bytes that are no JSON, and the last one as far as it goes.

    A message that was cut off, or one byte of which was changed, still holds what it says of a fire.
    Work is bounded: so many beginnings are tried, and no object is longer than an event may be.
    """
    text = payload.decode("utf-8", "replace")
    found: list[Json] = []
    position = text.find("{", max(text.find('"events"'), 0))
    for _ in range(_MOST_PIECES):
        if position < 0:
            break
        value, length = _piece(text[position : position + _LONGEST_PIECE])
        if isinstance(value, dict) and "event" in value:
            found.append(value)
        position = text.find("{", position + length)
    return found


def _piece(text: str) -> tuple[Json, int]:
    """The object at the start of a text, its broken end left out, and how long it is; at least 1."""
    decoder = json.JSONDecoder(parse_int=_int, strict=False)
    try:
        value, end = decoder.raw_decode(text)
    except (ValueError, RecursionError):
        following = text.find("{", 1)
        broken = text if following < 0 else text[:following]
    else:
        return value, end
    for _ in range(_MOST_CUTS):
        broken = broken.rpartition(",")[0]
        with suppress(ValueError, RecursionError):
            return decoder.raw_decode(f"{broken}}}")[0], 1
    return None, 1


def identity(payload: bytes) -> tuple[int, int, int] | None:
    """(stream, seq, low) that stand in the first bytes of a message nobody can decode, or None."""
    head = payload[:_SCAN_BYTES]
    stream, seq, low = _STREAM.search(head), _SEQ.search(head), _LOW.search(head)
    if stream is None or seq is None:
        return None
    found = int(stream[1]), int(seq[1]), int(low[1]) if low else 1
    is_sound = found[0] < _LIMIT and 1 <= found[1] < _LIMIT
    return found if is_sound else None


def origin(payload: bytes) -> int:
    """The first stream of the outbox, where a message nobody can decode says it; else 0."""
    found = _ORIGIN.search(payload[:_SCAN_BYTES])
    return int(found[1]) if found is not None and int(found[1]) < _LIMIT else 0


def integer(value: Json, low: int, high: int) -> int | None:
    """The value as a whole number from `low` to before `high`; None when it is none."""
    if isinstance(value, float) and math.isfinite(value):
        value = int(value)
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    return value if is_whole and isinstance(value, int) and low <= value < high else None


def text_of(value: Json, longest: int) -> str:
    """Any value as text of at most `longest` characters; None is empty."""
    if value is None:
        return ""
    try:
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    except RecursionError:
        text = "(nested too deeply)"
    return clean(text)[:longest]


def frame_of(value: Json) -> tuple[Frame | None, list[Refusal]]:
    """What of a frame can be understood, and what was refused of it."""
    if not isinstance(value, dict):
        return None, [Refusal(reason=Reason.WRONG_TYPE, asset="", sent=text_of(value, 80))]
    asset, times, metrics = value.get("asset"), value.get("t"), value.get("m")
    name = text_of(asset, 64)
    is_sound = isinstance(asset, str) and bool(name)
    if not (is_sound and isinstance(times, list) and isinstance(metrics, dict)):
        return None, [Refusal(reason=Reason.WRONG_TYPE, asset=name, sent=text_of(value, 80))]
    refused: list[Refusal] = []
    rows = [n for n, t in enumerate(times) if integer(t, *_TIMES) is not None]
    if len(rows) < len(times):
        bad = next(t for t in times if integer(t, *_TIMES) is None)
        count = (len(times) - len(rows)) * len(metrics)
        refused.append(
            Refusal(reason=Reason.WRONG_TYPE, asset=name, sent=text_of(bad, 80), values=count)
        )
    columns = [_column(name, text_of(key, 64), v, len(times)) for key, v in metrics.items()]
    refused += [one for column in columns for one in column.refused]
    kept = [column for column in columns if column.values is not None]
    emptied = {
        n
        for n in {row for column in columns for row in column.bad_rows}
        if all(column.values is None or column.values[n] is None for column in kept)
    }
    rows = [n for n in rows if n not in emptied]
    return Frame(
        asset=name,
        t=[integer(times[n], *_TIMES) or 0 for n in rows],
        m={column.metric: [column.values[n] for n in rows] for column in kept if column.values},
    ), refused


@dataclass(frozen=True, slots=True, kw_only=True)
class _Column:
    """A metric's values, None where one was refused; no values when none is of use."""

    metric: str
    values: list[float | None] | None
    refused: list[Refusal]
    bad_rows: frozenset[int] = frozenset()


def lengths_differ(asset: str, metric: str, values: int, rows: int) -> Refusal:
    """The refusal of a metric that has not as many values as there are times."""
    return Refusal(
        reason=Reason.LENGTHS_DIFFER,
        asset=asset,
        metric=metric,
        sent=f"{values} values for {rows} times",
        values=values,
    )


def _column(asset: str, metric: str, values: Json, rows: int) -> _Column:
    if not isinstance(values, list):
        sent = text_of(values, 80)
        bad = Refusal(reason=Reason.WRONG_TYPE, asset=asset, metric=metric, sent=sent)
        return _Column(metric=metric, values=None, refused=[bad])
    if len(values) != rows:
        bad = lengths_differ(asset, metric, len(values), rows)
        return _Column(metric=metric, values=None, refused=[bad])
    kept: list[float | None] = []
    refused: list[Refusal] = []
    bad_rows = set()
    for row, value in enumerate(values):
        reason = _fault_of(value)
        kept.append(None if value is None or reason is not None else _float(value))
        if reason is not None:
            bad_rows.add(row)
            sent = text_of(value, 80)
            refused.append(Refusal(reason=reason, asset=asset, metric=metric, sent=sent))
    return _Column(metric=metric, values=kept, refused=refused, bad_rows=frozenset(bad_rows))


def _fault_of(value: Json) -> Reason | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return Reason.WRONG_TYPE
    return None if math.isfinite(_float(value)) else Reason.NOT_A_NUMBER


def _float(value: Json) -> float:
    if not isinstance(value, int | float):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _int(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MAX_DIGITS else math.inf

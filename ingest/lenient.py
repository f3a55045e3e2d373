"""Make the best of a message that is not as the protocol says.

The strict decoder of `gateway.wire` refuses a message as a whole. Here it is read as far as it
can be: on the data lane bad values are told apart from good ones, on the alarm lane whatever can
be understood becomes an event.
"""

import json
import math
import re
from typing import Final

from gateway.errors import Fault
from gateway.wire import Frame
from ingest.batch import Reason, Refusal, clean

_STREAM: Final = re.compile(rb'"stream"\s*:\s*(\d{1,16})(?![\d.])')
_SEQ: Final = re.compile(rb'"seq"\s*:\s*(\d{1,16})(?![\d.])')
_LOW: Final = re.compile(rb'"low"\s*:\s*(\d{1,16})(?![\d.])')
_LIMIT: Final = 2**53
_SCAN_BYTES: Final = 65_536
_MAX_DIGITS: Final = 400

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


def identity(payload: bytes) -> tuple[int, int, int] | None:
    """(stream, seq, low) that stand in the first bytes of a message nobody can decode, or None."""
    head = payload[:_SCAN_BYTES]
    stream, seq, low = _STREAM.search(head), _SEQ.search(head), _LOW.search(head)
    if stream is None or seq is None:
        return None
    found = int(stream[1]), int(seq[1]), int(low[1]) if low else 1
    is_sound = found[0] < _LIMIT and 1 <= found[1] < _LIMIT
    return found if is_sound else None


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
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
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
    rows = [n for n, t in enumerate(times) if integer(t, -_LIMIT * 2, _LIMIT * 2) is not None]
    if len(rows) < len(times):
        bad = next(t for n, t in enumerate(times) if n not in set(rows))
        count = (len(times) - len(rows)) * len(metrics)
        refused.append(
            Refusal(reason=Reason.WRONG_TYPE, asset=name, sent=text_of(bad, 80), values=count)
        )
    kept: dict[str, list[float | None]] = {}
    for metric, values in metrics.items():
        column, bad_values = _column(name, text_of(metric, 64), values, len(times))
        refused += bad_values
        if column is not None:
            kept[metric] = [column[n] for n in rows]
    good = [integer(times[n], -_LIMIT * 2, _LIMIT * 2) or 0 for n in rows]
    return Frame(asset=name, t=good, m=kept), refused


def _column(
    asset: str, metric: str, values: Json, rows: int
) -> tuple[list[float | None] | None, list[Refusal]]:
    if not isinstance(values, list):
        bad = Refusal(
            reason=Reason.WRONG_TYPE, asset=asset, metric=metric, sent=text_of(values, 80)
        )
        return None, [bad]
    if len(values) != rows:
        sent = f"{len(values)} values for {rows} times"
        reason = Reason.LENGTHS_DIFFER
        many = len(values)
        return None, [Refusal(reason=reason, asset=asset, metric=metric, sent=sent, values=many)]
    column: list[float | None] = []
    refused = []
    for value in values:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if value is None or (is_number and math.isfinite(_float(value))):
            column.append(None if value is None else _float(value))
            continue
        reason = Reason.NOT_A_NUMBER if is_number else Reason.WRONG_TYPE
        refused.append(Refusal(reason=reason, asset=asset, metric=metric, sent=text_of(value, 80)))
        column.append(None)
    return column, refused


def _float(value: Json) -> float:
    if not isinstance(value, int | float):
        return math.nan
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _int(digits: str) -> int | float:
    return int(digits) if len(digits) <= _MAX_DIGITS else math.inf

"""A table of numbers as text: its separator, its columns, its times, and its bad rows by line."""

import csv
import re
from codecs import getincrementaldecoder
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, TextIO

from towerwatch.errors import TowerwatchError, WrongSettings

_SEPARATORS: Final = (",", ";", "\t", "|")
_MISSING: Final = frozenset({"", "nan", "na", "n/a", "null", "none", "-"})
_ANSWERS: Final = frozenset(
    {"anomaly", "changepoint", "label", "is_anomaly", "anomaly_label", "fault", "faultnumber"}
)
_EPOCHS: Final = ((1e17, 1e9), (1e14, 1e6), (1e11, 1e3), (0.0, 1.0))
"""From so large a number on, an epoch counts so many parts of a second: in seconds, 1e11 would be
the year 5138."""
_TIME_WORDS: Final = "ISO 8601, or an epoch in s, ms, us or ns"
_ENCODINGS: Final = ("utf-8-sig", "gb18030")
_LOOKED_AT_BYTES: Final = 1 << 20
"""Of a file's beginning; where none of it is Chinese, both encodings read it alike."""
_UTF_16: Final = (b"\xff\xfe", b"\xfe\xff")
"""How a spreadsheet's "Unicode text" begins."""
_DAY_FIRST: Final = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})(?=$|[ T])")
_EITHER_FIRST: Final = re.compile(r"\d{1,2}[/-]\d{1,2}[/-]\d{4}\b.*")
_SHORT_TIME: Final = re.compile(
    r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]+(\d{1,2}):(\d{1,2})(?::(\d{1,2})(\.\d+)?)?)?"
)
"""A time as spreadsheets write it: no noughts before its numbers."""


class BadTable(TowerwatchError):
    """A table that cannot be read as numbers over time."""

    def __init__(self, path: Path, line: int, reason: str) -> None:
        self.line = line
        super().__init__(f"{path}, line {line}: {reason}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a file is to be read.

    Attributes:
        header: Names of all columns; their numbers from 1 where the file has no line of names.
        has_names: Whether its first line names the columns.
        time: Place of the time column.
        values: Places of the columns that are scored.
        left_out: Names of the columns that are not, other than the time.
        encoding: UTF-8, or GB 18030 as spreadsheets in China write it.
    """

    path: Path
    encoding: str
    separator: str
    header: tuple[str, ...]
    has_names: bool
    time: int
    values: tuple[int, ...]
    left_out: tuple[str, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns that are scored."""
        return tuple(self.header[place] for place in self.values)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row.

    Attributes:
        text: The time as the file writes it.
        at: The same [s since 1970 UTC].
        values: NaN where the file has none.
        bad: Cells that are no number and were taken as unknown.
        read: Share of the file that has been read, 0 to 1.
    """

    text: str
    at: float
    values: tuple[float, ...]
    bad: int
    read: float


def layout(path: Path, time: str, wanted: Sequence[str]) -> Layout:
    """Find separator and columns by the header and the first row.

    A table without a line of names is read when the time is asked for by its place, from 1.

    Raises:
        BadTable: when the file is empty or unreadable.
        WrongSettings: when a column is not there.
    """
    encoding = _encoding(path)
    with _opened(path, encoding) as file:
        beginning = _lines(path, file)
        first, second = next(beginning, ""), next(beginning, "")
    if not first.strip():
        raise BadTable(path, 1, "the file is empty; its first line must name the columns")
    separator = max(_SEPARATORS, key=lambda one: len(_split(first, one)))
    header = tuple(name.strip() for name in _split(first, separator))
    has_names = not (time.isdecimal() and time not in header and _is_row(header, separator))
    if not has_names:
        header = tuple(str(number) for number in range(1, len(header) + 1))
    sample = _split(second if has_names else first, separator)
    place = _place(path, header, time)
    if wanted:
        values = tuple(_place(path, header, name) for name in dict.fromkeys(wanted))
    else:
        values = tuple(
            number
            for number, name in enumerate(header)
            if number != place
            and _is_scored(name, sample[number] if number < len(sample) else "", separator)
        )
    if not values:
        raise BadTable(path, 2, "no column of numbers beside the time; name them with --value")
    left = [name for number, name in enumerate(header) if number not in {place, *values}]
    return Layout(
        path=path,
        encoding=encoding,
        separator=separator,
        header=header,
        has_names=has_names,
        time=place,
        values=values,
        left_out=tuple(left),
    )


def rows(table: Layout, *, skip_bad: bool) -> Iterator[Row]:
    """The rows in the order of the file, one at a time.

    Args:
        skip_bad: Take cells that are no number as unknown, and count them; a row without a
            readable time or of another length still ends the reading.

    Raises:
        BadTable: at the first row that cannot be read, with its line.
    """
    size = max(table.path.stat().st_size, 1)
    with _opened(table.path, table.encoding) as file:
        reader = csv.reader(_lines(table.path, file), delimiter=table.separator)
        if table.has_names:
            next(reader)
        done = 0
        for cells in reader:
            done += sum(map(len, cells)) + len(cells)
            if not any(cell.strip() for cell in cells):
                continue
            yield _row(table, cells, reader.line_num, done / size, skip_bad=skip_bad)


def parse_time(text: str) -> float | None:
    """A time [s since 1970 UTC]: ISO 8601, as spreadsheets write it, or an epoch in s to ns.

    Without a zone it is taken as UTC. None when it is neither.
    """
    text = _DAY_FIRST.sub(r"\3-\2-\1", text.strip())
    try:
        number = float(text)
    except ValueError:
        pass
    else:
        if not abs(number) < 1e20:
            return None
        return number / next(parts for least, parts in _EPOCHS if abs(number) >= least)
    try:
        at = datetime.fromisoformat(text.replace("/", "-"))
    except ValueError:
        return _parse_short_time(text)
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).timestamp()


def _parse_short_time(text: str) -> float | None:
    found = _SHORT_TIME.fullmatch(text)
    if found is None:
        return None
    *whole, part = found.groups()
    year, month, day, hour, minute, second = (int(one or 0) for one in whole)
    try:
        at = datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except ValueError:
        return None
    return at.timestamp() + float(part or 0)


def _row(table: Layout, cells: list[str], line: int, read: float, *, skip_bad: bool) -> Row:
    expected = len(table.header)
    if len(cells) != expected and not any(cells[expected:]):
        cells = cells[:expected]
    if len(cells) != expected:
        raise BadTable(table.path, line, f"{len(cells)} cells, but {expected} columns are named")
    text = cells[table.time].strip()
    at = parse_time(text)
    if at is None:
        raise BadTable(table.path, line, f"{text!r} is no time ({_why_no_time(text)})")
    values, bad = [], 0
    for place in table.values:
        value = _number(cells[place], table.separator)
        if value is None and not skip_bad:
            name = table.header[place]
            raise BadTable(
                table.path,
                line,
                f"column {name}: {cells[place]!r} is no number (--skip-bad takes it as unknown)",
            )
        bad += value is None
        values.append(float("nan") if value is None else value)
    return Row(text=text, at=at, values=tuple(values), bad=bad, read=min(read, 1.0))


def _why_no_time(text: str) -> str:
    if _EITHER_FIRST.fullmatch(text):
        return "day or month first? Write the year first: 2026-01-31 08:00"
    return _TIME_WORDS


def _is_row(cells: Sequence[str], separator: str) -> bool:
    """Whether a first line holds values rather than names."""
    return any(_number(cell, separator) is not None and cell for cell in cells)


def _number(text: str, separator: str) -> float | None:
    """The number of a cell, with a decimal comma where commas separate no cells."""
    text = text.strip()
    if text.lower() in _MISSING:
        return float("nan")
    if separator != "," and text.count(",") == 1:
        text = text.replace(",", ".")
    try:
        return float(text)
    except ValueError:
        return None


def _is_scored(name: str, sample: str, separator: str) -> bool:
    """Whether a column is taken unasked: it has a name, holds numbers, and is not the answer."""
    return bool(name) and name.lower() not in _ANSWERS and _number(sample, separator) is not None


def _place(path: Path, header: tuple[str, ...], name: str) -> int:
    if name not in header:
        listed = ", ".join(header)
        hint = ""
        if all(_is_row([cell], ";") or parse_time(cell) is not None for cell in header):
            hint = " - no names; choose columns by their place, --time 1 for the first"
        raise WrongSettings(f"{path} has no column {name!r}; it has: {listed}{hint}")
    return header.index(name)


def _split(line: str, separator: str) -> list[str]:
    return next(csv.reader([line.rstrip("\r\n")], delimiter=separator), [])


def _encoding(path: Path) -> str:
    """The first encoding that reads the beginning of a file; UTF-8 where none does."""
    try:
        with path.open("rb") as file:
            if file.read(2) in _UTF_16:
                return "utf-16"
    except OSError as error:
        raise WrongSettings(f"{path}: {error.strerror}") from error
    for encoding in _ENCODINGS:
        decoder = getincrementaldecoder(encoding)()
        try:
            with path.open("rb") as file:
                decoder.decode(file.read(_LOOKED_AT_BYTES))
        except UnicodeDecodeError:
            continue
        except OSError as error:
            raise WrongSettings(f"{path}: {error.strerror}") from error
        return encoding
    return _ENCODINGS[0]


def _opened(path: Path, encoding: str) -> TextIO:
    try:
        return path.open(encoding=encoding, newline="")
    except OSError as error:
        raise WrongSettings(f"{path}: {error.strerror}") from error


def _lines(path: Path, file: Iterator[str]) -> Iterator[str]:
    """Lines with whatever the csv module or the encoding refuses told as a bad line."""
    number = 0
    try:
        for line in file:
            number += 1
            if "\0" in line:
                raise BadTable(path, number, "a zero byte; this is no text")
            yield line
    except UnicodeDecodeError as error:
        raise BadTable(path, number + 1, f"no UTF-8, UTF-16 or GB 18030: {error.reason}") from error

"""Cases from a file: CSV with headings in Chinese or English, read whole before anything happens."""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from analytics.clocks.working_time import CHINA
from analytics.errors import BadCases
from analytics.exchange.case import CaseMessage
from analytics.orders.report import LABELS, Category

MOST_ROWS: Final = 50_000
_HEADINGS: Final[Mapping[str, str]] = {
    "案件编号": "number",
    "修订号": "revision",
    "类别": "category",
    "内容": "text",
    "地点": "place",
    "设备": "asset",
    "联系方式": "contact",
    "受理时间": "reported_at",
}
_FIELDS: Final = frozenset(_HEADINGS.values())
_NEEDED: Final = ("number", "category", "reported_at")
_CATEGORIES: Final[Mapping[str, Category]] = {
    **{str(category): category for category in Category},
    **{label.zh: category for category, label in LABELS.items()},
    **{label.en: category for category, label in LABELS.items()},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRow:
    """One line of a file: a case, or why it is none.

    Attributes:
        line: Number of the line in the file, the heading being 1.
    """

    line: int
    message: CaseMessage | None = None
    fault: str = ""


def read_cases(content: bytes) -> list[FileRow]:
    """The cases of a file; a line that is wrong says so, and the others stay.

    Args:
        content: CSV in UTF-8, with or without a mark, or in GB 18030, as offices save it.

    Raises:
        BadCases: It is no text, has no such headings, or too many lines.
    """
    reader = csv.reader(io.StringIO(_text(content)), strict=True)
    try:
        names = _names(next(reader, []))
        found = list(_rows(reader, names))
    except csv.Error as error:
        raise BadCases(f"line {reader.line_num}: {error}") from error
    return found


def _text(content: bytes) -> str:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadCases("the file is neither UTF-8 nor GB 18030")


def _names(headings: list[str]) -> list[str]:
    names = [_HEADINGS.get(one.strip(), one.strip()) for one in headings]
    strange = [name for name in names if name not in _FIELDS]
    missing = [name for name in _NEEDED if name not in names]
    if strange or missing or len(set(names)) != len(names):
        wanted = ", ".join(f"{zh} ({en})" for zh, en in _HEADINGS.items())
        raise BadCases(f"line 1: the headings are {wanted}, each once")
    return names


def _rows(reader: Iterator[list[str]], names: list[str]) -> Iterator[FileRow]:
    for line, cells in enumerate(reader, 2):
        if not any(cell.strip() for cell in cells):
            continue
        if line > MOST_ROWS + 1:
            raise BadCases(f"a file has at most {MOST_ROWS} cases")
        if len(cells) != len(names):
            yield FileRow(line=line, fault=f"{len(cells)} cells under {len(names)} headings")
            continue
        said = {name: cell.strip() for name, cell in zip(names, cells, strict=True)}
        try:
            yield FileRow(line=line, message=_message(said))
        except ValueError as error:
            yield FileRow(line=line, fault=str(error))


def _message(said: Mapping[str, str]) -> CaseMessage:
    category = _CATEGORIES.get(said["category"])
    if category is None:
        raise ValueError(f"category: one of {', '.join(_CATEGORIES)}")
    revision = said.get("revision") or "1"
    if not revision.isascii() or not revision.isdigit():
        raise ValueError("revision: a whole number from 1")
    return CaseMessage(
        number=said["number"],
        revision=int(revision),
        category=category,
        text=said.get("text", ""),
        place=said.get("place", ""),
        asset=said.get("asset", ""),
        contact=said.get("contact", ""),
        reported_at=_time(said["reported_at"]),
    )


def _time(text: str) -> datetime:
    """A time; one without a zone is China's."""
    try:
        found = datetime.fromisoformat(text.replace("/", "-"))
    except ValueError:
        raise ValueError("reported_at: such as 2026-11-22 08:30") from None
    return found if found.tzinfo is not None else found.replace(tzinfo=CHINA)

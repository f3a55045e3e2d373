"""A report as values: tables of cells in both languages, before anybody draws them."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from gateway.catalogue import Text

ZH: Final = "zh"
EN: Final = "en"
Cell = Text | str | int | float | None
"""What stands in a table: words in both languages, a name, a count, a number, nothing."""


class Paper(StrEnum):
    """What a report is printed on."""

    A4 = "a4"
    A3 = "a3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table.

    Attributes:
        decimals: Digits after the point of its numbers.
    """

    name: Text
    decimals: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table with what there is to say about it.

    Attributes:
        key: Name of its file among the CSV files.
        marked: Numbers of rows that stand out, from 0.
    """

    key: str
    title: Text
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: Text | None = None
    marked: frozenset[int] = frozenset()

    def __post_init__(self) -> None:
        if any(len(row) != len(self.columns) for row in self.rows):
            raise ValueError(f"a row of {self.key} has not {len(self.columns)} cells")


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A report of one period and place.

    Attributes:
        name: What its files are called.
        digest: SHA-256 over the facts, in hex; the same facts give the same report.
    """

    name: str
    title: Text
    subtitle: Text
    summary: tuple[Text, ...]
    tables: tuple[Table, ...]
    notes: tuple[Text, ...]
    digest: str
    paper: Paper = Paper.A4


def words(text: Text, language: str) -> str:
    """A text in one language."""
    return text.en if language == EN else text.zh


def show(cell: Cell, column: Column, language: str) -> str:
    """A cell as people read it; a dash where there is nothing."""
    match cell:
        case None:
            return "—"
        case Text():
            return words(cell, language)
        case float():
            return f"{cell:.{column.decimals}f}"
    return str(cell)

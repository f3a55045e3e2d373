"""Draws a report: a page, printable sheets, and tables for spreadsheets."""

import csv
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from importlib.resources import as_file, files
from io import StringIO
from typing import Final

import typst
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from dashboards.bulletin.document import ZH, Document, Table, show, words
from dashboards.bulletin.errors import NoChineseFont
from gateway.catalogue import Text

FONTS: Final = ("Noto Sans CJK SC", "Source Han Sans SC", "WenQuanYi Zen Hei")
"""Families with Chinese letters, the first that is installed is used."""
_EPOCH: Final = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp())
"""The date inside every PDF, so that the same report is the same file."""
_SPREADSHEET: Final = "utf-8-sig"
"""UTF-8 with the mark by which spreadsheets know it."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")


class Format(StrEnum):
    """What a report can be drawn as."""

    HTML = "html"
    PDF = "pdf"
    CSV = "csv"


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """One file of a report."""

    name: str
    content: bytes


def draw(document: Document, form: Format, language: str = ZH) -> list[Drawn]:
    """The files of a report in one form and language, the same bytes for the same report.

    Raises:
        NoChineseFont: A PDF is asked for and no font with Chinese letters is installed.
    """
    stem = f"{document.name}-{language}"
    match form:
        case Format.HTML:
            return [Drawn(name=f"{stem}.html", content=_html(document, language).encode())]
        case Format.PDF:
            return [Drawn(name=f"{stem}.pdf", content=_pdf(document, language))]
        case Format.CSV:
            return [
                Drawn(name=f"{stem}-{table.key}.csv", content=_csv(table, language))
                for table in document.tables
            ]


def plain(document: Document, language: str) -> dict[str, object]:
    """A report as the templates read it: nothing but text in one language."""
    return {
        "language": language,
        "title": words(document.title, language),
        "subtitle": words(document.subtitle, language),
        "summary": [words(text, language) for text in document.summary],
        "tables": [_plain_table(table, language) for table in document.tables],
        "notes": [words(text, language) for text in document.notes],
        "digest": document.digest,
    }


def _plain_table(table: Table, language: str) -> dict[str, object]:
    return {
        "key": table.key,
        "title": words(table.title, language),
        "note": words(table.note or Text(zh="", en=""), language),
        "columns": [words(column.name, language) for column in table.columns],
        "numeric": [
            all(row[place] is None or isinstance(row[place], int | float) for row in table.rows)
            for place in range(len(table.columns))
        ],
        "rows": [
            [show(cell, column, language) for cell, column in zip(row, table.columns, strict=True)]
            for row in table.rows
        ],
        "marked": sorted(table.marked),
    }


def _html(document: Document, language: str) -> str:
    environment = Environment(
        loader=PackageLoader("dashboards.bulletin"),
        autoescape=select_autoescape(),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html").render(plain(document, language)) + "\n"


def _pdf(document: Document, language: str) -> bytes:
    family = chinese_font()
    facts: Mapping[str, str] = {
        "report": json.dumps(plain(document, language), ensure_ascii=False),
        "family": family,
        "paper": document.paper,
    }
    with as_file(files("dashboards.bulletin") / "templates" / "report.typ") as template:
        drawn = typst.compile(str(template), sys_inputs=dict(facts), format="pdf", timestamp=_EPOCH)
    if not isinstance(drawn, bytes):
        raise TypeError("one file was asked for")
    return drawn


def chinese_font() -> str:
    """The family that PDFs are set in.

    Raises:
        NoChineseFont: None is installed.
    """
    installed = set(typst.Fonts(include_system_fonts=True).families())
    for family in FONTS:
        if family in installed:
            return family
    raise NoChineseFont(
        "No font with Chinese letters is installed; install the package fonts-noto-cjk, or ask"
        " for HTML or CSV."
    )


def _csv(table: Table, language: str) -> bytes:
    text = StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([words(column.name, language) for column in table.columns])
    for row in table.rows:
        writer.writerow(
            [
                harmless("" if cell is None else show(cell, column, language))
                for cell, column in zip(row, table.columns, strict=True)
            ]
        )
    return text.getvalue().encode(_SPREADSHEET)


def harmless(cell: str) -> str:
    """A text that no spreadsheet takes for a formula; negative numbers stay numbers."""
    if not cell.startswith(_FORMULA):
        return cell
    try:
        float(cell)
    except ValueError:
        return "'" + cell
    return cell

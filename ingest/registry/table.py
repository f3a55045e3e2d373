"""From the bytes of CSV or YAML to rows of text, each with its line; nothing is judged yet."""

import codecs
import csv
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final, Protocol

import yaml

from ingest.registry.chinese import COLUMN_OF
from ingest.registry.problem import Problem, Rule, problem

COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "places": (
        "code",
        "level",
        "parent",
        "name_zh",
        "name_en",
        "address",
        "latitude",
        "longitude",
        "access_note",
    ),
    "organisations": ("code", "kind", "name_zh", "name_en", "phone", "place"),
    "managements": ("compound", "kind", "organisation", "from", "until"),
    "responsible_persons": ("place", "role", "name", "phone", "from", "until"),
    "gateways": ("gateway", "place", "note", "operator"),
    "assets": (
        "code",
        "class",
        "place",
        "name_zh",
        "name_en",
        "gateway",
        "gateway_code",
        "maintainer",
        "contract_until",
        "zone",
        "attributes",
        "commissioned_at",
    ),
}
"""The tables of a registry and their columns, in the order in which they are written."""

NEEDED: Final[dict[str, tuple[str, ...]]] = {
    "places": ("code", "level", "parent", "name_zh"),
    "organisations": ("code", "kind", "name_zh"),
    "managements": ("compound", "kind"),
    "responsible_persons": ("place", "role", "name", "phone"),
    "gateways": ("gateway", "place"),
    "assets": ("code", "class", "place", "name_zh"),
}
"""Columns that a table cannot do without; the others may be left away."""

MAX_LINE_PROBLEM: Final = 200
"""Longest part of a library's message that is shown [characters]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of a table as text, trimmed; an empty cell is an absent key."""

    file: str
    line: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The rows of one table and what was wrong with its form."""

    name: str
    rows: tuple[Row, ...] = ()
    problems: tuple[Problem, ...] = ()


class _Records(Protocol):
    """What csv.reader gives: records, and the line on which the last one ended."""

    @property
    def line_num(self) -> int: ...

    def __iter__(self) -> Iterator[list[str]]: ...


def decode_text(content: bytes) -> str | None:
    """The text of a file in UTF-8 (with or without a mark) or GB18030; None when it is neither.

    Spreadsheet programs in Chinese write GB18030 unless they are told otherwise.
    """
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return None
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if "\0" in text else text
    return None


def parse_csv(name: str, file: str, content: bytes) -> Table:
    """The rows of one CSV file; `name` is the table it holds."""
    text = decode_text(content)
    if text is None:
        return Table(name=name, problems=(problem(file, 0, Rule.ENCODING),))
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows: list[Row] = []
    problems: list[Problem] = []
    try:
        numbered = _numbered(reader)
        header_line, words = next(numbered, (1, []))
        header = [COLUMN_OF.get(word, word) for word in words]
        problems += _header_problems(name, file, header_line, header)
        for line, cells in numbered:
            problems += _width_problems(file, line, header, cells)
            rows.append(Row(file=file, line=line, cells=_filled(header, cells)))
    except csv.Error as error:
        problems.append(problem(file, reader.line_num, Rule.SYNTAX, value=error))
    return Table(name=name, rows=tuple(rows), problems=tuple(problems))


def _numbered(reader: "_Records") -> Iterator[tuple[int, list[str]]]:
    """Each record that is not empty, with the line on which it begins."""
    begin = 1
    for record in reader:
        cells = [cell.strip() for cell in record]
        if any(cells):
            yield begin, cells
        begin = reader.line_num + 1


def _filled(header: list[str], cells: list[str]) -> dict[str, str]:
    return {column: cell for column, cell in zip(header, cells, strict=False) if cell}


def _width_problems(file: str, line: int, header: list[str], cells: list[str]) -> list[Problem]:
    surplus = any(cells[len(header) :])
    if not surplus:
        return []
    return [
        problem(file, line, Rule.TOO_MANY_CELLS, value=len(cells), allowed=len(header)),
    ]


def _header_problems(name: str, file: str, line: int, header: list[str]) -> list[Problem]:
    known = COLUMNS[name]
    found = [
        problem(file, line, Rule.UNKNOWN_COLUMN, value=column, allowed=", ".join(known))
        for column in header
        if column and column not in known
    ]
    found += [
        problem(file, line, Rule.DUPLICATE, column="column", value=column, allowed=line)
        for column in sorted({column for column in header if header.count(column) > 1 and column})
    ]
    return found + [
        problem(file, line, Rule.MISSING_COLUMN, column=column)
        for column in NEEDED[name]
        if column not in header
    ]


def parse_yaml(file: str, content: bytes) -> list[Table]:
    """The tables of one YAML file: a mapping from table name to a list of mappings."""
    text = decode_text(content)
    if text is None:
        return [_broken(problem(file, 0, Rule.ENCODING))]
    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark is not None else 0
        value = str(getattr(error, "problem", error))[:MAX_LINE_PROBLEM]
        return [_broken(problem(file, line, Rule.SYNTAX, value=value))]
    if not isinstance(root, yaml.MappingNode):
        return [_broken(problem(file, 1, Rule.SYNTAX, value="not a mapping of tables"))]
    return [_yaml_table(file, key, value) for key, value in root.value]


def _broken(found: Problem) -> Table:
    return Table(name="places", problems=(found,))


def _yaml_table(file: str, key: yaml.Node, value: yaml.Node) -> Table:
    name = str(key.value)
    if name not in COLUMNS:
        allowed = ", ".join(COLUMNS)
        return _broken(problem(file, _line(key), Rule.UNKNOWN_FILE, value=name, allowed=allowed))
    if not isinstance(value, yaml.SequenceNode):
        is_empty = isinstance(value, yaml.ScalarNode) and value.value in ("", "null", "~")
        reason = problem(file, _line(key), Rule.SYNTAX, value=f"{name} is not a list")
        return Table(name=name, problems=() if is_empty else (reason,))
    rows: list[Row] = []
    problems: list[Problem] = []
    for node in value.value:
        if not isinstance(node, yaml.MappingNode):
            problems.append(problem(file, _line(node), Rule.SYNTAX, value="not a mapping"))
            continue
        problems += _key_problems(name, file, node)
        rows.append(Row(file=file, line=_line(node), cells=_yaml_cells(node)))
    return Table(name=name, rows=tuple(rows), problems=tuple(problems))


def _key_problems(name: str, file: str, node: yaml.MappingNode) -> list[Problem]:
    known = COLUMNS[name]
    return [
        problem(file, _line(key), Rule.UNKNOWN_COLUMN, value=key.value, allowed=", ".join(known))
        for key, _ in node.value
        if _column(key) not in known
    ]


def _yaml_cells(node: yaml.MappingNode) -> dict[str, str]:
    cells = {_column(key): _yaml_text(value) for key, value in node.value}
    return {column: cell for column, cell in cells.items() if cell}


def _yaml_text(node: yaml.Node) -> str:
    """The text as it stands in the file; a mapping (attributes) as JSON."""
    if isinstance(node, yaml.ScalarNode):
        is_null = node.tag == "tag:yaml.org,2002:null"
        return "" if is_null else str(node.value).strip()
    loader = yaml.SafeLoader("")
    try:
        return json.dumps(loader.construct_document(node), ensure_ascii=False, default=str)
    finally:
        loader.dispose()


def _column(key: yaml.Node) -> str:
    return COLUMN_OF.get(str(key.value), str(key.value))


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1

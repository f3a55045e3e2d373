"""The tree keeps the rules that people would otherwise have to remember."""

import ast
import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from tests import order

ROOT = Path(__file__).parents[2]
PRODUCT = ("gateway", "ingest", "analytics", "dashboards", "simulators", "towerwatch")
LONGEST_FILE = 500
LONGEST_FUNCTION = 50
COMPOSED = {
    "analytics/sql/drill.sql",
    "analytics/sql/exchange.sql",
    "analytics/sql/reminder.sql",
    "gateway/sql/outbox.sql",
    "ingest/sql/registry.sql",
}
"""Files whose queries are asked by a name that is put together, such as `create_places`."""
EDGE = "edge"
"""A catch-all says in its comment at which edge it stands: of a loop, a request, a process."""


def _sources(*folders: str) -> Iterator[Path]:
    for folder in folders:
        for path in sorted((ROOT / folder).rglob("*.py")):
            if "node_modules" not in path.parts:
                yield path


@cache
def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def _name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_no_file_is_longer_than_a_person_reads_in_one_sitting() -> None:
    long = {
        _name(path): count
        for path in _sources(*PRODUCT, "tests")
        if (count := len(path.read_text().splitlines())) > LONGEST_FILE
    }
    assert not long


def test_no_function_is_longer_than_a_screen() -> None:
    long = {
        f"{_name(path)}:{node.lineno} {node.name}": length
        for path in _sources(*PRODUCT)
        for node in ast.walk(_parsed(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (length := _length(node)) > LONGEST_FUNCTION
    }
    assert not long


def _length(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    body = node.body[1:] if ast.get_docstring(node) is not None else node.body
    return (body[-1].end_lineno or 0) - body[0].lineno + 1 if body else 0


def test_a_catch_all_stands_at_an_edge_and_says_so() -> None:
    silent = [
        f"{_name(path)}:{handler.lineno}"
        for path, text in ((path, path.read_text()) for path in _sources(*PRODUCT))
        for handler in ast.walk(_parsed(path))
        if isinstance(handler, ast.ExceptHandler)
        and _catches_all(handler)
        and not _raises_again(handler)
        and EDGE not in text.splitlines()[handler.lineno - 1]
    ]
    assert not silent


def _catches_all(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or (
        isinstance(handler.type, ast.Name) and handler.type.id in ("Exception", "BaseException")
    )


def _raises_again(handler: ast.ExceptHandler) -> bool:
    return isinstance(handler.body[-1], ast.Raise)


@pytest.mark.parametrize("package", PRODUCT)
def test_every_package_is_ours_and_not_a_namesake_from_elsewhere(package: str) -> None:
    imported = __import__(package)
    assert Path(imported.__file__ or "").parent == ROOT / package


def test_python_strings_hold_no_sql() -> None:
    statement = re.compile(
        r"\b(SELECT\s.+\sFROM|INSERT INTO|DELETE FROM|UPDATE\s+\w+\s+SET|CREATE TABLE)\b", re.DOTALL
    )
    found = [
        f"{_name(path)}:{node.lineno}"
        for path in _sources(*PRODUCT)
        for node in ast.walk(_parsed(path))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and statement.search(node.value)
    ]
    assert not found


def test_every_named_query_is_asked() -> None:
    code = "\n".join(path.read_text() for path in _sources(*PRODUCT))
    words = set(re.findall(r"\w+", code))
    unasked = [
        f"{_name(path)}: {name}"
        for folder in PRODUCT
        for path in sorted((ROOT / folder).glob("**/sql/*.sql"))
        if _name(path) not in COMPOSED
        for name in re.findall(r"^-- name: (\w+)", path.read_text(), re.MULTILINE)
        if name not in words
    ]
    assert not unasked


def test_every_module_that_begins_first_exists() -> None:
    assert not [name for name in order.SECONDS if not (order.FOLDER / name).is_file()]


def test_only_the_project_is_tracked() -> None:
    listed = subprocess.run(
        ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    minified = [name for name in listed if name.endswith((".min.js", ".min.css"))]
    vendored = [name for name in listed if "node_modules/" in name or "/vendor/" in name]
    assert not minified + vendored


def test_the_top_of_the_tree_holds_what_the_readme_names() -> None:
    readme = (ROOT / "README.md").read_text()
    folders = {
        path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")
    } - {"build", "requirements", "node_modules", "__pycache__"}
    missing = sorted(name for name in folders if f"`{name}/`" not in readme)
    assert not missing

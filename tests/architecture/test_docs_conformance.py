"""The table of clauses names every conformance test, and no other; each test names its clause."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "conformance.md").read_text("utf-8")
CLAUSE = re.compile(r"\[MQTT-\d[\d.]*-\d+\]|\b\d(?:\.\d+){1,4}\b")


def conformance_tests() -> dict[str, str]:
    """Docstring by name of every conformance test."""
    found = {}
    for path in sorted((ROOT / "tests" / "conformance").glob("test_*.py")):
        for node in ast.parse(path.read_text("utf-8")).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found[node.name] = ast.get_docstring(node) or ""
    return found


def test_the_page_names_every_test_and_no_other() -> None:
    assert set(re.findall(r"`(test_\w+)`", PAGE)) == conformance_tests().keys()


def test_every_test_names_its_clause_and_the_page_has_it() -> None:
    numbered = re.compile(r"\[MQTT-[\d.]+-\d+\]")
    for name, text in conformance_tests().items():
        assert CLAUSE.search(text), name
        assert set(numbered.findall(text)) <= set(numbered.findall(PAGE)), name

"""The security page names the tests that show each control: they are there."""

import re
from pathlib import Path

TESTS = Path(__file__).parents[1]
PAGE = (TESTS.parent / "docs" / "security.md").read_text("utf-8")
NAMED = set(re.findall(r"`([^`\s]+)`", PAGE))


def test_every_file_of_tests_that_the_page_names_is_there() -> None:
    named = {name for name in NAMED if re.fullmatch(r"[\w/]*test_\w+\.py", name)}
    known = {str(path.relative_to(TESTS)) for path in TESTS.rglob("test_*.py")}
    short = {Path(name).name for name in known}
    assert {name for name in named if name not in known and name not in short} == set()


def test_every_test_that_the_page_names_is_there() -> None:
    named = {name for name in NAMED if re.fullmatch(r"test_\w+", name)}
    texts = (path.read_text("utf-8") for path in TESTS.rglob("test_*.py"))
    known = {
        name for text in texts for name in re.findall(r"^ *def (test_\w+)", text, re.MULTILINE)
    }
    assert named
    assert named <= known

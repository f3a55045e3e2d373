"""Pages lead where they say, name files that exist, and both front pages say the same."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MADE = re.compile(r"build/.*|deploy/\.env")
"""Files that a command writes: a fresh clone has none of them."""


def _pages() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "*.md"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.split("\0")
    return sorted(ROOT / name for name in listed if name)


PAGES = _pages()


def _prose(text: str) -> str:
    return re.sub(r"^ *```.*?^ *```", "", text, flags=re.DOTALL | re.MULTILINE)


def anchors(text: str) -> set[str]:
    """What a forge makes of a page's headings; a heading that comes again gets a number."""
    found: dict[str, int] = {}
    for heading in re.findall(r"^#+ (.*)", _prose(text), re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
        name = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
        found[name] = found.get(name, 0) + 1
    return {
        name if number == 0 else f"{name}-{number}"
        for name, count in found.items()
        for number in range(count)
    }


def dead_links(page: Path, text: str) -> Iterator[str]:
    """Links of a page to files or headings that are not there."""
    for target in re.findall(r"\]\((?!https?:)([^)\s]+)\)", _prose(text)):
        name, _, heading = target.partition("#")
        aim = page.parent / name if name else page
        if not aim.exists() or (heading and not _has(aim, heading)):
            yield target


def _has(page: Path, heading: str) -> bool:
    return heading in anchors(page.read_text("utf-8"))


def lost_files(text: str) -> Iterator[str]:
    """Files and folders of the tree that a page names and that are not there."""
    for span in re.findall(r"`([\w.-]+(?:/[\w.*-]+)+/?)`", _prose(text)):
        first = span.partition("/")[0]
        if MADE.fullmatch(span) or not (ROOT / first).is_dir():
            continue
        if not any(ROOT.glob(span.rstrip("/"))):
            yield span


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_what_a_page_names_is_there(page: Path) -> None:
    text = page.read_text("utf-8")
    assert [*dead_links(page, text), *lost_files(text)] == []


def _deployment_files(text: str) -> set[str]:
    """Files of `deploy/` and `docs/` that a text sends its reader to."""
    return set(re.findall(r"(?<![\w/.])(?:deploy|docs)/[\w./-]*\.\w+\b", text))


def test_messages_and_files_of_a_deployment_name_files_that_are_there() -> None:
    """Somebody reads them at night: what they lead to must be there."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--", "*.py", "*.sql", "deploy", ":!tests"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.split("\0")
    lost = {
        (name, named)
        for name in listed
        if name and (ROOT / name).is_file()
        for named in _deployment_files((ROOT / name).read_text("utf-8"))
        if not MADE.fullmatch(named) and not (ROOT / named).exists()
    }
    assert lost == set()


def test_what_is_not_there_would_be_found() -> None:
    page = ROOT / "README.md"
    text = "[a](#the-folders) [b](#none) [c](docs/none.md) [d](docs/api.md#none) [e](docs/api.md)"
    assert list(dead_links(page, text)) == ["#none", "docs/none.md", "docs/api.md#none"]
    assert anchors("# One `two`\n## [Three](four)\n## Three") == {"one-two", "three", "three-1"}
    assert _deployment_files("see deploy/postgres/roles.sql.") == {"deploy/postgres/roles.sql"}
    assert list(lost_files("`gateway/none.py`, `gateway/agent.py`, `n/a`")) == ["gateway/none.py"]


def test_both_front_pages_name_the_same_commands_folders_and_pictures() -> None:
    english, chinese = (
        (ROOT / name).read_text("utf-8") for name in ("README.md", "README.zh-CN.md")
    )
    for said in (_commands, _folders, _pictures):
        assert said(chinese) == said(english) != []


def _commands(text: str) -> list[str]:
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    lines = [line.partition("#")[0].strip() for block in blocks for line in block.splitlines()]
    return [re.sub(r"=\S*\.csv", "=FILE", line) for line in lines]


def _folders(text: str) -> list[str]:
    return re.findall(r"^\| \[`(\w+/)`\]", text, re.MULTILINE)


def _pictures(text: str) -> list[str]:
    return re.findall(r"!\[[^\]]*\]\(([^)]+)\)", text)

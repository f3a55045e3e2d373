"""The runbook and its Chinese twin have a section for each alarm of the platform itself."""

import ast
import re
from pathlib import Path

import pytest

from gateway.catalogue import EVENT_KINDS, EventKind, Group, platform

ROOT = Path(__file__).parents[2]
PAGES = {"en": ROOT / "docs" / "runbook.md", "zh": ROOT / "docs" / "zh" / "运维手册.md"}
LABELS = {
    "en": ("What it means", "Look", "Do", "Over"),
    "zh": ("含义", "查看", "处理", "解除"),
}
NOT_ABOUT_THE_PLATFORM = {"early_warning"}


def own_alarms() -> set[str]:
    """Events that the platform raises about itself and its lines; records are no alarms."""
    kinds = [one for one in vars(platform).values() if isinstance(one, EventKind)]
    assert all(one in EVENT_KINDS for one in kinds)
    names = {one.name for one in kinds if one.group is not Group.RECORD}
    return names - NOT_ABOUT_THE_PLATFORM


def doctor_subjects() -> set[str]:
    """First arguments of every finding that the doctor can make."""
    found: set[str] = set()
    for path in (ROOT / "towerwatch" / "doctor").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in {"good", "notice", "bad"}
            ):
                subject = node.args[0]
                assert isinstance(subject, ast.Constant), path
                found.add(str(subject.value))
    return found


def sections(text: str) -> dict[str, str]:
    parts = re.split(r"^### `(\w+)`.*$", text, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


@pytest.mark.parametrize("language", PAGES)
def test_every_alarm_of_the_platform_has_its_section_and_no_other(language: str) -> None:
    found = sections(PAGES[language].read_text("utf-8"))
    assert set(found) == own_alarms()
    for name, body in found.items():
        for label in LABELS[language]:
            assert re.search(rf"^- \*\*{label}\*\*[:：] ?\S", body, re.MULTILINE), (name, label)


@pytest.mark.parametrize("language", PAGES)
def test_everything_the_doctor_says_has_its_line(language: str) -> None:
    text = PAGES[language].read_text("utf-8")
    rows = set(re.findall(r"^\| `([a-z ]+)` \|", text, re.MULTILINE))
    assert rows == doctor_subjects()


def test_the_pages_name_alarms_in_the_same_order_and_as_the_catalogue_does() -> None:
    orders = [list(sections(path.read_text("utf-8"))) for path in PAGES.values()]
    assert orders[0] == orders[1]
    chinese = PAGES["zh"].read_text("utf-8")
    labels = {kind.name: kind.label.zh for kind in EVENT_KINDS}
    for name in orders[0]:
        assert f"### `{name}` {labels[name]}" in chinese

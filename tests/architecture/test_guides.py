"""The Chinese guides say what the pages say: every word that they quote stands on a page."""

import re
from functools import cache
from pathlib import Path

import pytest

from tests.screens.screen import SCREENS

ROOT = Path(__file__).parents[2]
GUIDES = ("值班员", "应急局", "维保员", "维保调度员", "社区与居民", "监督员", "管理员")
WRITTEN_IN = (".html", ".py", ".js", ".po", ".yaml")
NOT_ON_A_PAGE = {
    "管理 → 排班": "the way through two pages",
}
QUOTED = re.compile("“([^”]+)”")
PICTURE = re.compile(r"pictures/([a-z-]+)\.webp")


@cache
def pages() -> str:
    """Everything that pages, alarms and reports can say."""
    folders = ("dashboards/console", "dashboards/bulletin", "dashboards/grafana", "analytics")
    files = (file for folder in folders for file in (ROOT / folder).rglob("*"))
    return "\n".join(
        file.read_text("utf-8")
        for file in files
        if file.suffix in WRITTEN_IN and "node_modules" not in file.parts
    )


def guide(name: str) -> str:
    return (ROOT / "docs" / "zh" / f"{name}.md").read_text("utf-8")


@pytest.mark.parametrize("name", GUIDES)
def test_every_word_that_a_guide_quotes_stands_on_a_page(name: str) -> None:
    said = [part for whole in QUOTED.findall(guide(name)) for part in re.split("[、…]+", whole)]
    wrong = [one for one in said if one and one not in NOT_ON_A_PAGE and one not in pages()]
    assert wrong == []


@pytest.mark.parametrize("name", GUIDES)
def test_every_picture_of_a_guide_is_taken_of_a_page(name: str) -> None:
    shown = set(PICTURE.findall(guide(name)))
    assert shown <= {screen.name for screen in SCREENS if screen.guide}
    for picture in shown:
        assert (ROOT / "docs" / "zh" / "pictures" / f"{picture}.webp").is_file()


def test_every_picture_for_guides_stands_in_one() -> None:
    shown = {one for name in GUIDES for one in PICTURE.findall(guide(name))}
    assert shown == {screen.name for screen in SCREENS if screen.guide}

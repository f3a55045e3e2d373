"""Every source that a desk may read is Chinese but for the names of standards."""

import re
from pathlib import Path

import pytest
import yaml

from analytics import duties
from dashboards.console.basis import in_chinese
from gateway.catalogue import EVENT_KINDS

_FOLDER = Path(str(duties.__file__)).parent
_WORD = re.compile(r"[A-Za-z]{3,}")
_STANDARDS = frozenset({"TSG", "LEL", "ISO", "MPa", "kPa", "min"})


def _of_duties() -> list[str]:
    found: list[str] = []
    for name in ("default.yaml", "life_safety.yaml"):
        _collect(yaml.safe_load((_FOLDER / name).read_text("utf-8")), found)
    return found


def _collect(node: object, found: list[str]) -> None:
    if isinstance(node, dict):
        found += [str(value) for key, value in node.items() if key == "basis"]
        for value in node.values():
            _collect(value, found)
    elif isinstance(node, list):
        for value in node:
            _collect(value, found)


@pytest.mark.parametrize("basis", sorted({*_of_duties(), *(kind.basis for kind in EVENT_KINDS)}))
def test_a_source_is_chinese_but_for_the_names_of_standards(basis: str) -> None:
    said = in_chinese(basis)
    assert said
    assert set(_WORD.findall(said)) <= _STANDARDS, said


@pytest.mark.parametrize(
    ("english", "chinese"),
    [
        (
            "消防法 art. 44 (report fire at once); GB 25506-2010 control room; 60 s is a site rule (unverified)",
            "消防法 第44条；GB 25506-2010 消防控制室；60秒为现场规定（未核实原文）",
        ),
        (
            "TSG T5002-2017 art. 5(4), arrival within 30 min in cities with districts",
            "TSG T5002-2017 第5条第4项，设区的市30分钟内到场",
        ),
        ("Site rule (unverified)", "现场规定（未核实原文）"),
        ("GB/T 24476-2023", "GB/T 24476-2023"),
    ],
)
def test_what_a_rule_rests_on_is_said_in_chinese(english: str, chinese: str) -> None:
    assert in_chinese(english) == chinese

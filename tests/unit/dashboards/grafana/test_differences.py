"""What a server added does not count; what somebody changed is named by its path."""

import copy

import pytest

from dashboards.grafana.build import models
from dashboards.grafana.model import Json
from dashboards.grafana.push import differences
from dashboards.grafana.words import Language

_WANTED: Json = models("https://console.example")[Language.ZH][0]


def test_what_the_server_adds_is_no_difference() -> None:
    kept = {**copy.deepcopy(_WANTED), "id": 7, "version": 3, "weekStart": "", "schemaVersion": 42}
    assert differences(kept, _WANTED) == ()


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("title", "mine"),
        ("time.from", "now-1h"),
        ("panels.1.targets.0.rawSql", "SELECT 1"),
        ("panels", []),
        ("refresh", None),
        ("schemaVersion", 36),
    ],
)
def test_a_change_is_named_by_its_path(path: str, value: object) -> None:
    found: object = copy.deepcopy(_WANTED)
    *way, last = path.split(".")
    part = found
    for step in way:
        part = part[int(step)] if isinstance(part, list) else part[step]  # type: ignore[index]
    part[last] = value  # type: ignore[index]
    assert isinstance(found, dict)
    assert differences(found, _WANTED) == (path,)

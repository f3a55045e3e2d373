"""Turn dashboards into Grafana's classic JSON files, and hold the built files to the code."""

import json
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Final

from dashboards.grafana.errors import NotBuilt
from dashboards.grafana.line import LINE
from dashboards.grafana.load import LOAD
from dashboards.grafana.panels import (
    AMBER,
    DATA_SOURCE,
    GREY,
    RED,
    WIDTH,
    Dashboard,
    Kind,
    Panel,
    Steps,
)
from ingest.database import Queries, load_queries

DASHBOARDS: Final = (LINE, LOAD)
BUILT: Final = Path(str(files("dashboards.grafana") / "built"))
"""Where the built files stand in the project; Grafana reads them by file provisioning."""
_SCHEMA: Final = 39
"""Version of the classic layout, as Grafana 11 to 13 read it (newer layouts break file provisioning)."""

Json = dict[str, object]


def model_of(dashboard: Dashboard) -> Json:
    """A dashboard as Grafana reads it."""
    queries = load_queries("dashboards.grafana", dashboard.sql_file)
    return {
        "uid": dashboard.uid,
        "title": dashboard.title,
        "tags": ["towerwatch"],
        "timezone": "Asia/Shanghai",
        "schemaVersion": _SCHEMA,
        "editable": False,
        "graphTooltip": 1,
        "refresh": dashboard.refresh,
        "time": {"from": dashboard.since, "to": "now"},
        "templating": {"list": []},
        "annotations": {"list": []},
        "panels": [
            _panel(number, panel, place, queries)
            for number, (panel, place) in enumerate(_placed(dashboard.panels), start=1)
        ],
    }


def build(folder: Path = BUILT) -> list[Path]:
    """Write every dashboard; the same code gives the same bytes."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for dashboard in DASHBOARDS:
        path = folder / f"{dashboard.uid}.json"
        path.write_text(_text(dashboard), encoding="utf-8")
        written.append(path)
    return written


def check(folder: Path = BUILT) -> None:
    """Hold the built files to the code.

    Raises:
        NotBuilt: A file is absent, differs, or belongs to no dashboard.
    """
    expected = {f"{dashboard.uid}.json": _text(dashboard) for dashboard in DASHBOARDS}
    found = {path.name: path.read_text("utf-8") for path in folder.glob("*.json")}
    wrong = sorted(
        name for name in expected.keys() | found.keys() if expected.get(name) != found.get(name)
    )
    if wrong:
        raise NotBuilt(f"{folder}: {', '.join(wrong)}: run `towerwatch grafana build`")


def _text(dashboard: Dashboard) -> str:
    return json.dumps(model_of(dashboard), ensure_ascii=False, indent=2) + "\n"


def _placed(panels: tuple[Panel, ...]) -> list[tuple[Panel, Mapping[str, int]]]:
    """Panels from left to right; a row that is full begins the next below its tallest."""
    placed: list[tuple[Panel, Mapping[str, int]]] = []
    x = y = tallest = 0
    for panel in panels:
        if x + panel.width > WIDTH:
            x, y, tallest = 0, y + tallest, 0
        placed.append((panel, {"x": x, "y": y, "w": panel.width, "h": panel.height}))
        x, tallest = x + panel.width, max(tallest, panel.height)
    return placed


def _panel(number: int, panel: Panel, place: Mapping[str, int], queries: Queries) -> Json:
    return {
        "id": number,
        "type": panel.kind.value,
        "title": panel.title,
        "datasource": DATA_SOURCE,
        "gridPos": dict(place),
        "targets": [
            {
                "refId": "A",
                "datasource": DATA_SOURCE,
                "editorMode": "code",
                "rawQuery": True,
                "format": "time_series" if panel.kind is Kind.TIME_SERIES else "table",
                "rawSql": queries[panel.query].as_string(),
            }
        ],
        "fieldConfig": {
            "defaults": {
                "unit": panel.unit,
                "color": {"mode": "thresholds" if _has_steps(panel.steps) else "palette-classic"},
                "thresholds": {"mode": "absolute", "steps": _steps(panel.steps)},
            },
            "overrides": [],
        },
        "options": _options(panel.kind),
    }


def _has_steps(steps: Steps) -> bool:
    return steps.amber is not None or steps.red is not None


def _steps(steps: Steps) -> list[Json]:
    found: list[Json] = [{"color": GREY, "value": None}]
    for color, value in ((AMBER, steps.amber), (RED, steps.red)):
        if value is not None:
            found.append({"color": color, "value": value})
    return found


def _options(kind: Kind) -> Json:
    match kind:
        case Kind.STAT:
            return {
                "colorMode": "background_solid",
                "graphMode": "none",
                "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            }
        case Kind.TIME_SERIES:
            return {"legend": {"displayMode": "list", "placement": "bottom", "showLegend": True}}
        case Kind.TABLE:
            return {"showHeader": True, "cellHeight": "sm"}
        case Kind.BARS:
            return {
                "orientation": "horizontal",
                "showValue": "always",
                "legend": {"showLegend": False},
            }

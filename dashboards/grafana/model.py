"""Dashboards as Grafana's classic JSON, which Grafana 9 to 13 load by file and by HTTP."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from dashboards.grafana.panels import (
    GREY,
    LEAST_COLUMN,
    WIDTH,
    Dashboard,
    Field,
    Kind,
    Link,
    Mark,
    Panel,
    Steps,
    Variable,
)
from dashboards.grafana.words import Language, said
from ingest.database import load_queries

Json = dict[str, object]

DATA_SOURCE: Final = {"type": "grafana-postgresql-datasource", "uid": "towerwatch"}
"""The reader's data source, under one uid in each of Grafana's organisations (13 knows uids only)."""
SCHEMA_VERSION: Final = 39
"""Of the classic layout; newer Grafanas migrate it when they load it, older ones take it as it is."""
PACKAGE: Final = "dashboards.grafana"
_SHORTEST: Final = "1h"
"""Trends are drawn from hourly statistics."""
_COLUMN: Final = re.compile(r"\{(\w+)\}")
_BOARDS: Final = said("看板", "Dashboards")
_CONSOLE: Final = said("值班台", "Console")


@dataclass(frozen=True, slots=True, kw_only=True)
class Build:
    """What one build is for.

    Attributes:
        console_url: Where the links into the console lead, without a slash at the end.
    """

    language: Language
    console_url: str

    @property
    def tag(self) -> str:
        """By which the dashboards of one language find each other."""
        return f"towerwatch-{self.language}"

    def uid(self, uid: str) -> str:
        """The uid in this language."""
        return uid if self.language is Language.ZH else f"{uid}-{self.language}"


def model_of(dashboard: Dashboard, build: Build) -> Json:
    """A dashboard as Grafana reads it."""
    say = build.language.of
    return {
        "uid": build.uid(dashboard.uid),
        "title": say(dashboard.title),
        "description": say(dashboard.note),
        "tags": ["towerwatch", build.tag],
        "timezone": "Asia/Shanghai",
        "schemaVersion": SCHEMA_VERSION,
        "editable": False,
        "graphTooltip": 1,
        "refresh": dashboard.refresh,
        "time": {"from": dashboard.since, "to": "now"},
        "links": _links(build),
        "templating": {"list": _variables(dashboard.variables, build)},
        "annotations": {"list": [_mark(mark, build) for mark in dashboard.marks]},
        "panels": [
            _panel(number, panel, place, dashboard, build)
            for number, (panel, place) in enumerate(_placed(dashboard.panels), start=1)
        ],
    }


def panel_query(dashboard: Dashboard, panel: Panel) -> str:
    """The SQL of a panel."""
    return load_queries(PACKAGE, panel.sql_file or dashboard.sql_file)[panel.query].as_string()


def variable_query(variable: Variable) -> str:
    """The SQL that lists a variable's values."""
    return load_queries(PACKAGE, "variables.sql")[variable.query].as_string()


def mark_query(mark: Mark) -> str:
    """The SQL of what is marked on trends."""
    return load_queries(PACKAGE, "marks.sql")[mark.query].as_string()


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


def _links(build: Build) -> list[Json]:
    say = build.language.of
    of_all = {"icon": "external link", "tooltip": "", "targetBlank": False}
    return [
        {
            **of_all,
            "type": "dashboards",
            "title": say(_BOARDS),
            "tags": [build.tag],
            "asDropdown": True,
            "includeVars": True,
            "keepTime": True,
            "url": "",
        },
        {
            **of_all,
            "type": "link",
            "title": say(_CONSOLE),
            "tags": [],
            "asDropdown": False,
            "includeVars": False,
            "keepTime": False,
            "targetBlank": True,
            "url": f"{build.console_url}/",
        },
    ]


def _variables(variables: tuple[Variable, ...], build: Build) -> list[Json]:
    return [_constant("language", build.language.value), *(_query(one, build) for one in variables)]


def _constant(name: str, value: str) -> Json:
    chosen = {"text": value, "value": value, "selected": True}
    return {
        "name": name,
        "type": "constant",
        "label": name,
        "hide": 2,
        "query": value,
        "current": chosen,
        "options": [chosen],
        "skipUrlSync": True,
    }


def _query(variable: Variable, build: Build) -> Json:
    sql = variable_query(variable)
    return {
        "name": variable.name,
        "type": "query",
        "label": build.language.of(variable.title),
        "datasource": DATA_SOURCE,
        "definition": sql,
        "query": sql,
        "refresh": 1,
        "regex": "",
        "sort": 0,
        "multi": False,
        "includeAll": False,
        "hide": 0,
        "current": {},
        "options": [],
        "skipUrlSync": False,
    }


def _mark(mark: Mark, build: Build) -> Json:
    sql = mark_query(mark)
    return {
        "name": build.language.of(mark.name),
        "datasource": DATA_SOURCE,
        "enable": True,
        "hide": False,
        "iconColor": mark.colour,
        "rawQuery": sql,
        "target": {**_asked(sql, "table"), "refId": "Anno"},
    }


def _asked(sql: str, form: str) -> Json:
    return {
        "refId": "A",
        "datasource": DATA_SOURCE,
        "editorMode": "code",
        "rawQuery": True,
        "format": form,
        "rawSql": sql,
    }


def _panel(
    number: int, panel: Panel, place: Mapping[str, int], dashboard: Dashboard, build: Build
) -> Json:
    say = build.language.of
    head: Json = {
        "id": number,
        "type": panel.kind.value,
        "title": say(panel.title),
        "gridPos": dict(place),
    }
    if not panel.asks:
        return {**head, "collapsed": False, "panels": []}
    form = "time_series" if panel.kind is Kind.TIME_SERIES else "table"
    relative: Json = {"timeFrom": "1h"} if panel.is_last_hour else {}
    return {
        **head,
        **relative,
        "description": say(panel.note),
        "datasource": DATA_SOURCE,
        "interval": "1s" if panel.is_last_hour else _SHORTEST,
        "targets": [_asked(panel_query(dashboard, panel), form)],
        "fieldConfig": {
            "defaults": _defaults(panel, build),
            "overrides": [_override(one, panel, build) for one in panel.fields],
        },
        "options": _options(panel),
    }


def _defaults(panel: Panel, build: Build) -> Json:
    found: Json = {
        "noValue": build.language.of(panel.empty),
        "color": {"mode": "palette-classic" if panel.kind is Kind.TIME_SERIES else "thresholds"},
        "thresholds": {"mode": "absolute", "steps": [{"color": GREY, "value": None}]},
        "mappings": [],
    }
    if panel.kind is Kind.TIME_SERIES:
        found["custom"] = _drawn(panel)
    if panel.kind is Kind.TABLE:
        # Grafana's own least width is 150: the columns at the end would lie outside the panel.
        found["custom"] = {"minWidth": LEAST_COLUMN}
    if panel.kind is Kind.BARS:
        found["color"] = {"mode": "palette-classic"}
        found["custom"] = {"fillOpacity": 70, "lineWidth": 0}
    return found


def _drawn(panel: Panel) -> Json:
    return {
        "drawStyle": "bars" if panel.has_bars else "line",
        "lineWidth": 1,
        "fillOpacity": 70 if panel.has_bars else 0,
        "showPoints": "never" if panel.has_bars else "auto",
        "pointSize": 4,
        "spanNulls": False,
        "stacking": {"mode": "normal" if panel.is_stacked else "none", "group": "A"},
        "thresholdsStyle": {"mode": "off"},
    }


def _override(one: Field, panel: Panel, build: Build) -> Json:
    say = build.language.of
    found: list[tuple[str, object]] = [("displayName", say(one.title))]
    if one.unit:
        found.append(("unit", one.unit))
    if one.digits is not None:
        found.append(("decimals", one.digits))
    if one.words:
        texts = {
            code: {"text": say(text), "index": index}
            for index, (code, text) in enumerate(one.words.items())
        }
        found.append(("mappings", [{"type": "value", "options": texts}]))
    if one.steps.is_set:
        found += _limits(one.steps, panel.kind)
    if one.links:
        found.append(("links", [_data_link(link, build) for link in one.links]))
    if one.width is not None:
        found.append(("custom.width", one.width))
    if one.is_hidden:
        found.append(("custom.hidden", True))
    properties = [{"id": name, "value": value} for name, value in found]
    return {"matcher": {"id": "byName", "options": one.key}, "properties": properties}


def _limits(steps: Steps, kind: Kind) -> list[tuple[str, object]]:
    coloured = [{"color": colour, "value": value} for value, colour in steps.colours()]
    found: list[tuple[str, object]] = [("thresholds", {"mode": "absolute", "steps": coloured})]
    if kind is Kind.TABLE:
        found.append(("custom.cellOptions", {"type": "color-text"}))
    if kind is Kind.TIME_SERIES:
        found.append(("custom.thresholdsStyle", {"mode": "line"}))
    return found


def _data_link(link: Link, build: Build) -> Json:
    path = _COLUMN.sub(lambda found: "${__data.fields." + found[1] + "}", link.path)
    if link.board:
        url = f"/d/{build.uid(link.board)}?{path}&${{__url_time_range}}"
    else:
        url = f"{build.console_url}/{path}"
    return {"title": build.language.of(link.title), "url": url, "targetBlank": not link.board}


def _options(panel: Panel) -> Json:
    match panel.kind:
        case Kind.STAT:
            return {
                "colorMode": "value",
                "graphMode": "none",
                "textMode": "value",
                "justifyMode": "center",
                "reduceOptions": {"calcs": ["lastNotNull"], "fields": "/.*/", "values": False},
            }
        case Kind.TIME_SERIES:
            return {
                "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
                "tooltip": {"mode": "multi", "sort": "none"},
            }
        case Kind.TABLE:
            return {"showHeader": True, "cellHeight": "sm", "footer": {"show": False}}
        case Kind.BARS:
            return {
                "orientation": "auto",
                "showValue": "auto",
                "stacking": "normal" if panel.is_stacked else "none",
                "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
            }
        case Kind.ROW:
            return {}

"""Whether a dashboard's JSON is whole: a grid without holes, panels that can be read, links that lead."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from dashboards.grafana.macros import variables_of
from dashboards.grafana.model import Json
from dashboards.grafana.panels import LEAST_COLUMN, WIDTH, Kind

_BOARD: Final = re.compile(r"^/d/(?P<uid>[a-z-]+)\?(?P<query>.*)$")
_COLUMN: Final = re.compile(r"\$\{__data\.fields\.(\w+)\}")
_GIVEN: Final = re.compile(r"var-(\w+)=")
_SCREEN: Final = 1366
"""The narrowest screen of a desk on which no column lies outside its table [pixels]."""
_EDGES: Final = 40
"""What margins and a scroll bar take from a panel [pixels]."""
_LETTER: Final = 8.0
_HANZI: Final = 14.0
"""Widths of a character of a title, at 14 pixels [pixels]."""
_HEIGHTS: Final = {
    Kind.ROW: range(1, 2),
    Kind.STAT: range(3, 6),
    Kind.TABLE: range(4, 15),
    Kind.TIME_SERIES: range(7, 13),
    Kind.BARS: range(7, 13),
}
"""Rows of 30 pixels from which on a panel of a kind can be read, and until which a screen holds it."""


def problems_of(models: Sequence[Json]) -> list[str]:
    """What is wrong with the dashboards of one language, each with its uid."""
    variables = {str(model["uid"]): _names(model) for model in models}
    return [
        f"{model['uid']}: {problem}" for model in models for problem in _problems(model, variables)
    ]


def _problems(model: Json, variables: dict[str, set[str]]) -> Iterator[str]:
    cells: set[tuple[int, int]] = set()
    numbers: set[object] = set()
    own = variables[str(model["uid"])]
    for panel in _list(model["panels"]):
        title = panel["title"]
        taken = set(_cells(panel))
        if cells & taken:
            yield f"{title} lies over another panel"
        cells |= taken
        if panel["id"] in numbers:
            yield f"{title} has the number of another panel"
        numbers.add(panel["id"])
        for target in _list(panel.get("targets", [])):
            unknown = variables_of(str(target["rawSql"])) - own
            if unknown:
                yield f"{title} asks for {', '.join(sorted(unknown))}, which nobody chooses"
        yield from (f"{title}: {problem}" for problem in _links(panel, variables))
        yield from (f"{title}: {problem}" for problem in _looks(panel))
    height = 1 + max((y for _, y in cells), default=-1)
    if len(cells) < WIDTH * height:
        yield f"the grid has {WIDTH * height - len(cells)} empty cells"


def _looks(panel: Json) -> Iterator[str]:
    """Whether a person can read a panel on a desk's screen."""
    place, kind = panel["gridPos"], Kind(str(panel["type"]))
    assert isinstance(place, dict)
    if place["h"] not in _HEIGHTS[kind]:
        yield f"a {kind} of {place['h']} rows"
    room = _SCREEN * place["w"] / WIDTH - _EDGES
    title = str(panel["title"])
    if sum(_HANZI if ord(letter) > 0x2E7F else _LETTER for letter in title) > room:
        yield f"the title does not fit into {room:.0f} pixels"
    if kind is Kind.TABLE:
        widths = [_width(override) for override in _overrides(panel)]
        if sum(widths) > room:
            yield f"its columns need {sum(widths)} pixels and have {room:.0f}"


def _width(column: Json) -> int:
    """The least width of a table's column [pixels]."""
    found = {str(one["id"]): one["value"] for one in _list(column["properties"])}
    if found.get("custom.hidden"):
        return 0
    return int(str(found.get("custom.width", LEAST_COLUMN)))


def _links(panel: Json, variables: dict[str, set[str]]) -> Iterator[str]:
    columns = {_matched(override) for override in _overrides(panel)}
    for override in _overrides(panel):
        for link in _values(override, "links"):
            url = str(link["url"])
            absent = set(_COLUMN.findall(url)) - columns
            if absent:
                yield f"a link needs the column {', '.join(sorted(absent))}"
            board = _BOARD.match(url)
            if board is None:
                continue
            if board["uid"] not in variables:
                yield f"a link leads to {board['uid']}, which is none"
            elif set(_GIVEN.findall(board["query"])) - variables[board["uid"]]:
                yield f"a link gives {board['uid']} a choice that it has not"


def _names(model: Json) -> set[str]:
    templating = model["templating"]
    assert isinstance(templating, dict)
    return {str(variable["name"]) for variable in _list(templating["list"])}


def _cells(panel: Json) -> Iterator[tuple[int, int]]:
    place = panel["gridPos"]
    assert isinstance(place, dict)
    for x in range(place["x"], place["x"] + place["w"]):
        for y in range(place["y"], place["y"] + place["h"]):
            yield x, y


def _overrides(panel: Json) -> list[Json]:
    config = panel.get("fieldConfig", {})
    assert isinstance(config, dict)
    return _list(config.get("overrides", []))


def _matched(override: Json) -> str:
    matcher = override["matcher"]
    assert isinstance(matcher, dict)
    return str(matcher["options"])


def _values(override: Json, name: str) -> list[Json]:
    for one in _list(override["properties"]):
        if one["id"] == name:
            return _list(one["value"])
    return []


def _list(value: object) -> list[Json]:
    assert isinstance(value, list)
    return value

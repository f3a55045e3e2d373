"""Whether a dashboard's JSON is whole: nothing overlaps, every link and variable leads somewhere."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from dashboards.grafana.macros import variables_of
from dashboards.grafana.model import Json

_BOARD: Final = re.compile(r"^/d/(?P<uid>[a-z-]+)\?(?P<query>.*)$")
_COLUMN: Final = re.compile(r"\$\{__data\.fields\.(\w+)\}")
_GIVEN: Final = re.compile(r"var-(\w+)=")


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

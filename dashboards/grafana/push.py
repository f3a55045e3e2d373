"""Bring a Grafana to what the code says: compare first, write only what differs, say what was done."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dashboards.grafana.build import FOLDERS, folder_uid, models
from dashboards.grafana.client import Grafana
from dashboards.grafana.errors import VersionConflict
from dashboards.grafana.model import Json
from dashboards.grafana.words import Language

_ATTEMPTS: Final = 3
_MESSAGE: Final = "towerwatch grafana push"
_SERVERS: Final = frozenset({"id", "version", "uid"})
"""Fields that the server keeps for itself."""
_SOURCE_FIELDS: Final = ("name", "type", "url", "user", "isDefault")
_TYPES: Final = frozenset({"postgres", "grafana-postgresql-datasource"})
"""The same data source before and since Grafana 10.2.3."""
_LAYOUT: Final = "schemaVersion"


class Change(StrEnum):
    """What became, or would become, of one thing."""

    MADE = "made"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One thing of the server.

    Attributes:
        where: For a dashboard, the parts that differ, such as `panels.3.targets`.
    """

    kind: str
    uid: str
    change: Change
    where: tuple[str, ...] = ()


def push(grafana: Grafana, source: Json, *, console_url: str, is_dry: bool) -> list[Line]:
    """Data source, folders and dashboards, in this order; a second push finds all the same.

    Args:
        source: The data source, password included; empty to leave it as it is.
        is_dry: Compare only.

    Raises:
        GrafanaRefused: The server does not answer or refuses; what was written before stays.
    """
    grafana.version()
    lines = [_source(grafana, source, is_dry=is_dry)] if source else []
    for language, boards in models(console_url).items():
        lines.append(_folder(grafana, language, is_dry=is_dry))
        lines += [
            _dashboard(grafana, board, folder_uid(language), is_dry=is_dry) for board in boards
        ]
    if not is_dry and any(line.change is not Change.SAME for line in lines):
        grafana.annotate(_MESSAGE, ["towerwatch"])
    return lines


def _source(grafana: Grafana, source: Json, *, is_dry: bool) -> Line:
    uid = str(source["uid"])
    found = grafana.data_source(uid)
    change = Change.MADE if found is None else _source_change(found, source)
    if change is not Change.SAME and not is_dry:
        grafana.write_data_source(source)
    return Line(kind="data source", uid=uid, change=change)


def _source_change(found: Json, source: Json) -> Change:
    """A password cannot be read back: it goes along whenever anything else differs."""
    is_same = all(_type(found.get(key)) == _type(source[key]) for key in _SOURCE_FIELDS)
    settings = found.get("jsonData")
    wanted = source["jsonData"]
    assert isinstance(wanted, dict)
    is_same = is_same and isinstance(settings, dict) and settings.items() >= wanted.items()
    return Change.SAME if is_same else Change.CHANGED


def _type(value: object) -> object:
    return "postgres" if value in _TYPES else value


def _folder(grafana: Grafana, language: Language, *, is_dry: bool) -> Line:
    uid = folder_uid(language)
    change = Change.MADE if grafana.folder(uid) is None else Change.SAME
    if change is Change.MADE and not is_dry:
        grafana.make_folder(uid, FOLDERS[language])
    return Line(kind="folder", uid=uid, change=change)


def _dashboard(grafana: Grafana, wanted: Json, folder: str, *, is_dry: bool) -> Line:
    """Write against the version that was read; somebody else's write in between is read again."""
    uid = str(wanted["uid"])
    for attempt in range(1, _ATTEMPTS + 1):
        found = grafana.dashboard(uid)
        if found is None:
            line, version = Line(kind="dashboard", uid=uid, change=Change.MADE), None
        else:
            model, standing_in = found
            where = differences(model, wanted) + (("folder",) if standing_in != folder else ())
            change = Change.CHANGED if where else Change.SAME
            line = Line(kind="dashboard", uid=uid, change=change, where=where)
            version = int(str(model.get("version", 0)))
        if is_dry or line.change is Change.SAME:
            return line
        try:
            grafana.write_dashboard(wanted, folder, version, _MESSAGE)
        except VersionConflict:
            if attempt == _ATTEMPTS:
                raise
            continue
        return line
    raise AssertionError("the last attempt returns or raises")


def differences(found: Json, wanted: Json) -> tuple[str, ...]:
    """Where a server's dashboard is not what the code says; what the server adds does not count."""
    return tuple(
        path
        for key, value in wanted.items()
        if key not in _SERVERS and not (key == _LAYOUT and _is_newer(found.get(key), value))
        for path in _differing(found.get(key), value, key)
    )


def _is_newer(found: object, wanted: object) -> bool:
    """A server may bring the layout up to its own version; older again at each push would never end."""
    return isinstance(found, int) and isinstance(wanted, int) and found > wanted


def _differing(found: object, wanted: object, path: str) -> list[str]:
    match wanted:
        case dict():
            of = found if isinstance(found, dict) else {}
            return [
                place
                for key, value in wanted.items()
                for place in _differing(of.get(key), value, f"{path}.{key}")
            ]
        case list() if isinstance(found, list) and len(found) == len(wanted):
            return [
                place
                for index, value in enumerate(wanted)
                for place in _differing(found[index], value, f"{path}.{index}")
            ]
        case _:
            return [] if found == wanted else [path]

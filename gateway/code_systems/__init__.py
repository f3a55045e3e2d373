"""Code systems: what a device's own code means, as data files of this folder.

The same number means different things to different vendors and cities, so a code never travels
without its system. Each file `<system>.csv` has the columns system, code and event. A code of
`gbt26875` reads `type:component:bit` (GB/T 26875.3-2011 clause 8.2; `*` stands for every
component; bit 0 is raised when it is 0); the lift systems are from public code lists (secondary,
unverified against GB/T 24476 clause 11).
"""

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from gateway.catalogue import EVENT_KINDS
from gateway.errors import BadSettings

ALL_CLEAR = "all_clear"
"""Not an event: the device says that nothing is wrong (any more)."""
UNKNOWN = "unknown_event"
_COLUMNS = ["system", "code", "event"]
_EVENTS = frozenset(kind.name for kind in EVENT_KINDS) | {ALL_CLEAR}


@dataclass(frozen=True, slots=True, kw_only=True)
class CodeSystem:
    """One vendor's or standard's codes."""

    name: str
    events: Mapping[str, str]

    def event(self, code: str) -> str:
        """The canonical event of a code; `unknown_event` when it is not in the table."""
        found = self.events.get(code)
        if found is None and code.count(":") == 2:
            kind, _component, bit = code.split(":")
            found = self.events.get(f"{kind}:*:{bit}")
        return found if found is not None else UNKNOWN


def parse_code_system(name: str, lines: Iterable[str]) -> CodeSystem:
    """A code system from its CSV lines.

    Raises:
        BadSettings: Names the line that is wrong.
    """
    reader = csv.reader(lines)
    if next(reader, None) != _COLUMNS:
        raise BadSettings(f"code system {name}, line 1: the columns are {','.join(_COLUMNS)}")
    events: dict[str, str] = {}
    for cells in reader:
        where = f"code system {name}, line {reader.line_num}"
        if len(cells) != len(_COLUMNS) or cells[0] != name or not cells[1]:
            raise BadSettings(f"{where}: is not {name},code,event")
        if cells[2] not in _EVENTS:
            raise BadSettings(f"{where}: the catalogue has no event {cells[2]!r}")
        if cells[1] in events:
            raise BadSettings(f"{where}: code {cells[1]!r} stands twice")
        events[cells[1]] = cells[2]
    return CodeSystem(name=name, events=events)


def code_systems() -> list[str]:
    """Names of the code systems that come with the gateway."""
    found = files(__name__).iterdir()
    return sorted(item.name.removesuffix(".csv") for item in found if item.name.endswith(".csv"))


def load_code_system(name: str) -> CodeSystem:
    """A code system of this folder, or of a site's own file, `/path/of/<system>.csv`.

    Raises:
        BadSettings: There is none of that name, or the file is wrong.
    """
    return _load_file(Path(name)) if name.endswith(".csv") else _shipped(name)


@cache
def _shipped(name: str) -> CodeSystem:
    known = code_systems()
    if name not in known:
        raise BadSettings(f"there is no code system {name!r}; there are {', '.join(known)}")
    text = files(__name__).joinpath(f"{name}.csv").read_text(encoding="utf-8")
    return parse_code_system(name, text.splitlines())


def _load_file(path: Path) -> CodeSystem:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadSettings(f"code system {path}: {error}") from error
    if path.stem in code_systems():
        raise BadSettings(f"code system {path}: the gateway has a system {path.stem!r} of its own")
    return parse_code_system(path.stem, text.splitlines())

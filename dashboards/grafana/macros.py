"""What Grafana's PostgreSQL data source makes of a panel's SQL before it asks the database.

Only what the dashboards use; anything else is refused, so that no panel is tried that Grafana would
not run.

References:
    Grafana, PostgreSQL data source, query editor: macros, with TimescaleDB switched on.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from dashboards.grafana.errors import BadPanel

_CALL: Final = re.compile(
    r"\$__(?P<name>timeFilter|timeGroupAlias|timeGroup|timeFrom|timeTo)\((?P<rest>[^()]*)\)"
)
_VARIABLE: Final = re.compile(r"\$\{(?P<name>\w+):(?P<form>\w+)\}")
_LEFT: Final = re.compile(r"\$(?:__)?\{?[A-Za-z]\w*")
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_STEPS: Final = (1, 5, 10, 30, 60, 300, 600, 1800, 3600, 7200, 21600, 43200, 86400, 604800)
"""Rounded intervals that Grafana offers [s]."""
_POINTS: Final = 800
"""Points across a panel of ordinary width."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What a reader has chosen at the head of a dashboard.

    Attributes:
        shortest: The panel's shortest interval.
        values: Value of each variable.
    """

    begins_at: datetime
    ends_at: datetime
    shortest: timedelta = timedelta(minutes=1)
    values: Mapping[str, str] = field(default_factory=dict)

    @property
    def interval_s(self) -> int:
        """Length of `$__interval` [s]: the first rounded one that leaves no more points than pixels."""
        asked = (self.ends_at - self.begins_at).total_seconds() / _POINTS
        least = max(asked, self.shortest.total_seconds())
        return next((step for step in _STEPS if step >= least), _STEPS[-1])


def expand(sql: str, choice: Choice) -> str:
    """The SQL as the database gets it.

    Raises:
        BadPanel: A variable has no value, or a macro is unknown.
    """
    with_values = _VARIABLE.sub(lambda found: _value(found, choice), sql)
    with_interval = with_values.replace("$__interval", f"{choice.interval_s}s")
    expanded = _CALL.sub(lambda found: _macro(found, choice), with_interval)
    left = _LEFT.search(expanded)
    if left is not None:
        raise BadPanel(f"Grafana would not expand {left[0]}")
    return expanded


def variables_of(sql: str) -> set[str]:
    """Names of the variables that a query uses."""
    return {found["name"] for found in _VARIABLE.finditer(sql)}


def _value(found: re.Match[str], choice: Choice) -> str:
    value = choice.values.get(found["name"])
    if value is None:
        raise BadPanel(f"the variable {found['name']} has no value")
    match found["form"]:
        case "sqlstring":
            return "'" + value.replace("'", "''") + "'"
        case "raw":
            return value
        case form:
            raise BadPanel(f"the form {form} of {found['name']} is none that the dashboards use")


def _macro(found: re.Match[str], choice: Choice) -> str:
    words = [word.strip() for word in found["rest"].split(",")]
    begins, ends = (f"'{_stamp(at)}'" for at in (choice.begins_at, choice.ends_at))
    match found["name"]:
        case "timeFrom":
            return begins
        case "timeTo":
            return ends
        case "timeFilter":
            return f"{words[0]} BETWEEN {begins} AND {ends}"
        case "timeGroup":
            return _bucket(words)
        case _:
            return f'{_bucket(words)} AS "time"'


def _bucket(words: list[str]) -> str:
    """A third word says how Grafana fills gaps in the answer; the database never sees it."""
    if len(words) not in (2, 3):
        raise BadPanel(f"$__timeGroup takes a column, an interval and a filling, not {words}")
    return f"time_bucket('{_seconds(words[1]):.3f}s',{words[0]})"


def _seconds(interval: str) -> float:
    found = re.fullmatch(r"'?(\d+)([smhdw])'?", interval)
    if found is None:
        raise BadPanel(f"{interval} is no interval")
    return float(found[1]) * _UNITS[found[2]]


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

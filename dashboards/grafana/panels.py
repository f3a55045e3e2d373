"""Dashboards as values: panels, their fields, variables, marks; `model` turns them into JSON."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from dashboards.grafana.words import NO_ALARM, NO_DATA, Words, said
from gateway.catalogue import Text

GREY: Final = "#8e8e8e"
AMBER: Final = "#d98a00"
RED: Final = "#c4161c"
BLUE: Final = "#3b6ea5"
WIDTH: Final = 24
"""Columns of Grafana's grid."""
LEAST_COLUMN: Final = 90
"""Least width of a table's column [pixels]."""


class Kind(StrEnum):
    """How a panel is drawn; the values are Grafana's."""

    STAT = "stat"
    TIME_SERIES = "timeseries"
    TABLE = "table"
    BARS = "barchart"
    ROW = "row"


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """From which value on a number is no longer normal; normal is grey.

    Attributes:
        amber: Look at it [unit of the field].
        red: Act [unit of the field].
        is_floor: Whether falling below is bad; else rising to it.
    """

    amber: float | None = None
    red: float | None = None
    is_floor: bool = False

    def __post_init__(self) -> None:
        if self.amber is None or self.red is None:
            return
        if (self.red < self.amber) is not self.is_floor:
            raise ValueError(f"red at {self.red} lies on the wrong side of amber at {self.amber}")

    @property
    def is_set(self) -> bool:
        """Whether any value is abnormal."""
        return self.amber is not None or self.red is not None

    def colours(self) -> list[tuple[float | None, str]]:
        """(from which value, colour), rising; the first begins at minus infinity."""
        known = [
            (value, c) for value, c in ((self.amber, AMBER), (self.red, RED)) if value is not None
        ]
        if not self.is_floor:
            return [(None, GREY), *known]
        worst_first = known[::-1]
        above = [colour for _, colour in worst_first[1:]] + [GREY]
        base = worst_first[0][1] if worst_first else GREY
        return [(None, base), *zip((value for value, _ in worst_first), above, strict=False)]


NORMAL: Final = Steps()
"""No value is abnormal."""
_SILENT: Final = said("", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Where a cell leads to.

    Attributes:
        board: uid of a dashboard in the same language; empty for a page of the console.
        path: Query of the dashboard, or path of the console's page; `{key}` is a column's value.
    """

    title: Text
    board: str = ""
    path: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A column of a panel's answer and how it is shown.

    Attributes:
        key: Name of the column.
        unit: Grafana's name of the unit: s, percentunit, short.
        words: What the codes in it mean.
        width: Of a table's column [pixels]; None for Grafana's choice.
        is_hidden: Whether only links use it.
    """

    key: str
    title: Text
    unit: str = ""
    steps: Steps = NORMAL
    words: Words = field(default_factory=dict)
    links: tuple[Link, ...] = ()
    digits: int | None = None
    width: int | None = None
    is_hidden: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel.

    Attributes:
        note: What the number means, where it comes from, and what it does not say.
        query: Name of the block in the dashboard's SQL file; empty for rows.
        empty: What stands where there is no row.
        width: Columns of 24.
        height: Rows of 30 pixels.
        fields: The columns of the answer, time apart, in their order.
        is_stacked: Whether series add up.
        has_bars: Whether a time series is drawn as bars.
        sql_file: Where its query stands, if not in the dashboard's own file.
        is_last_hour: Whether it always shows the last hour, whatever time was chosen.
    """

    title: Text
    kind: Kind
    note: Text = _SILENT
    query: str = ""
    fields: tuple[Field, ...] = ()
    width: int = WIDTH
    height: int = 8
    empty: Text = NO_DATA
    is_stacked: bool = False
    has_bars: bool = False
    is_last_hour: bool = False
    sql_file: str = ""

    def __post_init__(self) -> None:
        if not 1 <= self.width <= WIDTH:
            raise ValueError(f"panel {self.title.en}: a width of 1 to {WIDTH}, not {self.width}")
        if self.asks and not (self.fields and self.note.zh and self.note.en):
            raise ValueError(f"panel {self.title.en} needs fields and a note in both languages")

    @property
    def asks(self) -> bool:
        """Whether it has a query."""
        return self.kind is not Kind.ROW


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """A choice at the head of a dashboard.

    Attributes:
        query: Block of `variables.sql` that answers `__text` and `__value`.
        example: A value to try panels with where a query has none.
    """

    name: str
    title: Text
    query: str
    example: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """What is drawn on every trend of a dashboard: alarms, work on site, drills.

    Attributes:
        query: Block of `marks.sql` that answers time, timeend, text and tags.
    """

    name: Text
    query: str
    colour: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """One dashboard.

    Attributes:
        uid: Stable for ever: links and pushes go by it; English has `-en` behind it.
        sql_file: File in `dashboards/grafana/sql`.
        refresh: How often Grafana asks again; empty for never by itself.
        since: The time range that it opens with.
    """

    uid: str
    title: Text
    note: Text
    sql_file: str
    panels: tuple[Panel, ...]
    variables: tuple[Variable, ...] = ()
    marks: tuple[Mark, ...] = ()
    refresh: str = "1m"
    since: str = "now-30d"

    @property
    def asking(self) -> tuple[Panel, ...]:
        """Its panels that have a query."""
        return tuple(panel for panel in self.panels if panel.asks)


def row(zh: str, en: str) -> Panel:
    """A heading over the panels below it."""
    return Panel(title=said(zh, en), kind=Kind.ROW, height=1)


def stat(  # noqa: PLR0913 - one row of a dashboard
    query: str,
    title: Text,
    note: Text,
    *,
    width: int = 4,
    steps: Steps = NORMAL,
    unit: str = "",
    digits: int | None = None,
    empty: Text = NO_ALARM,
) -> Panel:
    """One number; its column has the name of the query."""
    shown = Field(key=query, title=title, steps=steps, unit=unit, digits=digits)
    return Panel(
        title=title,
        kind=Kind.STAT,
        note=note,
        query=query,
        fields=(shown,),
        width=width,
        height=4,
        empty=empty,
    )

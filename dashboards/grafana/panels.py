"""Panels and dashboards as values; `build` turns them into Grafana's classic JSON."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

DATA_SOURCE: Final = {"type": "grafana-postgresql-datasource", "uid": "towerwatch"}
"""The data source of the role tw_grafana, provisioned under this uid (Grafana 13 knows uids only)."""

GREY: Final = "#8e8e8e"
AMBER: Final = "#d98a00"
RED: Final = "#c4161c"
WIDTH: Final = 24
"""Columns of Grafana's grid."""


class Kind(StrEnum):
    """How a panel is drawn; the values are Grafana's."""

    STAT = "stat"
    TIME_SERIES = "timeseries"
    TABLE = "table"
    BARS = "barchart"


@dataclass(frozen=True, slots=True, kw_only=True)
class Steps:
    """From which value on a number is no longer normal; grey below, since grey is normal."""

    amber: float | None = None
    red: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel.

    Attributes:
        query: Name of the block in the dashboard's SQL file.
        unit: Grafana's name of the unit: s, short, ops.
        width: Columns of 24.
        height: Rows of 30 pixels.
    """

    title_zh: str
    title_en: str
    kind: Kind
    query: str
    width: int
    height: int = 8
    unit: str = "short"
    steps: Steps = Steps()

    def __post_init__(self) -> None:
        if not 1 <= self.width <= WIDTH:
            raise ValueError(f"panel {self.query}: a width of 1 to {WIDTH}, not {self.width}")

    @property
    def title(self) -> str:
        """Chinese first."""
        return f"{self.title_zh} / {self.title_en}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Dashboard:
    """One dashboard.

    Attributes:
        uid: Stable for ever: links and pushes go by it.
        sql_file: File in `dashboards/grafana/sql`.
        refresh: How often Grafana asks again.
        since: The time range that it opens with.
    """

    uid: str
    title_zh: str
    title_en: str
    sql_file: str
    panels: tuple[Panel, ...]
    refresh: str = "10s"
    since: str = "now-6h"

    @property
    def title(self) -> str:
        """Chinese first."""
        return f"{self.title_zh} / {self.title_en}"

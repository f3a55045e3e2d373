"""Every dashboard, in the order in which a supervisor reads them."""

from typing import Final

from dashboards.grafana.boards.city import CITY
from dashboards.grafana.boards.clocks import CLOCK_BOARD
from dashboards.grafana.boards.coverage import COVERAGE_BOARD
from dashboards.grafana.boards.detectors import DETECTORS
from dashboards.grafana.boards.electrical import ELECTRICAL
from dashboards.grafana.boards.lift import LIFT
from dashboards.grafana.boards.lifts import LIFTS
from dashboards.grafana.boards.load import LOAD
from dashboards.grafana.boards.place import PLACE
from dashboards.grafana.boards.platform import PLATFORM
from dashboards.grafana.boards.supervision import SUPERVISION
from dashboards.grafana.boards.warnings import WARNINGS
from dashboards.grafana.boards.water import WATER
from dashboards.grafana.panels import Dashboard

DASHBOARDS: Final[tuple[Dashboard, ...]] = (
    CITY,
    PLACE,
    COVERAGE_BOARD,
    CLOCK_BOARD,
    SUPERVISION,
    LIFTS,
    LIFT,
    WATER,
    ELECTRICAL,
    DETECTORS,
    LOAD,
    WARNINGS,
    PLATFORM,
)

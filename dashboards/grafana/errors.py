"""What can go wrong with dashboards.

DashboardError
├── NotBuilt       the built files differ from the code; `towerwatch grafana build` mends it
└── GrafanaRefused Grafana does not answer or refuses; the message says what it said
"""


class DashboardError(Exception):
    """Base of everything that the dashboards raise on purpose."""


class NotBuilt(DashboardError):
    """The built files differ from the code."""


class GrafanaRefused(DashboardError):
    """Grafana does not answer or refuses."""

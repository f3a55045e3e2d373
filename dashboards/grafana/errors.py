"""What can go wrong with dashboards.

DashboardError
├── BadPanel        a panel's SQL or layout is wrong; the message says which and why
├── BadReader       a reader's name or place is wrong
└── GrafanaRefused  Grafana does not answer or refuses; the message says what it said
    └── VersionConflict  somebody changed the dashboard meanwhile
"""


class DashboardError(Exception):
    """Base of everything that the dashboards raise on purpose."""


class BadPanel(DashboardError):
    """A panel is wrong."""


class BadReader(DashboardError):
    """A reader's name or place is wrong."""


class GrafanaRefused(DashboardError):
    """Grafana does not answer or refuses.

    Attributes:
        status: Of the answer; 0 for none.
    """

    def __init__(self, message: str, status: int = 0) -> None:
        super().__init__(message)
        self.status = status


class VersionConflict(GrafanaRefused):
    """Somebody changed the dashboard between reading and writing it."""

"""Which of the open alarms a list shows: the tabs of the overview, and lists kept under a name.

Pure. A view filters what is no life safety; the fire queue has none. The page filters what arrives
live by the same facts, which the list carries as attributes.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlencode

from dashboards.console.language import N_
from dashboards.console.store.alarm import DESK, AlarmAfter, AlarmFilter, AlarmLine


class Tab(StrEnum):
    """The lists that everybody has."""

    ALL = "all"
    UNACKNOWLEDGED = "unacknowledged"
    WORKING = "working"
    CONTACT = "contact"
    RETURNED = "returned"


TABS: Final = {
    Tab.ALL: N_("全部"),
    Tab.UNACKNOWLEDGED: N_("未确认"),
    Tab.WORKING: N_("处理中"),
    Tab.CONTACT: N_("失联"),
    Tab.RETURNED: N_("已恢复"),
}
SEVERITIES: Final = ("critical", "major", "minor", "warning")
WORKING: Final = frozenset({"acknowledged", "latched_acknowledged"})


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A list of alarms.

    Attributes:
        severity: Only these; None: all.
        place: Code of a place whose subtree it is about; None: the whole scope.
    """

    tab: Tab = Tab.ALL
    severity: str | None = None
    place: str | None = None

    @property
    def query(self) -> str:
        """The view as the page's address has it; empty: everything."""
        named = {
            "tab": None if self.tab is Tab.ALL else self.tab.value,
            "severity": self.severity,
            "place": self.place,
        }
        return urlencode({name: value for name, value in named.items() if value})

    @property
    def url(self) -> str:
        """The overview with this view."""
        return f"/?{self.query}" if self.query else "/"

    def turned(self, tab: Tab) -> "View":
        """The same with another tab."""
        return View(tab=tab, severity=self.severity, place=self.place)

    def with_severity(self, severity: str | None) -> "View":
        """The same with another severity."""
        return View(tab=self.tab, severity=severity, place=self.place)

    def filter(self, place_path: str | None, after: AlarmAfter | None = None) -> AlarmFilter:
        """What the store is asked for."""
        return AlarmFilter(
            life_safety=False,
            shown=DESK,
            is_unacknowledged=self.tab is Tab.UNACKNOWLEDGED,
            is_working=self.tab is Tab.WORKING,
            is_returned=self.tab is Tab.RETURNED,
            group="contact" if self.tab is Tab.CONTACT else None,
            severity=self.severity,
            place_path=place_path,
            after=after,
        )


def view_of(named: Mapping[str, str]) -> View:
    """The view that an address names; what it does not know it leaves out."""
    tab = named.get("tab", "")
    severity = named.get("severity", "")
    return View(
        tab=Tab(tab) if tab in set(Tab) else Tab.ALL,
        severity=severity if severity in SEVERITIES else None,
        place=named.get("place") or None,
    )


def tabs_of(line: AlarmLine) -> str:
    """The tabs in which an alarm stands, for the page's own filter of what arrives live."""
    stands = {
        Tab.ALL: True,
        Tab.UNACKNOWLEDGED: line.is_unacknowledged,
        Tab.WORKING: line.state in WORKING,
        Tab.CONTACT: line.alarm_group == "contact",
        Tab.RETURNED: line.returned_at is not None,
    }
    return " ".join(tab.value for tab, is_there in stands.items() if is_there)

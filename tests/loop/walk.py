"""A random walk over the whole loop: after every step, no order is nobody's, lost or done twice."""

from contextlib import closing
from dataclasses import dataclass
from typing import Final

from analytics.orders.technician import Skill
from ingest.database import connect
from tests.integration.analytics.orders import register, technician_entry
from tests.integration.analytics.site import build_site, rows
from tests.integration.analytics.test_order_walk import NEVER, Walk
from towerwatch.services.database import DatabaseUrls

_DOUBLED: Final = frozenset({"done twice"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """What was found.

    Attributes:
        orphans: Steps after which something was nobody's, lost, or without its history.
        duplicates: Steps after which something was done twice.
    """

    steps: int
    orders: int
    orphans: int
    duplicates: int
    complaints: tuple[str, ...] = ()


def measure(urls: DatabaseUrls, steps: int, seed: int) -> Figures:
    """Walk, and look after every step."""
    site = build_site(urls)
    orphans = duplicates = 0
    complaints: list[str] = []
    with (
        closing(connect(site.urls.ingest_url, application="walk")) as ingest,
        closing(connect(site.urls.analytics_url, application="walk")) as analytics,
        closing(connect(site.urls.console_url, application="walk")) as console,
    ):
        register(
            analytics,
            technician_entry("wang"),
            technician_entry("li"),
            technician_entry("zhao", "fire_firm", Skill.FIRE),
        )
        walk = Walk(ingest, analytics, console, seed)
        for number in range(steps):
            name = walk.step()
            broken = {what for what, query in NEVER.items() if rows(analytics, query)}
            duplicates += bool(broken & _DOUBLED)
            orphans += bool(broken - _DOUBLED)
            complaints += [f"step {number} ({name}): {what}" for what in sorted(broken)]
        found = rows(analytics, "SELECT count(*) FROM work_orders")[0][0]
    if not isinstance(found, int):
        raise TypeError("a count is a number")
    return Figures(
        steps=steps,
        orders=found,
        orphans=orphans,
        duplicates=duplicates,
        complaints=tuple(complaints[:20]),
    )

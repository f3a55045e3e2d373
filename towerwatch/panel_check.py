"""Duty checks 查岗 at fire panels: asked through a gateway, answered by the panel's own key.

Beside the checks of the desk's page, for control rooms that have no page: the transmission
device sounds, somebody presses its key, and its answer comes up as an event.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from psycopg.rows import class_row

from analytics.act import Person
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("towerwatch", "panel_check.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class PanelCheck:
    """A duty check of the panels behind a gateway.

    Attributes:
        state: What became of the request: waiting, sent or expired.
        minutes: Time to answer [min].
        answered: Codes of the transmission devices whose desk answered.
        unanswered: Codes of those whose desk did not answer in time.
    """

    gateway: str
    asked_at: datetime
    asked_by: str
    state: str
    minutes: int
    answered: list[str]
    unanswered: list[str]


def ask_panels(connection: Connection, gateway: str, minutes: int, by: Person) -> bool:
    """Ask the panels behind a gateway; False when it is not there, or not in the person's scope."""
    values = {"gateway": gateway, "minutes": minutes, "by": by.name, "scope": list(by.scope)}
    row = connection.execute(_QUERIES["ask_panels"], values).fetchone()
    connection.commit()
    return row is not None


def fetch_panel_checks(connection: Connection, *, limit: int) -> Sequence[PanelCheck]:
    """The newest checks and their answers, the newest first."""
    with connection.cursor(row_factory=class_row(PanelCheck)) as cursor:
        return cursor.execute(_QUERIES["panel_checks"], {"limit": limit}).fetchall()

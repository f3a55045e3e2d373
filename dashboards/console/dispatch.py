"""What a desk chooses from when it gives an alarm's work out by hand, and why each stands there."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

import structlog

from analytics.duties.matrix import Answer
from dashboards.console.language import N_
from dashboards.console.store import dispatch as store
from dashboards.console.store.alarm import AlarmLine
from ingest.database import Connection

GIVABLE: Final = ("", "proposed", "dispatched", "declined")
"""States of an order in which it may be given to another one; empty: there is none yet."""
_log = structlog.get_logger("console.dispatch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """An organisation that the line names.

    Attributes:
        why: What it is to the alarm by the matrix; empty: nothing.
        is_owner: Whether it has the order now.
        hands: Its technicians.
    """

    organisation: store.Organisation
    why: str
    is_owner: bool
    hands: tuple[store.Hand, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """Whom the matrix proposes, and who else there is.

    Attributes:
        answer: The line of the matrix; None: no line holds.
        named: Who is named by the line, in its order.
        others: Everybody else who serves the place.
        version: Of the order as the chooser sees it; 0: there is none.
    """

    answer: Answer | None
    named: tuple[Choice, ...]
    others: tuple[store.Organisation, ...]
    version: int


def propose(connection: Connection, line: AlarmLine, now: datetime) -> Proposal | None:
    """Whom to choose from; None where it could not be gathered: the alarm's page stands without it."""
    try:
        return _gather(connection, line, now)
    except Exception:  # the edge of a part of a page
        if connection.broken:
            raise
        _log.exception("proposal_not_gathered", alarm=line.id)
        return None


def _gather(connection: Connection, line: AlarmLine, now: datetime) -> Proposal:
    with connection.transaction():
        work = store.fetch_work(connection, line, now)
        means = dict(_roles(work.answer))
        found = store.fetch_organisations(connection, line.place_path, list(means))
        known = {one.id: one for one in found}
        roles = {number: why for number, why in means.items() if number in known}
        hands = store.fetch_hands(connection, list(roles))
    return Proposal(
        answer=work.answer,
        named=tuple(
            Choice(
                organisation=known[number],
                why=why,
                is_owner=number == work.owner_id,
                hands=tuple(hand for hand in hands if hand.organisation_id == number),
            )
            for number, why in roles.items()
        ),
        others=tuple(one for number, one in known.items() if number not in roles),
        version=work.version,
    )


def _roles(answer: Answer | None) -> list[tuple[int, str]]:
    """Who is named by the line, the first role of each."""
    if answer is None:
        return []
    named = [
        (answer.worker, N_("处置单位")),
        (answer.responsible, N_("责任单位")),
        *((one, N_("配合单位")) for one in answer.joint),
        *((one, N_("督办单位")) for one in answer.chain),
    ]
    found: dict[int, str] = {}
    for number, why in named:
        if number is not None:
            found.setdefault(number, why)
    return list(found.items())

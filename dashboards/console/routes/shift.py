"""The shift's handover 交接班: what stands is fixed by who goes, and signed by who comes."""

from typing import Annotated, Final

from fastapi import APIRouter, Form, Request
from starlette.responses import Response

from dashboards.console.errors import NotAllowed
from dashboards.console.present import severity_rank
from dashboards.console.role import Ability, Role, User
from dashboards.console.store import alarm as alarms
from dashboards.console.store import hold as holds
from dashboards.console.store import live, shift
from dashboards.console.web import (
    ActingUser,
    Now,
    ServicesOf,
    UserOf,
    page,
    require,
    see_other,
    strip_context,
)

router = APIRouter(include_in_schema=False)
_MOST: Final = 30
_URGENT: Final = 30
_ON_DUTY: Final = frozenset({Role.OPERATOR, Role.PROJECT_MANAGER})
Notes = Annotated[str, Form(max_length=2000)]


@router.get("/shift")
def show_shift(request: Request, services: ServicesOf, user: UserOf, now: Now) -> Response:
    """What stands at the desk, what is held and until when, and the former handovers."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        stream_from = live.fetch_bounds(connection).newest
        stood = shift.fetch_summary(connection)
        lines = alarms.fetch_alarms(connection, stood.urgent[:_URGENT])
        running = holds.fetch_holds(connection, limit=_MOST)
        handovers = shift.fetch_handovers(connection, limit=_MOST)
        strip = strip_context(connection, now)
    context = {
        **strip,
        "stood": stood,
        "lines": sorted(lines, key=severity_rank),
        "beyond": len(stood.urgent) - len(lines),
        "holds": running,
        "handovers": handovers,
        "is_on_duty": user.role in _ON_DUTY,
        "stream_from": stream_from,
    }
    return page(request, "shift/shift.html", context, user=user)


@router.post("/shift")
def offer(services: ServicesOf, user: ActingUser, now: Now, notes: Notes = "") -> Response:
    """Hand over: what stands is fixed with the notes and the giver's name."""
    _require_duty(user)
    with services.store.scoped(user.scope, writes=True) as connection:
        shift.offer_handover(
            connection,
            desk=desk_of(user),
            paths=user.scope,
            by=user.name,
            notes=notes.strip(),
            stood=shift.fetch_summary(connection),
            now=now,
        )
    return see_other("/shift")


@router.post("/shift/{handover_id}")
def take(
    services: ServicesOf, user: ActingUser, now: Now, handover_id: int, notes: Notes = ""
) -> Response:
    """Take over: the second signature, by another person."""
    _require_duty(user)
    with services.store.scoped(user.scope, writes=True) as connection:
        is_signed = shift.take_handover(
            connection, handover_id, by=user.name, reply=notes.strip(), now=now
        )
    if not is_signed:
        raise NotAllowed("it is signed already, or another person has to sign")
    return see_other("/shift")


def desk_of(user: User) -> str:
    """The desk that a person sits at: those with the same places share it."""
    return ",".join(sorted(user.scope)) or "-"


def _require_duty(user: User) -> None:
    if user.role not in _ON_DUTY:
        raise NotAllowed("your role has no desk")

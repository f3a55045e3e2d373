"""Contacts of places, masked until somebody asks and is written down; contracts that end."""

from datetime import timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Path, Request
from starlette.responses import Response

from analytics.orders.technician import ZONE
from dashboards.console.errors import NotFound
from dashboards.console.role import Ability, User
from dashboards.console.store import admin
from dashboards.console.store import person as store
from dashboards.console.web import (
    ActingUser,
    Now,
    Services,
    ServicesOf,
    UserOf,
    page,
    require,
    strip_context,
)

router = APIRouter(include_in_schema=False)
_MOST: Final = 500
_SOON: Final = timedelta(days=60)
"""A contract that ends within this is shown: time to tender again (product rule, no source)."""


@router.get("/admin/contacts")
def show_contacts(request: Request, services: ServicesOf, user: UserOf, now: Now) -> Response:
    """Who is responsible for which place, masked; and equipment whose contract ends."""
    require(user, Ability.ADMIN)
    return _page(request, services, user, now, None)


@router.post("/admin/contacts/{person_id}")
def reveal(
    request: Request,
    services: ServicesOf,
    user: ActingUser,
    now: Now,
    person_id: Annotated[int, Path(ge=1, le=2**31 - 1)],
) -> Response:
    """One person as it is; who looked stands in the record from then on."""
    require(user, Ability.ADMIN)
    with services.store.scoped(user.scope, writes=True) as connection:
        found = store.fetch_persons(connection, now, person_id=person_id)
        if not found:
            raise NotFound(f"no person {person_id}")
        admin.note(connection, user, "persons_seen", str(person_id), found[0].role, now)
    return _page(request, services, user, now, person_id)


def _page(
    request: Request, services: Services, user: User, now: Now, shown: int | None
) -> Response:
    today = now.astimezone(ZONE).date()
    with services.store.scoped(user.scope) as connection:
        persons = store.fetch_persons(connection, now, limit=_MOST)
        contracts = store.fetch_contracts(connection, today + _SOON, limit=_MOST)
        strip = strip_context(connection, now)
    context = {
        **strip,
        "persons": persons,
        "shown": shown,
        "contracts": contracts,
        "today": today,
        "days": _SOON.days,
    }
    return page(request, "admin/contacts.html", context, user=user)

"""Find a place, a device or a page by a few letters."""

from typing import Annotated, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from dashboards.console.initials import needles
from dashboards.console.keys import find_pages
from dashboards.console.role import Ability
from dashboards.console.store.search import Found, search
from dashboards.console.web import ServicesOf, UserOf, language_of, page, require

router = APIRouter(include_in_schema=False)
_MOST: Final = 20


@router.get("/search")
def find(
    request: Request,
    services: ServicesOf,
    user: UserOf,
    q: Annotated[str, Query(max_length=100)] = "",
) -> Response:
    """What a question finds, as a list that the palette shows."""
    require(user, Ability.WATCH)
    found: list[Found] = []
    if needles(q):
        with services.store.scoped(user.scope) as connection:
            found = search(connection, q, limit=_MOST)
    context = {"found": found, "pages": find_pages(user, q, language_of(request, user)), "q": q}
    return page(request, "found.html", context, user=user)

"""The registry's files 设备登记: a preview of what they change, and a person who agrees to it."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, File, Form, Request, UploadFile
from starlette.responses import Response

from dashboards.console import registry
from dashboards.console.role import Ability, User
from dashboards.console.store import request as store
from dashboards.console.web import (
    ActingUser,
    Now,
    Services,
    ServicesOf,
    UserOf,
    page,
    require,
    see_other,
    strip_context,
)

router = APIRouter(include_in_schema=False)
_LISTED = 30


@router.get("/admin/registry")
def show_registry(request: Request, services: ServicesOf, user: UserOf, now: Now) -> Response:
    """The form for files, and what became of the former ones."""
    require(user, Ability.ADMIN)
    return _page(request, services, user, now, None)


@router.post("/admin/registry")
def preview_files(  # noqa: PLR0913, PLR0917 - the fields of a form
    request: Request,
    services: ServicesOf,
    user: ActingUser,
    now: Now,
    files: Annotated[list[UploadFile], File()],
    reason: Annotated[str, Form(max_length=200)] = "",
) -> Response:
    """What the files would change, or every fault with its line; nothing is written."""
    require(user, Ability.ADMIN)
    contents = {
        (item.filename or "").rpartition("/")[2]: item.file.read(registry.MOST_BYTES + 1)
        for item in files
    }
    found = registry.preview(services.store, user, contents, reason.strip(), now)
    return _page(request, services, user, now, found)


@router.post("/admin/registry/{number}")
def agree(services: ServicesOf, user: ActingUser, number: UUID) -> Response:
    """Whoever was shown the plan agrees; ingest applies that plan or nothing."""
    require(user, Ability.ADMIN)
    registry.agree(services.store, user, number)
    return see_other("/admin/registry")


def _page(
    request: Request,
    services: Services,
    user: User,
    now: Now,
    found: registry.Preview | None,
) -> Response:
    with services.store.scoped(user.scope) as connection:
        listed = store.fetch_requests(connection, limit=_LISTED)
        strip = strip_context(connection, now)
    context = {**strip, "preview": found, "requests": listed, "most": registry.SHOWN}
    return page(request, "admin/registry.html", context, user=user)

"""Add or change one place, organisation, contact or device in a form; the import's plan is shown first."""

from collections.abc import Iterable
from typing import Annotated, Final

from fastapi import APIRouter, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from dashboards.console import edit, registry
from dashboards.console.errors import BadRequest
from dashboards.console.role import Ability, User
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
_LONGEST: Final = 2000
TableName = Annotated[str, Path(pattern="^[a-z_]{1,30}$")]


@router.get("/admin/edit/{table}")
def show_form(
    request: Request, services: ServicesOf, user: UserOf, now: Now, table: TableName
) -> Response:
    """The form of the line that the address names, or an empty one."""
    require(user, Ability.ADMIN)
    cells = _cells(request.query_params.items())
    return _page(
        request, services, user, now, edit.open_form(services.store, user, table, cells, now)
    )


@router.post("/admin/edit/{table}")
async def send_form(
    request: Request, services: ServicesOf, user: ActingUser, now: Now, table: TableName
) -> Response:
    """What the line would change, or what is wrong with it; what was typed stays in the form."""
    require(user, Ability.ADMIN)
    said = await request.form()
    cells = _cells((name, value) for name, value in said.items() if isinstance(value, str))
    reason = cells.pop("reason", "")[:200]
    form = await run_in_threadpool(edit.send_form, services.store, user, table, cells, reason, now)
    return await run_in_threadpool(_page, request, services, user, now, form, reason)


def _cells(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    cells = {name: value.strip() for name, value in pairs}
    if any(len(value) > _LONGEST or "\0" in value for value in cells.values()):
        raise BadRequest(f"a field has at most {_LONGEST} characters")
    return cells


def _page(  # noqa: PLR0913, PLR0917 - the parts of a page
    request: Request, services: Services, user: User, now: Now, form: edit.Form, reason: str = ""
) -> Response:
    with services.store.scoped(user.scope) as connection:
        strip = strip_context(connection, now)
    context = {
        **strip,
        "form": form,
        "reason": reason,
        "preview": form.preview,
        "most": registry.SHOWN,
    }
    return page(request, "admin/edit.html", context, user=user)

"""Who of a provider waits to be tied to a user: tied by an administrator, or turned away."""

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import Response

from dashboards.console import binding
from dashboards.console.role import Ability
from dashboards.console.store.binding import Account
from dashboards.console.web import ActingUser, Now, ServicesOf, require, see_other

router = APIRouter(include_in_schema=False)
Said = Annotated[str, Form(max_length=400)]
Name = Annotated[str, Form(pattern="^[a-z0-9._-]{2,40}$")]


@router.post("/admin/bindings")
def bind(  # noqa: PLR0913, PLR0917 - the fields of a form
    services: ServicesOf, user: ActingUser, now: Now, issuer: Said, subject: Said, name: Name
) -> Response:
    """Tie somebody of the provider to a user."""
    require(user, Ability.ADMIN)
    binding.bind(services.store, user, Account(issuer=issuer, subject=subject), name, now)
    return see_other("/admin/users")


@router.post("/admin/bindings/decline")
def decline(
    services: ServicesOf, user: ActingUser, now: Now, issuer: Said, subject: Said
) -> Response:
    """Turn somebody away."""
    require(user, Ability.ADMIN)
    binding.decline(services.store, user, Account(issuer=issuer, subject=subject), now)
    return see_other("/admin/users")

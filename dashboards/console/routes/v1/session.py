"""Log-in of machines."""

from fastapi import APIRouter, Request

from dashboards.console import auth
from dashboards.console.act_model import SessionIn, SessionOut
from dashboards.console.openapi import problems
from dashboards.console.web import Now, ServicesOf, address_of

router = APIRouter(tags=["session"])


@router.post(
    "/sessions",
    summary="Log in",
    status_code=201,
    responses=problems(401, 429),
    openapi_extra={"security": []},
)
def begin_session(request: Request, services: ServicesOf, now: Now, body: SessionIn) -> SessionOut:
    """Log in; send the token as `Authorization: Bearer <token>` from then on.

    Each log-in is a session of its own, so a repeated request does no harm and needs no key.
    """
    attempt = auth.Attempt(
        name=body.name.strip().lower(),
        password=body.password,
        address=address_of(request),
        at=now,
    )
    issued = auth.log_in(services.store, attempt, services.session_length)
    return SessionOut(token=issued.token, expires_at=issued.expires_at, role=issued.user.role)

"""What every route needs: the services of the process, the user who asks, a page as answer."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final

from fastapi import Depends, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from dashboards.console import auth
from dashboards.console.errors import NotAllowed
from dashboards.console.language import EN, ZH, asked_language
from dashboards.console.live import Hub
from dashboards.console.pages import render
from dashboards.console.people import Directory
from dashboards.console.role import Ability, User
from dashboards.console.settings import Settings
from dashboards.console.store import alarm as alarms
from dashboards.console.store import bureau, platform, safety
from dashboards.console.store.pool import Store
from dashboards.console.words import sound_of
from ingest.database import Connection

QUIET: Final = timedelta(seconds=60)
"""After so long without the bureau's page or its receipt, the strip names its telephone."""
LANGUAGE_COOKIE: Final = "towerwatch_language"
LIGHT_COOKIE: Final = "towerwatch_light"
DIM: Final = "dim"
_BEARER: Final = "bearer "
_FORM_TYPES: Final = ("application/x-www-form-urlencoded", "multipart/form-data")


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """What the process holds open while it serves."""

    settings: Settings
    store: Store
    hub: Hub
    people: Directory

    @property
    def session_length(self) -> timedelta:
        """How long a session lasts."""
        return timedelta(hours=self.settings.console_session_hours)

    @property
    def cookie(self) -> str:
        """Name of the session's cookie."""
        return auth.cookie_name(behind_tls=self.settings.console_behind_tls)


def now() -> datetime:
    """The time at which a request is handled."""
    return datetime.now(UTC)


def services_of(request: Request) -> Services:
    """The services of the process that serves this request."""
    services: Services = request.app.state.services
    return services


ServicesOf = Annotated[Services, Depends(services_of)]
Now = Annotated[datetime, Depends(now)]


def token_of(request: Request, services: Services) -> str | None:
    """The session's token: from the cookie of a browser, or the header of a machine."""
    header = request.headers.get("authorization", "")
    if header.lower().startswith(_BEARER):
        return header[len(_BEARER) :].strip()
    return request.cookies.get(services.cookie)


def is_machine(request: Request) -> bool:
    """Whether the request carries its token by its own will, so that no page can forge it."""
    return request.headers.get("authorization", "").lower().startswith(_BEARER)


def user_of(request: Request, services: ServicesOf, at: Now) -> User:
    """The user who asks."""
    return auth.user_of(services.store, token_of(request, services), at)


UserOf = Annotated[User, Depends(user_of)]


async def acting_user(request: Request, user: UserOf) -> User:
    """The user who asks for a change, by a request that no other site can have made."""
    if is_machine(request):
        return user
    require_same_site(request)
    sent = request.headers.get("x-csrf-token")
    if sent is None and request.headers.get("content-type", "").startswith(_FORM_TYPES):
        field = (await request.form()).get("csrf")
        sent = field if isinstance(field, str) else None
    auth.require_csrf_token(user, sent)
    return user


ActingUser = Annotated[User, Depends(acting_user)]


def require_same_site(request: Request) -> None:
    """Refuse what another site's page sent."""
    auth.require_own_site(
        origin=request.headers.get("origin"),
        fetch_site=request.headers.get("sec-fetch-site"),
        host=request.headers.get("host"),
    )


def require(user: User, ability: Ability) -> None:
    """Refuse what the user's role may not do.

    Raises:
        NotAllowed: The role lacks the ability.
    """
    if not user.may(ability):
        raise NotAllowed("your role may not do this")


def address_of(request: Request) -> str:
    """Where a request comes from; a proxy's own headers are believed by the server's settings."""
    return request.client.host if request.client is not None else "0.0.0.0"  # noqa: S104 - no bind


def own_url(request: Request) -> str:
    """The console's address for what is printed: as set, else as this browser reached it."""
    services: Services = request.app.state.services
    return (services.settings.console_public_url or str(request.base_url)).rstrip("/")


def language_of(request: Request, user: User | None = None) -> str:
    """The language to answer in: what the browser was set to, else the user's."""
    chosen = request.cookies.get(LANGUAGE_COOKIE)
    if chosen in (ZH, EN):
        return chosen
    return user.language if user is not None else ZH


def is_api(request: Request) -> bool:
    """Whether the answer is for a machine, whoever sent the request."""
    return request.url.path.startswith(("/api/", "/live", "/health/"))


def told_language(request: Request, user: User | None = None) -> str:
    """The language of what is told beside a page: of a machine the one that it asks for."""
    if not is_api(request) or LANGUAGE_COOKIE in request.cookies:
        return language_of(request, user)
    asked = asked_language(request.headers.get("accept-language"))
    return asked or language_of(request, user)


def page(
    request: Request,
    template: str,
    context: Mapping[str, object],
    *,
    user: User | None,
    status: int = 200,
) -> HTMLResponse:
    """A page or fragment as answer."""
    services: Services = request.app.state.services
    html = render(
        language_of(request, user),
        template,
        {
            "people": services.people.fresh(),
            "user": user,
            "nonce": request.state.nonce,
            "path": request.url.path,
            "is_dim": request.cookies.get(LIGHT_COOKIE) == DIM,
            "back": _back(request),
            "stream_from": None,
            "canary_ms": services.hub.canary_ms,
            **context,
        },
    )
    return HTMLResponse(html, status_code=status)


def _back(request: Request) -> str | None:
    """Where a page stands after its language was changed; None: it answers a form."""
    if request.method != "GET":
        return None
    query = request.url.query
    return f"{request.url.path}?{query}" if query else request.url.path


def see_other(url: str) -> Response:
    """Go on to another page after a form."""
    return RedirectResponse(url, status_code=303)


def strip_context(
    connection: Connection, at: datetime, count: alarms.OpenCount | None = None
) -> dict[str, object]:
    """What the status strip of a page shows, read in the page's own transaction.

    Args:
        count: Where the page has counted already.
    """
    strip = platform.fetch_strip(connection, at)
    waiting = strip.oldest_waiting_at
    is_late = waiting is not None and at - waiting > QUIET
    return {
        "strip": strip,
        "strip_drills": safety.fetch_running_drills(connection, at),
        "strip_checks": safety.fetch_post_checks(connection, waiting=True, limit=5),
        "count": count or alarms.count_open(connection),
        "strip_desks": [one for one in bureau.fetch_desks(connection) if at - one.beat_at > QUIET],
        "strip_phones": bureau.fetch_bureau_phones(connection) if is_late else (),
        "sounding": [
            {
                "id": item.id,
                "sound": sound_of(item.alarm_group, item.severity, is_drill=item.is_drill),
            }
            for item in alarms.fetch_sounding(connection)
        ],
        "now": at,
    }

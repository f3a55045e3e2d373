"""Sign in by a provider or a passkey; a person's own passkeys."""

from datetime import datetime, timedelta
from typing import Annotated, Final

import structlog
from fastapi import APIRouter, Path, Query, Request
from pydantic import BaseModel, ConfigDict, Field, SecretStr
from starlette.responses import JSONResponse, Response

from dashboards.console import auth, sign_in
from dashboards.console.errors import NotBound, NotFound, TooOften, WrongPassword
from dashboards.console.language import N_
from dashboards.console.routes.login import forget_cookie, login_page, set_session_cookie
from dashboards.console.sign_in import VALID_FOR, cookie_name, provider_of, site_of
from dashboards.console.store import live
from dashboards.console.store import sign_in as store
from dashboards.console.throttle import Throttle
from dashboards.console.web import (
    ActingUser,
    Now,
    Services,
    ServicesOf,
    UserOf,
    address_of,
    page,
    require_same_site,
    see_other,
    strip_context,
    token_of,
)
from dashboards.identity.errors import IdentityError, ProviderAway
from dashboards.identity.passkey import Site
from dashboards.identity.provider import ProviderLink

router = APIRouter(include_in_schema=False)
_TRIES: Final = 60
_WINDOW: Final = timedelta(minutes=15)
_AWAY: Final = N_("统一身份认证暂时无法连接，请用用户名和密码登录")
_REFUSED: Final = N_("登录未通过，请重试或用用户名和密码登录")
_WAITING: Final = N_(
    "您的统一身份认证账号还没有与本系统的用户绑定，请联系管理员；绑定前请用用户名和密码登录"
)
_MOST_ANSWER: Final = 20_000

_log = structlog.get_logger("console.sign_in")


class PasskeyAnswer(BaseModel):
    """What a browser answers.

    Attributes:
        credential: JSON of the browser's credential.
    """

    model_config = ConfigDict(frozen=True)

    credential: str = Field(max_length=_MOST_ANSWER)
    label: str = Field(default="", max_length=40)


class PasskeyWish(BaseModel):
    """Who wants a new key says their password again: a screen may have been left open."""

    model_config = ConfigDict(frozen=True)

    password: SecretStr = Field(max_length=1000)


@router.get("/login/provider")
def go_to_provider(request: Request, services: ServicesOf, now: Now) -> Response:
    """Send the browser to the provider."""
    link = _provider(services)
    _require_patience(request, now)
    try:
        opened = sign_in.begin_by_provider(services.store, link, now)
    except IdentityError as error:
        _log.warning("provider_away", why=str(error))
        return login_page(request, services, trouble=_AWAY, status=503)
    answer = see_other(opened.told)
    _bind(answer, services, opened.browser)
    return answer


@router.get("/login/provider/back")
def come_back(
    request: Request,
    services: ServicesOf,
    now: Now,
    code: Annotated[str, Query(max_length=4000)] = "",
    state: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """The browser comes back from the provider, with a code or a refusal.

    It is counted apart: who was let begin is let end, whatever others at the address begin.
    """
    link = _provider(services)
    _require_patience(request, now, "back")
    browser = request.cookies.get(_cookie(services))
    try:
        name = sign_in.finish_by_provider(
            services.store,
            link,
            first=services.settings.oidc_first_sign_in,
            browser=browser,
            code=code,
            state=state,
            now=now,
        )
        return _let_in(request, services, name, now)
    except ProviderAway as error:
        _log.warning("provider_away", why=str(error))
        return login_page(request, services, trouble=_AWAY, status=503)
    except NotBound:
        return login_page(request, services, trouble=_WAITING, status=403)
    except WrongPassword:
        return login_page(request, services, trouble=_REFUSED, status=401)


@router.post("/login/passkey/begin")
def ask_for_passkey(request: Request, services: ServicesOf, now: Now) -> Response:
    """What the browser shall sign."""
    require_same_site(request)
    site = _site(services)
    _require_patience(request, now)
    return _asked(services, sign_in.begin_by_passkey(services.store, site, now))


@router.post("/login/passkey")
def sign_in_by_passkey(
    request: Request, services: ServicesOf, now: Now, body: PasskeyAnswer
) -> Response:
    """Begin a session for whose key has signed."""
    require_same_site(request)
    browser = request.cookies.get(_cookie(services))
    name = sign_in.finish_by_passkey(
        services.store, _site(services), browser=browser, answer=body.credential, now=now
    )
    let_in = _let_in(request, services, name, now)
    answer = JSONResponse({"home": let_in.headers["location"]})
    for cookie in let_in.headers.getlist("set-cookie"):
        answer.headers.append("set-cookie", cookie)
    return answer


@router.get("/passkeys")
def list_passkeys(request: Request, services: ServicesOf, user: UserOf, now: Now) -> Response:
    """A person's own passkeys."""
    with services.store.transaction() as connection:
        keys = store.fetch_passkeys(connection, user.name)
    with services.store.scoped(user.scope) as connection:
        stream_from = live.fetch_bounds(connection).newest
        strip = strip_context(connection, now)
    is_on = site_of(services.settings) is not None
    context = {**strip, "keys": keys, "is_on": is_on, "stream_from": stream_from}
    return page(request, "passkeys.html", context, user=user)


@router.post("/passkeys/begin")
def ask_for_new_passkey(
    request: Request, services: ServicesOf, user: ActingUser, now: Now, body: PasskeyWish
) -> Response:
    """What the browser shall make a key from."""
    password = body.password.get_secret_value()
    address = address_of(request)
    auth.prove(
        services.store, auth.Attempt(name=user.name, password=password, address=address, at=now)
    )
    return _asked(services, sign_in.begin_new_passkey(services.store, _site(services), user, now))


@router.post("/passkeys")
def add_passkey(
    request: Request, services: ServicesOf, user: ActingUser, now: Now, body: PasskeyAnswer
) -> Response:
    """Keep a new key."""
    sign_in.finish_new_passkey(
        services.store,
        _site(services),
        user,
        browser=request.cookies.get(_cookie(services)),
        answer=body.credential,
        label=body.label.strip() or "passkey",
        now=now,
    )
    return JSONResponse({"home": "/passkeys"})


@router.post("/passkeys/{passkey}/drop")
def drop_passkey(
    services: ServicesOf,
    user: ActingUser,
    now: Now,
    passkey: Annotated[str, Path(pattern="^([0-9a-f]{2}){1,1023}$")],
) -> Response:
    """Forget a key."""
    sign_in.drop_passkey(services.store, user, passkey, now)
    return see_other("/passkeys")


def _provider(services: Services) -> ProviderLink:
    link = provider_of(services.settings)
    if link is None:
        raise NotFound("no provider of identities is set up")
    return link


def _site(services: Services) -> Site:
    site = site_of(services.settings)
    if site is None:
        raise NotFound("passkeys need TOWERWATCH_CONSOLE_PUBLIC_URL")
    return site


def _let_in(request: Request, services: Services, name: str, now: datetime) -> Response:
    """A session under a new token; the browser's former one ends."""
    issued = auth.begin_session(services.store, name, now, services.session_length)
    former = token_of(request, services)
    if former:
        auth.log_out(services.store, former)
    answer = see_other(issued.user.home)
    set_session_cookie(answer, services, issued.token)
    forget_cookie(answer, services, _cookie(services))
    return answer


def _asked(services: Services, opened: sign_in.Opened) -> Response:
    answer = Response(opened.told, media_type="application/json")
    _bind(answer, services, opened.browser)
    return answer


def _bind(answer: Response, services: Services, browser: str) -> None:
    """Give the browser the cookie that binds this sign-in to it."""
    answer.set_cookie(
        _cookie(services),
        browser,
        max_age=int(VALID_FOR.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=services.settings.console_behind_tls,
    )


def _cookie(services: Services) -> str:
    return cookie_name(behind_tls=services.settings.console_behind_tls)


def _require_patience(request: Request, now: datetime, step: str = "begin") -> None:
    """Nobody is logged in here: one address may only take a step so often."""
    state = request.app.state
    if not hasattr(state, "sign_ins"):
        state.sign_ins = {one: Throttle(_TRIES, _WINDOW) for one in ("begin", "back")}
    throttle: Throttle = state.sign_ins[step]
    if not throttle.permits(address_of(request), now):
        raise TooOften(int(_WINDOW.total_seconds()))

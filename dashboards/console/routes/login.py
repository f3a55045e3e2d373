"""Log in, log out, choose the language and the light."""

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request
from starlette.responses import Response

from dashboards.console import auth
from dashboards.console.errors import (
    ConsoleError,
    NotAllowed,
    NotFound,
    NotLoggedIn,
    TooManyTries,
    WrongPassword,
)
from dashboards.console.language import N_
from dashboards.console.pages import LANGUAGES
from dashboards.console.phone import phone_cookie
from dashboards.console.role import Ability, User
from dashboards.console.store import user as users
from dashboards.console.web import (
    DIM,
    LANGUAGE_COOKIE,
    LIGHT_COOKIE,
    ActingUser,
    Now,
    Services,
    ServicesOf,
    UserOf,
    acting_user,
    address_of,
    page,
    require_same_site,
    see_other,
    token_of,
    user_of,
)

router = APIRouter(include_in_schema=False)
_YEAR_S = 31_536_000


@router.get("/login")
def show_login(request: Request, services: ServicesOf) -> Response:
    """The form; a technician's own telephone is asked for its PIN."""
    cookie = phone_cookie(behind_tls=services.settings.console_behind_tls)
    if "password" not in request.query_params and cookie in request.cookies:
        return see_other("/phone")
    return login_page(request, services, back=request.query_params.get("back", ""))


def login_page(  # noqa: PLR0913 - what the form says
    request: Request,
    services: Services,
    *,
    trouble: str | None = None,
    name: str = "",
    back: str = "",
    status: int = 200,
) -> Response:
    """The form, with the other ways to sign in that are set up; it leads back to where one was."""
    settings = services.settings
    context = {
        "trouble": trouble,
        "name": name,
        "to": _asked_for(back) or "",
        "has_provider": bool(settings.oidc_issuer),
        "has_passkeys": bool(settings.console_public_url),
    }
    return page(request, "login.html", context, user=None, status=status)


@router.post("/login")
def log_in(  # noqa: PLR0913, PLR0917 - the fields of a form
    request: Request,
    services: ServicesOf,
    now: Now,
    name: Annotated[str, Form(max_length=100)],
    password: Annotated[str, Form(max_length=500)],
    back: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Begin a session under a new token; the browser's former one ends."""
    require_same_site(request)
    try:
        attempt = auth.Attempt(
            name=name.strip().lower(), password=password, address=address_of(request), at=now
        )
        issued = auth.log_in(services.store, attempt, services.session_length)
    except (WrongPassword, TooManyTries) as error:
        return _refused(request, services, error, name, back)
    former = token_of(request, services)
    if former:
        auth.log_out(services.store, former)
    answer = see_other(_asked_for(back) or issued.user.home)
    set_session_cookie(answer, services, issued.token)
    return answer


@router.post("/logout")
def log_out(request: Request, services: ServicesOf, user: ActingUser) -> Response:
    """End the session at the server and forget it in the browser.

    What a technician did without a signal waits in the browser's storage until it is sent: it stays.
    """
    token = token_of(request, services)
    if token:
        auth.log_out(services.store, token)
    answer = see_other("/login")
    forget_cookie(answer, services, services.cookie)
    if not user.may(Ability.WORK):
        answer.headers["Clear-Site-Data"] = '"storage"'
    return answer


async def _whoever(request: Request, services: ServicesOf, at: Now) -> User | None:
    """Who asks from a page of ours; None: nobody is logged in, as before a plate or a board."""
    try:
        user = user_of(request, services, at)
    except NotLoggedIn:
        require_same_site(request)
        return None
    try:
        return await acting_user(request, user)
    except NotAllowed:
        # Pages for everybody and those that say an error carry nobody's token.
        require_same_site(request)
        return None


@router.post("/language/{language}")
def choose_language(
    services: ServicesOf,
    user: Annotated[User | None, Depends(_whoever)],
    language: str,
    back: Annotated[str, Form(max_length=500)] = "/",
) -> Response:
    """Remember the language for this browser, and for the person where one is logged in."""
    if language not in LANGUAGES:
        raise NotFound(f"no language {language!r}")
    if user is not None:
        with services.store.transaction() as connection:
            users.set_language(connection, user.name, language)
    return _remembered(services, back, LANGUAGE_COOKIE, language)


@router.post("/light/{light}")
def choose_light(
    services: ServicesOf,
    _user: ActingUser,
    light: str,
    back: Annotated[str, Form(max_length=500)] = "/",
) -> Response:
    """Remember for this browser how bright its room is."""
    if light not in (DIM, "bright"):
        raise NotFound(f"no light {light!r}")
    return _remembered(services, back, LIGHT_COOKIE, light)


def _remembered(services: Services, back: str, cookie: str, value: str) -> Response:
    """Back to where the choice was made, with the choice kept in the browser."""
    answer = see_other(own_path(back) or "/")
    answer.set_cookie(
        cookie,
        value,
        max_age=_YEAR_S,
        httponly=True,
        samesite="lax",
        secure=services.settings.console_behind_tls,
    )
    return answer


@router.get("/me")
def me(user: UserOf) -> Response:
    """Go to the page that the user starts on."""
    return see_other(user.home)


def own_path(back: str) -> str | None:
    """A page of ours that was asked for; None: it is none, or is elsewhere."""
    return back if back.startswith("/") and not back.startswith(("//", "/\\")) else None


def _asked_for(back: str) -> str | None:
    """Where the log-in leads; None: to the home of who logs in."""
    return None if back.startswith(("/login", "/logout")) else own_path(back)


def _refused(
    request: Request, services: Services, error: ConsoleError, name: str, back: str
) -> Response:
    is_throttled = isinstance(error, TooManyTries)
    trouble = N_("登录失败次数过多，请15分钟后再试") if is_throttled else N_("用户名或密码错误")
    status = 429 if is_throttled else 401
    answer = login_page(request, services, trouble=trouble, name=name, back=back, status=status)
    if isinstance(error, TooManyTries):
        answer.headers["Retry-After"] = str(error.wait_s)
    return answer


def forget_cookie(answer: Response, services: Services, cookie: str) -> None:
    """Take a cookie from the browser.

    One whose name begins with `__Host-` only goes when it is taken over HTTPS as `Secure`.
    """
    answer.delete_cookie(
        cookie,
        path="/",
        secure=services.settings.console_behind_tls,
        httponly=True,
        samesite="lax",
    )


def set_session_cookie(answer: Response, services: Services, token: str) -> None:
    """Give the browser its session."""
    answer.set_cookie(
        services.cookie,
        token,
        max_age=int(services.session_length.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=services.settings.console_behind_tls,
    )

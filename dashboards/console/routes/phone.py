"""A technician's telephone: the link, the PIN, the code on a device, and what works offline."""

from datetime import timedelta
from importlib.resources import files
from typing import Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Form, Path, Request
from markupsafe import Markup
from starlette.responses import Response

from analytics.act import ActKind
from dashboards.bulletin.code import qr_svg
from dashboards.console import phone
from dashboards.console.act import may_act_on
from dashboards.console.errors import BadRequest, NotAllowed, NotFound, NotLoggedIn, WrongPassword
from dashboards.console.language import N_
from dashboards.console.role import Ability, Role
from dashboards.console.routes.login import set_session_cookie
from dashboards.console.store import order as orders
from dashboards.console.store import phone as phones
from dashboards.console.throttle import Throttle
from dashboards.console.web import (
    ActingUser,
    Now,
    Services,
    ServicesOf,
    address_of,
    own_url,
    page,
    require_same_site,
    see_other,
    user_of,
)

router = APIRouter(include_in_schema=False)
Token = Annotated[str, Path(max_length=200)]
Pin = Annotated[str, Form(max_length=12)]
_TRIES: Final = 30
_WINDOW: Final = timedelta(hours=1)
_BAD_PIN: Final = N_("PIN 须为六位数字，不能全相同或连续")
_DIFFERENT: Final = N_("两次输入的 PIN 不一致")
_USED_UP: Final = N_("该链接已使用或已过期，请让调度员重新发送")
_WRONG: Final = N_("PIN 错误；错五次后该手机停用，须重新发送链接")
_TOO_OFTEN: Final = N_("尝试过于频繁，请稍后再试")
_NO_ASSET: Final = N_("没有编号为这个的设备，或不在您的范围内；牌子可能已更换，请联系管理员")
_WORKER: Final = "worker.js"


@router.post("/orders/{order_id}/phone")
def make_link(  # noqa: PLR0913, PLR0917 - the fields of a form
    request: Request,
    services: ServicesOf,
    user: ActingUser,
    now: Now,
    order_id: int,
    technician: Annotated[str, Form(max_length=40)],
) -> Response:
    """A link for the telephone of a technician, shown this once."""
    with services.store.scoped(user.scope) as connection:
        line = orders.fetch_order(connection, order_id)
    if line is None:
        raise NotFound(f"no order {order_id}")
    if not may_act_on(user, line, ActKind.ORDER_ASSIGN):
        raise NotAllowed("this order is another organisation's")
    token = phone.make_link(
        services.store,
        by=user.name,
        name=technician,
        owner_id=line.owner_id,
        order_id=order_id,
        now=now,
    )
    url = f"{own_url(request)}/p/{token}"
    context = {
        "order_id": order_id,
        "technician": technician,
        "url": url,
        "code": Markup(qr_svg(url)),  # noqa: S704 - drawn from our own address
    }
    return page(request, "phone/link.html", context, user=user)


@router.get("/p/{token}")
def show_link(request: Request, services: ServicesOf, now: Now, token: Token) -> Response:
    """The form that chooses a PIN; a chat program that looks at links uses nothing up."""
    if phone.is_link_good(services.store, token, now):
        return _choose(request)
    return _choose(request, _USED_UP, status=410)


@router.post("/p/{token}")
def use_link(  # noqa: PLR0913, PLR0917 - the fields of a form
    request: Request, services: ServicesOf, now: Now, token: Token, pin: Pin, again: Pin
) -> Response:
    """Choose a PIN: the link is used up, the telephone is known, the order is shown."""
    require_same_site(request)
    if not _throttle(request).permits(address_of(request), now):
        return _choose(request, _TOO_OFTEN, status=429)
    if pin != again:
        return _choose(request, _DIFFERENT, status=422)
    try:
        opened = phone.open_phone(services.store, token, pin, now, services.session_length)
    except BadRequest:
        return _choose(request, _BAD_PIN, status=422)
    except WrongPassword:
        return _choose(request, _USED_UP, status=410)
    answer = see_other("/t" if opened.order_id is None else f"/t/{opened.order_id}")
    set_session_cookie(answer, services, opened.issued.token)
    answer.set_cookie(
        _cookie(services),
        opened.device,
        max_age=int(phone.PHONE_VALID_FOR.total_seconds()),
        path="/",
        httponly=True,
        samesite="lax",
        secure=services.settings.console_behind_tls,
    )
    return answer


@router.get("/phone")
def show_pin(request: Request, services: ServicesOf) -> Response:
    """The PIN of a known telephone; any other goes to the log-in."""
    if _cookie(services) not in request.cookies:
        return see_other("/login")
    return page(request, "phone/unlock.html", {"trouble": None}, user=None)


@router.post("/phone")
def unlock(request: Request, services: ServicesOf, now: Now, pin: Pin) -> Response:
    """Begin a session by the PIN."""
    require_same_site(request)
    trouble, status = _WRONG, 401
    if not _throttle(request).permits(address_of(request), now):
        trouble, status = _TOO_OFTEN, 429
    else:
        device = request.cookies.get(_cookie(services))
        try:
            issued = phone.unlock(services.store, device, pin, now, services.session_length)
        except WrongPassword:
            pass
        else:
            answer = see_other("/t")
            set_session_cookie(answer, services, issued.token)
            return answer
    return page(request, "phone/unlock.html", {"trouble": trouble}, user=None, status=status)


@router.get("/q/{code}")
def scan(
    request: Request,
    services: ServicesOf,
    now: Now,
    code: Annotated[str, Path(max_length=60)],
) -> Response:
    """The code on a device: its open order for who works, the device for who watches.

    Anybody else stands before it too, and may have somebody in it: they get the form of a report.
    """
    try:
        user = user_of(request, services, now)
    except NotLoggedIn:
        if _cookie(services) in request.cookies:
            return see_other("/phone")
        return see_other(f"/report?asset={quote(code, safe='')}")
    own = user.organisation_id if user.role is Role.TECHNICIAN else None
    with services.store.scoped(user.scope) as connection:
        order_id = phones.fetch_order_of(connection, code, own)
        asset_id = phones.fetch_asset_id(connection, code)
    if order_id is not None:
        return see_other(f"/t/{order_id}" if user.may(Ability.WORK) else f"/orders/{order_id}")
    if asset_id is None:
        raise NotFound(f"no asset {code}", sentence=_NO_ASSET)
    return see_other(f"/assets/{asset_id}")


@router.get("/worker.js")
def worker() -> Response:
    """The page's helper on the telephone, which keeps what was seen for where no signal is."""
    content = (files("dashboards.console") / "static" / _WORKER).read_bytes()
    return Response(content, media_type="text/javascript", headers={"Cache-Control": "no-cache"})


def _choose(request: Request, trouble: str | None = None, *, status: int = 200) -> Response:
    is_over = status == 410
    context = {"trouble": trouble, "is_over": is_over}
    return page(request, "phone/choose.html", context, user=None, status=status)


def _cookie(services: Services) -> str:
    return phone.phone_cookie(behind_tls=services.settings.console_behind_tls)


def _throttle(request: Request) -> Throttle:
    """Tries of one address; made with the first."""
    state = request.app.state
    if not hasattr(state, "pins"):
        state.pins = Throttle(_TRIES, _WINDOW)
    throttle: Throttle = state.pins
    return throttle

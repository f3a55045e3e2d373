"""Rounds, photos of reports, joint calls, ratings and the maintenance fund."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Annotated, Final
from urllib.parse import quote

import structlog
from fastapi import APIRouter, File, Form, Path, Request, UploadFile
from markupsafe import Markup
from starlette.responses import Response as Answer

from analytics.act import ActKind
from analytics.act.work_kind import FundStep
from analytics.duties.matrix import Party
from analytics.orders.rating import Rater, token_hash
from analytics.orders.report import LABELS, LIFE_SAFETY, Category
from dashboards.bulletin.code import qr_svg
from dashboards.console import photo
from dashboards.console.act import ActState, words_of
from dashboards.console.errors import (
    BadRequest,
    NotAllowed,
    NotFound,
    NotLoggedIn,
    TooOften,
)
from dashboards.console.language import N_, translator
from dashboards.console.problem import wants_page
from dashboards.console.role import User
from dashboards.console.routes.alarm import Key, answer
from dashboards.console.store import board as boards
from dashboards.console.store import live
from dashboards.console.store import order as orders
from dashboards.console.store.spot import fetch_rated_order, fetch_spot_of
from dashboards.console.throttle import Throttle
from dashboards.console.web import (
    ActingUser,
    Now,
    Services,
    ServicesOf,
    UserOf,
    address_of,
    language_of,
    own_url,
    page,
    require_same_site,
    see_other,
    user_of,
)
from dashboards.console.work import (
    Called,
    FundAsked,
    Said,
    ask_rating,
    call_together,
    file_report,
    move_fund,
    rate_order,
)

_RATINGS: Final = 60
_WINDOW: Final = timedelta(hours=1)
_log = structlog.get_logger("console.report")
router = APIRouter()
_USED_UP: Final = N_("评价链接已使用或已过期；如需再次评价，请联系物业值班电话")
BAD_PHOTO: Final = N_("照片格式不支持或超过大小限制")
WAITS: Final = N_(
    "已提交，平台尚未处理，恢复后自动受理，请勿重复提交；有人被困或看到火情请立即拨打 119"
)
_NO_POINT: Final = N_("没有这个巡查点，或不在您的范围内；牌子可能已更换，请联系管理员")
CALL_WAITS: Final = N_("已提交，平台尚未处理，部门还没有收到通知；请勿重复提交，紧急时请直接打电话")
Token = Annotated[str, Path(max_length=200)]
Short = Annotated[str, Form(max_length=60)]
Long = Annotated[str, Form(max_length=500)]
Photos = Annotated[list[UploadFile] | None, File()]


def keep_photos(services: Services, photos: list[UploadFile] | None) -> list[str]:
    """Store photos and name them by their digests.

    Raises:
        BadRequest: There are too many, or one is no photo.
    """
    sent = [item for item in photos or [] if item.filename]
    if len(sent) > photo.MOST_PHOTOS:
        raise BadRequest(f"at most {photo.MOST_PHOTOS} photos")
    folder = services.settings.photo_folder
    return [photo.keep(folder, item.file.read(photo.MOST_BYTES + 1)) for item in sent]


def photos_of(services: Services, photos: list[UploadFile] | None, category: Category) -> list[str]:
    """Digests of the photos of a report; without them where it is about life safety.

    Raises:
        BadRequest: One is no photo, and nobody is in danger.
    """
    try:
        return keep_photos(services, photos)
    except (BadRequest, OSError) as error:
        # Whatever is wrong with a photo or the disk, an alarm of life safety does not wait for it.
        if category not in LIFE_SAFETY:
            raise
        _log.warning("photos_dropped", category=category.value, why=str(error))
        return []


@router.post("/round/{code}", include_in_schema=False)
def pass_point(  # noqa: PLR0913, PLR0917 - the fields of a form
    request: Request,
    services: ServicesOf,
    user: ActingUser,
    code: str,
    is_fine: Annotated[bool, Form()] = False,
    category: Annotated[Category, Form()] = Category.OTHER,
    text: Long = "",
    photos: Photos = None,
    key: Key = None,
) -> Answer:
    """Pass a point of the round: all is well, or something is wrong."""
    filled = Said(category=category, point=code, text=text, is_fine=is_fine)
    try:
        filled = replace(filled, photos=photos_of(services, photos, category))
    except BadRequest:
        return _point(request, services, user, filled, trouble=BAD_PHOTO, status=422)
    outcome = file_report(services.store, user, filled, key)
    language = language_of(request, user)
    if outcome.state is ActState.REFUSED and wants_page(request):
        words = words_of(outcome, language)
        return _point(request, services, user, filled, trouble=words, status=outcome.status)
    if outcome.state is ActState.WAITING and wants_page(request):
        return _point(request, services, user, filled, waits=WAITS, status=outcome.status)
    return answer(request, outcome, language, f"/round/{quote(code, safe='')}?done=true")


@router.get("/round/{code}", include_in_schema=False)
def show_point(
    request: Request, services: ServicesOf, now: Now, code: str, *, done: bool = False
) -> Answer:
    """The page of a point of the round, for whoever goes round; a passer-by reports through it."""
    try:
        user = user_of(request, services, now)
    except NotLoggedIn:
        return see_other(f"/report?point={quote(code, safe='')}")
    return _point(request, services, user, Said(category=Category.OTHER, point=code), done=done)


def _point(  # noqa: PLR0913 - what stands on the page
    request: Request,
    services: Services,
    user: User,
    filled: Said,
    *,
    done: bool = False,
    trouble: str = "",
    waits: str = "",
    status: int = 200,
) -> Answer:
    with services.store.scoped(user.scope) as connection:
        point = fetch_spot_of(connection, point=filled.point)
    if point is None or not point.point:
        raise NotFound(f"no point {filled.point}", sentence=_NO_POINT)
    context = {
        "point": point,
        "labels": LABELS,
        "done": done,
        "trouble": trouble,
        "waits": waits,
        "filled": filled if trouble else None,
    }
    return page(request, "report/round.html", context, user=user, status=status)


@router.get("/photos/{digest}", include_in_schema=False)
def show_photo(services: ServicesOf, user: UserOf, digest: str) -> Answer:
    """A photo of a report that the user may see."""
    with services.store.scoped(user.scope) as connection:
        is_shown = orders.shows_photo(connection, digest)
    content = photo.read(services.settings.photo_folder, digest) if is_shown else None
    kind = None if content is None else photo.media_type(content)
    if content is None or kind is None:
        raise NotFound(f"no photo {digest}")
    return Answer(content, media_type=kind)


@router.get("/call", include_in_schema=False)
def show_call(request: Request, services: ServicesOf, user: UserOf) -> Answer:
    """The form of a joint call."""
    return _call(request, services, user)


def _call(  # noqa: PLR0913 - what stands on the page
    request: Request,
    services: Services,
    user: User,
    *,
    called: Called | None = None,
    trouble: str = "",
    status: int = 200,
) -> Answer:
    if not user.may_act(ActKind.CALL_TOGETHER):
        raise NotAllowed("your role calls nobody together")
    with services.store.scoped(user.scope) as connection:
        compounds = boards.fetch_compounds(connection, datetime.max.replace(tzinfo=UTC))
        stream_from = live.fetch_bounds(connection).newest
    context = {
        "parties": list(Party),
        "compounds": compounds,
        "called": called,
        "trouble": trouble,
        "stream_from": stream_from,
    }
    return page(request, "report/call.html", context, user=user, status=status)


@router.post("/call", include_in_schema=False)
def send_call(  # noqa: PLR0913, PLR0917 - the fields of a form
    request: Request,
    services: ServicesOf,
    user: ActingUser,
    place: Short,
    parties: Annotated[list[Party], Form()],
    text: Long,
    key: Key = None,
) -> Answer:
    """Call departments to a place; what was typed stays where it is refused."""
    called = Called(place=place.strip(), parties=list(parties), text=text)
    outcome = call_together(services.store, user, called, key)
    language = language_of(request, user)
    if outcome.state is ActState.REFUSED and wants_page(request):
        words = words_of(outcome, language)
        return _call(request, services, user, called=called, trouble=words, status=outcome.status)
    if outcome.state is ActState.WAITING and wants_page(request):
        words = translator(language)(CALL_WAITS)
        return _call(request, services, user, trouble=words, status=outcome.status)
    return answer(request, outcome, language, "/orders")


@router.post("/orders/{order_id}/rating/link", include_in_schema=False)
def make_link(
    request: Request,
    services: ServicesOf,
    user: ActingUser,
    order_id: int,
    rater: Annotated[Rater, Form()] = Rater.RESIDENT,
) -> Answer:
    """Make a link that lets somebody rate the order once, and show it this once."""
    link = ask_rating(services.store, user, order_id, rater)
    url = f"{own_url(request)}/rate/{link.token}"
    done = link.outcome.result is not None and link.outcome.result.is_done
    context = {
        "order_id": order_id,
        "url": url if done else None,
        "code": Markup(qr_svg(url)) if done else "",  # noqa: S704 - drawn from our own address
        "words": words_of(link.outcome, language_of(request, user)),
    }
    return page(request, "report/link.html", context, user=user, status=link.outcome.status)


@router.get("/rate/{token}", include_in_schema=False)
def show_rating(request: Request, services: ServicesOf, now: Now, token: Token) -> Answer:
    """The form of a rating link, with what it rates."""
    with services.store.transaction() as connection:
        order = fetch_rated_order(connection, token_hash(token), now)
    context = {"order": order, "words": None if order else _USED_UP, "is_done": False}
    status = 200 if order else 410
    return page(request, "report/rate.html", context, user=None, status=status)


@router.post("/rate/{token}", include_in_schema=False)
def send_rating(  # noqa: PLR0913, PLR0917 - the fields of a form
    request: Request,
    services: ServicesOf,
    now: Now,
    token: Token,
    stars: Annotated[int, Form(ge=1, le=5)],
    comment: Long = "",
) -> Answer:
    """Rate an order; a link is good once."""
    require_same_site(request)
    if not _ratings_of(request).permits(address_of(request), now):
        raise TooOften(int(_WINDOW.total_seconds()))
    outcome = rate_order(services.store, token, stars, comment)
    is_done = outcome.result is not None and outcome.result.is_done
    words = words_of(outcome, language_of(request))
    context = {"order": None, "words": words, "is_done": is_done}
    return page(request, "report/rate.html", context, user=None, status=outcome.status)


def _ratings_of(request: Request) -> Throttle:
    """Ratings of one address: whatever the link, the alarm process is asked about each."""
    state = request.app.state
    if not hasattr(state, "ratings"):
        state.ratings = Throttle(_RATINGS, _WINDOW)
    throttle: Throttle = state.ratings
    return throttle


@router.post("/orders/{order_id}/fund/step", include_in_schema=False)
def send_fund(  # noqa: PLR0913, PLR0917 - the fields of a form
    request: Request,
    services: ServicesOf,
    user: ActingUser,
    order_id: int,
    step: Annotated[FundStep, Form()],
    item: Short = "",
    amount_yuan: Annotated[float, Form(ge=0, le=1e8)] = 0.0,
    text: Long = "",
    key: Key = None,
) -> Answer:
    """A step of the maintenance fund's part of an order."""
    wanted = FundAsked(step=step, item=item, amount_fen=round(amount_yuan * 100), text=text)
    outcome = move_fund(services.store, user, order_id, wanted, key)
    return answer(request, outcome, language_of(request, user), f"/orders/{order_id}")

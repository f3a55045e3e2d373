"""Reports of residents and rounds, joint calls, ratings and the maintenance fund."""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from markupsafe import Markup
from starlette.responses import Response as Answer

from analytics.act.work_kind import FundStep
from analytics.duties.matrix import Party
from analytics.orders.rating import Rater
from analytics.orders.report import LABELS, LIFE_SAFETY, Category
from dashboards.bulletin.code import qr_svg
from dashboards.console import photo
from dashboards.console.act import Outcome, words_of
from dashboards.console.errors import BadRequest, NotFound
from dashboards.console.language import N_
from dashboards.console.model import ActOut
from dashboards.console.routes.alarm import Key, answer
from dashboards.console.store import order as orders
from dashboards.console.store.pool import WHOLE_TREE
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

router = APIRouter()
_MOST: Final = 20
_WINDOW: Final = timedelta(hours=1)
"""Reports of one address; what is life safety is never counted and never refused."""
_TOO_OFTEN: Final = N_("提交过于频繁，请稍后再试；紧急情况请拨打 119")
_BAD_PHOTO: Final = N_("照片格式不支持或超过大小限制")
_PROBLEM: Final = {
    "description": "Problem as RFC 9457",
    "content": {"application/problem+json": {}},
}
_ACTS: Final[dict[int | str, dict[str, Any]]] = {
    202: {"model": ActOut},
    409: {"model": ActOut},
    403: _PROBLEM,
    422: _PROBLEM,
}
Short = Annotated[str, Form(max_length=60)]
Long = Annotated[str, Form(max_length=500)]
Code = Annotated[str, Query(max_length=60)]
Photos = Annotated[list[UploadFile] | None, File()]


@router.get("/report", include_in_schema=False)
def show_form(
    request: Request, services: ServicesOf, asset: Code = "", place: Code = "", point: Code = ""
) -> Answer:
    """The form of a QR code: for whoever stands in front of it, without an account."""
    found = None
    if point:
        with services.store.scoped(WHOLE_TREE) as connection:
            found = orders.fetch_point(connection, point)
    context = {
        "labels": LABELS,
        "asset": asset,
        "place": place,
        "point": found,
        "trouble": "",
        "done": "",
    }
    return page(request, "report/form.html", context, user=None)


@router.post("/report", include_in_schema=False)
def send_form(  # noqa: PLR0913, PLR0917 - the fields of a form
    request: Request,
    services: ServicesOf,
    now: Now,
    category: Annotated[Category, Form()],
    asset: Short = "",
    place: Short = "",
    point: Short = "",
    text: Long = "",
    contact: Short = "",
    photos: Photos = None,
) -> Answer:
    """Take a resident's report in; life safety raises its alarm before the page is answered."""
    require_same_site(request)
    said = Said(
        category=category, asset=asset, place=place, point=point, text=text, contact=contact
    )
    if category in LIFE_SAFETY:
        # Whatever is wrong with a photo, an alarm of life safety does not wait for it.
        return _filed(request, said, file_report(services.store, None, said, None))
    if not _throttle_of(request).permits(address_of(request), now):
        return _form(request, said, 429, trouble=_TOO_OFTEN)
    try:
        kept = keep_photos(services, photos)
    except BadRequest:
        return _form(request, said, 422, trouble=_BAD_PHOTO)
    said = replace(said, photos=kept)
    return _filed(request, said, file_report(services.store, None, said, None))


def _filed(request: Request, said: Said, outcome: Outcome) -> Answer:
    words = words_of(outcome, language_of(request))
    is_refused = outcome.result is not None and not outcome.result.is_done
    if is_refused:
        return _form(request, said, outcome.status, trouble=words)
    return _form(request, said, outcome.status, done=words)


def _form(
    request: Request, said: Said, status: int, *, trouble: str = "", done: str = ""
) -> Answer:
    context = {
        "labels": LABELS,
        "asset": said.asset,
        "place": said.place,
        "point": None,
        "trouble": trouble,
        "done": done,
    }
    return page(request, "report/form.html", context, user=None, status=status)


def _throttle_of(request: Request) -> Throttle:
    """The application's own count; made with the first report."""
    state = request.app.state
    if not hasattr(state, "reports"):
        state.reports = Throttle(_MOST, _WINDOW)
    throttle: Throttle = state.reports
    return throttle


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
    said = Said(
        category=category,
        point=code,
        text=text,
        photos=keep_photos(services, photos),
        is_fine=is_fine,
    )
    outcome = file_report(services.store, user, said, key)
    return answer(request, outcome, language_of(request, user), f"/round/{code}?done=true")


@router.get("/round/{code}", include_in_schema=False)
def show_point(
    request: Request, services: ServicesOf, user: UserOf, code: str, *, done: bool = False
) -> Answer:
    """The page of a point of the round, for whoever goes round."""
    with services.store.scoped(user.scope) as connection:
        point = orders.fetch_point(connection, code)
    if point is None:
        raise NotFound(f"no point {code}")
    context = {"point": point, "labels": LABELS, "done": done}
    return page(request, "report/round.html", context, user=user)


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
def show_call(request: Request, user: UserOf) -> Answer:
    """The form of a joint call."""
    return page(request, "report/call.html", {"parties": list(Party)}, user=user)


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
    """Call departments to a place."""
    called = Called(place=place, parties=list(parties), text=text)
    outcome = call_together(services.store, user, called, key)
    return answer(request, outcome, language_of(request, user), "/orders")


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
def show_rating(request: Request, token: str) -> Answer:
    """The form of a rating link; whether the link is good, the answer says."""
    return page(request, "report/rate.html", {"token": token, "words": None}, user=None)


@router.post("/rate/{token}", include_in_schema=False)
def send_rating(
    request: Request,
    services: ServicesOf,
    token: str,
    stars: Annotated[int, Form(ge=1, le=5)],
    comment: Long = "",
) -> Answer:
    """Rate an order; a link is good once."""
    require_same_site(request)
    outcome = rate_order(services.store, token, stars, comment)
    context = {"token": token, "words": words_of(outcome, language_of(request))}
    return page(request, "report/rate.html", context, user=None, status=outcome.status)


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

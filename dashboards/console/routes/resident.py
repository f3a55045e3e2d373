"""The form of a resident's report: opened by a plate on site, sent without an account."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, Form, Query, Request, UploadFile
from starlette.responses import Response as Answer

from analytics.orders.report import LABELS, LIFE_SAFETY, Category
from dashboards.console.act import ActState, Outcome, words_of
from dashboards.console.errors import BadRequest
from dashboards.console.language import N_
from dashboards.console.routes.report import BAD_PHOTO, WAITS, Photos, keep_photos
from dashboards.console.store.pool import WHOLE_TREE
from dashboards.console.store.spot import (
    Meant,
    Spot,
    fetch_compounds_like,
    fetch_spot_of,
    only_one,
)
from dashboards.console.throttle import Throttle
from dashboards.console.web import (
    Now,
    Services,
    ServicesOf,
    address_of,
    language_of,
    page,
    require_same_site,
    token_of,
)
from dashboards.console.work import Said, file_report
from ingest.errors import StoreUnavailable

router = APIRouter(include_in_schema=False)
_MOST: Final = 20
_WINDOW: Final = timedelta(hours=1)
"""Reports of one address; what is life safety is never counted and never refused."""
_MOST_NAMES: Final = 60
"""Names of places that one address may have looked for in an hour, life safety aside."""
_TOO_OFTEN: Final = N_("提交过于频繁，请稍后再试；紧急情况请拨打 119")
_NO_PLACE: Final = N_(
    "尚未提交：找不到这个地点，请填写小区名称或现场牌子上的编号；紧急情况请拨打 119"
)
_NO_STORE: Final = N_(
    "尚未提交：平台暂时无法接收，已填的内容还在，请稍后再点提交；紧急情况请立即拨打 119"
)
_NO_CATEGORY: Final = N_("尚未提交：请选择问题")
_MOST_MEANT: Final = 8
_MOST_TEXT: Final = 500
Short = Annotated[str, Form(max_length=60)]
Long = Annotated[str, Form(max_length=_MOST_TEXT)]
Code = Annotated[str, Query(max_length=60)]


@router.get("/report")
def show_form(
    request: Request, services: ServicesOf, asset: Code = "", place: Code = "", point: Code = ""
) -> Answer:
    """The form of a QR code: for whoever stands in front of it, without an account."""
    return _form(request, services, _Filled(asset=asset, place=place, point=point))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Filled:
    """What stands in the form; nothing of it is lost when it comes back."""

    asset: str = ""
    place: str = ""
    point: str = ""
    category: str = ""
    text: str = ""
    contact: str = ""

    @property
    def is_named(self) -> bool:
        """Whether it says what it is about."""
        return bool(self.asset or self.place or self.point)


@router.post("/report")
def send_form(  # noqa: PLR0913, PLR0917 - the fields of a form
    request: Request,
    services: ServicesOf,
    now: Now,
    category: Short = "",
    asset: Short = "",
    place: Short = "",
    point: Short = "",
    text: Long = "",
    contact: Short = "",
    photos: Photos = None,
) -> Answer:
    """Take a resident's report in; life safety raises its alarm before the page is answered."""
    require_same_site(request)
    filled = _Filled(
        asset=asset.strip(),
        place=place.strip(),
        point=point.strip(),
        category=category,
        text=text,
        contact=contact,
    )
    if category not in set(Category) or not filled.is_named:
        trouble = _NO_CATEGORY if filled.is_named else _NO_PLACE
        return _form(request, services, filled, 422, trouble=trouble)
    try:
        return _take(request, services, filled, photos, now)
    except StoreUnavailable:
        return _form(request, services, filled, 503, trouble=_NO_STORE)


def _take(
    request: Request,
    services: Services,
    filled: _Filled,
    photos: list[UploadFile] | None,
    now: datetime,
) -> Answer:
    """Hand a form to the alarm process, or say what it lacks.

    Raises:
        StoreUnavailable: The database does not answer: nobody knows of it being taken.
    """
    if not _may_look(request, filled, now):
        return _form(request, services, filled, 429, trouble=_TOO_OFTEN)
    spot, meant = _find(services, filled)
    if spot is None:
        return _form(request, services, filled, 422, trouble=_NO_PLACE, meant=meant)
    said = _said_of(filled, spot)
    if said.category in LIFE_SAFETY:
        # Whatever is wrong with a photo, an alarm of life safety does not wait for it.
        return _filed(request, services, filled, file_report(services.store, None, said, None))
    if not _throttle_of(request, "reports", _MOST).permits(address_of(request), now):
        return _form(request, services, filled, 429, trouble=_TOO_OFTEN)
    try:
        kept = keep_photos(services, photos)
    except BadRequest:
        return _form(request, services, filled, 422, trouble=BAD_PHOTO)
    said = replace(said, photos=kept)
    return _filed(request, services, filled, file_report(services.store, None, said, None))


def _may_look(request: Request, filled: _Filled, now: datetime) -> bool:
    """Whether a place that somebody typed may be looked for: a plate's code is no question."""
    if not filled.place or filled.category in LIFE_SAFETY:
        return True
    return _throttle_of(request, "names", _MOST_NAMES).permits(address_of(request), now)


def _find(services: Services, filled: _Filled) -> tuple[Spot | None, list[Meant]]:
    """What a form is about: by its code, else by a name that somebody typed; or who may be meant."""
    with services.store.scoped(WHOLE_TREE) as connection:
        spot = fetch_spot_of(connection, asset=filled.asset, point=filled.point, place=filled.place)
        if spot is None and filled.place:
            # The code of a plate, typed where a name is asked for.
            spot = fetch_spot_of(connection, asset=filled.place) or fetch_spot_of(
                connection, point=filled.place
            )
        if spot is not None or not filled.place:
            return spot, []
        meant = fetch_compounds_like(connection, filled.place, limit=_MOST_MEANT)
        one = only_one(meant)
        return (None, meant) if one is None else (fetch_spot_of(connection, place=one.code), [])


def _said_of(filled: _Filled, spot: Spot) -> Said:
    """The report of a form; what stood for a code is kept in its words."""
    typed = filled.asset or filled.point or filled.place
    is_by_code = typed in {spot.asset, spot.point, spot.place}
    return Said(
        category=Category(filled.category),
        asset=spot.asset,
        point=spot.point,
        place="" if spot.asset or spot.point else spot.place,
        text=filled.text if is_by_code else f"[{typed}] {filled.text}".strip()[:_MOST_TEXT],
        contact=filled.contact,
    )


def _filed(request: Request, services: Services, filled: _Filled, outcome: Outcome) -> Answer:
    words = words_of(outcome, language_of(request))
    if outcome.state is ActState.REFUSED:
        return _form(request, services, filled, outcome.status, trouble=words)
    # What is sent is not shown again: a second press would be a second report.
    about = replace(filled, category="", text="", contact="")
    if outcome.state is ActState.WAITING:
        return _form(request, services, about, outcome.status, trouble=WAITS)
    return _form(request, services, about, outcome.status, done=words)


def _form(  # noqa: PLR0913 - what stands on the page
    request: Request,
    services: Services,
    filled: _Filled,
    status: int = 200,
    *,
    trouble: str = "",
    done: str = "",
    meant: Sequence[Meant] = (),
) -> Answer:
    spot = None
    try:
        with services.store.scoped(WHOLE_TREE) as connection:
            spot = fetch_spot_of(
                connection, asset=filled.asset, point=filled.point, place=filled.place
            )
    except StoreUnavailable:
        # What was taken stays taken; only its name is missing.
        trouble = trouble or ("" if done else _NO_STORE)
    context = {
        "labels": LABELS,
        "filled": filled,
        "spot": spot,
        "meant": meant,
        "is_staff": bool(token_of(request, services)),
        "trouble": trouble,
        "done": done,
    }
    return page(request, "report/form.html", context, user=None, status=status)


def _throttle_of(request: Request, name: str, most: int) -> Throttle:
    """One of the application's own counts; made with the first that is counted."""
    state = request.app.state
    if not hasattr(state, name):
        setattr(state, name, Throttle(most, _WINDOW))
    throttle: Throttle = getattr(state, name)
    return throttle

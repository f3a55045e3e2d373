"""The public notice board 公示栏 of a compound, what is posted on it, and the monthly rating."""

from datetime import datetime, timedelta
from typing import Annotated, Final

from fastapi import APIRouter, File, Form, Path, Request, UploadFile
from markupsafe import Markup
from starlette.responses import Response

from analytics.act import ActKind
from analytics.orders.fund import emergency_list
from analytics.orders.rating import token_hash
from analytics.supervision.board import LABELS, LIFT_OUT, STALE_AFTER, Field, is_stale
from analytics.supervision.survey import OWNER, month_of
from dashboards.bulletin.code import qr_svg
from dashboards.console import public
from dashboards.console.act import words_of
from dashboards.console.errors import BadRequest, NotAllowed, NotFound
from dashboards.console.language import N_, translator
from dashboards.console.role import Ability, User
from dashboards.console.routes.alarm import Key, answer
from dashboards.console.store import board as store
from dashboards.console.store import live
from dashboards.console.store.pool import WHOLE_TREE
from dashboards.console.store.spot import fetch_rated_compound
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
    strip_context,
)

router = APIRouter(include_in_schema=False)
Code = Annotated[str, Path(max_length=60)]
Token = Annotated[str, Path(max_length=200)]
Short = Annotated[str, Form(max_length=60)]
Long = Annotated[str, Form(max_length=2000)]
_TYPED: Final = tuple(field for field in Field if field is not Field.LIFT_SPENDING)
_MOST_FILE: Final = 512 * 1024
_MOST_HOUSEHOLDS: Final = 20_000
_VOTES: Final = 60
_WINDOW: Final = timedelta(hours=1)
_TOO_OFTEN: Final = N_("提交过于频繁，请稍后再试")
_TOO_LARGE: Final = N_("没有导入：文件超过 512 kB，请分成几个文件")
_NOT_TEXT: Final = N_("没有导入：请把表格另存为 CSV（UTF-8 或 GB 18030 编码）")
_NO_SLIP: Final = N_("该评价码无效或已作废，请向社区或业委会索取新码")
_NO_BOARD: Final = N_("没有这个小区的公示栏，请核对二维码，或联系社区")


@router.get("/board/{code}")
def show_board(request: Request, services: ServicesOf, now: Now, code: Code) -> Response:
    """The board, for everybody: maintenance, lifts out of use, money; nobody's name or number."""
    compound, board = _board(services, code, now)
    return page(request, "board/public.html", _context(request, compound, board, now), user=None)


def _board(services: Services, code: str, now: datetime) -> tuple[store.Compound, store.Board]:
    """What is public of a compound; everything else of it stays out of reach of the page."""
    with services.store.scoped(WHOLE_TREE) as connection:
        compound = store.fetch_compound(connection, code, now)
    if compound is None:
        raise NotFound(f"no compound {code}", sentence=_NO_BOARD)
    with services.store.scoped((compound.path,)) as connection:
        return compound, store.fetch_board(connection, compound.path, LIFT_OUT, now)


def _context(
    request: Request, compound: store.Compound, board: store.Board, now: datetime
) -> dict[str, object]:
    here = f"{own_url(request)}/board/{compound.code}"
    newest = {line.field: line for line in sorted(board.posts, key=lambda one: one.posted_at)}
    spending = [line for line in board.posts if line.field == Field.LIFT_SPENDING]
    return {
        "compound": compound,
        "board": board,
        "typed": [(field, LABELS[field], newest.get(field.value)) for field in _TYPED],
        "old": {
            line.field
            for line in newest.values()
            if is_stale(Field(line.field), line.posted_at, now)
        },
        "stale_days": {field.value: STALE_AFTER[field].days for field in Field},
        "spending": sorted(spending, key=lambda one: (one.period, one.lift_zh), reverse=True),
        "spending_label": LABELS[Field.LIFT_SPENDING],
        "spending_is_old": bool(spending)
        and is_stale(Field.LIFT_SPENDING, max(one.posted_at for one in spending), now),
        "fund_items": {item.code: item.label for item in emergency_list().items},
        "url": here,
        "report_url": f"/report?place={compound.code}",
        "qr": Markup(qr_svg(here)),  # noqa: S704 - drawn from our own address
        "now": now,
    }


@router.get("/boards")
def list_boards(request: Request, services: ServicesOf, user: UserOf, now: Now) -> Response:
    """The compounds of the scope: their boards, and how many have rated this month."""
    _require_watch(user)
    month = month_of(now)
    with services.store.scoped(user.scope) as connection:
        stream_from = live.fetch_bounds(connection).newest
        compounds = store.fetch_compounds(connection, month.begins_at)
        strip = strip_context(connection, now)
    context = {
        **strip,
        "compounds": compounds,
        "month": month,
        "stream_from": stream_from,
        "may_post": user.may_act(ActKind.BOARD_POST),
        "may_slip": user.may_act(ActKind.SLIPS_MAKE),
    }
    return page(request, "board/list.html", context, user=user)


@router.get("/boards/{code}")
def show_desk(
    request: Request, services: ServicesOf, user: UserOf, now: Now, code: Code
) -> Response:
    """Where a board is kept: each field with its age, a form for it, lists to import."""
    _require_watch(user)
    with services.store.scoped(user.scope) as connection:
        stream_from = live.fetch_bounds(connection).newest
        compound = store.fetch_compound(connection, code, now)
        if compound is None:
            raise NotFound(f"no compound {code}")
        board = store.fetch_board(connection, compound.path, LIFT_OUT, now)
        strip = strip_context(connection, now)
    context = {
        **_context(request, compound, board, now),
        **strip,
        "stream_from": stream_from,
        "may_post": user.may_act(ActKind.BOARD_POST),
        "may_slip": user.may_act(ActKind.SLIPS_MAKE),
        "month": month_of(now),
    }
    return page(request, "board/desk.html", context, user=user)


@router.post("/boards/{code}/post")
def send_post(  # noqa: PLR0913, PLR0917 - the fields of a form
    request: Request,
    services: ServicesOf,
    user: ActingUser,
    code: Code,
    field: Annotated[Field, Form()],
    text: Long = "",
    asset: Short = "",
    period: Short = "",
    amount_yuan: Annotated[float | None, Form(ge=0, le=1e9)] = None,
    key: Key = None,
) -> Response:
    """Post a field of the board."""
    posted = public.Posted(
        place=code, field=field, text=text, asset=asset, period=period, amount_yuan=amount_yuan
    )
    outcome = public.post(services.store, user, posted, key)
    return answer(request, outcome, language_of(request, user), f"/boards/{code}")


@router.post("/boards/{code}/import")
def import_posts(  # noqa: PLR0913, PLR0917 - the fields of a form
    request: Request,
    services: ServicesOf,
    user: ActingUser,
    code: Code,
    file: Annotated[UploadFile, File()],
    key: Key = None,
) -> Response:
    """Post row after row of a CSV list, and say what became of each that was refused."""
    try:
        rows = public.read_posts(code, _text_of(file))
        outcomes = public.post_rows(services.store, user, code, rows, key)
    except BadRequest as error:
        return _unread(request, user, code, error)
    language = language_of(request, user)
    troubles = [
        (number, words_of(outcome, language))
        for number, outcome in enumerate(outcomes, start=2)
        if outcome.result is None or not outcome.result.is_done
    ]
    context = {
        "code": code,
        "taken": len(outcomes) - len(troubles),
        "troubles": troubles,
        "words": None,
        "is_refused": False,
    }
    return page(request, "board/imported.html", context, user=user)


def _unread(request: Request, user: User, code: str, error: BadRequest) -> Response:
    """A list that cannot be read: nothing of it was taken, and the page says which row is wrong."""
    say = translator(language_of(request, user))
    words = say(error.sentence or "") % error.values if error.sentence else str(error)
    context = {"code": code, "taken": 0, "troubles": [], "words": words, "is_refused": True}
    return page(request, "board/imported.html", context, user=user, status=422)


@router.post("/boards/{code}/slips")
def make_slips(  # noqa: PLR0913, PLR0917 - the fields of a form
    request: Request,
    services: ServicesOf,
    user: ActingUser,
    now: Now,
    code: Code,
    households: Annotated[str, Form(max_length=_MOST_HOUSEHOLDS)],
    giver: Short = OWNER,
) -> Response:
    """Codes for households as a page to print; they are shown this once."""
    named = [line.strip() for line in households.replace(",", "\n").splitlines() if line.strip()]
    outcome, codes = public.make_slips(services.store, user, code, named, giver)
    with services.store.scoped(user.scope) as connection:
        compound = store.fetch_compound(connection, code, now)
    base = own_url(request)
    done = outcome.result is not None and outcome.result.is_done
    slips = [(one.household, Markup(qr_svg(f"{base}/vote/{one.token}"))) for one in codes]  # noqa: S704 - drawn from our own address
    context = {
        "compound": compound,
        "slips": slips if done else [],
        "words": words_of(outcome, language_of(request, user)),
    }
    return page(request, "board/slips.html", context, user=user, status=outcome.status)


@router.post("/boards/{code}/ratings")
def import_ratings(  # noqa: PLR0913, PLR0917 - the fields of a form
    request: Request,
    services: ServicesOf,
    user: ActingUser,
    code: Code,
    month: Short,
    file: Annotated[UploadFile, File()],
    key: Key = None,
) -> Response:
    """Take answers that were given on paper; a household counts once a month."""
    try:
        text = _text_of(file)
        outcome = public.import_ratings(services.store, user, code, month, text, key)
    except BadRequest as error:
        return _unread(request, user, code, error)
    context = {
        "code": code,
        "taken": 0,
        "troubles": [],
        "words": words_of(outcome, language_of(request, user)),
        "is_refused": outcome.result is None or not outcome.result.is_done,
    }
    return page(request, "board/imported.html", context, user=user, status=outcome.status)


@router.get("/vote/{token}")
def show_vote(request: Request, services: ServicesOf, now: Now, token: Token) -> Response:
    """The form of a household's code, with whose service it rates."""
    return _vote(request, services, token, now)


@router.post("/vote/{token}")
def send_vote(  # noqa: PLR0913, PLR0917 - the fields of a form
    request: Request,
    services: ServicesOf,
    now: Now,
    token: Token,
    stars: Annotated[int, Form(ge=1, le=5)],
    comment: Annotated[str, Form(max_length=500)] = "",
) -> Response:
    """Rate the company of the compound; once in a month."""
    require_same_site(request)
    if not _throttle(request).permits(address_of(request), now):
        return _vote(request, services, token, now, words=_TOO_OFTEN, comment=comment, status=429)
    outcome = public.rate_month(services.store, token, stars, comment, None)
    done = outcome.result is not None and outcome.result.is_done
    words = words_of(outcome, language_of(request))
    return _vote(
        request,
        services,
        token,
        now,
        words=words,
        comment=comment,
        done=done,
        status=outcome.status,
    )


def _vote(  # noqa: PLR0913 - what stands on the page
    request: Request,
    services: Services,
    token: str,
    now: datetime,
    *,
    words: str = "",
    comment: str = "",
    done: bool = False,
    status: int = 200,
) -> Response:
    with services.store.scoped(WHOLE_TREE) as connection:
        rated = fetch_rated_compound(connection, token_hash(token), now)
    context = {
        "rated": rated,
        "words": words or (None if rated else _NO_SLIP),
        "comment": comment,
        "month": month_of(now),
        "done": done,
    }
    is_over = rated is None and status == 200
    return page(request, "board/vote.html", context, user=None, status=410 if is_over else status)


def _text_of(file: UploadFile) -> str:
    content = file.file.read(_MOST_FILE + 1)
    if len(content) > _MOST_FILE:
        raise BadRequest("at most 512 kB", sentence=_TOO_LARGE)
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise BadRequest("the file is neither UTF-8 nor GB 18030", sentence=_NOT_TEXT)


def _require_watch(user: User) -> None:
    if not user.may(Ability.WATCH):
        raise NotAllowed("your role may not do this")


def _throttle(request: Request) -> Throttle:
    """Answers of one address; a whole compound may sit behind one, so many are permitted."""
    state = request.app.state
    if not hasattr(state, "votes"):
        state.votes = Throttle(_VOTES, _WINDOW)
    throttle: Throttle = state.votes
    return throttle

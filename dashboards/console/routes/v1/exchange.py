"""The exchange: cases in by POST, records out by agreement; each platform with its own key."""

from datetime import datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from analytics.act.case_kind import TakeCase, WithdrawCase
from analytics.exchange.case import MAX_NUMBER, MAX_REVISION, MAX_TEXT
from analytics.exchange.page import MEDIA_TYPES, Format
from analytics.orders.report import Category
from dashboards.console import cursor
from dashboards.console.act import Asked, Outcome, carry, id_of
from dashboards.console.act_model import ActOut
from dashboards.console.case_record import CaseDetail
from dashboards.console.errors import NotFound
from dashboards.console.exchange import ReaderOf, Sender, SenderOf, Wanted, export
from dashboards.console.openapi import problems
from dashboards.console.paging import After
from dashboards.console.reply import Key, reply, tag
from dashboards.console.store import record
from dashboards.console.store.pool import Store
from dashboards.console.web import Now, ServicesOf

router = APIRouter(prefix="/exchange", tags=["exchange"])
_KEY: Final[dict[str, Any]] = {"security": [{"exchangeKey": []}]}
_MOST: Final = 1000
_PLAIN: Final = r"^[^\x00-\x1f]*$"
Number = Annotated[
    str,
    Path(min_length=1, max_length=MAX_NUMBER, pattern=_PLAIN, examples=["12345-20261122-0007"]),
]


class CaseIn(BaseModel):
    """A case, or its correction under a higher revision."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    number: str = Field(
        min_length=1,
        max_length=MAX_NUMBER,
        pattern=_PLAIN,
        description="The sender's own number; a case is taken in once by it",
        examples=["12345-20261122-0007"],
    )
    revision: int = Field(1, ge=1, le=MAX_REVISION, description="Counts the sender's corrections")
    category: Category = Field(description="What is wrong; trapped and fire are alarms at once")
    reported_at: datetime = Field(description="When it was reported to the sender, with a zone")
    text: str = Field(
        "", max_length=MAX_TEXT, description="What is wrong, in words", examples=["1号梯反复停梯"]
    )
    place: str = Field("", max_length=60, description="Code of the place", examples=["garden"])
    asset: str = Field("", max_length=60, description="Code of the asset", examples=["L-0007"])
    contact: str = Field("", max_length=80, description="How to reach who reported")


class WithdrawalIn(BaseModel):
    """Why a case is taken back."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    reason: str = Field(
        min_length=1,
        max_length=500,
        description="Kept in the case's history",
        examples=["市民撤诉"],
    )


@router.post(
    "/cases",
    summary="Send or correct a case",
    responses={202: {"model": ActOut}, **problems(404, 409)},
    openapi_extra=_KEY,
)
def post_case(  # noqa: PLR0913, PLR0917 - the parts of a request
    request: Request,
    answer: Response,
    services: ServicesOf,
    sender: SenderOf,
    body: CaseIn,
    key: Key = None,
) -> ActOut:
    """Taken in once by its number, whatever is repeated; trapped people and fire alarm at once.

    The same number and revision with other words is refused (409); a lower revision changes
    nothing. Every step goes back to the platform's callback as a signed webhook.
    """
    asked = Asked(kind="case_take", key=key)
    outcome = carry(
        services.store,
        lambda: TakeCase(
            id=id_of(asked),
            by=sender.person,
            text=body.text,
            system=sender.system,
            number=body.number,
            revision=body.revision,
            category=body.category,
            place=body.place.strip(),
            asset=body.asset.strip(),
            contact=body.contact.strip(),
            reported_at=body.reported_at,
        ),
    )
    return _answer(request, answer, outcome, body.number)


@router.post(
    "/cases/{number}/withdrawal",
    summary="Take a case back",
    responses={202: {"model": ActOut}, **problems(404, 409)},
    openapi_extra=_KEY,
)
def post_withdrawal(  # noqa: PLR0913, PLR0917 - the parts of a request
    request: Request,
    answer: Response,
    services: ServicesOf,
    sender: SenderOf,
    number: Number,
    body: WithdrawalIn,
    key: Key = None,
) -> ActOut:
    """The order ends when nobody is on site yet; an alarm stays with the desk whatever is said."""
    asked = Asked(kind="case_withdraw", key=key)
    outcome = carry(
        services.store,
        lambda: WithdrawCase(
            id=id_of(asked),
            by=sender.person,
            text=body.reason.strip(),
            system=sender.system,
            number=number,
        ),
    )
    return _answer(request, answer, outcome, number)


@router.get(
    "/cases/{number}",
    summary="How far a case is",
    responses=problems(404),
    openapi_extra=_KEY,
)
def get_own_case(
    answer: Response, services: ServicesOf, sender: SenderOf, number: Number
) -> CaseDetail:
    """One of the platform's own cases, with its history; its ETag is its version."""
    found = _own_case(services.store, sender, number)
    tag(answer, found.case.version)
    return found


@router.get(
    "/export",
    summary="Read records by agreement",
    response_class=Response,
    responses={
        200: {
            "description": "A page; `Link: <...>; rel=next` names the next, Content-Digest its hash",
            "content": {
                "application/x-ndjson": {
                    "schema": {"type": "string"},
                    "example": '{"number":"20261122-000012","state":"accepted"}\n',
                },
                "text/csv": {
                    "schema": {"type": "string"},
                    "example": "number,state\r\n20261122-000012,accepted\r\n",
                },
            },
        },
        **problems(400),
    },
    openapi_extra=_KEY,
)
def get_export(  # noqa: PLR0913, PLR0917 - the parts of a query
    services: ServicesOf,
    reader: ReaderOf,
    now: Now,
    form: Annotated[Format, Query(alias="format")] = Format.NDJSON,
    limit: Annotated[int, Query(ge=1, le=_MOST)] = _MOST,
    after: After = None,
) -> Response:
    """The fields that the key's agreement names, of its place alone, personal data masked.

    Written into the log before it leaves. A pass sees what is there when each page is read; what
    changes later is read by a new pass.
    """
    position = cursor.to_id(after) or 0
    page = export(services.store, reader, Wanted(form=form, after=position, limit=limit), now)
    headers = {"Content-Digest": f"sha-256=:{page.digest}:"}
    if page.next is not None:
        following = cursor.pack(page.next)
        here = f"/api/v1/exchange/export?format={form}&limit={limit}&after={following}"
        headers["Link"] = f'<{here}>; rel="next"'
    return Response(page.content, media_type=MEDIA_TYPES[form], headers=headers)


def _answer(request: Request, answer: Response, outcome: Outcome, number: str) -> ActOut:
    said = reply(request, answer, outcome, None)
    answer.headers["Location"] = str(request.url_for("get_own_case", number=number).path)
    return said


def _own_case(pool: Store, sender: Sender, number: str) -> CaseDetail:
    with pool.scoped((sender.place_path,)) as connection:
        lines = record.fetch_cases(connection, system=sender.system, number=number)
        if not lines:
            raise NotFound(f"no case {number}")
        steps = record.fetch_case_steps(connection, lines[0].id)
    return CaseDetail(case=lines[0], steps=steps)

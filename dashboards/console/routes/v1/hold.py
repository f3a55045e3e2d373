"""What is kept from the desk, and what waits for a second person."""

from fastapi import APIRouter, Request, Response

from dashboards.console import cursor
from dashboards.console.act import Asked
from dashboards.console.act_model import ActOut, AssetActIn, ProposalActIn
from dashboards.console.hold import act_on_asset, act_on_proposal
from dashboards.console.hold_model import HoldModel, ProposalModel
from dashboards.console.openapi import problems
from dashboards.console.paging import After, Id, Limit, Page, SmallId, page_of
from dashboards.console.reply import Key, reply
from dashboards.console.role import Ability
from dashboards.console.store import record
from dashboards.console.web import ActingUser, Now, ServicesOf, UserOf, require

router = APIRouter(tags=["holds"])


@router.get("/holds", summary="What keeps alarms from the desk", responses=problems(400))
def list_holds(
    services: ServicesOf, user: UserOf, limit: Limit = 100, after: After = None
) -> Page[HoldModel]:
    """Shelving, suppression and assets out of service that run now, newest first."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        lines = record.fetch_holds(connection, after=cursor.to_id(after), limit=limit + 1)
    return page_of(lines, limit, lambda one: one, lambda one: cursor.pack(one.id))


@router.get("/proposals", summary="What waits for a second person", responses=problems(400))
def list_proposals(
    services: ServicesOf, user: UserOf, now: Now, limit: Limit = 100, after: After = None
) -> Page[ProposalModel]:
    """Open proposals of the scope, newest first."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        lines = record.fetch_proposals(connection, now, after=cursor.to_id(after), limit=limit + 1)
    return page_of(lines, limit, lambda one: one, lambda one: cursor.pack(one.id))


@router.post(
    "/assets/{asset_id}/acts",
    summary="Take an asset out of service, or return it",
    responses={202: {"model": ActOut}, **problems(404, 409)},
)
def act_asset(  # noqa: PLR0913, PLR0917 - the parts of a request
    request: Request,
    answer: Response,
    services: ServicesOf,
    user: ActingUser,
    asset_id: SmallId,
    body: AssetActIn,
    key: Key = None,
) -> ActOut:
    """Propose to take an asset out of service for `minutes`, or return it to service."""
    asked = Asked(kind=body.kind, key=key, text=body.text, minutes=body.minutes)
    return reply(request, answer, act_on_asset(services.store, user, asset_id, asked), user)


@router.post(
    "/proposals/{proposal_id}/acts",
    summary="Approve or decline a proposal",
    responses={202: {"model": ActOut}, **problems(404, 409)},
)
def act_proposal(  # noqa: PLR0913, PLR0917 - the parts of a request
    request: Request,
    answer: Response,
    services: ServicesOf,
    user: ActingUser,
    now: Now,
    proposal_id: Id,
    body: ProposalActIn,
    key: Key = None,
) -> ActOut:
    """By another person than the one who proposed it."""
    asked = Asked(kind=body.kind, key=key, text=body.text)
    outcome = act_on_proposal(services.store, user, proposal_id, asked, now)
    return reply(request, answer, outcome, user)

"""What was sent to whom, and what came back."""

from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Query

from dashboards.console import cursor
from dashboards.console.openapi import problems
from dashboards.console.paging import MOST_ID, After, Limit, Page, page_of
from dashboards.console.record import MessageModel, NoticeModel
from dashboards.console.role import Ability
from dashboards.console.store import record
from dashboards.console.web import ServicesOf, UserOf, require

router = APIRouter(tags=["notices"])
OfId = Annotated[int | None, Query(ge=1, le=MOST_ID)]


@router.get("/notices", summary="What was sent", responses=problems(400))
def list_notices(  # noqa: PLR0913, PLR0917 - the parts of a query
    services: ServicesOf,
    user: UserOf,
    alarm_id: OfId = None,
    order_id: OfId = None,
    state: Annotated[Literal["waiting", "delivered", "given_up"] | None, Query()] = None,
    limit: Limit = 100,
    after: After = None,
) -> Page[NoticeModel]:
    """Notices about alarms and orders of the scope, newest first."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        lines = record.fetch_notices(
            connection,
            alarm_id=alarm_id,
            order_id=order_id,
            state=state,
            after=cursor.to_moment_and_uuid(after),
            limit=limit + 1,
        )
    return page_of(
        lines, limit, lambda one: one, lambda one: cursor.of_moment(one.created_at, one.id)
    )


@router.get(
    "/notices/{notice_id}/messages", summary="Messages of a notice", responses=problems(400)
)
def list_messages(
    services: ServicesOf, user: UserOf, notice_id: UUID, limit: Limit = 100, after: After = None
) -> Page[MessageModel]:
    """What each contact got of it, with receipts; empty for a notice outside the scope."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        lines = record.fetch_messages(
            connection, str(notice_id), after=cursor.to_uuid(after), limit=limit + 1
        )
    return page_of(lines, limit, lambda one: one, lambda one: cursor.pack(one.id))

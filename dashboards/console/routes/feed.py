"""The bureau's feed: CAP 1.2 documents and an Atom list of them, under the console's log-in."""

import hashlib
from typing import Annotated, Final

from fastapi import APIRouter, Header, Path, Query, Request
from starlette.responses import Response

from dashboards.console import cursor
from dashboards.console.errors import NotFound
from dashboards.console.openapi import problems
from dashboards.console.role import Ability
from dashboards.console.store import cap
from dashboards.console.web import ServicesOf, UserOf, require
from dashboards.feeds.atom import CAP_TYPE, FEED_TYPE, FeedPage, feed_xml

router = APIRouter(prefix="/api/v1/cap", tags=["feeds"])
_MOST: Final = 200
_SAME: Final = {"description": "It has not changed since If-None-Match"}
Known = Annotated[str | None, Header(alias="If-None-Match")]


@router.get(
    "",
    summary="CAP documents as Atom",
    response_class=Response,
    responses={200: {"content": {FEED_TYPE: {}}}, 304: _SAME, **problems(400)},
)
def list_documents(  # noqa: PLR0913, PLR0917 - the parts of a query
    request: Request,
    services: ServicesOf,
    user: UserOf,
    limit: Annotated[int, Query(ge=1, le=_MOST)] = 50,
    after: Annotated[str | None, Query(max_length=400, description="From the link `next`")] = None,
    known: Known = None,
) -> Response:
    """Documents of the scope, newest first, as Atom (RFC 4287) with links to older pages."""
    require(user, Ability.BUREAU)
    with services.store.scoped(user.scope) as connection:
        found = cap.fetch_entries(connection, cursor.to_cap(after), limit=limit + 1)
        newest_at = cap.fetch_newest(connection)
    kept = found[:limit]
    here = str(request.base_url).rstrip("/") + "/api/v1/cap"
    page = FeedPage(
        entries=kept,
        own_url=str(request.url),
        first_url=f"{here}?limit={limit}",
        next_url=f"{here}?limit={limit}&after={cursor.of_cap(kept[-1])}"
        if len(found) > limit
        else None,
        document_url=here,
        newest_at=newest_at,
    )
    return _tagged(feed_xml(page), FEED_TYPE, known)


@router.get(
    "/{identifier}",
    summary="One CAP document",
    response_class=Response,
    responses={200: {"content": {CAP_TYPE: {}}}, 304: _SAME, **problems(404)},
)
def get_document(
    services: ServicesOf,
    user: UserOf,
    identifier: Annotated[str, Path(max_length=100)],
    known: Known = None,
) -> Response:
    """One CAP 1.2 document; it never changes."""
    require(user, Ability.BUREAU)
    with services.store.scoped(user.scope) as connection:
        document = cap.fetch_document(connection, identifier)
    if document is None:
        raise NotFound(f"no document {identifier}")
    return _tagged(document.encode(), f"{CAP_TYPE}; charset=utf-8", known)


def _tagged(content: bytes, media_type: str, known: str | None) -> Response:
    """The content with its tag, or the word that it has not changed (RFC 9110, 13.1.2)."""
    tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    tags = [] if known is None else [one.strip().removeprefix("W/") for one in known.split(",")]
    if tag in tags or "*" in tags:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type=media_type, headers=headers)

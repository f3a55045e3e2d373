"""The page behind the link of a message: read it, take it; and the receipts of voice gateways.

The link's word is the whole right: it shows and answers one message. Looking is a receipt of its
own kind (a chat program looks at links by itself), and only the button takes.
"""

from typing import Annotated

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from analytics.notices.contact import CallResult
from analytics.notices.message import words_of
from dashboards.console.errors import NotFound
from dashboards.console.store import message as messages
from dashboards.console.store.message import ReceiptKind
from dashboards.console.web import ServicesOf, page, see_other

router = APIRouter(prefix="/n", include_in_schema=False)
Token = Annotated[str, Path(pattern="^[A-Za-z0-9_-]{16,40}$")]


class CallReceipt(BaseModel):
    """What a voice gateway says of a call, at the address that came with it."""

    model_config = ConfigDict(frozen=True)
    result: CallResult = Field(description="taken, answered or not_answered")


@router.get("/{token}")
def show(request: Request, services: ServicesOf, token: Token) -> Response:
    """The message; that it was looked at is kept."""
    with services.store.transaction() as connection:
        told = messages.fetch_message(connection, token)
        if told is None:
            raise NotFound("no such message")
        messages.note_receipt(connection, token, ReceiptKind.READ)
    context = {
        "words": words_of(told.body, told.language),
        "is_taken": told.taken_at is not None,
        "taken_at": told.taken_at,
    }
    return page(request, "message.html", context, user=None)


@router.post("/{token}")
def take(services: ServicesOf, token: Token) -> Response:
    """Somebody takes it: nobody else of the organisation is called any more."""
    with services.store.transaction() as connection:
        if not messages.note_receipt(connection, token, ReceiptKind.TAKEN):
            raise NotFound("no such message")
    return see_other(f"/n/{token}")


@router.post("/{token}/receipt", status_code=204)
def receive(services: ServicesOf, token: Token, body: CallReceipt) -> Response:
    """What became of a call."""
    kinds = {
        CallResult.TAKEN: ReceiptKind.TAKEN,
        CallResult.ANSWERED: ReceiptKind.READ,
        CallResult.NOT_ANSWERED: ReceiptKind.NOT_ANSWERED,
    }
    with services.store.transaction() as connection:
        if not messages.note_receipt(connection, token, kinds[body.result]):
            raise NotFound("no such message")
    return Response(status_code=204)

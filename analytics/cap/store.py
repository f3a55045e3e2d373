"""Rows of CAP documents."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, cast

from analytics.cap.document import Document, Former, Point, Saying, write
from analytics.cap.word import MsgType
from analytics.notices.message_store import Unspread
from analytics.notices.notice import NoticeKind
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "cap.sql")


def add_documents(connection: Connection, notices: Sequence[Unspread], sender: str) -> int:
    """Write the documents of notices about life safety, in their order; how many."""
    count = 0
    for notice in sorted(notices, key=lambda one: one.created_at):
        if notice.is_life_safety and notice.alarm_id is not None:
            _add(connection, notice, write(_saying(connection, notice, sender)))
            count += 1
    return count


def _saying(connection: Connection, notice: Unspread, sender: str) -> Saying:
    named = {"alarm_id": notice.alarm_id, "path": notice.place_path}
    formers = [
        Former(
            identifier=str(identifier),
            msg_type=MsgType(str(msg_type)),
            sent_at=cast("datetime", sent_at),
        )
        for identifier, msg_type, sent_at in connection.execute(_QUERIES["formers"], named)
    ]
    place = connection.execute(_QUERIES["place"], named).fetchone()
    latitude, longitude, place_en = place or (None, None, "")
    is_known = latitude is not None and longitude is not None
    return Saying(
        notice_id=notice.id,
        kind=NoticeKind(notice.kind),
        body=notice.body,
        sent_at=notice.created_at,
        sender=sender,
        formers=formers,
        point=Point(latitude=cast("float", latitude), longitude=cast("float", longitude))
        if is_known
        else None,
        place_en=str(place_en),
    )


def _add(connection: Connection, notice: Unspread, document: Document) -> None:
    connection.execute(
        _QUERIES["add_document"],
        {
            "identifier": document.identifier,
            "notice_id": notice.id,
            "alarm_id": notice.alarm_id,
            "number": document.number,
            "path": notice.place_path,
            "msg_type": document.msg_type,
            "status": document.status,
            "sent_at": document.sent_at,
            "headline": document.headline,
            "document": document.xml,
        },
    )

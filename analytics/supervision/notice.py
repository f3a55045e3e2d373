"""What supervision tells people, through the outbox that every notice goes through."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from analytics.alarms.report import PlacePath
from analytics.duties.matrix import OrganisationId
from analytics.live import Announcement, Change
from analytics.notices.body import Thing, Where, Words, enveloped
from analytics.notices.notice import Target
from analytics.safety.store import OwnNotice, add_own_notice
from gateway.catalogue import Text
from ingest.database import Connection


class MeasureNotice(StrEnum):
    """Why somebody is told."""

    PROPOSED = "measure.proposed"
    DUE_SOON = "measure.due_soon"
    OVERDUE = "measure.overdue"
    CERTIFICATE_SOON = "certificate.due_soon"
    CERTIFICATE_OVER = "certificate.expired"
    CONTRACT_SOON = "contract.due_soon"
    CONTRACT_OVER = "contract.expired"


_MEASURE: Final = Text(zh="监督措施", en="Measure of supervision")
_CERTIFICATE: Final = Text(zh="人员证书", en="Certificate")
_CONTRACT: Final = Text(zh="维保合同", en="Maintenance contract")
LABELS: Final = {
    MeasureNotice.PROPOSED: _MEASURE,
    MeasureNotice.DUE_SOON: _MEASURE,
    MeasureNotice.OVERDUE: _MEASURE,
    MeasureNotice.CERTIFICATE_SOON: _CERTIFICATE,
    MeasureNotice.CERTIFICATE_OVER: _CERTIFICATE,
    MeasureNotice.CONTRACT_SOON: _CONTRACT,
    MeasureNotice.CONTRACT_OVER: _CONTRACT,
}
MARKS: Final = {
    MeasureNotice.PROPOSED: Text(zh="待决定", en="to be decided"),
    MeasureNotice.DUE_SOON: Text(zh="即将到期", en="due soon"),
    MeasureNotice.OVERDUE: Text(zh="逾期未办结", en="overdue"),
    MeasureNotice.CERTIFICATE_SOON: Text(zh="即将到期", en="expires soon"),
    MeasureNotice.CERTIFICATE_OVER: Text(zh="已过期,不再派单", en="expired: no more orders"),
    MeasureNotice.CONTRACT_SOON: Text(zh="即将到期", en="ends soon"),
    MeasureNotice.CONTRACT_OVER: Text(zh="已到期", en="has ended"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One thing that an organisation is told.

    Attributes:
        number: What two messages are known as one by.
        subject: What it is about, one sentence.
        to: Who is told; None: nobody is registered.
    """

    kind: MeasureNotice
    number: int
    subject: str
    place_path: PlacePath
    to: OrganisationId | None


class _Body(msgspec.Struct):
    """As messages and pages read every notice; `alarm` is the number, for it belongs to no alarm."""

    alarm: int
    label: Words
    mark: Words
    title: str
    place: Where
    asset: Thing
    raised_at: datetime


def tell(connection: Connection, told: Told, now: datetime) -> None:
    """Put a notice into the outbox, in the caller's transaction; nobody is told where nobody is."""
    if told.to is None:
        return
    label, mark = LABELS[told.kind], MARKS[told.kind]
    body = _Body(
        alarm=told.number,
        label=Words(label.zh, label.en),
        mark=Words(mark.zh, mark.en),
        title=told.subject,
        place=Where(told.place_path, zh="", address="", access=""),
        asset=Thing("", "", ""),
        raised_at=now,
    )
    notice = OwnNotice(
        place_path=told.place_path,
        organisation=told.to,
        target=Target.DESK,
        kind=told.kind,
        body=enveloped(told.kind, now, body),
    )
    add_own_notice(connection, notice, now)
    shown = Announcement()
    shown.add(Change.NOTICE, None, told.place_path)
    shown.write(connection, now)

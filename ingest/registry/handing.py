"""A compound changes hands at a time: one turn of its management, and the way back."""

from dataclasses import dataclass
from datetime import datetime

from gateway.catalogue import Text
from ingest.database import Connection, in_transaction
from ingest.registry import store, writing
from ingest.registry.errors import RegistryRefused
from ingest.registry.model import Level, ManagementKind, Span
from ingest.registry.recorded import TimelineKey, TimelineValue
from ingest.registry.span import Move, Recorded, SpanChange
from ingest.registry.step import TableName, Turn


@dataclass(frozen=True, slots=True, kw_only=True)
class Handing:
    """Who runs a compound from a time on.

    Attributes:
        organisation: None where the owners manage themselves or nobody does.
    """

    compound: str
    kind: ManagementKind
    organisation: str | None
    at: datetime

    @property
    def value(self) -> TimelineValue:
        """As it stands in the timeline of managements."""
        return (str(self.kind), self.organisation)


def hand_over(connection: Connection, handing: Handing) -> bool:
    """End the management that runs then and begin the new one; whether anything was written.

    Args:
        connection: Of the role tw_ingest.

    Raises:
        RegistryRefused: No such compound or organisation, or another change is planned after it.
    """

    def work(inside: Connection) -> bool:
        writing.take_lock(inside)
        spans = _spans(inside, handing)
        if any(span.value == handing.value and span.during.begin == handing.at for span in spans):
            return False
        later = [span for span in spans if not span.during.has_begun(handing.at)]
        if later:
            begin = later[0].during.begin
            raise RegistryRefused(
                Text(
                    zh=f"{begin} 起已安排另一次管理变更，请先取消",
                    en=f"another change is planned for {begin}: cancel it first",
                )
            )
        running = [span for span in spans if span.during.covers(handing.at)]
        turns = [_turn(handing, _ended(span, handing.at)) for span in running]
        during = Span(begin=handing.at)
        opened = SpanChange(move=Move.OPEN, value=handing.value, during=during)
        writing.write_turns(inside, [*turns, _turn(handing, opened)])
        writing.wake_readers(inside)
        return True

    return in_transaction(connection, work)


def take_back(connection: Connection, handing: Handing) -> None:
    """Undo a change of hands that has not come: the former management goes on.

    Raises:
        RegistryRefused: The change is not there as it was planned.
    """

    def work(inside: Connection) -> None:
        writing.take_lock(inside)
        spans = _spans(inside, handing)
        planned = [
            span
            for span in spans
            if span.during == Span(begin=handing.at) and span.value == handing.value
        ]
        if not planned:
            raise RegistryRefused(
                Text(zh="登记册中没有这次变更", en="the registry has no such change planned")
            )
        cancelled = SpanChange(
            move=Move.CANCEL, value=handing.value, during=planned[0].during, row=planned[0].row
        )
        former = [span for span in spans if span.during.end == handing.at]
        again = [
            SpanChange(
                move=Move.CLOSE, value=one.value, during=Span(begin=one.during.begin), row=one.row
            )
            for one in former
        ]
        writing.write_turns(inside, [_turn(handing, one) for one in (cancelled, *again)])
        writing.wake_readers(inside)

    in_transaction(connection, work)


def _spans(connection: Connection, handing: Handing) -> list[Recorded[TimelineValue]]:
    recorded = store.fetch_registry(connection)
    place = recorded.places.get(handing.compound)
    if place is None or place.closed_at is not None or place.place.level is not Level.COMPOUND:
        raise RegistryRefused(
            Text(
                zh=f"没有小区“{handing.compound}”", en=f"there is no compound {handing.compound!r}"
            )
        )
    if handing.organisation is not None and handing.organisation not in recorded.organisations:
        code = handing.organisation
        raise RegistryRefused(Text(zh=f"没有单位“{code}”", en=f"there is no organisation {code!r}"))
    return list(recorded.managements.get(_key(handing), ()))


def _key(handing: Handing) -> TimelineKey:
    return (handing.compound,)


def _ended(span: Recorded[TimelineValue], at: datetime) -> SpanChange[TimelineValue]:
    begin = span.during.begin
    if begin is not None and begin >= at:
        return SpanChange(move=Move.CANCEL, value=span.value, during=span.during, row=span.row)
    during = Span(begin=begin, end=at)
    return SpanChange(move=Move.CLOSE, value=span.value, during=during, row=span.row)


def _turn(handing: Handing, change: SpanChange[TimelineValue]) -> Turn:
    return Turn(table=TableName.MANAGEMENTS, key=_key(handing), change=change)

"""Posts on the public board, codes and answers of the monthly rating, photos of the work."""

from datetime import datetime
from typing import Final, assert_never

from analytics import loop_store
from analytics.act.public_kind import (
    AddPhotos,
    ImportRatings,
    MakeSlips,
    PostOnBoard,
    PublicAct,
    RateMonth,
)
from analytics.act.result import CARRIED_OUT, ActResult, Refusal, refused
from analytics.alarms.report import PlacePath
from analytics.live import Announcement, Change
from analytics.supervision.board import add_post, is_personal
from analytics.supervision.survey import (
    Answer,
    Slip,
    answer,
    answer_all,
    find_slip,
    make_slips,
    may_import,
    month_named,
    month_of,
)
from gateway.catalogue import Text
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "board.sql")
_REPORT: Final = load_queries("analytics", "report.sql")


class PublicOffice:
    """Carries these acts out inside the caller's transaction."""

    def carry_out(self, connection: Connection, act: PublicAct, now: datetime) -> ActResult:
        """Do what is asked, or say why not."""
        match act:
            case AddPhotos():
                return _add_photos(connection, act, now)
            case PostOnBoard():
                return _post(connection, act, now)
            case MakeSlips():
                return _make_slips(connection, act, now)
            case RateMonth():
                return _rate(connection, act, now)
            case ImportRatings():
                return _import(connection, act, now)
            case _:
                assert_never(act)


def _add_photos(connection: Connection, act: AddPhotos, now: datetime) -> ActResult:
    stored = loop_store.lock_order(connection, act.order_id)
    if stored is None:
        return refused(Refusal.UNKNOWN)
    if not act.by.may_see(stored.place_path):
        return refused(Refusal.SCOPE)
    if act.by.organisation is None or act.by.organisation != stored.order.owner:
        return refused(Refusal.NOT_OWNER)
    for digest in act.photos:
        values = {
            "order_id": act.order_id,
            "digest": digest,
            "by": act.by.name,
            "now": now,
            "note": act.text,
        }
        connection.execute(_REPORT["add_order_photo"], values)
    told = Announcement()
    told.add(Change.ORDER, act.order_id, stored.place_path)
    told.write(connection, now)
    return CARRIED_OUT


def _compound(
    connection: Connection, act: PostOnBoard | MakeSlips | ImportRatings
) -> PlacePath | ActResult:
    """The compound that is named, when whoever asks may see it."""
    row = connection.execute(_QUERIES["compound"], {"code": act.place}).fetchone()
    if row is None:
        return refused(Refusal.NO_PLACE)
    path = PlacePath(str(row[0]))
    return path if act.by.may_see(path) else refused(Refusal.SCOPE)


def _post(connection: Connection, act: PostOnBoard, now: datetime) -> ActResult:
    path = _compound(connection, act)
    if isinstance(path, ActResult):
        return path
    if is_personal(act.text):
        return refused(Refusal.PERSONAL)
    is_posted = add_post(connection, path, act.post, act.by.name, now)
    return CARRIED_OUT if is_posted else refused(Refusal.NO_PLACE)


def _make_slips(connection: Connection, act: MakeSlips, now: datetime) -> ActResult:
    path = _compound(connection, act)
    if isinstance(path, ActResult):
        return path
    slips = [
        (Slip(place_path=path, giver=act.giver, household=household), bytes.fromhex(token_hash))
        for household, token_hash in zip(act.households, act.token_hashes, strict=True)
    ]
    make_slips(connection, slips, act.by.name, now)
    return CARRIED_OUT


def _rate(connection: Connection, act: RateMonth, now: datetime) -> ActResult:
    slip = find_slip(connection, bytes.fromhex(act.token_hash))
    if slip is None:
        return refused(Refusal.USED_UP)
    said = Answer(household=slip.household, giver=slip.giver, stars=act.stars, note=act.text)
    taken = answer(connection, slip, said, month_of(now), now)
    if taken is None:
        return refused(Refusal.NOBODY_RUNS_IT)
    return CARRIED_OUT if taken else refused(Refusal.USED_UP)


def _import(connection: Connection, act: ImportRatings, now: datetime) -> ActResult:
    """Every household once, whatever stands in the list or came before it."""
    path = _compound(connection, act)
    if isinstance(path, ActResult):
        return path
    month = month_named(act.month)
    if not may_import(month, now):
        return refused(Refusal.NOT_NOW)
    answers = [
        (Slip(place_path=path, giver=said.giver, household=said.household), said)
        for said in act.answers
    ]
    taken = answer_all(connection, path, answers, month, now)
    if taken is None:
        return refused(Refusal.NOBODY_RUNS_IT)
    known = len(act.answers) - taken
    words = Text(
        zh=f"已导入 {taken} 份；{known} 份该户本月已评价，未重复计入",
        en=f"{taken} taken; {known} of households that had rated already, not counted again",
    )
    return ActResult(refusal=None, message=words)

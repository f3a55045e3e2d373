"""Walk tests and rosters, inside the caller's transaction."""

from datetime import datetime
from typing import Final, assert_never

from analytics.act.admin_kind import AdminAct, BeginWalk, FailWalk, PassWalk, SetDesk, SetRoster
from analytics.act.limit_act import carry_out as carry_out_limit
from analytics.act.limit_kind import LimitAct
from analytics.act.result import CARRIED_OUT, ActResult, Refusal, refused
from analytics.commission.store import (
    Ending,
    begin_walks,
    end_walk,
    fetch_devices,
    fetch_evidence,
    lock_walk,
)
from analytics.orders.roster_store import desk_of, put_desk_week, put_week
from analytics.orders.technician_store import organisation_of
from ingest.database import Connection

_OF_PLATFORM: Final = "admin"
"""Everybody else keeps the rosters of the own firm."""


class AdminOffice:
    """Carries out acts that run a site."""

    def carry_out(
        self, connection: Connection, act: AdminAct | LimitAct, now: datetime
    ) -> ActResult:
        """Do what is asked, or say why not."""
        if isinstance(act, LimitAct):
            return carry_out_limit(connection, act, now)
        match act:
            case BeginWalk():
                return _begin(connection, act, now)
            case PassWalk() | FailWalk():
                return _end(connection, act, now)
            case SetRoster():
                return _set_roster(connection, act)
            case SetDesk():
                return _set_desk(connection, act)
            case _:
                assert_never(act)


def _begin(connection: Connection, act: BeginWalk, now: datetime) -> ActResult:
    devices = fetch_devices(connection, act.assets)
    if len(devices) < len(set(act.assets)):
        return refused(Refusal.NO_PLACE)
    if not all(act.by.may_see(device.place_path) for device in devices):
        return refused(Refusal.SCOPE)
    begin_walks(connection, devices, act.by.name, act.text, now)
    return CARRIED_OUT


def _end(connection: Connection, act: PassWalk | FailWalk, now: datetime) -> ActResult:
    walk = lock_walk(connection, act.walk)
    if walk is None:
        return refused(Refusal.UNKNOWN)
    if not act.by.may_see(walk.place_path):
        return refused(Refusal.SCOPE)
    if not walk.is_open:
        return refused(Refusal.STALE)
    is_passed = isinstance(act, PassWalk)
    evidence = fetch_evidence(connection, walk) if is_passed else None
    if is_passed and evidence is None:
        return refused(Refusal.NOT_HEARD)
    end_walk(connection, walk, Ending(by=act.by.name, note=act.text, evidence=evidence), now)
    return CARRIED_OUT


def _set_roster(connection: Connection, act: SetRoster) -> ActResult:
    organisation = organisation_of(connection, act.technician)
    if organisation is None:
        return refused(Refusal.NO_TECHNICIAN)
    if act.by.role != _OF_PLATFORM and organisation != act.by.organisation:
        return refused(Refusal.NO_TECHNICIAN)
    put_week(connection, act.technician, act.week)
    return CARRIED_OUT


def _set_desk(connection: Connection, act: SetDesk) -> ActResult:
    desk = desk_of(connection, act.place)
    if desk is None:
        return refused(Refusal.NO_PLACE)
    if not act.by.may_see(desk.place_path):
        return refused(Refusal.SCOPE)
    put_desk_week(connection, desk, act.who, act.week)
    return CARRIED_OUT

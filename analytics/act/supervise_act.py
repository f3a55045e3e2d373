"""Steps of measures and inspections, each by whoever may: the company speaks for itself alone."""

from datetime import datetime
from typing import Final, cast

from analytics.act.result import CARRIED_OUT, ActResult, Refusal, refused
from analytics.act.supervise_kind import Inspect, StepMeasure, SuperviseAct
from analytics.alarms.report import PlacePath
from analytics.duties.matrix import OrganisationId
from analytics.errors import MeasureRefused
from analytics.supervision.measure import Deed, Role
from analytics.supervision.store import Inspection, Number, add_inspection, step
from gateway.catalogue import Text
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "supervise_act.sql")
_ROLES: Final = {
    "supervisor": Role.SUPERVISOR,
    "community": Role.COMMUNITY,
    "project_manager": Role.COMPANY,
}


class SupervisionOffice:
    """Carries out acts of supervision inside the caller's transaction."""

    def carry_out(self, connection: Connection, act: SuperviseAct, now: datetime) -> ActResult:
        """Do what is asked, or say why not."""
        match act:
            case StepMeasure():
                return _step(connection, act, now)
            case Inspect():
                return _inspect(connection, act, now)


def _step(connection: Connection, act: StepMeasure, now: datetime) -> ActResult:
    row = connection.execute(_QUERIES["lock_measure"], {"number": act.number}).fetchone()
    if row is None:
        return refused(Refusal.UNKNOWN)
    path, company, version = str(row[0]), OrganisationId(cast("int", row[1])), row[2]
    if not act.by.may_see(path):
        return refused(Refusal.SCOPE)
    role = _ROLES[act.by.role]
    if role is Role.COMPANY and act.by.organisation != company:
        return refused(Refusal.NOT_OWNER)
    if act.version is not None and act.version != version:
        return refused(Refusal.STALE)
    deed = Deed(
        step=act.step,
        actor=act.by.name,
        role=role,
        reason=act.text,
        due=act.due,
        appeal_until=act.appeal_until,
    )
    try:
        step(connection, Number(act.number), deed, now)
    except MeasureRefused as error:
        said = Text(zh=f"程序不允许该步骤: {error}", en=str(error))
        return ActResult(refusal=Refusal.PROCEDURE, message=said)
    return CARRIED_OUT


def _inspect(connection: Connection, act: Inspect, now: datetime) -> ActResult:
    values = {"company": act.company, "place": act.place}
    row = connection.execute(_QUERIES["inspected"], values).fetchone()
    if row is None:
        return refused(Refusal.NO_PLACE)
    if not act.by.may_see(str(row[1])):
        return refused(Refusal.SCOPE)
    inspection = Inspection(
        organisation=OrganisationId(cast("int", row[0])),
        place_path=PlacePath(str(row[1])),
        aspect=act.aspect,
        marks=act.marks,
        actor=act.by.name,
        note=act.text,
    )
    add_inspection(connection, inspection, now)
    return CARRIED_OUT

"""Records of the loop as machines get them; every query is one block of record.sql."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, TypeVar

from psycopg.rows import class_row

from dashboards.console import case_record, record, safety_record, supervision_record
from dashboards.console.hold_model import HoldModel, LoadModel, ProposalModel
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("dashboards.console", "record.sql")
_Row = TypeVar("_Row")
_FIRST: Final = 0


def _fetch(
    connection: Connection, name: str, kind: type[_Row], values: Mapping[str, object]
) -> list[_Row]:
    with connection.cursor(row_factory=class_row(kind)) as cursor:
        return cursor.execute(_QUERIES[name], values).fetchall()


def fetch_incidents(
    connection: Connection,
    *,
    is_open: bool | None = None,
    after: int | None = None,
    incident_id: int | None = None,
    limit: int = 1,
) -> list[record.Incident]:
    """Incidents of the scope, newest first, or the one of an id."""
    values = {"is_open": is_open, "after": after, "id": incident_id, "limit": limit}
    return _fetch(connection, "incidents", record.Incident, values)


def fetch_incident_alarms(
    connection: Connection, incident_id: int, *, after: int | None, limit: int
) -> list[record.AlarmNumber]:
    """The alarms of an incident, oldest first."""
    values = {"id": incident_id, "after": after or _FIRST, "limit": limit}
    return _fetch(connection, "incident_alarms", record.AlarmNumber, values)


def fetch_clocks(
    connection: Connection,
    *,
    alarm_id: int | None,
    order_id: int | None,
    after: int | None,
    limit: int,
) -> list[record.RunningClock]:
    """Clocks of the scope that run, newest first."""
    values = {"alarm_id": alarm_id, "order_id": order_id, "after": after, "limit": limit}
    return _fetch(connection, "clocks", record.RunningClock, values)


def fetch_rescues(
    connection: Connection,
    *,
    is_open: bool | None = None,
    after: int | None = None,
    rescue_id: int | None = None,
    limit: int = 1,
) -> list[safety_record.RescueModel]:
    """Rescues of the scope, newest first, or the one of an id."""
    values = {"is_open": is_open, "after": after, "id": rescue_id, "limit": limit}
    return _fetch(connection, "rescues", safety_record.RescueModel, values)


def fetch_drills(
    connection: Connection, *, after: int | None, limit: int
) -> list[safety_record.DrillModel]:
    """Drills and tests of the scope, newest first."""
    return _fetch(connection, "drills", safety_record.DrillModel, {"after": after, "limit": limit})


def fetch_post_checks(
    connection: Connection, *, waiting: bool, after: int | None, limit: int
) -> list[safety_record.PostCheckModel]:
    """Duty checks of the scope, newest first."""
    values = {"waiting": waiting, "after": after, "limit": limit}
    return _fetch(connection, "post_checks", safety_record.PostCheckModel, values)


def fetch_holds(connection: Connection, *, after: int | None, limit: int) -> list[HoldModel]:
    """What keeps alarms of the scope from the desk now, newest first."""
    return _fetch(connection, "holds", HoldModel, {"after": after, "limit": limit})


def fetch_proposals(
    connection: Connection, now: datetime, *, after: int | None, limit: int
) -> list[ProposalModel]:
    """What waits for a second person, newest first."""
    values = {"now": now, "after": after, "limit": limit}
    return _fetch(connection, "proposals", ProposalModel, values)


def fetch_load(
    connection: Connection, since: datetime, *, after: tuple[datetime, str] | None, limit: int
) -> list[LoadModel]:
    """Alarms of desks by 10 minutes, newest first."""
    at, name = after or (None, "")
    values = {"since": since, "after_at": at, "after_name": name, "limit": limit}
    return _fetch(connection, "load", LoadModel, values)


def fetch_duty_lines(
    connection: Connection, now: datetime, *, after: int | None, limit: int
) -> list[record.DutyLine]:
    """Lines of the matrix in force, in their order."""
    values = {"now": now, "after": after or _FIRST, "limit": limit}
    return _fetch(connection, "duty_lines", record.DutyLine, values)


def fetch_place_path(connection: Connection, code: str) -> str | None:
    """The path of a place of the scope."""
    row = connection.execute(_QUERIES["place_path"], {"code": code}).fetchone()
    return None if row is None else str(row[0])


def fetch_organisations(connection: Connection, ids: list[int]) -> list[record.OrganisationModel]:
    """Organisations by their ids."""
    values = {"ids": ids}
    return _fetch(connection, "organisations_by_id", record.OrganisationModel, values)


def fetch_notices(  # noqa: PLR0913 - what a list of notices is asked for
    connection: Connection,
    *,
    alarm_id: int | None,
    order_id: int | None,
    state: str | None,
    after: tuple[datetime, str] | None,
    limit: int,
) -> list[record.NoticeModel]:
    """What was sent to whom within the scope, newest first."""
    at, name = after or (None, None)
    values = {
        "alarm_id": alarm_id,
        "order_id": order_id,
        "state": state,
        "after_at": at,
        "after_id": name,
        "limit": limit,
    }
    return _fetch(connection, "notices", record.NoticeModel, values)


def fetch_messages(
    connection: Connection, notice_id: str, *, after: str | None, limit: int
) -> list[record.MessageModel]:
    """What each contact got of a notice."""
    values = {"notice_id": notice_id, "after": after, "limit": limit}
    return _fetch(connection, "messages", record.MessageModel, values)


def fetch_plans(
    connection: Connection,
    *,
    after: int | None = None,
    plan_id: int | None = None,
    limit: int = 1,
) -> list[record.PlanModel]:
    """Duties by the calendar of the scope, newest first, or the one of an id."""
    values = {"after": after, "id": plan_id, "limit": limit}
    return _fetch(connection, "plans", record.PlanModel, values)


def fetch_plan_periods(
    connection: Connection, plan_id: int, *, after: int | None, limit: int
) -> list[record.PlanPeriod]:
    """Turns of a plan, newest first."""
    values = {"id": plan_id, "after": after, "limit": limit}
    return _fetch(connection, "plan_periods", record.PlanPeriod, values)


def fetch_checkpoints(
    connection: Connection, *, after: str | None, limit: int
) -> list[record.CheckpointModel]:
    """Points of rounds of the scope, by code."""
    values = {"after": after, "limit": limit}
    return _fetch(connection, "checkpoints", record.CheckpointModel, values)


def fetch_reports(
    connection: Connection, *, source: str | None, after: int | None, limit: int
) -> list[record.ReportModel]:
    """What people reported within the scope, newest first."""
    values = {"source": source, "after": after, "limit": limit}
    return _fetch(connection, "reports", record.ReportModel, values)


def fetch_warnings(
    connection: Connection, *, is_open: bool | None, after: int | None, limit: int
) -> list[record.WarningModel]:
    """Early warnings of the scope, newest first."""
    values = {"is_open": is_open, "after": after, "limit": limit}
    return _fetch(connection, "warnings", record.WarningModel, values)


def fetch_handovers(
    connection: Connection, *, after: int | None, limit: int
) -> list[record.HandoverModel]:
    """Hand-overs of compounds of the scope, newest first."""
    return _fetch(connection, "handovers", record.HandoverModel, {"after": after, "limit": limit})


def fetch_scores(
    connection: Connection,
    *,
    period: str | None,
    company: str | None,
    after: int | None,
    limit: int,
) -> list[supervision_record.ScoreModel]:
    """Published scores of companies, newest first."""
    values = {"period": period, "company": company, "after": after, "limit": limit}
    return _fetch(connection, "scores", supervision_record.ScoreModel, values)


def fetch_measures(
    connection: Connection,
    *,
    is_open: bool | None = None,
    number: str | None = None,
    after: int | None = None,
    limit: int = 1,
) -> list[supervision_record.MeasureModel]:
    """Measures of supervision of the scope, newest first, or the one of a number."""
    values = {"is_open": is_open, "number": number, "after": after, "limit": limit}
    return _fetch(connection, "measures", supervision_record.MeasureModel, values)


def fetch_measure_steps(
    connection: Connection, measure_id: int
) -> list[supervision_record.MeasureStepModel]:
    """The history of a measure, oldest first."""
    return _fetch(
        connection, "measure_steps", supervision_record.MeasureStepModel, {"id": measure_id}
    )


def fetch_inspections(
    connection: Connection, *, after: int | None, limit: int
) -> list[supervision_record.InspectionModel]:
    """Marks of inspectors within the scope, newest first."""
    values = {"after": after, "limit": limit}
    return _fetch(connection, "inspections", supervision_record.InspectionModel, values)


def fetch_cases(  # noqa: PLR0913 - what a list of cases is asked for
    connection: Connection,
    *,
    is_open: bool | None = None,
    system: str | None = None,
    number: str | None = None,
    case_id: int | None = None,
    after: int | None = None,
    limit: int = 1,
) -> list[case_record.CaseModel]:
    """Cases of other platforms within the scope, newest first, or the one that is named."""
    values = {
        "is_open": is_open,
        "system": system,
        "number": number,
        "id": case_id,
        "after": after,
        "limit": limit,
    }
    return _fetch(connection, "cases", case_record.CaseModel, values)


def fetch_case_steps(connection: Connection, case_id: int) -> list[case_record.CaseStepModel]:
    """The history of a case, oldest first."""
    return _fetch(connection, "case_steps", case_record.CaseStepModel, {"id": case_id})


def fetch_case_systems(
    connection: Connection, *, after: str | None, limit: int
) -> list[case_record.CaseSystemModel]:
    """Platforms that send cases of the scope, by code."""
    values = {"after": after, "limit": limit}
    return _fetch(connection, "case_systems", case_record.CaseSystemModel, values)


def fetch_system_scope(connection: Connection, code: str) -> str | None:
    """The place of a platform that sends cases."""
    row = connection.execute(_QUERIES["system_scope"], {"code": code}).fetchone()
    return None if row is None else str(row[0])


def fetch_assets(
    connection: Connection,
    *,
    asset_class: str | None = None,
    asset_id: int | None = None,
    after: int | None = None,
    limit: int = 1,
) -> list[record.AssetModel]:
    """Assets of the scope, by id, or the one of an id."""
    values = {
        "asset_class": asset_class,
        "id": asset_id,
        "after": after or _FIRST,
        "limit": limit,
    }
    return _fetch(connection, "assets", record.AssetModel, values)

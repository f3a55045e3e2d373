"""Cases of other platforms and agreements with them, as our own people see them."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response
from pydantic import Field

from analytics.exchange import agreement_store
from analytics.exchange.agreement import Standing
from analytics.exchange.agreement_store import AgreementAfter, AgreementLine, ExportLine
from analytics.exchange.page import Format
from dashboards.console import cursor
from dashboards.console.case_record import CaseDetail, CaseModel, CaseSystemModel
from dashboards.console.errors import NotFound
from dashboards.console.field import one_of
from dashboards.console.openapi import problems
from dashboards.console.paging import After, Id, Limit, Page, page_of
from dashboards.console.record import Record
from dashboards.console.reply import tag
from dashboards.console.role import Ability
from dashboards.console.routes.v1.incident import Open
from dashboards.console.store import record
from dashboards.console.web import Now, ServicesOf, UserOf, require

router = APIRouter()
Code = Annotated[str, Path(pattern="^[a-z0-9-]{2,40}$", examples=["street-office"])]


class AgreementModel(Record):
    """What another platform may read."""

    code: str = Field(description="Code of the agreement", examples=["street-office"])
    party: str = Field(description="Who reads, as the paper says", examples=["示范街道办事处"])
    dataset: str = Field(description="What it is about", examples=["orders"])
    fields: list[str] = Field(
        description="Fields of it that are given", examples=[["number", "state"]]
    )
    unmasked: list[str] = Field(description="Fields with personal data that are given as they are")
    purpose: str = Field(description="What it is read for")
    legal_basis: str = Field(description="Law and article, or contract")
    place_path: str = Field(
        description="Nothing outside this place is given", examples=["city.district.street"]
    )
    begins_at: datetime = Field(description="Nothing is given before")
    ends_at: datetime = Field(description="Nothing is given from this moment on")
    standing: str = Field(description=one_of(Standing), examples=["in_force"])
    added_by: str = Field(description="User name of who added it", examples=["chief"])
    added_at: datetime = Field(description="When it was added")
    ended_at: datetime | None = Field(description="When it was withdrawn; null: it was not")
    ended_by: str | None = Field(description="User name of who withdrew it", examples=["chief"])
    end_reason: str | None = Field(description="Why it was withdrawn")

    @classmethod
    def of(cls, line: AgreementLine, now: datetime) -> "AgreementModel":
        """The model of a line."""
        grant = line.agreement.grant
        return cls(
            code=grant.code,
            party=line.agreement.party,
            dataset=grant.dataset,
            fields=list(grant.fields),
            unmasked=list(grant.unmasked),
            purpose=line.agreement.purpose,
            legal_basis=line.agreement.legal_basis,
            place_path=grant.place_path,
            begins_at=grant.begins_at,
            ends_at=grant.ends_at,
            standing=grant.standing(now),
            added_by=line.added_by,
            added_at=line.added_at,
            ended_at=grant.ended_at,
            ended_by=line.ended_by,
            end_reason=line.end_reason,
        )


class ExportModel(Record):
    """A page that was given under an agreement."""

    id: int = Field(description="Number of the page")
    at: datetime = Field(description="When it was given")
    reader: str = Field(description="The key's first characters and the address")
    format: str = Field(description=one_of(Format), examples=["ndjson"])
    fields: list[str] = Field(description="Fields that were given", examples=[["number", "state"]])
    rows: int = Field(description="How many records were on it")
    sha256: str = Field(description="SHA-256 in hex over the bytes that were given")

    @classmethod
    def of(cls, line: ExportLine) -> "ExportModel":
        """The model of a line."""
        return cls(
            id=line.id,
            at=line.at,
            reader=line.reader,
            format=line.format,
            fields=list(line.fields),
            rows=line.rows,
            sha256=line.sha256,
        )


@router.get("/cases", tags=["cases"], summary="Cases of other platforms", responses=problems(400))
def list_cases(  # noqa: PLR0913, PLR0917 - the parts of a query
    services: ServicesOf,
    user: UserOf,
    is_open: Open = None,
    system: Annotated[str | None, Query(max_length=40, examples=["hotline-12345"])] = None,
    number: Annotated[str | None, Query(max_length=80, description="The foreign number")] = None,
    limit: Limit = 100,
    after: After = None,
) -> Page[CaseModel]:
    """Cases within the scope, newest first."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        lines = record.fetch_cases(
            connection,
            is_open=is_open,
            system=system,
            number=number,
            after=cursor.to_id(after),
            limit=limit + 1,
        )
    return page_of(lines, limit, lambda one: one, lambda one: cursor.pack(one.id))


@router.get("/cases/{case_id}", tags=["cases"], summary="One case", responses=problems(404))
def get_case(answer: Response, services: ServicesOf, user: UserOf, case_id: Id) -> CaseDetail:
    """One case with its history; its ETag is its version."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        lines = record.fetch_cases(connection, case_id=case_id)
        if not lines:
            raise NotFound(f"no case {case_id}")
        steps = record.fetch_case_steps(connection, case_id)
    tag(answer, lines[0].version)
    return CaseDetail(case=lines[0], steps=steps)


@router.get(
    "/case-systems", tags=["cases"], summary="Platforms that send cases", responses=problems(400)
)
def list_case_systems(
    services: ServicesOf, user: UserOf, limit: Limit = 100, after: After = None
) -> Page[CaseSystemModel]:
    """Platforms whose area lies within the scope, by code."""
    require(user, Ability.WATCH)
    with services.store.scoped(user.scope) as connection:
        lines = record.fetch_case_systems(connection, after=cursor.to_name(after), limit=limit + 1)
    return page_of(lines, limit, lambda one: one, lambda one: cursor.pack(one.code))


@router.get("/agreements", tags=["agreements"], summary="Agreements", responses=problems(400))
def list_agreements(
    services: ServicesOf, user: UserOf, now: Now, limit: Limit = 100, after: After = None
) -> Page[AgreementModel]:
    """What other platforms may read of the scope, newest first."""
    require(user, Ability.PLATFORM)
    position = cursor.to_moment(after)
    begin = None if position is None else AgreementAfter(added_at=position[0], code=position[1])
    with services.store.scoped(user.scope) as connection:
        lines = agreement_store.fetch_agreements(connection, after=begin, limit=limit + 1)
    return page_of(
        lines,
        limit,
        lambda one: AgreementModel.of(one, now),
        lambda one: cursor.of_moment(one.added_at, one.agreement.grant.code),
    )


@router.get(
    "/agreements/{code}/exports",
    tags=["agreements"],
    summary="What was given under an agreement",
    responses=problems(400, 404),
)
def list_exports(
    services: ServicesOf, user: UserOf, code: Code, limit: Limit = 100, after: After = None
) -> Page[ExportModel]:
    """Every page that was given: to whom, when, how many rows of which fields, and its hash."""
    require(user, Ability.PLATFORM)
    with services.store.scoped(user.scope) as connection:
        if not agreement_store.fetch_agreements(connection, code=code, limit=1):
            raise NotFound(f"no agreement {code}")
        lines = agreement_store.fetch_exports(
            connection, code, after=cursor.to_id(after), limit=limit + 1
        )
    return page_of(lines, limit, ExportModel.of, lambda one: cursor.pack(one.id))

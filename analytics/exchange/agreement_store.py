"""Rows of agreements, the records they give, and the log of what was given."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, cast

from analytics.errors import BadAgreement
from analytics.exchange.agreement import Agreement, AgreementCode, Grant
from analytics.exchange.key import key_hash
from analytics.exchange.page import Format, Value
from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("analytics", "exchange.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementLine:
    """An agreement with what became of it."""

    agreement: Agreement
    added_by: str
    added_at: datetime
    ended_by: str | None
    end_reason: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgreementAfter:
    """The agreement after which a page begins."""

    added_at: datetime
    code: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """A page that is about to be given.

    Attributes:
        reader: The key's first characters and the address it came from.
    """

    grant: Grant
    reader: str
    form: Format
    rows: int
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportLine:
    """A line of the log: who was given how many rows of which fields, and their hash."""

    id: int
    agreement: str
    at: datetime
    reader: str
    format: str
    fields: tuple[str, ...]
    rows: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """What a key opens."""

    grant: Grant
    hint: str


def add_agreement(
    connection: Connection, agreement: Agreement, place: str, by: str, now: datetime
) -> None:
    """Write an agreement down, below the place of that code.

    Raises:
        BadAgreement: There is no such place, or the code is taken.
    """
    grant = agreement.grant
    row = connection.execute(
        _QUERIES["add_agreement"],
        {
            "code": grant.code,
            "party": agreement.party,
            "dataset": grant.dataset,
            "fields": list(grant.fields),
            "unmasked": list(grant.unmasked),
            "purpose": agreement.purpose,
            "legal_basis": agreement.legal_basis,
            "place": place,
            "begins_at": grant.begins_at,
            "ends_at": grant.ends_at,
            "by": by,
            "now": now,
        },
    ).fetchone()
    if row is None:
        raise BadAgreement(f"there is no place {place!r}, or the code {grant.code!r} is taken")


def end_agreement(
    connection: Connection, code: AgreementCode, by: str, reason: str, now: datetime
) -> None:
    """Withdraw an agreement.

    Raises:
        BadAgreement: There is none of that code that still runs, or no reason is given.
    """
    if not reason.strip():
        raise BadAgreement("an agreement ends with a reason")
    values = {"code": code, "by": by, "reason": reason, "now": now}
    if connection.execute(_QUERIES["end_agreement"], values).fetchone() is None:
        raise BadAgreement(f"no agreement {code!r} that still runs")


def fetch_agreements(
    connection: Connection,
    *,
    code: str | None = None,
    after: AgreementAfter | None = None,
    limit: int,
) -> list[AgreementLine]:
    """Agreements, the newest first."""
    values = {
        "code": code,
        "after_at": None if after is None else after.added_at,
        "after_code": None if after is None else after.code,
        "limit": limit,
    }
    return [_line(row) for row in connection.execute(_QUERIES["agreements"], values).fetchall()]


def _line(row: tuple[object, ...]) -> AgreementLine:
    code, party, dataset, fields, unmasked, purpose, basis, path, begins, ends = row[:10]
    added_by, added_at, ended_at, ended_by, end_reason = row[10:]
    grant = _grant((code, dataset, fields, unmasked, path, begins, ends, ended_at))
    return AgreementLine(
        agreement=Agreement(
            grant=grant, party=str(party), purpose=str(purpose), legal_basis=str(basis)
        ),
        added_by=str(added_by),
        added_at=cast("datetime", added_at),
        ended_by=cast("str | None", ended_by),
        end_reason=cast("str | None", end_reason),
    )


def _grant(row: tuple[object, ...]) -> Grant:
    code, dataset, fields, unmasked, path, begins_at, ends_at, ended_at = row
    return Grant(
        code=AgreementCode(str(code)),
        dataset=str(dataset),
        fields=tuple(cast("list[str]", fields)),
        unmasked=tuple(cast("list[str]", unmasked)),
        place_path=str(path),
        begins_at=cast("datetime", begins_at),
        ends_at=cast("datetime", ends_at),
        ended_at=cast("datetime | None", ended_at),
    )


def open_agreement(connection: Connection, key: str) -> Opened | None:
    """The agreement of a key, whatever has become of it; None: the key is nobody's."""
    values = {"key_hash": key_hash(key)}
    row = connection.execute(_QUERIES["agreement_of_key"], values).fetchone()
    return None if row is None else Opened(grant=_grant(row[:8]), hint=str(row[8]))


def fetch_rows(
    connection: Connection, grant: Grant, *, after: int, limit: int
) -> list[tuple[Value, ...]]:
    """Records of the agreement's place, with all fields of its dataset, by id."""
    values = {"place_path": grant.place_path, "after": after, "limit": limit}
    found = connection.execute(_QUERIES[f"dataset_{grant.dataset}"], values).fetchall()
    return [cast("tuple[Value, ...]", row) for row in found]


def log_export(connection: Connection, given: Given, now: datetime) -> bool:
    """Write a page down before it leaves; False: the agreement gives nothing at this moment."""
    row = connection.execute(
        _QUERIES["log_export"],
        {
            "code": given.grant.code,
            "now": now,
            "reader": given.reader,
            "format": given.form,
            "fields": list(given.grant.fields),
            "count": given.rows,
            "sha256": hashlib.sha256(given.content).digest(),
        },
    ).fetchone()
    return row is not None


def fetch_exports(
    connection: Connection, code: str, *, after: int | None = None, limit: int
) -> Sequence[ExportLine]:
    """What was given under an agreement, the newest first."""
    values = {"code": code, "after": after, "limit": limit}
    return [
        ExportLine(
            id=cast("int", export_id),
            agreement=str(agreement),
            at=cast("datetime", at),
            reader=str(reader),
            format=str(form),
            fields=tuple(cast("list[str]", fields)),
            rows=cast("int", count),
            sha256=str(sha256),
        )
        for export_id, agreement, at, reader, form, fields, count, sha256 in connection.execute(
            _QUERIES["exports"], values
        ).fetchall()
    ]

"""Responsible persons, and contracts of maintenance that end."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

from psycopg.rows import class_row

from ingest.database import Connection, load_queries

_QUERIES: Final = load_queries("dashboards.console", "person.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonLine:
    """The named person of a place; personal data, which pages show masked."""

    id: int
    place: str
    place_zh: str
    place_en: str
    role: str
    name: str
    phone: str

    @property
    def masked_name(self) -> str:
        """One letter of the name."""
        return self.name[:1] + "*" * max(len(self.name) - 1, 0)

    @property
    def masked_phone(self) -> str:
        """Four digits of the telephone."""
        return "*" * max(len(self.phone) - 4, 0) + self.phone[-4:]


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractLine:
    """Equipment whose contract ends; `contract_until` None: it has none."""

    id: int
    code: str
    asset_class: str
    name_zh: str
    name_en: str
    firm_zh: str
    firm_en: str
    contract_until: date | None


def fetch_persons(
    connection: Connection, now: datetime, *, person_id: int | None = None, limit: int = 1
) -> list[PersonLine]:
    """Persons of the scope that hold today; of an id, or all."""
    values = {"now": now, "id": person_id, "limit": limit}
    with connection.cursor(row_factory=class_row(PersonLine)) as cursor:
        return cursor.execute(_QUERIES["persons"], values).fetchall()


def fetch_contracts(connection: Connection, until: date, *, limit: int) -> list[ContractLine]:
    """Equipment without a contract or with one that ends by a day, the first to end first."""
    with connection.cursor(row_factory=class_row(ContractLine)) as cursor:
        values = {"until": until, "limit": limit}
        return cursor.execute(_QUERIES["contracts"], values).fetchall()

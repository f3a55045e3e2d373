"""One line of the registry, edited in a form: its fields, what is recorded, and what is wrong with it.

The form ends in the same files, the same check and the same plan as an import does; nothing is
written before a person has seen the plan and agreed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from dashboards.console import registry
from dashboards.console.errors import NotFound
from dashboards.console.role import User
from dashboards.console.store import admin as store
from dashboards.console.store.pool import Store
from gateway.catalogue import ASSET_CLASSES, Text
from gateway.catalogue.platform import UNKNOWN
from ingest.registry.chinese import COLUMN_WORDS, ORGANISATION_WORDS
from ingest.registry.errors import RegistryRefused
from ingest.registry.excerpt import EDITED, KEYS, LINE, Edit, excerpt, recorded_cells
from ingest.registry.model import Level
from ingest.registry.store import fetch_registry
from ingest.registry.table import COLUMNS, NEEDED

_LONG: Final = frozenset({"address", "access_note", "attributes"})
_DAYS: Final = frozenset({"contract_until", "from", "until"})
_ENGLISH: Final = {
    "code": "Code",
    "level": "Level",
    "parent": "Code of the place above",
    "name_zh": "Chinese name",
    "name_en": "English name",
    "address": "Address",
    "latitude": "Latitude",
    "longitude": "Longitude",
    "access_note": "How to get in",
    "kind": "Kind",
    "phone": "Telephone",
    "place": "Code of the place",
    "role": "Duty",
    "name": "Name",
    "from": "From",
    "until": "Last day",
    "class": "Class",
    "gateway": "Gateway",
    "gateway_code": "Code on the gateway",
    "maintainer": "Code of the maintenance firm",
    "contract_until": "Last day of the contract",
    "zone": "Zone",
    "attributes": "Attributes (JSON)",
    "commissioned_at": "In service since",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One field of the form.

    Attributes:
        kind: text, long, day or key; a key of a line that exists is not changed.
        faults: What is wrong with what was typed.
    """

    name: str
    label: Text
    value: str
    kind: str
    is_needed: bool
    choices: tuple[tuple[str, Text], ...] = ()
    faults: tuple[Text, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A line of a table as somebody edits it.

    Attributes:
        is_new: No such line is recorded.
        faults: What is wrong and belongs to no field.
        preview: What the line would change; None: nothing was sent yet, or it has faults.
    """

    table: str
    is_new: bool
    fields: tuple[Field, ...]
    faults: tuple[Text, ...] = ()
    preview: registry.Preview | None = None


def open_form(pool: Store, user: User, table: str, cells: Mapping[str, str], now: datetime) -> Form:
    """The form of a line: what is recorded under its key, else what the address fills in.

    Raises:
        NotFound: No such table, or the own scope does not show the line.
    """
    edit = _edit(table, cells)
    found = _recorded(pool, user, edit, now)
    return _form(edit if found is None else replace(edit, cells=found), is_new=found is None)


def send_form(  # noqa: PLR0913, PLR0917 - the parts of a form
    pool: Store, user: User, table: str, cells: Mapping[str, str], reason: str, now: datetime
) -> Form:
    """What the line would change, to be agreed to; or what is wrong with it, field by field.

    Raises:
        NotFound: No such table, or the own scope does not show the line.
    """
    edit = _edit(table, cells)
    is_new = _recorded(pool, user, edit, now) is None
    if not all(edit.key):
        empty = Text(zh="请填写", en="must not be empty")
        faults = {name: (empty,) for name in KEYS[table] if not cells.get(name, "").strip()}
        return _form(edit, is_new=is_new, by_field=faults)
    try:
        with pool.scoped(user.scope) as connection:
            files = excerpt(fetch_registry(connection), edit, now)
        found = registry.preview(pool, user, files, reason, now)
    except RegistryRefused as error:
        return _form(edit, is_new=is_new, faults=(error.text,))
    by_field: dict[str, tuple[Text, ...]] = {}
    others: list[Text] = []
    for one in found.report.problems:
        is_own = one.file == f"{table}.csv" and one.line == LINE
        if is_own and one.column in COLUMNS[table]:
            by_field[one.column] = (*by_field.get(one.column, ()), one.message)
        elif is_own or one.is_error:
            others.append(one.message)
    shown = None if found.plan is None else found
    form = _form(edit, is_new=is_new, by_field=by_field, faults=tuple(others))
    return replace(form, preview=shown)


def _edit(table: str, cells: Mapping[str, str]) -> Edit:
    if table not in EDITED:
        raise NotFound(f"no table {table}")
    return Edit(table=table, cells={name: cells.get(name, "").strip() for name in COLUMNS[table]})


def _recorded(pool: Store, user: User, edit: Edit, now: datetime) -> dict[str, str] | None:
    """The line as it is recorded, where the own scope shows it."""
    if not all(edit.key):
        return None
    with pool.scoped(user.scope) as connection:
        found = recorded_cells(fetch_registry(connection), edit.table, edit.key, now)
        if found is None:
            return None
        place = found["code"] if edit.table == "places" else found["place"]
        if place and not store.visible_places(connection, [place]):
            raise NotFound(f"no line {' '.join(edit.key)}")
    return found


def _form(
    edit: Edit,
    *,
    is_new: bool,
    by_field: Mapping[str, tuple[Text, ...]] | None = None,
    faults: tuple[Text, ...] = (),
) -> Form:
    by_field = by_field or {}
    return Form(
        table=edit.table,
        is_new=is_new,
        faults=faults,
        fields=tuple(
            Field(
                name=name,
                label=Text(zh=COLUMN_WORDS[name], en=_ENGLISH[name]),
                value=edit.cells.get(name, ""),
                kind=_kind_of(edit.table, name, is_new=is_new),
                is_needed=name in NEEDED[edit.table],
                choices=_CHOICES.get((edit.table, name), ()),
                faults=by_field.get(name, ()),
            )
            for name in COLUMNS[edit.table]
        ),
    )


def _kind_of(table: str, name: str, *, is_new: bool) -> str:
    if name in KEYS[table] and not is_new:
        return "key"
    if name in _LONG:
        return "long"
    return "day" if name in _DAYS else "text"


_CHOICES: Final[Mapping[tuple[str, str], tuple[tuple[str, Text], ...]]] = {
    ("places", "level"): tuple((level.value, Text(zh=level.zh, en=level.value)) for level in Level),
    ("organisations", "kind"): tuple(
        (kind.value, Text(zh=word, en=kind.value.replace("_", " ")))
        for kind, word in ORGANISATION_WORDS.items()
    ),
    ("assets", "class"): tuple(
        (kind.name, kind.label) for kind in ASSET_CLASSES if kind.name != UNKNOWN.name
    ),
}
"""What may be chosen, where only some words are good."""

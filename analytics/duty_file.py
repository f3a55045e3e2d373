"""The responsibility matrix as a file: YAML in, lines out, with an error that names the line."""

import hashlib
from collections import Counter
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from typing import Annotated, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, PositiveInt, ValidationError

from analytics.duty import EVERYTHING, GROUP_MARK, Duty, Limit, Matrix, Party
from analytics.errors import BadDuties
from gateway.catalogue import ASSET_CLASSES, EVENT_KINDS, Group, Text

_EVENTS: Final = {kind.name for kind in EVENT_KINDS}
_GROUPS: Final = {GROUP_MARK + group for group in Group}
_CLASSES: Final = {item.name for item in ASSET_CLASSES}
Sentence = Annotated[str, Field(min_length=1)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Note(_Section):
    zh: Sentence
    en: Sentence


class _Line(_Section):
    key: Annotated[str, Field(pattern=r"^[a-z0-9_]{2,60}$")]
    event: str
    asset_class: Annotated[str, Field(alias="class")] = EVERYTHING
    place: str | None = None
    responsible: Party
    order_to: Party | None = None
    joint: tuple[Party, ...] = ()
    chain: Annotated[tuple[Party, ...], Field(min_length=1)]
    limits_s: dict[Limit, PositiveInt]
    opens_order: bool
    tells_bureau: bool
    note: _Note
    basis: Sentence


class _File(_Section):
    name: Sentence
    valid_from: datetime
    lines: Annotated[tuple[_Line, ...], Field(min_length=1)]


def default_source() -> str:
    """The text of the matrix that comes with the product."""
    return (files("analytics") / "duties" / "default.yaml").read_text("utf-8")


def parse_matrix(source: str) -> Matrix:
    """A matrix from the text of its file.

    Raises:
        BadDuties: The text is no YAML, a field is wrong, an event or class is unknown, or two
            lines say the same thing.
    """
    try:
        file = _File.model_validate(yaml.safe_load(source))
    except yaml.YAMLError as error:
        raise BadDuties(f"the matrix is no YAML: {error}") from error
    except ValidationError as error:
        raise BadDuties("; ".join(_sentence(dict(fault)) for fault in error.errors())) from error
    duties = tuple(_duty(number, line) for number, line in enumerate(file.lines, start=1))
    wrong = [*_unknown_words(duties), *_twins(duties)]
    if wrong:
        raise BadDuties("; ".join(wrong))
    zoned = file.valid_from if file.valid_from.tzinfo else file.valid_from.replace(tzinfo=UTC)
    checksum = hashlib.sha256(source.encode()).hexdigest()
    return Matrix(name=file.name, valid_from=zoned, checksum=checksum, duties=duties)


def _sentence(fault: Mapping[str, object]) -> str:
    where = fault["loc"]
    place = ".".join(str(part) for part in where) if isinstance(where, tuple) else str(where)
    return f"{place}: {fault['msg']}"


def _duty(number: int, line: _Line) -> Duty:
    if Limit.ACKNOWLEDGE not in line.limits_s:
        raise BadDuties(f"line {number} ({line.key}): limits_s has no acknowledge")
    return Duty(
        line=number,
        key=line.key,
        event=line.event,
        asset_class=line.asset_class,
        place_path=line.place,
        responsible=line.responsible,
        order_to=line.order_to or line.responsible,
        joint=line.joint,
        chain=line.chain,
        limits={limit: timedelta(seconds=length) for limit, length in line.limits_s.items()},
        opens_order=line.opens_order,
        tells_bureau=line.tells_bureau,
        note=Text(zh=line.note.zh, en=line.note.en),
        basis=line.basis,
    )


def _unknown_words(duties: tuple[Duty, ...]) -> list[str]:
    wrong = []
    for duty in duties:
        if duty.event not in _EVENTS | _GROUPS | {EVERYTHING}:
            wrong.append(f"line {duty.line} ({duty.key}): no event or @group {duty.event!r}")
        if duty.asset_class not in _CLASSES | {EVERYTHING}:
            wrong.append(f"line {duty.line} ({duty.key}): no asset class {duty.asset_class!r}")
    return wrong


def _twins(duties: tuple[Duty, ...]) -> list[str]:
    keys = Counter(duty.key for duty in duties)
    scopes = Counter((duty.event, duty.asset_class, duty.place_path) for duty in duties)
    return [f"key {key!r} stands {count} times" for key, count in keys.items() if count > 1] + [
        f"{count} lines are for event {event}, class {asset_class}, place {place or EVERYTHING}"
        for (event, asset_class, place), count in scopes.items()
        if count > 1
    ]

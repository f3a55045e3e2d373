"""Rows of models: kept, switched on and off, watched. Every switch is a row that says who and why."""

from collections.abc import Container, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Final, NewType, cast

import msgspec

from analytics.models.artefact import SCAN, decode, digest_of, encode, feature_names
from analytics.models.errors import BadModel, NoModel, UnfitModel
from analytics.models.model import Model
from ingest.database import Connection, load_queries

ModelId = NewType("ModelId", int)
PLATFORM: Final = "platform"
SIMULATED: Final = "simulator"
"""A source that begins so has never seen a real asset."""
_QUERIES: Final = load_queries("analytics", "model.sql")
_MOST: Final = 200


class SwitchKind(StrEnum):
    """Why another model is in force."""

    ACTIVATE = "activate"
    ROLLBACK = "rollback"
    """Back to the one before, by a person."""
    FALLBACK = "fallback"
    """Back to the one before, by the platform: the one in force was unfit."""
    STOP = "stop"
    """None from now on: limits and trends alone."""


class Validation(msgspec.Struct, frozen=True):
    """Scores of a model on time that it was not trained on; None: nothing to measure it by.

    Attributes:
        asset_days: Watched.
        faults: Slow faults that failed in that time.
        warned_3_days_ahead_share: Of them.
    """

    asset_days: float
    faults: int
    warnings: int
    precision: float | None
    recall: float | None
    warned_3_days_ahead_share: float | None
    median_lead_days: float | None
    false_per_100_days: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """What a model was trained on, and by whom."""

    source: str
    by: str
    first: date
    last: date
    assets: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """A model as it stands in its row, not read yet."""

    id: ModelId
    asset_class: str
    artefact: bytes
    digest: bytes
    rejected_why: str | None
    source: str

    @property
    def is_borrowed(self) -> bool:
        """Whether it has learned from simulated assets alone."""
        return self.source.startswith(SIMULATED)

    def model(self) -> Model:
        """The model, checked.

        Raises:
            BadModel: It is damaged or says what no model says.
            UnfitModel: The platform has rejected it.
        """
        if self.rejected_why is not None:
            raise UnfitModel(f"model {self.id} was rejected: {self.rejected_why}")
        return decode(self.asset_class, self.artefact, self.digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelLine:
    """One line of the list of models.

    Attributes:
        drift: Middle score of its newest day over that of its training.
        is_fit: Whether its newest day went well; None: it has judged no day.
    """

    id: ModelId
    asset_class: str
    family: str
    digest: bytes
    origin: Origin
    trained_at: datetime
    validation: Validation
    rejected_why: str | None
    is_active: bool
    newest_day: date | None
    newest_assets: int | None
    drift: float | None
    is_fit: bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """A row of the history of switches; `model` None: none is in force."""

    asset_class: str
    model: ModelId | None
    kind: SwitchKind
    at: datetime
    actor: str
    why: str


def add_model(
    connection: Connection, model: Model, origin: Origin, validation: Validation, now: datetime
) -> ModelId:
    """Keep a trained model; it is in force only after it was activated."""
    artefact = encode(model)
    row = connection.execute(
        _QUERIES["add_model"],
        {
            "class": model.asset_class,
            "family": SCAN,
            "features": list(feature_names(model.asset_class)),
            "artefact": artefact,
            "digest": digest_of(artefact),
            "source": origin.source,
            "now": now,
            "by": origin.by,
            "first": origin.first,
            "last": origin.last,
            "assets": origin.assets,
            "validation": msgspec.json.encode(validation).decode(),
        },
    ).fetchone()
    assert row is not None
    return ModelId(cast("int", row[0]))


def list_models(connection: Connection, of_class: str | None = None) -> list[ModelLine]:
    """Every model, newest first."""
    rows = connection.execute(
        _QUERIES["list_models"], {"class": of_class, "limit": _MOST}
    ).fetchall()
    return [_line(row) for row in rows]


def fetch_model(connection: Connection, model: ModelId) -> Stored:
    """One model.

    Raises:
        NoModel: There is none of this number.
    """
    row = connection.execute(_QUERIES["fetch_model"], {"id": model}).fetchone()
    if row is None:
        raise NoModel(f"There is no model {model}: `towerwatch models list` shows all.")
    return _stored(row)


def active_model(connection: Connection, of_class: str) -> Stored | None:
    """The model of a class that is in force; None: limits and trends alone."""
    row = connection.execute(_QUERIES["active_model"], {"class": of_class}).fetchone()
    return None if row is None else _stored(row)


def activate(connection: Connection, model: ModelId, actor: str, why: str, now: datetime) -> None:
    """Put a model in force, after its artefact was checked. In a transaction.

    Raises:
        NoModel: There is none of this number.
        UnfitModel: It is in force already, damaged or was rejected.
    """
    stored = fetch_model(connection, model)
    try:
        stored.model()
    except BadModel as error:
        raise UnfitModel(f"model {model} cannot be activated: {error}") from error
    connection.execute(_QUERIES["lock_class"], {"class": stored.asset_class})
    active = active_model(connection, stored.asset_class)
    if active is not None and active.id == model:
        raise UnfitModel(f"model {model} is in force already")
    _switch(
        connection,
        Switch(
            asset_class=stored.asset_class,
            model=model,
            kind=SwitchKind.ACTIVATE,
            at=now,
            actor=actor,
            why=why,
        ),
    )


def roll_back(
    connection: Connection, of_class: str, actor: str, why: str, now: datetime
) -> ModelId | None:
    """Go back to the model that was in force before; None: there is none, limits and trends alone.

    In a transaction.

    Raises:
        NoModel: No model of the class is in force.
    """
    connection.execute(_QUERIES["lock_class"], {"class": of_class})
    active = active_model(connection, of_class)
    if active is None:
        raise NoModel(f"No model of {of_class} is in force: there is nothing to go back from.")
    former = _former(connection, of_class)
    kind = SwitchKind.STOP if former is None else SwitchKind.ROLLBACK
    _switch(
        connection,
        Switch(asset_class=of_class, model=former, kind=kind, at=now, actor=actor, why=why),
    )
    return former


def fall_back(connection: Connection, bad: Stored, why: str, now: datetime) -> ModelId | None:
    """Reject the model in force and go back to the one before; None: limits and trends alone.

    In a transaction.
    """
    connection.execute(_QUERIES["lock_class"], {"class": bad.asset_class})
    connection.execute(_QUERIES["reject"], {"id": bad.id, "why": why, "now": now})
    former = _former(connection, bad.asset_class)
    _switch(
        connection,
        Switch(
            asset_class=bad.asset_class,
            model=former,
            kind=SwitchKind.FALLBACK,
            at=now,
            actor=PLATFORM,
            why=why,
        ),
    )
    return former


def list_switches(connection: Connection, of_class: str | None = None) -> list[Switch]:
    """The newest switches."""
    rows = connection.execute(
        _QUERIES["list_switches"], {"class": of_class, "limit": _MOST}
    ).fetchall()
    return [_read_switch(row) for row in rows]


def fallen_back(connection: Connection) -> list[Switch]:
    """Classes whose model was found unfit and that nobody has given another since."""
    return [_read_switch(row) for row in connection.execute(_QUERIES["fallen_back"]).fetchall()]


def _read_switch(row: tuple[object, ...]) -> Switch:
    of_class, model, kind, at, actor, why = row
    return Switch(
        asset_class=str(of_class),
        model=cast("ModelId | None", model),
        kind=SwitchKind(str(kind)),
        at=cast("datetime", at),
        actor=str(actor),
        why=str(why),
    )


def before(switches: Sequence[Switch], rejected: Container[ModelId]) -> ModelId | None:
    """The model to go back to: the one below the newest, without the rejected.

    Going back twice goes two models back: what was gone back from is not come back to.

    Args:
        switches: Of one class, newest first.
        rejected: Models that are used no more.
    """
    standing: list[ModelId] = []
    for switch in reversed(switches):
        if switch.kind is SwitchKind.ACTIVATE and switch.model is not None:
            standing.append(switch.model)
            continue
        while standing and standing[-1] != switch.model:
            standing.pop()
    former = [model for model in standing[:-1] if model not in rejected and model != standing[-1]]
    return former[-1] if former else None


def _former(connection: Connection, of_class: str) -> ModelId | None:
    rows = connection.execute(_QUERIES["rejected"], {"class": of_class}).fetchall()
    rejected = {ModelId(cast("int", row[0])) for row in rows}
    return before(list_switches(connection, of_class), rejected)


def _switch(connection: Connection, switch: Switch) -> None:
    connection.execute(
        _QUERIES["switch"],
        {
            "class": switch.asset_class,
            "model_id": switch.model,
            "kind": switch.kind,
            "now": switch.at,
            "actor": switch.actor,
            "why": switch.why,
        },
    )


def _stored(row: tuple[object, ...]) -> Stored:
    number, of_class, artefact, digest, rejected_why, source = row
    return Stored(
        id=ModelId(cast("int", number)),
        asset_class=str(of_class),
        artefact=bytes(cast("bytes", artefact)),
        digest=bytes(cast("bytes", digest)),
        rejected_why=cast("str | None", rejected_why),
        source=str(source),
    )


def _line(row: tuple[object, ...]) -> ModelLine:
    number, of_class, family, digest, source, trained_at, by, first, last, assets = row[:10]
    validation, rejected_why, is_active, day, day_assets, drift, is_fit = row[10:]
    return ModelLine(
        id=ModelId(cast("int", number)),
        asset_class=str(of_class),
        family=str(family),
        digest=bytes(cast("bytes", digest)),
        origin=Origin(
            source=str(source),
            by=str(by),
            first=cast("date", first),
            last=cast("date", last),
            assets=cast("int", assets),
        ),
        trained_at=cast("datetime", trained_at),
        validation=msgspec.json.decode(str(validation), type=Validation),
        rejected_why=cast("str | None", rejected_why),
        is_active=bool(is_active),
        newest_day=cast("date | None", day),
        newest_assets=cast("int | None", day_assets),
        drift=cast("float | None", drift),
        is_fit=cast("bool | None", is_fit),
    )

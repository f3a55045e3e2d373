"""The models that the product brings along, so that a fresh installation warns from the start.

They were learned from simulated assets and say so in their rows. One is put in force only where a
class has never had another model than those of a former release; whoever trains on the platform's
own history replaces it, and whoever switches or stops it is not overruled. `python -m towerwatch.backtest.first` makes the files anew.
"""

from datetime import date, datetime
from pathlib import Path
from typing import Final

import msgspec

from analytics.features.table import FEATURES
from analytics.models import store
from analytics.models.artefact import decode, digest_of, encode
from analytics.models.model import Model
from analytics.models.store import Origin, Validation
from ingest.database import Connection, load_queries

FOLDER: Final = Path(__file__).with_name("first")
WHY: Final = "first model, learned from simulated assets: train one on your own history"
_QUERIES: Final = load_queries("analytics", "model.sql")


class Papers(msgspec.Struct, frozen=True):
    """Where a model that is brought along comes from, and its scores on time held back.

    Attributes:
        digest: SHA-256 of its artefact, as hexadecimal digits.
    """

    digest: str
    source: str
    first: date
    last: date
    assets: int
    scores: Validation


def papers(folder: Path = FOLDER) -> dict[str, Papers]:
    """The papers of every model that is brought along, by class."""
    return msgspec.json.decode((folder / "papers.json").read_bytes(), type=dict[str, Papers])


def first_model(of_class: str, told: Papers) -> Model:
    """A model that is brought along, checked like any other.

    Raises:
        BadModel: It is damaged, or made for other features than the class has today.
    """
    artefact = (FOLDER / f"{of_class}.model").read_bytes()
    return decode(of_class, artefact, bytes.fromhex(told.digest))


def write_first(of_class: str, told: Papers, artefact: bytes, folder: Path = FOLDER) -> None:
    """Write an artefact and its papers; those of other classes stay as they are."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{of_class}.model").write_bytes(artefact)
    kept = papers(folder) if (folder / "papers.json").exists() else {}
    kept[of_class] = msgspec.structs.replace(told, digest=digest_of(artefact).hex())
    text = msgspec.json.format(msgspec.json.encode(kept, order="deterministic"), indent=2)
    (folder / "papers.json").write_bytes(text + b"\n")


def install_first(connection: Connection, now: datetime) -> list[str]:
    """Put the first models in force where nobody has chosen; which classes. In a transaction.

    Raises:
        BadModel: One is damaged or made for other features.
    """
    installed = []
    for of_class, told in papers().items():
        if of_class not in FEATURES:
            continue
        connection.execute(_QUERIES["lock_class"], {"class": of_class})
        model = first_model(of_class, told)
        if not _is_wanted(connection, model):
            continue
        origin = Origin(
            source=told.source,
            by=store.PLATFORM,
            first=told.first,
            last=told.last,
            assets=told.assets,
        )
        number = store.add_model(connection, model, origin, told.scores, now)
        store.activate(connection, number, store.PLATFORM, WHY, now)
        installed.append(of_class)
    return installed


def _is_wanted(connection: Connection, model: Model) -> bool:
    """Whether a class has had nothing but first models of other releases, by no person's act."""
    lines = store.list_models(connection, model.asset_class)
    switches = store.list_switches(connection, model.asset_class)
    actors = {line.origin.by for line in lines} | {switch.actor for switch in switches}
    return actors <= {store.PLATFORM} and digest_of(encode(model)) not in {
        line.digest for line in lines
    }

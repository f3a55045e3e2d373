"""A model as bytes: a JSON header and plain arrays; reading it can run nothing.

Pickle and its kin (joblib) are programs: whoever can write a row could run code in the process
that reads it. So an artefact holds numbers only, and every number is checked before it is used:

    bytes 0-7      "TWMODEL1"
    bytes 8-11     length of the header, little-endian
    header         JSON: family, class, names of the features, shape, rule, outlook, arrays
    arrays         float64, little-endian, C order, one behind the other

Its digest (SHA-256 over all bytes) stands beside it in the row. It shows damage, and a row that was
changed without it; whoever may write both is the database's own analytics role.
"""

import hashlib
import math
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from analytics.detectors.surge import LENGTHS
from analytics.features.feature import Bad
from analytics.features.table import FEATURES
from analytics.models.errors import BadModel
from analytics.models.model import Hourly, Model, Odds, Outlook, Sign
from analytics.models.rule import Rule
from analytics.models.scan import Scan, Shape

SCAN: Final = "scan"
"""The family of models that there is."""
MAGIC: Final = b"TWMODEL1"
MOST_BYTES: Final = 16 * 2**20
"""An artefact of more is refused before it is read; those of today have some kilobytes."""
_LONGEST_WINDOW: Final = 400
"""Days: hours are not kept longer, and a longer window would make a cycle slow."""
_MOST_LENGTHS: Final = 16
_MOST_STEPS: Final = 30
_EDGE: Final = "hourly_edge"
_HUGE: Final = 1e12
"""A number beyond it is no scatter, edge or threshold of anything."""


class _Array(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    shape: tuple[int, ...]


class _Header(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    family: str
    asset_class: str
    features: tuple[str, ...]
    window: int
    recent: int
    least: int
    lengths: tuple[int, ...]
    sound: float
    threshold: float
    release: float
    needed: int
    quiet: int
    middle: float
    soonest_days: float
    latest_days: float
    odds: tuple[tuple[float, int, int], ...]
    arrays: tuple[_Array, ...]
    led: int = 0
    odds_by: Sign = Sign.STRENGTH


class _Hourly(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    threshold: float
    soonest_hours: float
    latest_hours: float


class _WithHours(_Header, frozen=True, forbid_unknown_fields=True):
    hourly: _Hourly | None = None


def digest_of(artefact: bytes) -> bytes:
    """SHA-256 of an artefact."""
    return hashlib.sha256(artefact).digest()


def encode(model: Model) -> bytes:
    """A model as bytes; the same model gives the same bytes."""
    scan, rule, outlook = model.scan, model.rule, model.outlook
    arrays = {"ways": scan.ways, "floor": scan.floor, "tail": scan.tail}
    header = _Header(
        family=SCAN,
        asset_class=model.asset_class,
        features=feature_names(model.asset_class),
        window=scan.shape.window,
        recent=scan.shape.recent,
        least=scan.shape.least,
        lengths=scan.shape.lengths,
        sound=scan.shape.sound,
        threshold=rule.threshold,
        release=rule.release,
        needed=rule.needed,
        quiet=rule.quiet,
        middle=model.middle,
        soonest_days=outlook.soonest_days,
        latest_days=outlook.latest_days,
        odds=tuple((odds.over, odds.judged, odds.true) for odds in outlook.odds),
        arrays=tuple(_Array(name, array.shape) for name, array in arrays.items()),
        led=rule.led,
        odds_by=outlook.sign,
    )
    if model.hourly is not None:
        arrays |= {_EDGE: model.hourly.edge}
        header = _with_hours(header, model.hourly)
    written = msgspec.json.encode(header)
    blocks = [np.ascontiguousarray(array, dtype="<f8").tobytes() for array in arrays.values()]
    return b"".join([MAGIC, len(written).to_bytes(4, "little"), written, *blocks])


def _with_hours(header: _Header, hourly: Hourly) -> _WithHours:
    named = msgspec.structs.asdict(header)
    edge = _Array(_EDGE, hourly.edge.shape)
    return _WithHours(
        **named | {"arrays": (*header.arrays, edge)},
        hourly=_Hourly(hourly.threshold, hourly.soonest_hours, hourly.latest_hours),
    )


def decode(of_class: str, artefact: bytes, digest: bytes) -> Model:
    """The model of a class from its bytes.

    Raises:
        BadModel: The digest differs, the class or its features are others, a number is missing,
            none, or beyond what any model says.
    """
    if len(artefact) > MOST_BYTES:
        raise BadModel(f"the artefact has {len(artefact)} bytes, the most is {MOST_BYTES}")
    if digest_of(artefact) != digest:
        raise BadModel("the artefact is not the one that was trained: its digest differs")
    header, rest = _split(artefact)
    if header.family != SCAN or header.asset_class != of_class:
        raise BadModel(f"it is a {header.family} of {header.asset_class}, not a scan of {of_class}")
    if header.features != feature_names(of_class):
        raise BadModel(f"its features are not those of {of_class} in this release")
    return _checked(_model(header, _arrays(header, rest)))


def feature_names(of_class: str) -> tuple[str, ...]:
    """The schema of a class's models."""
    return tuple(feature.name for feature in FEATURES.get(of_class, ()))


def _split(artefact: bytes) -> tuple[_WithHours, bytes]:
    if artefact[: len(MAGIC)] != MAGIC:
        raise BadModel("these bytes are no model")
    begin = len(MAGIC) + 4
    end = begin + int.from_bytes(artefact[len(MAGIC) : begin], "little")
    try:
        return msgspec.json.decode(artefact[begin:end], type=_WithHours), artefact[end:]
    except msgspec.MsgspecError as error:
        raise BadModel(f"the header of the model cannot be read: {error}") from error


def _arrays(header: _Header, rest: bytes) -> dict[str, NDArray[np.float64]]:
    found: dict[str, NDArray[np.float64]] = {}
    begin = 0
    for array in header.arrays:
        if any(side < 0 for side in array.shape):
            raise BadModel(f"array {array.name} has the shape {array.shape}")
        end = begin + 8 * math.prod(array.shape)
        if end > len(rest):
            raise BadModel(f"array {array.name} is cut off")
        found[array.name] = np.frombuffer(rest[begin:end], dtype="<f8").reshape(array.shape)
        begin = end
    if begin != len(rest):
        raise BadModel(f"{len(rest) - begin} bytes follow the last array")
    return found


def _model(header: _WithHours, arrays: dict[str, NDArray[np.float64]]) -> Model:
    if not 0 < header.window <= _LONGEST_WINDOW or not 0 < header.least <= header.window:
        raise BadModel(f"no scan looks at {header.window} days of which {header.least} are enough")
    if not 0 < len(header.lengths) <= _MOST_LENGTHS or min(header.lengths) < 1:
        raise BadModel(f"no scan has {len(header.lengths)} means, or means of less than a day")
    edge = arrays.pop(_EDGE, None)
    if (edge is None) != (header.hourly is None):
        raise BadModel("what it knows of hours is not whole")
    try:
        shape = Shape(
            window=header.window,
            recent=header.recent,
            least=header.least,
            lengths=header.lengths,
            sound=header.sound,
        )
        scan = Scan(shape=shape, **arrays)
    except (TypeError, ValueError) as error:
        raise BadModel(f"the parts of the model do not fit: {error}") from error
    return Model(
        asset_class=header.asset_class,
        scan=scan,
        rule=Rule(
            threshold=header.threshold,
            release=header.release,
            needed=header.needed,
            quiet=header.quiet,
            led=header.led,
        ),
        middle=header.middle,
        outlook=Outlook(
            soonest_days=header.soonest_days,
            latest_days=header.latest_days,
            odds=tuple(
                Odds(over=over, judged=judged, true=true) for over, judged, true in header.odds
            ),
            sign=header.odds_by,
        ),
        hourly=None if edge is None or header.hourly is None else _hourly(header.hourly, edge),
    )


def _hourly(header: _Hourly, edge: NDArray[np.float64]) -> Hourly:
    return Hourly(
        edge=edge,
        threshold=header.threshold,
        soonest_hours=header.soonest_hours,
        latest_hours=header.latest_hours,
    )


def _checked(model: Model) -> Model:
    scan, rule = model.scan, model.rule
    features = len(feature_names(model.asset_class))
    wanted = ((features,), (features,), (features, len(scan.shape.lengths)))
    if tuple(array.shape for array in (scan.ways, scan.floor, scan.tail)) != wanted:
        raise BadModel("the arrays of the model are not of the shape of its features")
    if not np.isin(scan.ways, [float(way) for way in Bad]).all():
        raise BadModel("a feature goes wrong in no known way")
    numbers = np.array(
        [rule.threshold, rule.release, model.middle, *_days(model.outlook)], dtype=np.float64
    )
    if any(not ((part > 0) & (part < _HUGE)).all() for part in (scan.floor, scan.tail, numbers)):
        raise BadModel("a scatter, edge, threshold or time is no positive number")
    if not (1 <= rule.needed <= _MOST_STEPS and 1 <= rule.quiet <= _MOST_STEPS):
        raise BadModel(f"no warning waits {rule.needed} days to begin and {rule.quiet} to end")
    if not 0 <= rule.led <= _MOST_STEPS:
        raise BadModel(f"no warning is led by {rule.led} days")
    if rule.release > 1 or model.outlook.soonest_days > model.outlook.latest_days:
        raise BadModel("a warning ends above its threshold, or fails before it fails")
    if model.hourly is not None:
        _check_hours(model.hourly, features)
    return model


def _check_hours(hourly: Hourly, features: int) -> None:
    if hourly.edge.shape != (features, len(LENGTHS)):
        raise BadModel("the edges of hours are not of the shape of its features")
    numbers = np.array([hourly.threshold, hourly.soonest_hours, hourly.latest_hours])
    if any(not ((part > 0) & (part < _HUGE)).all() for part in (hourly.edge, numbers)):
        raise BadModel("an edge, threshold or time of hours is no positive number")
    if hourly.soonest_hours > hourly.latest_hours:
        raise BadModel("a warning of hours fails before it fails")


def _days(outlook: Outlook) -> tuple[float, float]:
    return outlook.soonest_days, outlook.latest_days

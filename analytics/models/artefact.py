"""A model as bytes: a JSON header and plain arrays; reading it can run nothing.

Pickle and its kin (joblib) are programs: whoever can write a row could run code in the process
that reads it. So an artefact holds numbers only, and every number is checked before it is used:

    bytes 0-7      "TWMODEL1"
    bytes 8-11     length of the header, little-endian
    header         JSON: family, class, names of the features, shape of the scan, arrays
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

from analytics.features.feature import Bad
from analytics.features.table import FEATURES
from analytics.models.errors import BadModel
from analytics.models.scan import Scan, Shape

SCAN: Final = "scan"
"""The family of models that there is."""
MAGIC: Final = b"TWMODEL1"
MOST_BYTES: Final = 16 * 2**20
"""An artefact of more is refused before it is read; those of today have some kilobytes."""
_LONGEST_WINDOW: Final = 400
"""Days: hours are not kept longer, and a longer window would make a cycle slow."""
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
    arrays: tuple[_Array, ...]


def digest_of(artefact: bytes) -> bytes:
    """SHA-256 of an artefact."""
    return hashlib.sha256(artefact).digest()


def encode(of_class: str, model: Scan) -> bytes:
    """A model of a class as bytes; the same model gives the same bytes."""
    arrays = {"ways": model.ways, "floor": model.floor, "tail": model.tail}
    header = msgspec.json.encode(
        _Header(
            family=SCAN,
            asset_class=of_class,
            features=feature_names(of_class),
            window=model.shape.window,
            recent=model.shape.recent,
            least=model.shape.least,
            lengths=model.shape.lengths,
            sound=model.shape.sound,
            threshold=model.threshold,
            arrays=tuple(_Array(name, array.shape) for name, array in arrays.items()),
        )
    )
    blocks = [np.ascontiguousarray(array, dtype="<f8").tobytes() for array in arrays.values()]
    return b"".join([MAGIC, len(header).to_bytes(4, "little"), header, *blocks])


def decode(of_class: str, artefact: bytes, digest: bytes) -> Scan:
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


def _split(artefact: bytes) -> tuple[_Header, bytes]:
    if artefact[: len(MAGIC)] != MAGIC:
        raise BadModel("these bytes are no model")
    begin = len(MAGIC) + 4
    end = begin + int.from_bytes(artefact[len(MAGIC) : begin], "little")
    try:
        return msgspec.json.decode(artefact[begin:end], type=_Header), artefact[end:]
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


def _model(header: _Header, arrays: dict[str, NDArray[np.float64]]) -> Scan:
    if not 0 < header.window <= _LONGEST_WINDOW or not 0 < header.least <= header.window:
        raise BadModel(f"no scan looks at {header.window} days of which {header.least} are enough")
    if not header.lengths or min(header.lengths) < 1:
        raise BadModel(f"no scan has means of {header.lengths} days")
    try:
        shape = Shape(
            window=header.window,
            recent=header.recent,
            least=header.least,
            lengths=header.lengths,
            sound=header.sound,
        )
        return Scan(shape=shape, threshold=header.threshold, **arrays)
    except (TypeError, ValueError) as error:
        raise BadModel(f"the parts of the model do not fit: {error}") from error


def _checked(model: Scan) -> Scan:
    features = model.ways.size
    wanted = ((features,), (features,), (features, len(model.shape.lengths)))
    if tuple(array.shape for array in (model.ways, model.floor, model.tail)) != wanted:
        raise BadModel("the arrays of the model are not of one shape")
    if not np.isin(model.ways, [float(way) for way in Bad]).all():
        raise BadModel("a feature goes wrong in no known way")
    numbers = (model.floor, model.tail, np.array([model.threshold]))
    if any(not ((part > 0) & (part < _HUGE)).all() for part in numbers):
        raise BadModel("a scatter, edge or threshold is no positive number")
    return model

"""What every streaming detector promises: values in, scores out, nothing of the future.

A detector is a frozen recipe; what it has learned stands in a state of arrays that the caller
keeps, saves and hands back. One step is one time of many assets at once. `score` walks a block
step by step, so a block and its steps give the same bytes, and rows appended later cannot change
what was said before.

    detector = Shift()
    state = detector.start(n_assets=10_000, n_features=12)
    scores = score(detector, state, times, values)  # values: (n_steps, 10_000, 12)
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from io import BytesIO
from typing import Final, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

Values = NDArray[np.float64]
Flags = NDArray[np.bool_]

HUGE: Final = 1e30
"""A number beyond it is taken for a broken reading: its square must stay far from infinity."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """What a detector says of every asset, at one step or at each step of a block.

    Attributes:
        score: How unusual and how new, 0 to 1; NaN where nothing is known (no value, or still
            learning). 0.5 is the usual border of an alarm; unknown is never 0.
        alarm: Whether the asset is in alarm: a state with hysteresis, so it may hold while the
            score falls, and it holds through a gap of values.
        reason: Share of each feature in the score, 0 to 1; a row sums to 1, or to 0 where there
            is nothing to explain. Shape (..., n_assets, n_features).
    """

    score: Values
    alarm: Flags
    reason: Values

    @property
    def is_known(self) -> Flags:
        """Where the score says anything at all."""
        known: Flags = ~np.isnan(self.score)
        return known


State = TypeVar("State")


class Detector(Protocol[State]):
    """One family of detection.

    Promises, held by one test suite for all: it is causal; it raises no alarm while it warms up;
    NaN, infinite values, gaps and a clock that jumps break nothing; an asset does not depend on
    its neighbours unless the family compares them (`is_relative`).
    """

    @property
    def name(self) -> str:
        """Its name in findings, models and tables."""

    @property
    def is_relative(self) -> bool:
        """Whether an asset is judged against the others of the same step."""

    def start(self, n_assets: int, n_features: int) -> State:
        """Know nothing yet."""

    def step(self, state: State, time: float, values: Values) -> Scores:
        """Score one step, and learn from it; the state is changed in place.

        Args:
            state: From `start`, or loaded.
            time: Of the step [s since 1970 UTC]; a step back in time is scored as the next one.
            values: Shape (n_assets, n_features); NaN means no value.
        """


def score(detector: Detector[State], state: State, times: Values, values: Values) -> Scores:
    """Score a block of steps, oldest first.

    Args:
        times: Of the steps [s since 1970 UTC], shape (n_steps,).
        values: Shape (n_steps, n_assets, n_features).
    """
    steps, assets, features = values.shape
    found = Scores(
        score=np.full((steps, assets), np.nan),
        alarm=np.zeros((steps, assets), dtype=np.bool_),
        reason=np.zeros((steps, assets, features)),
    )
    for index in range(steps):
        said = detector.step(state, float(times[index]), values[index])
        found.score[index] = said.score
        found.alarm[index] = said.alarm
        found.reason[index] = said.reason
    return found


def clean(values: Values) -> Values:
    """Values with whatever is no measurement (infinite, absurdly large) as NaN."""
    cleaned: Values = np.where(np.abs(values) < HUGE, values, np.nan)
    return cleaned


def shares(parts: Values) -> Values:
    """Contributions as shares of their row; a row of nothing stays 0."""
    known = np.maximum(np.nan_to_num(parts, nan=0.0, posinf=HUGE, neginf=0.0), 0.0)
    total = known.sum(axis=-1, keepdims=True)
    share: Values = np.divide(known, total, out=np.zeros_like(known), where=total > 0)
    return share


def save(state: object) -> bytes:
    """A state as bytes, to be kept as a row; no code is in them."""
    target = BytesIO()
    np.savez(target, allow_pickle=False, **dict(_arrays(state, "")))
    return target.getvalue()


def load(empty: State, saved: bytes) -> State:
    """A state as it was saved.

    Args:
        empty: What `start` gives for as many assets and features; it is filled and returned.

    Raises:
        ValueError: when the bytes hold a state of another kind or shape.
    """
    with np.load(BytesIO(saved), allow_pickle=False) as arrays:
        kept = {name: np.array(arrays[name]) for name in arrays.files}
    expected = {name: array.shape for name, array in _arrays(empty, "")}
    found = {name: array.shape for name, array in kept.items()}
    if expected != found:
        differing = sorted(name for name, _ in expected.items() ^ found.items())
        raise ValueError(f"a state of another kind or shape: {', '.join(dict.fromkeys(differing))}")
    _fill(empty, kept, "")
    return empty


def _arrays(state: object, before: str) -> Iterator[tuple[str, NDArray[np.generic]]]:
    """The arrays of a state and of the states in it, by name."""
    for name in (field.name for field in fields(state)):  # type: ignore[arg-type]
        value = getattr(state, name)
        if isinstance(value, tuple):
            for number, inner in enumerate(value):
                yield from _arrays(inner, f"{before}{name}.{number}.")
        else:
            yield f"{before}{name}", value


def _fill(state: object, kept: Mapping[str, NDArray[np.generic]], before: str) -> None:
    for name in (field.name for field in fields(state)):  # type: ignore[arg-type]
        value = getattr(state, name)
        if isinstance(value, tuple):
            for number, inner in enumerate(value):
                _fill(inner, kept, f"{before}{name}.{number}.")
        else:
            setattr(state, name, kept[f"{before}{name}"])

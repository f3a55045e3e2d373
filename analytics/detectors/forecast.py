"""How far a value lies from what the values before it and its rhythm let expect."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from analytics.detectors.contract import Flags, Values

_LAGS: Final = 4
_TERMS: Final = 1 + _LAGS + 3
_EARLY: Final = 60
_MOST: Final = 1e4
"""Largest trace of the uncertainty, and largest innovation that is told."""


@dataclass(slots=True, kw_only=True)
class ForecastState:
    """Shape (..., the series side by side) unless said.

    Attributes:
        count: Values seen.
        lags: Values before, newest first; shape (4, ...).
        day: What the rhythm of the day said of the newest.
        weights: Of the terms: a constant, the day now and before, the week, the lags; (..., 8).
        doubt: Their uncertainty; shape (..., 8, 8).
        unit: Usual distance from the forecast.
    """

    count: Values
    lags: Values
    day: Values
    weights: Values
    doubt: Values
    unit: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """Recursive least squares with forgetting, of the last four values and the rhythm.

    Attributes:
        fade: Share of its weight that a row keeps with each further row.
        memory: Values after which a distance from the forecast counts for 1/e.

    References:
        Ljung (1999), "System identification", 2nd edition, section 11.2; here an innovation beyond
        six usual ones counts for six, and the trace of the uncertainty is bounded.
    """

    fade: float = 0.999
    memory: float = 1000.0

    def start(self, *series: int) -> ForecastState:
        """Expect the next value to be the newest."""
        weights = np.zeros((*series, _TERMS))
        weights[..., -_LAGS] = 1.0
        return ForecastState(
            count=np.zeros(series),
            lags=np.zeros((_LAGS, *series)),
            day=np.zeros(series),
            weights=weights,
            doubt=np.zeros((*series, _TERMS, _TERMS)) + 100 * np.eye(_TERMS),
            unit=np.zeros(series),
        )

    def step(  # noqa: PLR0913 - what is known of one value
        self,
        state: ForecastState,
        values: Values,
        known: Flags,
        *,
        day: Values,
        week: Values,
        unit: Values,
        grain: Values,
    ) -> Values:
        """Innovations in usual innovations; what is not known leaves the state as it was.

        Args:
            values: Distance from the mean.
            day: What the rhythm of the day says of it, 0 when it is not known.
            week: The same of the week.
            unit: Usual distance from the mean; above 0.
            grain: Smallest innovation that is believed, in units of the values.
        """
        state.count = state.count + known
        rhythm = np.stack([day, state.day, week])
        terms = np.clip(np.concatenate([rhythm, state.lags]) / unit, -20.0, 20.0)
        terms = np.moveaxis(np.concatenate([np.full_like(terms[:1], 0.3), terms]), 0, -1)
        told = np.einsum("...i,...i->...", state.weights, terms)
        off = np.clip(values / unit, -20.0, 20.0) - told
        usual = np.maximum(state.unit, np.maximum(grain / unit, 1e-9))
        early = state.count < _EARLY
        self._learn(state, terms, np.where(early, off, np.clip(off, -6 * usual, 6 * usual)), known)
        rate = np.maximum(1 / np.maximum(state.count, 1.0), 1 / self.memory) * known
        size = np.minimum(np.abs(off), np.where(early, np.inf, 8 * usual))
        state.unit = state.unit + rate * (size - state.unit)
        moved = np.concatenate([values[None], state.lags[:-1]])
        state.lags = np.where(known, moved, state.lags)
        state.day = np.where(known, day, state.day)
        found: Values = np.clip(off / usual, -_MOST, _MOST)
        return found

    def _learn(self, state: ForecastState, terms: Values, off: Values, known: Flags) -> None:
        """Move the weights; a little doubt is added so that rounding never makes it negative."""
        pull = np.einsum("...ij,...j->...i", state.doubt, terms)
        whole = self.fade + np.maximum(np.einsum("...i,...i->...", terms, pull), 0.0)
        step = pull / whole[..., None]
        state.weights = state.weights + step * np.where(known, off, 0.0)[..., None]
        doubt = (state.doubt - step[..., :, None] * pull[..., None, :]) / self.fade
        doubt = 0.5 * (doubt + np.swapaxes(doubt, -1, -2)) + 1e-6 * np.eye(_TERMS)
        trace = np.einsum("...ii->...", doubt)
        doubt = doubt * (_MOST / np.maximum(trace, _MOST))[..., None, None]
        state.doubt = np.where(known[..., None, None], doubt, state.doubt)

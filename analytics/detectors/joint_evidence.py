"""What speaks against normal in many quantities, and how it is measured."""

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri

from analytics.detectors.calibrate import decades
from analytics.detectors.contract import Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What speaks against normal.

    Attributes:
        level: Standard deviates; shape (n_scales, n_features, n_assets).
        tails: The same, as surprising as a normal deviate; same shape.
        farthest: The farthest of all scales; shape (n_features, n_assets).
        far: The farther of level and spread; same shape.
        spread: Standard deviates; shape (n_spreads, n_features, n_assets).
        spread_raw: Before the correction for what has been usual.
        root: Cube root of the Mahalanobis distance a feature; shape (n_scales, n_assets).
        surprise: Of the asset [decades]; shape (n_assets,).
        parts: Of each feature [decades]; shape (n_features, n_assets).
    """

    level: Values
    tails: Values
    farthest: Values
    far: Values
    spread: Values
    spread_raw: Values
    root: Values
    surprise: Values
    parts: Values


def distance(tails: Values, inverse: Values) -> Values:
    """Cube root of the Mahalanobis distance a feature; shape (n_scales, n_assets)."""
    n_scales, n_features, n_assets = tails.shape
    deviates = np.empty((n_assets, n_scales, n_features))
    np.clip(tails.transpose(2, 0, 1), -15.0, 15.0, out=deviates)
    square = np.einsum("asf,asf->sa", deviates @ inverse, deviates)
    root: Values = np.cbrt(np.maximum(square, 0.0) / n_features)
    return root


def beyond(deviates: Values, less: float) -> Values:
    """Surprise of normal deviates beyond so many decades [decades]; 0 up to there.

    Most quantities are quiet at most times, and a tail is dear.
    """
    found = np.zeros_like(deviates)
    loud = np.flatnonzero(deviates.ravel() > -ndtri(0.5 * 10.0**-less) - 1e-6)
    found.ravel()[loud] = np.maximum(decades(deviates.ravel()[loud]) - less, 0.0)
    return found


def innovation(x: Values, before: Values, mean: Values, carry: Values) -> Values:
    """What a value does not owe to the one before; 0 where either is missing."""
    owed = before - mean
    owed *= carry
    news = x - mean
    news -= owed
    np.copyto(news, 0.0, where=np.isnan(news))
    return news

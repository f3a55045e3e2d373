"""A model is asked under guard: whatever it says is checked before anybody hears of it.

Early warning stands beside the path of alarms in a process of its own, so a bad model delays no
alarm. It must not drown the control room in warnings either, nor stop the warnings of limits and
trends, which need no model: so a model that is too slow, says no number, or warns of everything at
once is told unfit, and the one before it is asked instead.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from time import perf_counter
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.models.errors import UnfitModel
from analytics.models.model import Model, growth_of
from analytics.models.rule import Rule
from analytics.models.scan import Days, Pulse, Seen, Table, common_of, scan

Flags = NDArray[np.bool_]
Lengths = NDArray[np.int64]
GAP_DAYS: Final = 7
"""So many days more are looked back for evidence when some of the newest say nothing."""
_HUGE: Final = 1e6
"""No departure is a million times the edge of the usual."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """What a model may cost and say.

    Attributes:
        seconds: Longest time for one judgement [s].
        flood: Largest share of assets that it may newly warn of in one day, 0 to 1; so many at
            once is a fault of the model or of the data, not of the assets.
        few: So many it may always warn of, however few assets there are.
        borrowed: Largest share of assets that a model of simulated assets may newly warn of in one
            day, 0 to 1; it has never seen these. At least one may be warned of.
        silent: Largest share of assets with enough days of which it may say nothing, 0 to 1.
    """

    seconds: float = 30.0
    flood: float = 0.2
    few: int = 3
    borrowed: float = 0.01
    silent: float = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a model says of the last day, and of how long it has said so.

    Attributes:
        seen: The last day.
        is_raised: The last days all speak for a warning, and those before not against it, shape
            (n_assets,).
        is_over: One stands, and the last days all speak against it, shape (n_assets,).
        growth: Score of the last day over that of the day before, shape (n_assets,); NaN: unknown.
        middle: Middle score of all assets; NaN: nothing is known of any.
        took_s: Time that it took [s].
    """

    seen: Seen
    is_raised: Flags
    is_over: Flags
    growth: Table
    middle: float
    took_s: float


def judge(
    days: Days,
    standing: Lengths,
    model: Model,
    bounds: Bounds,
    clock: Callable[[], float] = perf_counter,
) -> Judgement:
    """Ask a model about the last day of a window.

    Args:
        days: Features, shape (n_assets, n_days, n_features), oldest first.
        standing: Newest days in which a warning of the asset has stood, 0: none stands, shape
            (n_assets,). They teach nothing of its usual value.
        model: The model that is asked.
        bounds: What it may cost and say.
        clock: Seconds that only rise.

    Raises:
        UnfitModel: It is too slow, says no number, or warns of everything.
    """
    begun = clock()

    def pulse() -> None:
        if clock() - begun > bounds.seconds:
            raise UnfitModel(f"it took longer than {bounds.seconds:g} s")

    try:
        days, is_standing = _taught_by(days, standing, model.scan.shape.recent), standing > 0
        today = scan(days, model.scan, pulse)
        is_asked = (today.score >= model.rule.threshold) | is_standing
        scores = _newest_scores(days, model, today, is_asked, pulse)
    except (ArithmeticError, IndexError, MemoryError, ValueError) as error:
        raise UnfitModel(f"it failed: {type(error).__name__}: {error}") from error
    _check_numbers(days, scores, model, bounds)
    low = model.rule.threshold * model.rule.release
    known = today.score[~np.isnan(today.score)]
    is_known_today = ~np.isnan(today.score)
    told = _without_gaps(scores)
    return Judgement(
        seen=today,
        is_raised=is_known_today & _is_raised(told, model.rule),
        is_over=is_standing & is_known_today & np.all(told[:, : model.rule.quiet] < low, axis=1),
        growth=growth_of(scores[:, 0], scores[:, 1]),
        middle=float(np.median(known)) if known.size else float("nan"),
        took_s=clock() - begun,
    )


def _taught_by(days: Days, standing: Lengths, recent: int) -> Days:
    """Days without those, older than the recent ones, in which a warning stood.

    Otherwise a defect that is left alone becomes the usual after some weeks, and its warning is
    withdrawn as if the change had gone. When too few days are left nothing is known any more.
    """
    rows = np.flatnonzero(standing > recent)
    if not rows.size:
        return days
    age = np.arange(days.shape[1])[::-1]
    is_held = (age >= recent) & (age < standing[rows, None])
    kept = days.copy()
    kept[rows] = np.where(is_held[:, :, None], np.float32(np.nan), days[rows])
    return kept


def _without_gaps(scores: Table) -> Table:
    """Scores of the newest days that say anything, newest first; NaN behind them.

    A day without a value speaks neither for nor against a warning, here as in a backtest: the
    evidence of the days around it is carried over it.
    """
    order = np.argsort(np.isnan(scores), axis=1, kind="stable")
    told: Table = np.take_along_axis(scores, order, axis=1)
    return told


def _is_raised(scores: Table, rule: Rule) -> Flags:
    """The newest days that say anything all speak for it, and those before not against it."""
    begun, low = rule.needed, rule.threshold * rule.release
    is_above: Flags = np.all(scores[:, :begun] >= rule.threshold, axis=1)
    is_led: Flags = np.all(scores[:, begun : begun + rule.led] >= low, axis=1)
    return is_above & is_led


def _newest_scores(days: Days, model: Model, today: Seen, is_asked: Flags, pulse: Pulse) -> Table:
    """Scores of the last days, newest first; former days only of the assets that are asked for."""
    steps = max(model.rule.steps, 2)
    scores = np.full((days.shape[0], steps + GAP_DAYS), np.nan)
    scores[:, 0] = today.score
    rows = np.flatnonzero(is_asked)
    for back in range(1, min(steps + GAP_DAYS, days.shape[1])):
        if back >= steps:
            known = (~np.isnan(scores[rows, :back])).sum(axis=1)
            rows = rows[known < model.rule.steps]
        if not rows.size:
            break
        window = days[:, max(0, days.shape[1] - back - model.scan.shape.window) : -back]
        scores[rows, back] = scan(window[rows], model.scan, pulse, common_of(window)).score
    return scores


def check_flood(new: int, watched: int, bounds: Bounds) -> None:
    """Refuse to warn of everything at once.

    Args:
        new: Assets that would newly be warned of.
        watched: Assets of which the model says something.
        bounds: What it may say.

    Raises:
        UnfitModel: It would warn of too many.
    """
    if new > max(bounds.few, bounds.flood * watched):
        raise UnfitModel(f"it would newly warn of {new} of {watched} assets in one day")


def first_of(scores: Table, watched: int, bounds: Bounds) -> NDArray[np.int64]:
    """Which warnings of a model of simulated assets are told today: the strongest, in their order.

    The others are not lost: the next day they are asked for again.

    Args:
        scores: Of the assets that would newly be warned of, shape (n_new,).
        watched: Assets of which the model says something.
        bounds: What it may say.
    """
    most = max(1, ceil(bounds.borrowed * watched))
    strongest = np.argsort(-scores, kind="stable")[:most]
    return np.sort(strongest)


def _check_numbers(days: Days, scores: Table, model: Model, bounds: Bounds) -> None:
    if np.isinf(scores).any() or (np.nan_to_num(scores) > _HUGE).any():
        raise UnfitModel("its scores grow beyond all bounds")
    older = days[:, -model.scan.shape.window : -model.scan.shape.recent]
    enough = (~np.isnan(older)).sum(axis=1) >= model.scan.shape.least
    is_read = (enough & ~np.isnan(days[:, -1])).any(axis=1)
    silent = int((is_read & np.isnan(scores[:, 0])).sum())
    if silent > bounds.silent * int(is_read.sum()):
        raise UnfitModel(f"it says no number of {silent} assets that report")

"""A plant of many quantities: control charts that are made anew as calm rows come."""

from dataclasses import dataclass, field, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.detectors.calibrate import student, to_score
from analytics.detectors.chart_model import (
    LEVELS,
    SPREAD,
    STRAIN,
    Model,
    Recipe,
    farthest,
    fitted,
    innovation_ratio,
    level_deviates,
    many_out,
    repeated,
    spread_deviates,
    spread_freedom,
    together,
    wandered,
)
from analytics.detectors.contract import Flags, Scores, Values, clean, shares
from analytics.detectors.latch import Latch

_LATCH: Final = Latch(on=0.5, off=0.34, on_steps=6, off_steps=20)
_BY_ASSET_SECOND: Final = frozenset(
    {
        "ring",
        "waiting",
        "level",
        "noise",
        "scale",
        "freedom",
        "calm",
        "calm_scale",
    }
)


_PLANT: Final = 3.0
"""So far are most quantities tied to another in a plant: loops tie valves to what they hold."""
_CROWD: Final = 2.75
"""So far at most in a crowd of quantities that have little to do with each other."""
FEW: Final = 3
MANY: Final = 20
"""So many quantities are judged together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Where charts stand at the border, in their own deviates; chosen on made plants.

    Attributes:
        level: Of the farthest innovation or average of level.
        one: Of the farthest average of squared innovations.
        many: Of the `MANY` farthest of these.
        few: Of the `FEW` farthest averages of squared errors of following.
        strain: Of the average distance of all innovations together.
    """

    level: float = 5.2
    one: float = 6.0
    many: float = 11.0
    few: float = 5.4
    strain: float = 5.0


@dataclass(slots=True, kw_only=True)
class ChartsState:
    """Shape (n_assets, n_features) unless said; a model's fields are in `Model`, by asset.

    Attributes:
        steps: Steps with any value since learning began; shape (n_assets,).
        warm: Steps that are only learned from; shape (n_assets,).
        stood: Steps that the present alarm has stood; shape (n_assets,).
        rows: Rows that the model was made of; 0 without one; shape (n_assets,).
        learned: Calm rows ever put into the ring; shape (n_assets,).
        fitted: How many these were when the model was made; shape (n_assets,).
        ring: Calm rows; shape (room, n_assets, n_features).
        waiting: Rows that wait to be learned; NaN where they may not; shape (delay, ...).
        newest: Newest value.
        grain: Smallest change seen: the resolution of the sensor.
        level: Averages of level; shape (n_levels, ...).
        noise: Averages of squares, as in `Model.calm`; shape (2, ...).
        path: Average that foretells the next value.
        strain: Average distance of all innovations together; shape (n_assets,).
        same: Rows that the present value has stayed exactly.
        longest: Most that it stayed in calm rows.
        runs: How often it changed in them.
        alarm: Shape (n_assets,).
        run: Shape (n_assets,).
    """

    steps: NDArray[np.int64]
    warm: NDArray[np.int64]
    stood: NDArray[np.int64]
    rows: NDArray[np.int64]
    learned: NDArray[np.int64]
    fitted: NDArray[np.int64]
    ring: Values
    waiting: Values
    newest: Values
    grain: Values
    level: Values
    noise: Values
    path: Values
    strain: Values
    same: Values
    longest: Values
    runs: Values
    mean: Values
    keep: Values
    base: Values
    scale: Values
    freedom: Values
    inverse: Values
    calm: Values
    calm_scale: Values
    follow: Values
    error: Values
    tension: Values
    tension_scale: Values
    tension_freedom: Values
    tied: Values
    alarm: Flags
    run: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Charts:
    """Level and spread of many quantities at several scales, each alone and many together.

    The charts are made of the first rows and anew as calm rows come, up to `room` of them;
    scales follow from theory where few rows tell them, so that 500 rows make a sharper chart than
    100. In an alarm nothing is learned: a controller that hides a fault in one valve does not
    make it usual.

    Attributes:
        warm_up: Steps that are only learned from.
        delay: A row is learned so many steps late, and only while nothing is unusual.
        room: Newest calm rows that are kept.
        every: Calm rows between two models.
        border: Deviates of a reading that stands still, or of a chart at its limit, at a score of
            0.5.
        limits: Where each chart is at the border.
        hold: At or above this score nothing is learned.
        patience: An alarm that has stood so many steps is taken for a new normal: all is learned
            anew, from `again` times as many steps as before, and unknown meanwhile.

    References:
        Kourti and MacGregor (1995), "Process analysis, monitoring and diagnosis, using multivariate
        projection methods", doi:10.1016/0169-7439(95)80036-9, for charts of many quantities; Lowry
        et al. (1992), doi:10.2307/1269551, for those of averages. Departures: no projection, the
        correlation is shrunk instead; slow averages of squares find what levels do not.
    """

    warm_up: int = 100
    delay: int = 80
    room: int = 600
    every: int = 25
    border: float = 4.3
    hold: float = 0.45
    patience: int = 800
    again: int = 3
    limits: Limits = field(default_factory=Limits)
    latch: Latch = _LATCH
    recipe: Recipe = field(default_factory=Recipe)

    def __post_init__(self) -> None:
        if not 20 <= self.warm_up <= self.room // self.again:
            raise ValueError("warm_up must be 20 steps, and its next time fit into the room")

    @property
    def name(self) -> str:
        """Its name in tables."""
        return "charts"

    @property
    def is_relative(self) -> bool:
        """Each asset by itself."""
        return False

    def start(self, n_assets: int, n_features: int) -> ChartsState:
        """Know nothing yet."""
        shape = (n_assets, n_features)
        levels, spreads = (len(LEVELS), *shape), (2, *shape)
        counts = np.zeros(n_assets, dtype=np.int64)
        return ChartsState(
            steps=counts.copy(),
            warm=np.full(n_assets, self.warm_up, dtype=np.int64),
            stood=counts.copy(),
            rows=counts.copy(),
            learned=counts.copy(),
            fitted=counts.copy(),
            ring=np.full((self.room, *shape), np.nan),
            waiting=np.full((self.delay, *shape), np.nan),
            newest=np.full(shape, np.nan),
            grain=np.full(shape, np.inf),
            level=np.full(levels, np.nan),
            noise=np.ones(spreads),
            path=np.full(shape, np.nan),
            strain=np.zeros(n_assets),
            same=np.zeros(shape),
            longest=np.zeros(shape),
            runs=np.zeros(shape),
            mean=np.zeros(shape),
            keep=np.zeros(shape),
            base=np.ones(shape),
            scale=np.ones(levels),
            freedom=np.ones(levels),
            inverse=np.broadcast_to(np.eye(n_features), (*shape, n_features)).copy(),
            calm=np.zeros(spreads),
            calm_scale=np.ones(spreads),
            follow=np.ones(shape),
            error=np.ones(shape),
            tension=np.zeros(n_assets),
            tension_scale=np.ones(n_assets),
            tension_freedom=np.ones(n_assets),
            tied=np.full(n_assets, _PLANT),
            alarm=np.zeros(n_assets, dtype=np.bool_),
            run=counts.copy(),
        )

    def step(self, state: ChartsState, time: float, values: Values) -> Scores:
        """Score one step, and learn from it."""
        _ = time
        x = clean(values)
        is_there: Flags = np.logical_or.reduce(~np.isnan(x), axis=1)
        state.steps = state.steps + is_there
        change = np.abs(x - state.newest)
        state.grain = np.where(change > 0, np.fmin(state.grain, change), state.grain)
        self._count(state, x, change)
        news = self._follow(state, x)
        strength, parts = self._evidence(state, news, is_there)
        is_judged = is_there & (state.rows > 0)
        score = np.where(is_judged, to_score(strength, self.border), np.nan)
        state.newest = np.where(np.isnan(x), state.newest, x)
        self.latch.step(state, score)
        alarm: Flags = state.alarm.copy()
        self._learn(state, x, is_there, score)
        self._give_up(state, alarm)
        parts = np.where(is_judged[:, None], parts, 0.0)
        return Scores(score=score, alarm=alarm, reason=shares(parts))

    def _count(self, state: ChartsState, x: Values, change: Values) -> None:
        """Rows that values have stayed the same; what lasts while all is calm is learned late."""
        ends = change > 0
        learns = ~state.alarm[:, None]
        late = np.where((state.rows > 0)[:, None], state.same - self.delay, state.same)
        state.longest = np.where(
            learns, np.maximum(state.longest, np.where(ends, state.same, late)), state.longest
        )
        state.runs = state.runs + (ends & learns)
        state.same = np.where(ends, 1.0, state.same + ~np.isnan(x))

    def _follow(self, state: ChartsState, x: Values) -> Values:
        """Move the averages; the innovations, 0 where a value or the one before is missing."""
        known = ~np.isnan(x)
        away = np.nan_to_num(state.level[-1] - state.mean)
        loose = self._loose(state)[:, None]
        weight = np.array(LEVELS)[:, None, None]
        level = np.where(np.isnan(state.level), x, state.level)
        state.level = np.where(known, level + weight * (x - level), level)
        local = state.mean + loose * away
        news = (x - local) - state.keep * (state.newest - local)
        is_new = ~np.isnan(news)
        news = np.where(is_new, news, 0.0)
        error = x - state.path
        state.path = np.where(
            np.isnan(error), np.where(known, x, state.path), state.path + state.follow * error
        )
        gone = (1 - state.keep) * (1 - loose) * wandered(away, state.scale[-1])
        squares = np.stack(
            [
                innovation_ratio(news - gone, state.base),
                innovation_ratio(np.nan_to_num(error), state.error),
            ]
        )
        noise = state.noise + SPREAD * (squares - state.noise)
        state.noise = np.where(is_new, noise, state.noise)
        return news

    def _evidence(self, state: ChartsState, news: Values, is_there: Flags) -> tuple[Values, Values]:
        """Deviates of the farthest chart, shape (n_assets,), and what each feature adds."""
        grain = np.where(np.isinf(state.grain), 0.0, state.grain) / 2
        charts: list[Values] = []
        parts = np.zeros_like(state.mean)
        limit, wide = self.limits, 1 + self._loose(state)[:, None]
        for place, weight in enumerate(LEVELS):
            off = news if weight >= 1 else state.level[place] - state.mean
            off = np.where(np.isnan(off), 0.0, off)
            scale = np.maximum(state.scale[place], grain * np.sqrt(weight / (2 - weight)))
            deviates = level_deviates(off, wide * scale, state.freedom[place])
            if weight >= 1:
                alone = level_deviates(off, scale, state.freedom[place])
                strained = self._strained(state, alone, is_there)
                charts.append(strained / limit.strain / wide[:, 0])
            charts.append(farthest(deviates) / limit.level)
            parts = np.maximum(parts, deviates**2)
        rows = state.rows.astype(np.float64)[:, None]
        own = spread_freedom(rows, self.recipe.spread_caution)
        joint = spread_freedom(rows, self.recipe.joint_caution)
        noise, calm, scale = state.noise, state.calm, state.calm_scale
        lively = spread_deviates(noise[0], calm[0], scale[0], joint)
        unsteady = spread_deviates(noise[1], calm[1], scale[1], joint)
        single = spread_deviates(noise[0], calm[0], scale[0], own)
        charts += [
            farthest(single) / limit.one / wide[:, 0],
            many_out(lively, MANY) / limit.many / wide[:, 0],
            many_out(unsteady, FEW) / limit.few / wide[:, 0],
        ]
        stuck = repeated(state.same, state.longest, state.runs)
        parts = np.max([parts, lively**2, unsteady**2, stuck**2], axis=0)
        strength: Values = np.maximum(self.border * np.stack(charts).max(axis=0), stuck.max(axis=1))
        return strength, parts

    def _loose(self, state: ChartsState) -> Values:
        """How little quantities are tied to each other: 0 a plant, 1 a crowd; shape (n_assets,).

        A crowd has nothing that one quantity's own wandering is to be told by: its charts are
        twice as wide, and its innovations are taken about where a quantity has been lately.
        """
        found: Values = np.clip((_PLANT - state.tied) / (_PLANT - _CROWD), 0.0, 1.0)
        return found

    def _strained(self, state: ChartsState, deviates: Values, is_there: Flags) -> Values:
        """Deviate of the average distance of all innovations together, shape (n_assets,)."""
        apart = together(deviates, state.inverse)
        strain = state.strain + STRAIN * (apart - state.strain)
        state.strain = np.where(is_there, strain, state.strain)
        off = (state.strain - state.tension) / state.tension_scale
        return student(off, state.tension_freedom)

    def _learn(self, state: ChartsState, x: Values, is_there: Flags, score: Values) -> None:
        """Put what has waited and was calm into the ring; make a model of it now and then."""
        is_first = state.rows == 0
        is_calm = ~state.alarm & (score < self.hold)
        slot, assets = state.steps % self.delay, np.arange(len(state.steps))
        old = np.where(is_first[:, None], x, state.waiting[slot, assets])
        waits = np.where(is_calm[:, None], x, np.nan)
        kept = np.where(is_there[:, None], waits, state.waiting[slot, assets])
        state.waiting[slot, assets] = kept
        state.waiting[:, state.alarm] = np.nan
        learns = is_there & (is_first | is_calm) & ~np.isnan(old).all(axis=1)
        chosen = np.flatnonzero(learns)
        state.ring[state.learned[chosen] % self.room, chosen] = old[chosen]
        state.learned[chosen] += 1
        is_due = np.where(
            is_first, state.learned >= state.warm, state.learned >= state.fitted + self.every
        )
        for asset in np.flatnonzero(is_due):
            self._make(state, int(asset))

    def _make(self, state: ChartsState, asset: int) -> None:
        """Make the charts of one asset from its ring; what was never measured is 0."""
        many = int(min(state.learned[asset], self.room))
        first = int(state.learned[asset]) if many == self.room else 0
        rows = state.ring[(first + np.arange(many)) % self.room, asset]
        known = ~np.isnan(rows)
        total = np.where(known, rows, 0.0).sum(axis=0)
        rows = np.where(known, rows, total / np.maximum(known.sum(axis=0), 1))
        grain = np.where(np.isinf(state.grain[asset]), 0.0, state.grain[asset])
        is_first = state.rows[asset] == 0
        model = fitted(rows, grain, self.recipe)
        state.rows[asset], state.fitted[asset] = many, state.learned[asset]
        if is_first:
            state.noise[:, asset] = model.noise
            state.path[asset] = model.path
            state.strain[asset] = model.tension
        for name in _OF_MODEL:
            table: Values = getattr(state, name)
            if name in _BY_ASSET_SECOND:
                table[:, asset] = getattr(model, name)
            else:
                table[asset] = getattr(model, name)

    def _give_up(self, state: ChartsState, alarm: Flags) -> None:
        """Nobody but a person knows whether it is a new normal; an alarm for ever helps nobody."""
        state.stood = np.where(alarm, state.stood + 1, 0)
        stale = state.stood >= self.patience
        if not stale.any():
            return
        fresh = self.start(*state.mean.shape)
        for each in fields(ChartsState):
            old, new = getattr(state, each.name), getattr(fresh, each.name)
            if each.name in _BY_ASSET_SECOND:
                old[:, stale] = new[:, stale]
            else:
                old[stale] = new[stale]
        state.warm[stale] *= self.again


_OF_MODEL: Final = tuple(each.name for each in fields(Model) if each.name not in {"noise", "path"})

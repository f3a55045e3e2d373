"""A plant of many quantities: control charts that are made anew as calm rows come."""

from dataclasses import dataclass, field, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.detectors.calibrate import to_score
from analytics.detectors.chart_model import (
    CHARTS,
    LEVELS,
    SPREADS,
    STRAIN,
    Model,
    Recipe,
    beyond,
    farthest,
    fitted,
    innovation_ratio,
    level_deviates,
    repeated,
    spread_deviates,
    spread_freedom,
    together,
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
        "inverse",
        "calm",
        "calm_scale",
        "centre",
        "width",
        "trust",
    }
)


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
        noise: Averages of squared innovation; shape (n_spreads, ...).
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
    centre: Values
    width: Values
    trust: Values
    alarm: Flags
    run: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Charts:
    """Level and spread of many quantities at several scales, each alone and all together.

    The charts are made of the first rows and anew as calm rows come, up to `room` of them; their
    limits come from rows that a chart had not seen, so that 500 rows make a sharper chart than
    100. In an alarm nothing is learned: a controller that hides a fault in one valve does not
    make it usual.

    Attributes:
        warm_up: Steps that are only learned from.
        delay: A row is learned so many steps late, and only while nothing is unusual.
        room: Newest calm rows that are kept.
        every: Calm rows between two models.
        border: Normal deviates of the farthest chart at a score of 0.5.
        hold: At or above this score nothing is learned.
        patience: An alarm that has stood so many steps is taken for a new normal: all is learned
            anew, from `again` times as many steps as before, and unknown meanwhile.

    References:
        Kourti and MacGregor (1995), "Process analysis, monitoring and diagnosis, using multivariate
        projection methods", doi:10.1016/0169-7439(95)80036-9, for charts of many quantities; Lowry
        et al. (1992), doi:10.2307/1269551, for those of averages. Departures: no projection, the
        correlation is shrunk instead; limits by blocks that were left out.
    """

    warm_up: int = 100
    delay: int = 80
    room: int = 600
    every: int = 25
    border: float = 4.3
    hold: float = 0.45
    patience: int = 800
    again: int = 3
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
        levels, spreads = (len(LEVELS), *shape), (len(SPREADS), *shape)
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
            strain=np.zeros(n_assets),
            same=np.zeros(shape),
            longest=np.zeros(shape),
            runs=np.zeros(shape),
            mean=np.zeros(shape),
            keep=np.zeros(shape),
            base=np.ones(shape),
            scale=np.ones(levels),
            freedom=np.ones(levels),
            inverse=np.broadcast_to(np.eye(n_features), (len(LEVELS), *shape, n_features)).copy(),
            calm=np.zeros(spreads),
            calm_scale=np.ones(spreads),
            centre=np.zeros((CHARTS, n_assets)),
            width=np.ones((CHARTS, n_assets)),
            trust=np.ones((CHARTS, n_assets)),
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
        weight = np.array(LEVELS)[:, None, None]
        level = np.where(np.isnan(state.level), x, state.level)
        state.level = np.where(known, level + weight * (x - level), level)
        news = (x - state.mean) - state.keep * (state.newest - state.mean)
        is_new = ~np.isnan(news)
        news = np.where(is_new, news, 0.0)
        ratio = innovation_ratio(news, state.base)
        weight = np.array(SPREADS)[:, None, None]
        noise = state.noise + weight * (ratio - state.noise)
        state.noise = np.where(is_new, noise, state.noise)
        return news

    def _evidence(self, state: ChartsState, news: Values, is_there: Flags) -> tuple[Values, Values]:
        """Deviates of the farthest chart, shape (n_assets,), and what each feature adds."""
        grain = np.where(np.isinf(state.grain), 0.0, state.grain) / 2
        charts: list[Values] = []
        parts = np.zeros_like(state.mean)
        for place, weight in enumerate(LEVELS):
            off = news if weight >= 1 else state.level[place] - state.mean
            off = np.where(np.isnan(off), 0.0, off)
            scale = np.maximum(state.scale[place], grain * np.sqrt(weight / (2 - weight)))
            deviates = level_deviates(off, scale, state.freedom[place])
            charts += [together(deviates, state.inverse[place]), farthest(deviates)]
            parts = np.maximum(parts, deviates**2)
        for place, weight in enumerate(SPREADS):
            freedom = spread_freedom(state.rows.astype(np.float64), weight, self.recipe)[:, None]
            deviates = spread_deviates(
                state.noise[place], state.calm[place], state.calm_scale[place], freedom
            )
            charts += [np.cbrt((deviates**2).mean(axis=1)), farthest(deviates)]
            parts = np.maximum(parts, deviates**2)
        strain = state.strain + STRAIN * (charts[0] - state.strain)
        state.strain = np.where(is_there, strain, state.strain)
        charts.append(state.strain)
        deviates = repeated(state.same, state.longest, state.runs)
        parts = np.maximum(parts, deviates**2)
        found = beyond(np.stack(charts), state.centre, state.width, state.trust)
        strength: Values = np.maximum(found.max(axis=0), deviates.max(axis=1))
        return strength, parts

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
            state.strain[asset] = model.strain
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


_OF_MODEL: Final = tuple(
    each.name for each in fields(Model) if each.name not in {"noise", "strain"}
)

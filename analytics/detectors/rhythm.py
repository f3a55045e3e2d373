"""One quantity against its own rhythm of day and week, and against all shapes it has shown."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.detectors.blocks import Blocks, BlocksState
from analytics.detectors.calibrate import to_score
from analytics.detectors.contract import Flags, Scores, Values, clean, shares
from analytics.detectors.forecast import Forecast, ForecastState
from analytics.detectors.latch import Latch
from analytics.detectors.ranks import Ranks, RanksState
from analytics.detectors.shapes import Shapes, ShapesState
from analytics.detectors.tail import BINS, Tail

_DAY, _WEEK = 48, 168
"""Places of a day (half hours) and of a week (hours); between two places a value is shared."""
_DAY_S: Final = 86_400.0
_TAIL: Final = Tail()
_SHAPES: Final = Shapes()
_FORECAST: Final = Forecast()
_RANKS: Final = Ranks()
_BLOCKS: Final = Blocks()
_LATCH: Final = Latch(on=0.5, off=0.4, on_steps=1, off_steps=1)
_VIEWS, _RUN, _LONG = 10, 4, 9
"""Views of a value; which of them is the run of values that stay the same, which the long shape."""
_BLOCKS_LEARNED, _BLOCKS_HEARD = 20, 32
"""Blocks before long shapes are compared with each other, and before anything is told of them."""
_LASTING: Final = 256
"""Values over which a distance that lasts is averaged."""
_ONCE: Final = 0.1
"""What a run of no repetition counts for."""


@dataclass(slots=True, kw_only=True)
class RhythmState:
    """Shape (n_assets, n_features) unless said.

    Attributes:
        count: Values seen.
        mean: Usual value.
        unit: Usual distance from the rhythm.
        grain: Smallest change seen: the resolution of the sensor.
        newest: Newest value.
        day: Usual distance from the mean at a time of day; shape (48, ...).
        day_count: Values seen there; same shape.
        day_unit: Usual distance from the rhythm there; same shape.
        week: Usual distance from the mean at a time of the week; shape (168, ...).
        week_count: Values seen there; same shape.
        error: Usual distance from no rhythm, from the day's, from the week's; shape (3, ...).
        lasting: Average distance from the rhythm of the last some hundred values [units].
        stir: Logarithm of the change between neighbours, smoothed.
        stir_usual: Its usual value.
        repeats: Values in a row that were the same as the one before.
        over: Numbers at or above each edge, per view; shape (10, ..., 96).
        sums: Sum of their logarithms; same shape.
        ranks: Distances from the mean that were seen.
        forecast: What the next value is expected to be.
        shapes: What is known of shapes: of the value, its rank and its innovation (3, ...).
        blocks: Means of values, and
        long: what is known of their shapes (1, ...).
        tired: News that was there lately, told or not [decades].
        told: News that was told lately [decades].
        alarm: Shape (n_assets,).
        run: Shape (n_assets,).
    """

    count: Values
    mean: Values
    unit: Values
    grain: Values
    newest: Values
    day: Values
    day_count: Values
    day_unit: Values
    week: Values
    week_count: Values
    error: Values
    lasting: Values
    stir: Values
    stir_usual: Values
    repeats: Values
    over: Values
    sums: Values
    ranks: tuple[RanksState]
    forecast: tuple[ForecastState]
    shapes: tuple[ShapesState]
    blocks: tuple[BlocksState]
    long: tuple[ShapesState]
    tired: Values
    told: Values
    alarm: Flags
    run: NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Phase:
    """Where a time stands in a cycle: between two places, and how near to the second."""

    first: int
    second: int
    share: float

    @classmethod
    def of(cls, time: float, length_s: float, places: int) -> "_Phase":
        """The place of a time [s] in a cycle [s]."""
        exact = time % length_s / length_s * places
        first = min(int(exact), places - 1)
        return cls(first=first, second=(first + 1) % places, share=exact - first)

    def read(self, table: Values) -> Values:
        """The value between the two places."""
        value: Values = (1 - self.share) * table[self.first] + self.share * table[self.second]
        return value

    @property
    def parts(self) -> tuple[tuple[int, float], tuple[int, float]]:
        """Both places with their weight."""
        return (self.first, 1 - self.share), (self.second, self.share)


def _both_sides(far: Values) -> tuple[Values, Values]:
    """How far above, and how far below."""
    return np.maximum(far, 0.0), np.maximum(-far, 0.0)


def _seen(counts: Values, phase: _Phase) -> Flags:
    """Whether both places were met twice."""
    seen: Flags = np.minimum(counts[phase.first], counts[phase.second]) >= 2
    return seen


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """One step against the rhythm; shape (n_assets, n_features) unless said.

    Attributes:
        known: Where there is a value.
        off: Distance from the mean.
        errors: Distances from no rhythm, the day's, the week's; shape (3, ...).
        rhythms: What the day's and the week's say of it, 0 where they are not known; (2, ...).
        rest: Distance from the rhythm in force.
        unit: Usual distance here.
        grain: Smallest distance that is believed.
        stir: Logarithm of the change since the value before, in units.
        ended: The length of a run that ends here, NaN where none does.
        views: What may be unusual of this value alone, not negative; shape (6, ...).
    """

    known: Flags
    off: Values
    errors: Values
    rhythms: Values
    rest: Values
    unit: Values
    grain: Values
    stir: Values
    ended: Values
    views: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """Distance, jump, liveliness, standing still and strange shapes, by how rare they were.

    A rhythm of the day, or of the week, is taken when it has predicted better than none. Every
    view is made a surprise by the tail of its own past, so that one border serves quantities of
    any kind. Four views judge a value by itself (above or below the rhythm, jump, liveliness): the
    largest counts. A run of equal values, a distance from the rhythm that lasts, the shapes of the
    last values (as they are, by rank, by innovation) and that of the last means of eight count
    whole each. Their sum is the news.
    What has been told is not told again: only what exceeds it, or most of what was there without
    being told, is news, until it is forgotten. An alarm lasts as long as there is something to
    tell. The largest of several quantities is rare by as much less as they are many (Bonferroni).

    Attributes:
        warm_up: Values that are only learned from.
        memory: Values after which the past counts for 1/e.
        share: News hides this share of itself from then on.
        rest: Values after which news counts for 1/e.
        pause: The same of news that was told, which hides all of itself.
        floor: News from which on it hides any [decades].
        border: News at a score of 0.5 [decades].
    """

    warm_up: int = 120
    memory: float = 1500.0
    share: float = 0.6
    rest: float = 300.0
    pause: float = 150.0
    floor: float = 0.5
    border: float = 4.0
    tail: Tail = _TAIL
    shapes: Shapes = _SHAPES
    blocks: Blocks = _BLOCKS
    forecast: Forecast = _FORECAST
    ranks: Ranks = _RANKS
    latch: Latch = _LATCH

    @property
    def name(self) -> str:
        """Its name in tables."""
        return "rhythm"

    @property
    def is_relative(self) -> bool:
        """Each asset by itself."""
        return False

    def start(self, n_assets: int, n_features: int) -> RhythmState:
        """Know nothing yet."""
        shape = (n_assets, n_features)
        views = (_VIEWS, *shape, BINS)
        return RhythmState(
            count=np.zeros(shape),
            mean=np.zeros(shape),
            unit=np.zeros(shape),
            grain=np.full(shape, np.inf),
            newest=np.full(shape, np.nan),
            day=np.zeros((_DAY, *shape)),
            day_count=np.zeros((_DAY, *shape)),
            day_unit=np.zeros((_DAY, *shape)),
            week=np.zeros((_WEEK, *shape)),
            week_count=np.zeros((_WEEK, *shape)),
            error=np.zeros((3, *shape)),
            lasting=np.zeros(shape),
            stir=np.zeros(shape),
            stir_usual=np.zeros(shape),
            repeats=np.zeros(shape),
            over=np.zeros(views),
            sums=np.zeros(views),
            ranks=(self.ranks.start(*shape),),
            forecast=(self.forecast.start(*shape),),
            shapes=(self.shapes.start(3, *shape),),
            blocks=(self.blocks.start(*shape),),
            long=(self.shapes.start(1, *shape),),
            tired=np.zeros(shape),
            told=np.zeros(shape),
            alarm=np.zeros(n_assets, dtype=np.bool_),
            run=np.zeros(n_assets, dtype=np.int64),
        )

    def step(self, state: RhythmState, time: float, values: Values) -> Scores:
        """Score one step, and learn from it."""
        x = clean(values)
        day, week = _Phase.of(time, _DAY_S, _DAY), _Phase.of(time, 7 * _DAY_S, _WEEK)
        look = self._look(state, day, week, x)
        news = self._news(state, look)
        fresh = self._fresh(state, look.known, news)
        self._learn(state, look, day, week)
        state.newest = np.where(look.known, x, state.newest)
        is_told = look.known & (state.count > self.warm_up)
        most = np.fmax.reduce(np.where(is_told, fresh, np.nan), axis=1)
        score = to_score(most - np.log10(x.shape[1]), self.border)
        alarm = self.latch.step(state, score)
        return Scores(score=score, alarm=alarm, reason=shares(fresh))

    def _fresh(self, state: RhythmState, known: Flags, news: Values) -> Values:
        """News beyond what was told, and beyond a share of what was there lately [decades]."""
        fresh: Values = np.maximum(news - np.maximum(self.share * state.tired, state.told), 0.0)
        there = np.where(known & (news > self.floor), news, 0.0)
        state.tired = np.maximum(state.tired * np.where(known, 1 - 1 / self.rest, 1.0), there)
        told = np.where(known & (fresh >= self.border), news, 0.0)
        state.told = np.maximum(state.told * np.where(known, 1 - 1 / self.pause, 1.0), told)
        return fresh

    def _look(self, state: RhythmState, day: _Phase, week: _Phase, x: Values) -> _Look:
        known = ~np.isnan(x)
        state.mean = np.where(known & (state.count == 0), x, state.mean)
        state.count = state.count + known
        change = np.abs(x - state.newest)
        state.grain = np.where(change > 0, np.fmin(state.grain, change), state.grain)
        off = np.where(known, x - state.mean, 0.0)
        errors = np.abs(np.stack([off, off - day.read(state.day), off - week.read(state.week)]))
        seen = _seen(state.day_count, day), _seen(state.week_count, week)
        has_day, has_week = self._rhythm_in_force(state, seen)
        by_day = np.where(has_day, day.read(state.day), 0.0)
        rest = off - np.where(has_week, week.read(state.week), by_day)
        grain = np.where(np.isinf(state.grain), 0.0, state.grain)
        share = np.where(has_day, np.minimum(state.day_count[day.first] / 6.0, 0.7), 0.0)
        unit = (1 - share) * state.unit + share * day.read(state.day_unit)
        unit = np.maximum(unit, np.maximum(grain / 4, 1e-9 * np.abs(state.mean) + 1e-12))
        far = np.clip(rest / unit, -1e4, 1e4)
        jump = np.where(np.isnan(change), 0.0, change) / unit
        drawn = (np.clip(far, -5.0, 5.0) - state.lasting) / _LASTING
        state.lasting = state.lasting + np.where(known, drawn, 0.0)
        stir = np.log(np.minimum(jump, 1e9) + 0.02)
        state.stir = np.where(known, state.stir + 0.08 * (stir - state.stir), state.stir)
        lively = np.abs(state.stir - state.stir_usual)
        is_same = change == 0
        ended = np.where(known & ~is_same & (state.count > 2), state.repeats + _ONCE, np.nan)
        state.repeats = np.where(known, (state.repeats + 1) * is_same, state.repeats)
        run = state.repeats + _ONCE
        return _Look(
            known=known,
            off=off,
            errors=errors,
            rhythms=np.stack([day.read(state.day) * seen[0], week.read(state.week) * seen[1]]),
            rest=rest,
            unit=unit,
            grain=grain / 4,
            stir=stir,
            ended=ended,
            views=np.stack(
                [*_both_sides(far), jump, lively, run, np.abs(state.lasting)],
            ),
        )

    def _rhythm_in_force(
        self, state: RhythmState, seen: tuple[Flags, Flags]
    ) -> tuple[Flags, Flags]:
        none, by_day, by_week = state.error
        has_day = seen[0] & (by_day < 0.8 * none)
        has_week = seen[1] & (by_week < 0.8 * none) & (by_week < 0.9 * by_day)
        return has_day, has_week

    def _news(self, state: RhythmState, look: _Look) -> Values:
        """How rare all of this is [decades]; 0 for the first values."""
        known = look.known
        strange, full = self._strange(state, look)
        blocks = state.long[0].count[0]
        views = np.concatenate([look.views, strange])
        each = self.tail.surprise(state.over, state.sums, views)
        each[_LONG] = np.where(full & (blocks > _BLOCKS_HEARD), each[_LONG], 0.0)
        learned = np.repeat((known & (state.count > self.warm_up / 3))[None], _VIEWS, axis=0)
        learned[_LONG] = full & (blocks > _BLOCKS_LEARNED)
        learned[_RUN] = ~np.isnan(look.ended)
        views[_RUN] = np.where(learned[_RUN], look.ended, 0.0)
        self.tail.learn(state.over, state.sums, views, learned)
        rare = each[:_RUN].max(axis=0) + each[_RUN:].sum(axis=0)
        ready = known & (state.count > self.warm_up / 2)
        news: Values = np.where(ready, rare, 0.0)
        return news

    def _strange(self, state: RhythmState, look: _Look) -> tuple[Values, Flags]:
        """Distances of the last values from all shapes known, shape (4, ...); of a full block."""
        known, usual = look.known, np.maximum(state.error[0], 1e-12)
        day, week = look.rhythms
        innovation = self.forecast.step(
            state.forecast[0],
            look.off,
            known,
            day=day,
            week=week,
            unit=np.maximum(usual, 1e-9 * np.abs(state.mean)),
            grain=look.grain,
        )
        rank = self.ranks.step(state.ranks[0], look.off / usual, known)
        plain = np.arcsinh(look.off / np.maximum(look.unit, 0.2 * state.error[0]))
        last = np.stack([plain, rank, np.arcsinh(innovation)])
        near = self.shapes.step(state.shapes[0], last, np.broadcast_to(known, last.shape))
        mean, full = self.blocks.step(state.blocks[0], plain, known)
        far = np.zeros((1, *full.shape))
        if full.any():
            far = self.shapes.step(state.long[0], mean[None], full[None])
        return np.concatenate([near, far]), full

    def _learn(self, state: RhythmState, look: _Look, day: _Phase, week: _Phase) -> None:
        known = look.known
        rate = np.maximum(1 / np.maximum(state.count, 1.0), 1 / self.memory) * known
        early = state.count <= self.warm_up / 2
        reach = np.where(early, np.inf, 5 * look.unit)
        wide = np.where(early, np.inf, np.maximum(5 * look.unit, 5 * state.error[0]))
        state.mean = state.mean + rate * np.clip(look.off, -wide, wide)
        size = np.minimum(np.abs(look.rest), reach)
        state.unit = state.unit + rate * (size - state.unit)
        self._learn_errors(state, look, day, week, early)
        state.stir_usual = state.stir_usual + rate * (look.stir - state.stir_usual)
        for place, weight in day.parts:
            state.day_count[place] += weight * known
            slow = np.maximum(1 / np.maximum(state.day_count[place], 1.0), 0.02) * weight * known
            state.day[place] += slow * np.clip(look.off - state.day[place], -reach, reach)
            state.day_unit[place] += slow * (size - state.day_unit[place])
        for place, weight in week.parts:
            state.week_count[place] += weight * known
            slow = np.maximum(1 / np.maximum(state.week_count[place], 1.0), 0.05) * weight * known
            state.week[place] += slow * np.clip(look.off - state.week[place], -reach, reach)

    def _learn_errors(
        self, state: RhythmState, look: _Look, day: _Phase, week: _Phase, early: Flags
    ) -> None:
        """Follow how well each rhythm predicts; one that is not known yet is as good as none."""
        rate = np.maximum(1 / np.maximum(state.count, 1.0), 1 / 600.0) * look.known
        cap = np.where(early, np.inf, 8 * np.maximum(state.error[0], 1e-12))
        errors = np.minimum(look.errors, cap)
        errors[1] = np.where(_seen(state.day_count, day), errors[1], errors[0])
        errors[2] = np.where(_seen(state.week_count, week), errors[2], errors[0])
        state.error = state.error + rate * (errors - state.error)

"""Many quantities of one asset together: level, spread and correlation against its own normal."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.detectors.calibrate import chi_normal, decades, student, to_score
from analytics.detectors.contract import Flags, Scores, Values, clean, shares
from analytics.detectors.drift import Drift, hidden
from analytics.detectors.habit import Habit
from analytics.detectors.homing import Homing
from analytics.detectors.joint_evidence import Evidence, beyond, distance, innovation
from analytics.detectors.joint_state import (
    JointState,
    Lengths,
    ago,
    forget,
    go_home,
    keep_pairs,
    mean_ago,
    nothing_learned,
    remember,
    take_liveliness,
    take_pairs,
)
from analytics.detectors.latch import Latch
from analytics.detectors.lone import Lone
from analytics.detectors.recovery import Recovery

_TINY: Final = 1e-12
_LATCH: Final = Latch(on=0.5, off=0.3, on_steps=6, off_steps=10)
_RECOVERY: Final = Recovery()
_DRIFT: Final = Drift()
_LONE: Final = Lone()
_HABIT: Final = Habit()
_GONE: Final = Homing(sure=8.0, steps=10)
_HOME: Final = Homing(steps=4)
_MOVED: Final = 0.5
"""A quantity that is so many usual distances off when an alarm goes back has a new usual value,"""
_ANEW: Final = 30.0
"""which is known as well as if so many values had been learned."""
_NEAR, _FAR, _MEAN_OF = 8, 32, 4
"""Lags [steps] at which a quantity's own wandering is measured, and means of so many values."""
_STILL: Final = 2.5
"""A quantity shakes as usual below so many standard deviates."""
_QUICK: Final = 1
"""Place of the scale that knows soonest, without being a single value."""
_INDEPENDENT: Final = 6
"""Squared changes of such means, one a step, are worth one independent one in so many [steps]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Joint:
    """T2 of smoothed distances, and level and spread of each feature, at several scales.

    Every feature has a baseline of its own that is learned `delay` steps late and stops while
    anything is unusual, so that a fault cannot teach it; in an alarm what is quiet by itself goes
    on learning. A quantity that wanders by itself (its squared change grows with the lag) is
    followed instead: only its speed can be unusual. One that wanders a little below its noise is
    allowed as much as it may have gone since its usual value was learned. What was measured in an
    alarm that lasted teaches nothing; a short one was part of how the plant is run.

    Attributes:
        warm_up: Steps that are only learned from.
        delay: A value is learned so many steps late.
        memory: Steps after which the past counts for 1/e.
        quick: The same for what wanders.
        scales: Weights of the moving averages of level; 1 is the value itself.
        spreads: Weights of the moving averages of squared innovation.
        burst: One squared innovation counts for no more than so many usual ones.
        clip: One value counts for no more than so many usual distances.
        border: Surprise at a score of 0.5 [decades].
        look: Steps between looks at what is usual; while it is only learned from, every step.
        refresh: The same between inversions of the correlation.
        caution: One degree of freedom of a tail for so many values.
        joint_caution: The same for the Mahalanobis distance, at the quickest scale.
        spread_caution: The same for so many independent averages of squared innovation.
        doubt: So many standard errors of a wandering are taken off before it is believed.
        hold: At or above this score nothing is learned.
        quiet: In an alarm a quantity learns on below so many standard deviates.
        patience: An alarm that has stood so many steps is taken for a new normal: all is learned
            anew, from `again` times as many steps as before, and unknown meanwhile.

    References:
        Lowry, Woodall, Champ and Rigdon (1992), "A multivariate exponentially weighted moving
        average control chart", Technometrics 34(1), doi:10.2307/1269551. Departures: Student's
        tail for what was estimated from few values; variance of an average of an AR(1) series;
        correlation shrunk towards none; the distance is calibrated against its own past.
    """

    warm_up: int = 100
    delay: int = 80
    memory: float = 600.0
    quick: float = 30.0
    scales: tuple[float, ...] = (1.0, 0.25, 0.06)
    spreads: tuple[float, ...] = (0.15, 0.04)
    clip: float = 10.0
    burst: float = 20.0
    border: float = 4.75
    look: int = 4
    refresh: int = 20
    caution: float = 3.0
    joint_caution: float = 2.0
    spread_caution: float = 0.25
    doubt: float = 1.0
    hold: float = 0.4
    quiet: float = 3.0
    patience: int = 800
    again: int = 3
    moved: float = 0.5
    latch: Latch = _LATCH
    recovery: Recovery = _RECOVERY
    drift: Drift = _DRIFT
    lone: Lone = _LONE
    habit: Habit = _HABIT
    gone: Homing = _GONE
    home: Homing = _HOME

    def __post_init__(self) -> None:
        if self.delay <= _FAR + _MEAN_OF:
            raise ValueError(f"delay must be more than {_FAR + _MEAN_OF} steps")

    @property
    def name(self) -> str:
        """Its name in tables."""
        return "joint"

    @property
    def is_relative(self) -> bool:
        """Each asset by itself."""
        return False

    def start(self, n_assets: int, n_features: int) -> JointState:
        """Know nothing yet."""
        kept = Lengths(
            held=self.delay,
            scales=len(self.scales),
            spreads=len(self.spreads),
            pairs=self.refresh,
            blocks=self.drift.blocks,
        )
        state = nothing_learned((n_features, n_assets), kept)
        state.warm[:] = self.warm_up
        return state

    def step(self, state: JointState, time: float, values: Values) -> Scores:
        """Score one step, and learn from it."""
        _ = time
        x = np.ascontiguousarray(clean(values).T)
        known = ~np.isnan(x)
        is_there: Flags = np.logical_or.reduce(known, axis=0)
        state.steps += is_there
        change = np.abs(x - state.newest)
        np.minimum(state.grain, change, out=state.grain, where=change > 0)
        np.copyto(state.mean, x, where=known & (state.count == 0))
        is_warm: Flags = state.steps > state.warm
        is_due: Flags = is_there & ((state.steps % self.look == 0) | ~is_warm)
        if is_due.any():
            self._look(state, is_due)
        self.drift.step(state, x, is_there)
        self._follow(state, x, known)
        evidence = self._evidence(state)
        score = to_score(evidence.surprise, self.border)
        is_calm = is_there & ~state.alarm & (score < self.hold)
        self._learn(state, evidence, x, is_warm=is_warm, is_calm=is_calm)
        if is_due.any():
            self._learn_usual(state, evidence, is_late=is_due & (is_calm | ~is_warm))
        np.copyto(state.newest, x, where=known)
        score = np.where(is_there & is_warm, score, np.nan)
        was = state.alarm.copy()
        self.habit.watch(state, evidence.tails, evidence.spread)
        self.latch.step(state, score)
        self._settle(state, evidence, is_there)
        lasted = was & ~state.alarm & (state.stood >= self.habit.short)
        if lasted.any():
            state.held[:, :, lasted] = np.nan
        self._come_back(state, evidence, is_there)
        alarm: Flags = state.alarm.copy()
        self.habit.learn(state, was & ~alarm)
        self.drift.part(state, was ^ alarm)
        self._give_up(state, alarm)
        return Scores(score=score, alarm=alarm, reason=shares(evidence.parts.T))

    def _settle(self, state: JointState, evidence: Evidence, is_there: Flags) -> None:
        """Let the slow averages forget what the quick ones know to be over."""
        is_away = not np.isnan(state.home).all()
        if not is_away and not state.alarm.any():
            state.gone[:], state.homing[:] = 0, 0
            return
        unit = state.deviation[_QUICK]
        quick = state.level[_QUICK] / unit
        out = state.aim * state.reach[-1] / unit
        is_still = state.alarm & (evidence.spread[0] < _STILL).all(axis=0)
        gone = self.gone.advance(state.gone * is_still, quick, quick - out)
        state.gone = np.where(is_there, gone, state.gone)
        away = (state.home - state.mean) / state.unit / unit
        away = np.where(np.isnan(away), 0.0, away)
        homing = self.home.advance(state.homing, quick - away, quick)
        state.homing = np.where(is_there, homing, state.homing)
        over = self.gone.is_there(state.gone) & state.alarm
        if over.any():
            slow = state.deviation[-1][:, over] / unit[:, over]
            state.level[-1][:, over] = state.level[_QUICK][:, over] * slow
            state.noise[-1][:, over] = state.noise[0][:, over]
            state.alarm[over], state.run[over] = False, 0
        assets = np.flatnonzero(self.home.is_there(state.homing))
        if assets.size:
            go_home(state, state.level[_QUICK][:, assets], assets)

    def _come_back(self, state: JointState, evidence: Evidence, is_there: Flags) -> None:
        """End what has gone back, and take where it stands now for the usual.

        What was measured while it was away teaches nothing.
        """
        is_back = self.recovery.step(state, evidence.level[-1], is_there)
        is_told = self.lone.step(state, evidence.far, is_there)
        if is_told.any():
            take_liveliness(state, is_told & (evidence.spread[-1] > self.lone.loud))
        assets = np.flatnonzero(is_back | is_told)
        if not assets.size:
            return
        newest = np.arange(1 + self.recovery.back_steps // 2)[:, None]
        slots = (state.steps[assets] - newest) % self.delay
        recent = state.held[slots, :, assets]
        is_known = ~np.isnan(recent)
        many = is_known.sum(axis=0).T
        mean = np.where(is_known, recent, 0.0).sum(axis=0).T / np.maximum(many, 1)
        moved = (np.abs(state.level[-1][:, assets]) > _MOVED) & (many > 0)
        count = state.count[:, assets]
        is_first = moved & np.isnan(state.home[:, assets])
        state.home[:, assets] = np.where(is_first, state.mean[:, assets], state.home[:, assets])
        state.mean[:, assets] = np.where(moved, mean, state.mean[:, assets])
        state.count[:, assets] = np.where(moved, np.minimum(count, _ANEW), count)
        state.level[:, :, assets] = np.where(moved, 0.0, state.level[:, :, assets])
        state.held[:, :, assets] = np.nan
        state.held[slots, :, assets] = recent
        state.alarm[assets], state.run[assets] = False, 0
        state.aim[:, assets], state.back[assets] = 0.0, -self.recovery.out_steps

    def _give_up(self, state: JointState, alarm: Flags) -> None:
        """Nobody but a person knows whether it is a new normal; an alarm for ever helps nobody."""
        state.stood = np.where(alarm, state.stood + 1, 0)
        stale = state.stood >= self.patience
        if stale.any():
            n_features, n_assets = state.mean.shape
            forget(state, self.start(n_assets, n_features), stale)
            state.warm[stale] *= self.again

    def _look(self, state: JointState, is_due: Flags) -> None:
        """Make of what was learned what the next steps are held against."""
        self._measure_wandering(state, is_due)
        self.habit.forget(state, self.look * is_due)
        grain = np.where(np.isinf(state.grain), 0.0, state.grain)
        floor = np.maximum(grain**2 / 4, (_TINY + 1e-9 * np.abs(state.mean)) ** 2)
        square = np.maximum(state.spread, floor)
        echo = np.clip(state.echo, -0.9, 0.99)
        smallest = _TINY**2
        growth = np.log(np.maximum(state.far, smallest) / np.maximum(state.near, smallest))
        growth = growth / np.log(_FAR / _NEAR)
        wander = np.clip((growth - 0.75) / 0.35, 0.0, 1.0)
        allow = np.clip(4.0 ** np.maximum(growth - 0.6, 0.0), 1.0, 200.0)
        drift = self.drift.variance(state) + hidden(state.spread, grain)
        astray = (1 - wander) * np.maximum(self._astray(state), drift) / square
        carry = np.where(echo > 0.85, 1.0, echo)
        count = np.maximum(state.count, 2.0)
        freedom = np.clip(count / self.caution, 4.0, 400.0)
        deviation = np.sqrt(self._level_variance(count, echo) * allow + astray)
        weight = np.array(self.spreads)[:, None, None]
        heavy = np.maximum(state.heavy, 2.0) + 4.0 / np.sqrt(count)
        averages = np.minimum(count, self.memory) * weight / self.spread_caution
        looks = {
            "unit": np.sqrt(square),
            "carry": carry,
            "base": np.maximum(state.roll, floor)
            + (1 - np.maximum(carry, 0.0)) ** 2 * (1 - wander) * drift,
            "wander": wander,
            "freedom": freedom,
            "deviation": deviation,
            "reach": deviation * np.sqrt(np.maximum(state.usual, 1.0)) * state.habit_level,
            "rough": 2 / (heavy * (weight / (2 - weight) + 1 / count)),
            "averages": np.clip(averages, 3.0, freedom),
            "hush": (1 - wander) / np.sqrt(np.maximum(state.calm, 1.0)) / state.habit_spread,
        }
        for name, seen in looks.items():
            np.copyto(getattr(state, name), seen, where=is_due)

    def _astray(self, state: JointState) -> Values:
        """How far a random walk of the size that was measured goes while nothing is learned.

        Its variance grows with time: over the delay, over the age of what was learned (a third of
        its length, as for the mean of a walk), and for as long as an alarm stands.
        """
        since = np.maximum(state.steps - _FAR - 2 * _MEAN_OF, 1)
        error = self.doubt * state.far * np.sqrt(4 * _INDEPENDENT / since)
        a_step = np.maximum(state.far - state.near - error, 0.0) / (_FAR - _NEAR)
        age = self.delay + np.minimum(state.count, self.memory) / 3 + state.stood
        found: Values = a_step * age
        return found

    def _measure_wandering(self, state: JointState, is_due: Flags) -> None:
        now, before, long_before = (mean_ago(state, lag, _MEAN_OF) for lag in (0, _NEAR, _FAR))
        near, far = (now - before) ** 2, (now - long_before) ** 2
        since = state.steps - _FAR - 2 * _MEAN_OF
        stride = np.where(state.steps > state.warm, self.look, 1)
        rate = stride * np.maximum(1 / np.maximum(since, self.look), 1 / self.memory)
        is_usable = is_due & ~state.alarm & (since > 0) & ~np.isnan(far) & ~np.isnan(near)
        np.copyto(state.near, state.near + rate * (near - state.near), where=is_usable)
        np.copyto(state.far, state.far + rate * (far - state.far), where=is_usable)

    def _follow(self, state: JointState, x: Values, known: Flags) -> None:
        """Move the averages.

        The more a value owes to the one before, the more its innovation is taken about where it has
        been lately: a level that has gone astray is no liveliness.
        """
        off = x - state.mean
        off /= state.unit
        np.clip(off, -self.clip, self.clip, out=off)
        lately = state.mean + np.maximum(state.carry, 0.0) * state.level[-1] * state.unit
        news = innovation(x, state.newest, lately, state.carry)
        news *= news
        news /= state.base
        np.minimum(news, self.burst, out=news)
        for averages, weights, value in (
            (state.level, self.scales, off),
            (state.noise, self.spreads, news),
        ):
            for average, weight in zip(averages, weights, strict=True):
                ahead = value - average
                ahead *= weight
                np.add(average, ahead, out=average, where=known)

    def _evidence(self, state: JointState) -> Evidence:
        n_features = state.mean.shape[0]
        level = state.level / state.reach
        tails = student(level, state.freedom)
        farthest = np.abs(tails).max(axis=0)
        chi = chi_normal(state.noise, state.rough)
        shaken_raw = student(np.maximum(chi, 0.0, out=chi), state.averages)
        shaken = shaken_raw * state.hush
        largest = np.maximum(farthest, shaken.max(axis=0))
        parts = beyond(largest, np.log10(n_features))
        root = distance(tails, state.inverse)
        return Evidence(
            level=level,
            tails=tails,
            farthest=farthest,
            far=largest,
            spread=shaken,
            spread_raw=shaken_raw,
            root=root,
            surprise=np.maximum(parts.max(axis=0), self._together(state, root)),
            parts=parts,
        )

    def _level_variance(self, count: Values, echo: Values) -> Values:
        """Variance of the moving averages of an AR(1) series about an estimated mean."""
        echo = np.clip(echo + (1 + 3 * echo) / np.maximum(count, 4.0), 0.0, 0.98)
        weight = np.array(self.scales)[:, None, None]
        kept = echo * (1 - weight)
        own = weight / (2 - weight) * (1 + kept) / (1 - kept)
        of_mean = 1 / np.maximum(count * (1 - echo) / (1 + echo), 3.0)
        variance: Values = own + of_mean
        return variance

    def _together(self, state: JointState, root: Values) -> Values:
        """Surprise of the Mahalanobis distances against their own past [decades]."""
        n_features = state.mean.shape[0]
        least = 2 / (9 * n_features) * state.size**2
        weight = np.array(self.scales)[:, None]
        freedom = np.minimum(state.steps, self.memory) * weight / self.joint_caution + 3
        z = (root - state.size) / np.sqrt(np.maximum(state.size_spread, least))
        z = student(np.maximum(z, 0.0) / np.sqrt(1 + 1 / freedom), freedom)
        return decades(z.max(axis=0))

    def _learn(
        self,
        state: JointState,
        evidence: Evidence,
        x: Values,
        *,
        is_warm: Flags,
        is_calm: Flags,
    ) -> None:
        is_there: Flags = np.logical_or.reduce(~np.isnan(x), axis=0)
        old = np.where(is_warm, ago(state, 0), x)
        remember(state, x, is_there)
        is_late = state.steps > state.warm + self.delay
        wanders = state.wander > 0
        learns = is_late & ((evidence.far < self.quiet) | is_calm)
        learns |= state.wander >= 0.5
        learns &= (evidence.farthest < 4.0) | wanders
        learns |= ~is_warm
        learns &= is_there & ~np.isnan(old)
        state.count += learns
        rate = np.maximum(1 / np.maximum(state.count, 1.0), 1 / self.memory)
        rate *= learns
        reach = np.where(is_warm, 4.0 * state.unit, np.inf)
        self._learn_spread(state, old, rate, reach, is_warm)
        quick = np.where(np.isnan(x), 0.0, np.maximum(state.wander / self.quick, 1 / self.memory))
        follows = wanders & is_warm
        target = np.where(follows, x, old)
        pull = np.where(follows, quick, rate)
        ahead = np.clip(np.where(np.isnan(target), 0.0, target - state.mean), -reach, reach)
        state.mean += pull * ahead
        is_due = is_there & (state.steps % self.refresh == 0)
        if is_due.any():
            self._invert(state, np.flatnonzero(is_due))

    def _learn_spread(
        self, state: JointState, old: Values, rate: Values, reach: Values, is_warm: Flags
    ) -> None:
        learns = rate > 0
        raw = np.where(learns, old - state.mean, 0.0)
        np.clip(raw, -reach, reach, out=raw)
        state.spread += rate * (raw**2 * (1 - rate) - state.spread)
        off = np.clip(raw / state.unit, -5.0, 5.0)
        state.echo += (state.count > 10) * rate * (off * state.learned_off - state.echo)
        news = innovation(old, state.learned, state.mean, state.carry)
        news *= news
        np.minimum(news, 25.0 * state.base, out=news, where=is_warm)
        state.roll += rate * (news - state.roll)
        excess = np.minimum((news / state.base - 1) ** 2, 400.0)
        late = (state.steps > state.warm / 2) * rate
        state.heavy += late * (excess - state.heavy)
        keep_pairs(state, off, rate.max(axis=0))
        np.copyto(state.learned_off, off, where=learns)
        np.copyto(state.learned, old, where=~np.isnan(old))

    def _learn_usual(self, state: JointState, evidence: Evidence, *, is_late: Flags) -> None:
        """Follow how large the evidence usually is: what the model does not know is in it."""
        since = state.steps - state.warm / 2
        is_warm = state.steps > state.warm
        rate = np.where(is_warm, self.look / self.memory, 1 / np.maximum(since, 10.0))
        rate = np.where(is_late & (since > 0), rate, 0.0)
        raw = np.minimum((state.level / state.deviation) ** 2, 25.0)
        state.usual += rate * (raw - state.usual)
        state.calm += rate * (np.minimum(evidence.spread_raw**2, 25.0) - state.calm)
        reach = 4 * np.sqrt(state.size_spread)
        off = np.clip(evidence.root - state.size, -reach, reach)
        state.size += rate * off
        state.size_spread += rate * (off**2 - state.size_spread)

    def _invert(self, state: JointState, assets: NDArray[np.int64]) -> None:
        take_pairs(state, assets)
        assets = assets[state.steps[assets] >= state.warm[assets] / 2]
        n_features = state.mean.shape[0]
        cross = state.cross[assets]
        unit = np.sqrt(np.maximum(np.einsum("aff->af", cross), 1e-6))
        correlation = cross / unit[:, :, None] / unit[:, None, :]
        seen = np.minimum(state.steps[assets], self.memory)
        keep = (seen / (seen + 2.0 * n_features))[:, None, None]
        state.inverse[assets] = np.linalg.inv(keep * correlation + (1 - keep) * np.eye(n_features))

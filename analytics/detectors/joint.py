"""Many quantities of one asset together: level, spread and correlation against its own normal."""

from dataclasses import dataclass
from typing import Final

import numpy as np

from analytics.detectors.calibrate import chi_normal, decades, student, to_score
from analytics.detectors.contract import Flags, Scores, Values, clean, shares
from analytics.detectors.homing import Homing
from analytics.detectors.joint_state import JointState, forget, go_home, nothing_learned
from analytics.detectors.latch import Latch
from analytics.detectors.recovery import Recovery

_TINY: Final = 1e-12
_LATCH: Final = Latch(on=0.5, off=0.3, on_steps=6, off_steps=10)
_RECOVERY: Final = Recovery()
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
class _Look:
    """One step against what is usual; shape (n_assets, n_features) unless said.

    Attributes:
        is_warm: Whether enough has been learned; shape (n_assets,).
        floor: Square below which a distance is the sensor's resolution.
        unit: A usual distance.
        echo: Correlation of neighbours, as estimated.
        carry: What an innovation is formed with; 1 where a quantity wanders.
        base: Usual squared innovation, not below the floor.
        wander: How far a quantity wanders by itself, 0 to 1.
        allow: Factor that this adds to the variance of its level.
        astray: How far the usual value may have gone since it was learned [squared units].
    """

    is_warm: Flags
    floor: Values
    unit: Values
    echo: Values
    carry: Values
    base: Values
    wander: Values
    allow: Values
    astray: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class _Evidence:
    """What speaks against normal.

    Attributes:
        level: Standard deviates; shape (n_scales, n_assets, n_features).
        level_raw: Before the correction for what has been usual.
        variance: Of the moving averages of level when all is usual [squared units]; same shape.
        spread: Standard deviates; shape (n_spreads, n_assets, n_features).
        spread_raw: Before the correction for what has been usual.
        root: Cube root of the Mahalanobis distance a feature; shape (n_scales, n_assets).
        surprise: Of the asset [decades]; shape (n_assets,).
        parts: Of each feature [decades]; shape (n_assets, n_features).
    """

    level: Values
    level_raw: Values
    variance: Values
    spread: Values
    spread_raw: Values
    root: Values
    surprise: Values
    parts: Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Joint:
    """T2 of smoothed distances, and level and spread of each feature, at several scales.

    Every feature has a baseline of its own that is learned `delay` steps late and stops while
    anything is unusual, so that a fault cannot teach it; in an alarm what is quiet by itself goes
    on learning. A quantity that wanders by itself (its squared change grows with the lag) is
    followed instead: only its speed can be unusual. One that wanders a little below its noise is
    allowed as much as it may have gone since its usual value was learned.

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
        refresh: Steps between inversions of the correlation.
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
        state = nothing_learned(
            n_assets,
            n_features,
            delay=self.delay,
            n_scales=len(self.scales),
            n_spreads=len(self.spreads),
        )
        state.warm[:] = self.warm_up
        return state

    def step(self, state: JointState, time: float, values: Values) -> Scores:
        """Score one step, and learn from it."""
        _ = time
        x = clean(values)
        known = ~np.isnan(x)
        is_there: Flags = np.logical_or.reduce(known, axis=1)
        state.steps = state.steps + is_there
        change = np.abs(x - state.newest)
        state.grain = np.where(change > 0, np.fmin(state.grain, change), state.grain)
        state.mean = np.where(known & (state.count == 0), x, state.mean)
        look = self._look(state)
        self._follow(state, look, x, known)
        evidence = self._evidence(state, look)
        score = to_score(evidence.surprise, self.border)
        self._learn(state, look, evidence, x, is_calm=~state.alarm & (score < self.hold))
        state.newest = np.where(known, x, state.newest)
        score = np.where(is_there & look.is_warm, score, np.nan)
        self.latch.step(state, score)
        self._settle(state, look, evidence, is_there)
        self._come_back(state, evidence, is_there)
        alarm: Flags = state.alarm.copy()
        self._give_up(state, alarm)
        return Scores(score=score, alarm=alarm, reason=shares(evidence.parts))

    def _settle(self, state: JointState, look: _Look, evidence: _Evidence, is_there: Flags) -> None:
        """Let the slow averages forget what the quick ones know to be over."""
        is_away = not np.isnan(state.home).all()
        if not is_away and not state.alarm.any():
            state.gone[:], state.homing[:] = 0, 0
            return
        variance, unit = evidence.variance, np.sqrt(evidence.variance[_QUICK])
        quick = state.level[_QUICK] / unit
        out = state.aim * np.sqrt(np.maximum(state.usual[-1], 1.0) * variance[-1]) / unit
        is_still = state.alarm & (evidence.spread[0] < _STILL).all(axis=1)
        gone = self.gone.advance(state.gone * is_still, quick, quick - out)
        state.gone = np.where(is_there, gone, state.gone)
        away = (state.home - state.mean) / look.unit / unit
        away = np.where(np.isnan(away), 0.0, away)
        homing = self.home.advance(state.homing, quick - away, quick)
        state.homing = np.where(is_there, homing, state.homing)
        over = self.gone.is_there(state.gone) & state.alarm
        if over.any():
            slow = np.sqrt(variance[-1, over] / variance[_QUICK, over])
            state.level[-1, over] = state.level[_QUICK, over] * slow
            state.noise[-1, over] = state.noise[0, over]
            state.alarm[over], state.run[over] = False, 0
        assets = np.flatnonzero(self.home.is_there(state.homing))
        if assets.size:
            go_home(state, look.unit[assets], state.level[_QUICK, assets], assets)

    def _come_back(self, state: JointState, evidence: _Evidence, is_there: Flags) -> None:
        """End what has gone back, and take where it stands now for the usual.

        What was measured while it was away teaches nothing.
        """
        slow = evidence.level_raw[-1] / np.sqrt(np.maximum(state.usual[-1], 1.0))
        assets = np.flatnonzero(self.recovery.step(state, slow, is_there))
        if not assets.size:
            return
        newest = np.arange(1 + self.recovery.back_steps // 2)[:, None]
        slots = (state.steps[assets] - newest) % self.delay
        recent = state.held[slots, assets]
        is_known = ~np.isnan(recent)
        many = is_known.sum(axis=0)
        mean = np.where(is_known, recent, 0.0).sum(axis=0) / np.maximum(many, 1)
        moved = (np.abs(state.level[-1, assets]) > _MOVED) & (many > 0)
        count = state.count[assets]
        is_first = moved & np.isnan(state.home[assets])
        state.home[assets] = np.where(is_first, state.mean[assets], state.home[assets])
        state.mean[assets] = np.where(moved, mean, state.mean[assets])
        state.count[assets] = np.where(moved, np.minimum(count, _ANEW), count)
        state.level[:, assets] = np.where(moved, 0.0, state.level[:, assets])
        state.held[:, assets] = np.nan
        state.held[slots, assets] = recent
        state.alarm[assets], state.run[assets] = False, 0
        state.aim[assets], state.back[assets] = 0.0, -self.recovery.out_steps

    def _give_up(self, state: JointState, alarm: Flags) -> None:
        """Nobody but a person knows whether it is a new normal; an alarm for ever helps nobody."""
        state.stood = np.where(alarm, state.stood + 1, 0)
        stale = state.stood >= self.patience
        if stale.any():
            forget(state, self.start(*state.mean.shape), stale)
            state.warm[stale] *= self.again

    def _look(self, state: JointState) -> _Look:
        self._measure_wandering(state)
        grain = np.where(np.isinf(state.grain), 0.0, state.grain)
        floor = np.maximum(grain**2 / 4, (_TINY + 1e-9 * np.abs(state.mean)) ** 2)
        square = np.maximum(state.spread, floor)
        echo = np.clip(state.echo, -0.9, 0.99)
        smallest = _TINY**2
        growth = np.log(np.maximum(state.far, smallest) / np.maximum(state.near, smallest))
        growth = growth / np.log(_FAR / _NEAR)
        wander = np.clip((growth - 0.75) / 0.35, 0.0, 1.0)
        return _Look(
            is_warm=state.steps > state.warm,
            floor=floor,
            unit=np.sqrt(square),
            echo=echo,
            carry=np.where(echo > 0.85, 1.0, echo),
            base=np.maximum(state.roll, floor),
            wander=wander,
            allow=np.clip(4.0 ** np.maximum(growth - 0.6, 0.0), 1.0, 200.0),
            astray=(1 - wander) * self._astray(state) / square,
        )

    def _astray(self, state: JointState) -> Values:
        """How far a random walk of the size that was measured goes while nothing is learned.

        Its variance grows with time: over the delay, over the age of what was learned (a third of
        its length, as for the mean of a walk), and for as long as an alarm stands.
        """
        since = np.maximum(state.steps - _FAR - 2 * _MEAN_OF, 1)[:, None]
        error = self.doubt * state.far * np.sqrt(4 * _INDEPENDENT / since)
        a_step = np.maximum(state.far - state.near - error, 0.0) / (_FAR - _NEAR)
        age = self.delay + np.minimum(state.count, self.memory) / 3 + state.stood[:, None]
        found: Values = a_step * age
        return found

    def _measure_wandering(self, state: JointState) -> None:
        assets = np.arange(len(state.steps))

        def mean_before(lag: int) -> Values:
            slots = (state.steps[None, :] - lag - np.arange(1, 1 + _MEAN_OF)[:, None]) % self.delay
            mean: Values = state.held[slots, assets].mean(axis=0)
            return mean

        now = mean_before(0)
        far = (now - mean_before(_FAR)) ** 2
        near = (now - mean_before(_NEAR)) ** 2
        since = state.steps - _FAR - 2 * _MEAN_OF
        is_open = ~state.alarm & (since > 0)
        rate = np.maximum(1 / np.maximum(since, 1), 1 / self.memory)[:, None]
        is_usable = is_open[:, None] & ~np.isnan(far) & ~np.isnan(near)
        state.near = np.where(is_usable, state.near + rate * (near - state.near), state.near)
        state.far = np.where(is_usable, state.far + rate * (far - state.far), state.far)

    def _follow(self, state: JointState, look: _Look, x: Values, known: Flags) -> None:
        """Move the averages."""
        off = np.clip((x - state.mean) / look.unit, -self.clip, self.clip)
        weight = np.array(self.scales)[:, None, None]
        state.level = np.where(known, state.level + weight * (off - state.level), state.level)
        news = _innovation(x, state.newest, state.mean, look.carry) ** 2
        ratio = np.minimum(news / look.base, self.burst)
        weight = np.array(self.spreads)[:, None, None]
        state.noise = np.where(known, state.noise + weight * (ratio - state.noise), state.noise)

    def _evidence(self, state: JointState, look: _Look) -> _Evidence:
        n_features = state.mean.shape[1]
        count = np.maximum(state.count, 2.0)
        freedom = np.clip(count / self.caution, 4.0, 400.0)
        variance = self._level_variance(count, look)
        raw = state.level / np.sqrt(variance)
        level = raw / np.sqrt(np.maximum(state.usual, 1.0))
        level_tail = student(level, freedom)
        weight = np.array(self.spreads)[:, None, None]
        heavy = np.maximum(state.heavy, 2.0) + 4.0 / np.sqrt(count)
        chi = chi_normal(state.noise, 2 / (heavy * (weight / (2 - weight) + 1 / count)))
        averages = np.minimum(count, self.memory) * weight / self.spread_caution
        shaken_raw = student(np.maximum(chi, 0.0), np.clip(averages, 3.0, freedom))
        shaken = shaken_raw / np.sqrt(np.maximum(state.calm, 1.0)) * (1 - look.wander)
        bounded = np.clip(level, -15.0, 15.0)
        deviates = np.ascontiguousarray(bounded.transpose(1, 2, 0))
        square = (deviates * (state.inverse @ deviates)).sum(axis=1).T
        root = np.cbrt(np.maximum(square, 0.0) / n_features)
        largest = np.maximum(np.abs(level_tail).max(axis=0), shaken.max(axis=0))
        parts = decades(largest) - np.log10(n_features)
        return _Evidence(
            level=level_tail,
            level_raw=raw,
            variance=variance,
            spread=shaken,
            spread_raw=shaken_raw,
            root=root,
            surprise=np.maximum(parts.max(axis=1), self._together(state, root)),
            parts=parts,
        )

    def _level_variance(self, count: Values, look: _Look) -> Values:
        """Variance of the moving averages of an AR(1) series about an estimated mean."""
        echo = np.clip(look.echo + (1 + 3 * look.echo) / np.maximum(count, 4.0), 0.0, 0.98)
        weight = np.array(self.scales)[:, None, None]
        kept = echo * (1 - weight)
        own = weight / (2 - weight) * (1 + kept) / (1 - kept)
        of_mean = 1 / np.maximum(count * (1 - echo) / (1 + echo), 3.0)
        variance: Values = (own + of_mean) * look.allow + look.astray
        return variance

    def _together(self, state: JointState, root: Values) -> Values:
        """Surprise of the Mahalanobis distances against their own past [decades]."""
        n_features = state.mean.shape[1]
        least = 2 / (9 * n_features) * state.size**2
        freedom = (
            np.minimum(state.steps, self.memory)
            * np.array(self.scales)[:, None]
            / self.joint_caution
            + 3
        )
        z = (root - state.size) / np.sqrt(np.maximum(state.size_spread, least))
        z = student(np.maximum(z, 0.0) / np.sqrt(1 + 1 / freedom), freedom)
        surprise: Values = decades(z).max(axis=0)
        return surprise

    def _learn(
        self, state: JointState, look: _Look, evidence: _Evidence, x: Values, *, is_calm: Flags
    ) -> None:
        is_there = np.any(~np.isnan(x), axis=1)
        slot, assets = state.steps % self.delay, np.arange(len(state.steps))
        warm = look.is_warm[:, None]
        old = np.where(warm, state.held[slot, assets], x)
        state.held[slot, assets] = np.where(is_there[:, None], x, state.held[slot, assets])
        is_open = ~look.is_warm | (is_calm & (state.steps > state.warm + self.delay))
        wanders = look.wander > 0
        is_quiet = ~warm | (np.abs(evidence.level).max(axis=0) < 4.0) | wanders
        learns = self._goes_on(state, look, evidence, is_open) & is_there[:, None]
        learns = learns & ~np.isnan(old) & is_quiet
        state.count = state.count + learns
        rate = np.maximum(1 / np.maximum(state.count, 1.0), 1 / self.memory) * learns
        self._learn_spread(state, look, old, rate)
        quick = np.where(np.isnan(x), 0.0, np.maximum(look.wander / self.quick, 1 / self.memory))
        target = np.where(warm & wanders, x, old)
        pull = np.where(warm & wanders, quick, rate)
        reach = np.where(warm, 4.0 * look.unit, np.inf)
        ahead = np.clip(np.where(np.isnan(target), 0.0, target - state.mean), -reach, reach)
        state.mean = state.mean + pull * ahead
        self._learn_usual(state, evidence, is_late=is_there & (~look.is_warm | is_calm))
        if np.any((state.steps % self.refresh == 0) & (state.steps >= state.warm / 2)):
            self._invert(state)

    def _goes_on(
        self, state: JointState, look: _Look, evidence: _Evidence, is_open: Flags
    ) -> Flags:
        """What learns although its asset may be in alarm; shape (n_assets, n_features)."""
        far = np.maximum(np.abs(evidence.level).max(axis=0), np.abs(evidence.spread).max(axis=0))
        is_late = (state.steps > state.warm + self.delay)[:, None] & (far < self.quiet)
        goes_on = look.is_warm[:, None] & (is_late | (look.wander >= 0.5))
        learns: Flags = is_open[:, None] | goes_on
        return learns

    def _learn_spread(self, state: JointState, look: _Look, old: Values, rate: Values) -> None:
        learns = rate > 0
        warm = look.is_warm[:, None]
        reach = np.where(warm, 4.0 * look.unit, np.inf)
        raw = np.where(learns, np.clip(old - state.mean, -reach, reach), 0.0)
        state.spread = state.spread + rate * (raw**2 * (1 - rate) - state.spread)
        off = np.clip(raw / look.unit, -5.0, 5.0)
        many = (state.count > 10) * rate
        state.echo = state.echo + many * (off * state.learned_off - state.echo)
        news = _innovation(old, state.learned, state.mean, look.carry) ** 2
        news = np.minimum(news, np.where(warm, 25.0 * look.base, np.inf))
        state.roll = state.roll + rate * (news - state.roll)
        late = (state.steps > state.warm / 2)[:, None] * rate
        excess = np.minimum((news / look.base - 1) ** 2, 400.0)
        state.heavy = state.heavy + late * (excess - state.heavy)
        news_of_pairs = off[:, :, None] * off[:, None, :]
        news_of_pairs -= state.cross
        news_of_pairs *= rate.max(axis=1)[:, None, None]
        state.cross += news_of_pairs
        state.learned_off = np.where(learns, off, state.learned_off)
        state.learned = np.where(np.isnan(old), state.learned, old)

    def _learn_usual(self, state: JointState, evidence: _Evidence, *, is_late: Flags) -> None:
        """Follow how large the evidence usually is: what the model does not know is in it."""
        since = state.steps - state.warm / 2
        early = 1 / np.maximum(since, 10.0)
        rate = np.where(state.steps > state.warm, 1 / self.memory, early)
        rate = np.where(is_late & (since > 0), rate, 0.0)
        wide = rate[None, :, None]
        state.usual = state.usual + wide * (np.minimum(evidence.level_raw**2, 25.0) - state.usual)
        state.calm = state.calm + wide * (np.minimum(evidence.spread_raw**2, 25.0) - state.calm)
        reach = 4 * np.sqrt(state.size_spread)
        off = np.clip(evidence.root - state.size, -reach, reach)
        state.size = state.size + rate * off
        state.size_spread = state.size_spread + rate * (off**2 - state.size_spread)

    def _invert(self, state: JointState) -> None:
        n_features = state.mean.shape[1]
        unit = np.sqrt(np.maximum(np.einsum("aff->af", state.cross), 1e-6))
        correlation = state.cross / unit[:, :, None] / unit[:, None, :]
        seen = np.minimum(state.steps, self.memory)
        keep = (seen / (seen + 2.0 * n_features))[:, None, None]
        state.inverse = np.linalg.inv(keep * correlation + (1 - keep) * np.eye(n_features))


def _innovation(x: Values, before: Values, mean: Values, carry: Values) -> Values:
    """What a value does not owe to the one before; 0 where either is missing."""
    news = (x - mean) - carry * (before - mean)
    found: Values = np.where(np.isnan(news), 0.0, news)
    return found

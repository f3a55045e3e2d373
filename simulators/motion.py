"""One trip of a lift's car with limits of speed, acceleration and jerk, second by second."""

from math import sqrt

import numpy as np

from simulators.lift_physics import ACCELERATION_M_S2, JERK_M_S3, peak_speed, ramp_time


class Motion:
    """A trip of the car from one height to another [m].

    The speed rises and falls along S-curves: a part of rising acceleration, one of constant
    acceleration where the trip is long enough, and one of falling acceleration.
    """

    __slots__ = ("_distance_m", "_full_a", "_peak_m_s", "_ramp_s", "duration_s", "end_m", "start_m")

    def __init__(self, *, start_m: float, end_m: float, top_m_s: float) -> None:
        """A trip at a top speed [m/s]; short ones do not reach it."""
        self.start_m, self.end_m = start_m, end_m
        self._distance_m = abs(end_m - start_m)
        self._peak_m_s = float(peak_speed(np.asarray(self._distance_m), top_m_s))
        self._ramp_s = float(ramp_time(np.asarray(self._peak_m_s)))
        self._full_a = min(ACCELERATION_M_S2, sqrt(JERK_M_S3 * self._peak_m_s))
        cruise_s = self._distance_m / max(self._peak_m_s, 1e-9) - self._ramp_s
        self.duration_s = 2 * self._ramp_s + max(0.0, cruise_s)
        """From standstill to standstill [s]."""

    @property
    def direction(self) -> int:
        """1 up, -1 down."""
        return 1 if self.end_m > self.start_m else -1

    def at(self, elapsed_s: float) -> tuple[float, float]:
        """Height [m] and speed [m/s, never negative] after so many seconds."""
        left_s = self.duration_s - elapsed_s
        if left_s <= 0:
            return self.end_m, 0.0
        if elapsed_s < self._ramp_s:
            gone, speed = self._ramp(elapsed_s)
        elif left_s < self._ramp_s:
            ahead, speed = self._ramp(left_s)
            gone = self._distance_m - ahead
        else:
            gone = self._peak_m_s * (elapsed_s - self._ramp_s / 2)
            speed = self._peak_m_s
        return self.start_m + self.direction * gone, speed

    def acceleration(self, elapsed_s: float) -> float:
        """Along the direction of travel after so many seconds [m/s2]."""
        left_s = self.duration_s - elapsed_s
        if left_s <= 0 or elapsed_s <= 0:
            return 0.0
        if elapsed_s < self._ramp_s:
            return self._slope(elapsed_s)
        return -self._slope(left_s) if left_s < self._ramp_s else 0.0

    def _slope(self, ramp_s: float) -> float:
        return min(JERK_M_S3 * ramp_s, self._full_a, JERK_M_S3 * (self._ramp_s - ramp_s))

    def _ramp(self, ramp_s: float) -> tuple[float, float]:
        """Way [m] and speed [m/s] after so many seconds of rising speed."""
        jerk_s = self._full_a / JERK_M_S3
        if ramp_s < jerk_s:
            return JERK_M_S3 * ramp_s**3 / 6, JERK_M_S3 * ramp_s**2 / 2
        rest_s = self._ramp_s - ramp_s
        if rest_s < jerk_s:
            speed = self._peak_m_s - JERK_M_S3 * rest_s**2 / 2
            ahead = self._peak_m_s * rest_s - JERK_M_S3 * rest_s**3 / 6
            return self._peak_m_s * self._ramp_s / 2 - ahead, speed
        steady_s = ramp_s - jerk_s
        speed = JERK_M_S3 * jerk_s**2 / 2
        way = JERK_M_S3 * jerk_s**3 / 6 + speed * steady_s + self._full_a * steady_s**2 / 2
        return way, speed + self._full_a * steady_s

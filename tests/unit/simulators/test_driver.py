"""The driver refuses options it cannot play, and paces and stamps as they say."""

from typing import Any

import pytest

from gateway.driver import DriverSettings
from gateway.errors import BadSettings
from simulators.driver import Options, open_driver, pace_of


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ({"sede": 1}, "unknown field `sede`"),
        ({"seed": "x"}, "Expected `int`"),
        ({"seed": -1}, "seed -1 is negative"),
        ({"compound": "nowhere"}, "compound 'nowhere' is not declared"),
        ({"scenario": "nowhere"}, "neither one of"),
        ({"compound": "replay"}, "has no asset"),
        ({"speed": -1}, "speed -1.0 is not between"),
        ({"speed": float("nan"), "duration_s": 3}, "speed nan is not between"),
        ({"speed": 60}, "fast time needs `start` or `duration_s`"),
        ({"start": "yesterday"}, "is not a time"),
        ({"start": "2025-03-01T07:00:00"}, "has no zone"),
        ({"since": "2025-03-01"}, "has no zone"),
        ({"since": "2025-03-01T07:00:00Z", "speed": 0}, "`since` is for real time"),
        ({"since": "2025-03-01T07:00:00Z", "start": "2025-03-01T07:00:00Z"}, "for real time"),
        ({"duration_s": 0}, "duration_s 0 is below 1"),
    ],
)
def test_options_that_cannot_be_played_are_refused(options: dict[str, Any], why: str) -> None:
    settings = DriverSettings(name="garden", driver="simulated", options=options)
    with pytest.raises(BadSettings) as refused:
        open_driver(settings)
    assert "driver garden (simulated)" in str(refused.value)
    assert why in str(refused.value)


def test_real_time_begins_with_the_clock_and_takes_a_second_a_second() -> None:
    pace = pace_of(Options())
    assert pace.is_real
    assert pace.begin_ms(5000) == 5000
    assert pace.due_s(90) == 90


def test_fast_time_with_a_length_ends_with_the_clock() -> None:
    pace = pace_of(Options(speed=60, duration_s=3600))
    assert not pace.is_real
    assert pace.begin_ms(4_000_000) == 400_000
    assert pace.due_s(90) == 1.5


def test_fast_time_begins_where_it_is_told() -> None:
    pace = pace_of(Options(speed=0, start="2025-03-01T07:30:00+08:00"))
    assert pace.begin_ms(0) == 1_740_785_400_000
    assert pace.due_s(90) == 0


def test_a_start_at_real_speed_is_scenario_time() -> None:
    assert not pace_of(Options(start="2025-03-01T07:30:00+08:00")).is_real


def test_a_play_that_rejoins_began_when_it_says_but_never_in_the_future() -> None:
    pace = pace_of(Options(since="2025-03-01T07:30:00+08:00"))
    assert pace.is_real
    assert pace.begin_ms(1_740_785_500_000) == 1_740_785_400_000
    assert pace.begin_ms(1_740_785_300_000) == 1_740_785_300_000

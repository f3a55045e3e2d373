"""Back-off and escalation."""

from hypothesis import given
from hypothesis import strategies as st

from gateway.clock import StepWatch
from gateway.patience import Escalation, Pace, backoff


@given(st.integers(0, 10_000), st.floats(0, 1, exclude_max=True))
def test_a_pause_grows_from_five_to_sixty_seconds_with_jitter(tries: int, noise: float) -> None:
    pause = backoff(tries, noise)
    plain = min(5 * 2 ** min(tries, 10), 60)
    assert plain * 0.8 <= pause <= plain * 1.2


def test_the_second_path_begins_at_fifteen_and_the_sounder_at_thirty_seconds() -> None:
    steps = []
    escalation = Escalation()
    for wait in (0.0, 14.9, 15.0, 29.9, 30.0):
        escalation.advance(wait)
        steps.append((escalation.is_second_path_needed, escalation.is_sounding))
    assert steps == [(False, False), (False, False), (True, False), (True, False), (True, True)]


def test_a_later_alarm_does_not_wait_again_on_a_blocked_road() -> None:
    escalation = Escalation()
    escalation.advance(20.0)
    escalation.advance(None)
    escalation.advance(0.1)
    assert escalation.is_second_path_needed


def test_a_receipt_over_mqtt_ends_the_second_path() -> None:
    escalation = Escalation()
    escalation.advance(20.0)
    escalation.receipt_came()
    escalation.advance(0.1)
    assert not escalation.is_second_path_needed


def test_the_sounder_stops_when_nothing_waits() -> None:
    escalation = Escalation()
    escalation.advance(40.0)
    escalation.advance(None)
    assert not escalation.is_sounding


def test_a_set_clock_is_noticed_and_a_running_one_is_not() -> None:
    watch = StepWatch(1_000_000, 50.0)
    assert watch.look(1_001_000, 51.0) == 0
    assert watch.look(1_000_000 + 3_601_000 + 1_000, 52.0) == 3_600_000
    assert watch.look(1_000_000, 53.0) < -3_000_000
    assert watch.look(1_001_000, 54.0) == 0


def test_an_outage_leaves_a_fresh_fire_some_of_the_posts_of_each_minute() -> None:
    pace, now_s = Pace(), 1000.0
    posted: list[float] = []
    while now_s < 1200.0:
        now_s += pace.pause(now_s) + 0.005
        posted.append(now_s)
    busiest = max(sum(0 <= one - start < 60 for one in posted) for start in posted[:2000])
    assert 900 < busiest < 1100

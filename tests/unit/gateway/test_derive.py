"""Life-safety events of a lift, told as timelines: for so long these signals, then those."""

from dataclasses import dataclass, field

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.derive import (
    DERIVED,
    DOOR_OPEN_RUNNING,
    ENTRAPMENT,
    SILENCE_S,
    STOP_OUTSIDE,
    Change,
    LiftWatch,
)
from gateway.sample import Sample

Values = dict[str, float | None]
PARKED: Values = {
    "person": 0, "door_closed": 1, "door_zone": 1, "speed": 0, "floor": 1, "mode": 1,
}  # fmt: skip


@dataclass
class Story:
    """A lift whose signals are told second by second."""

    watch: LiftWatch = field(default_factory=LiftWatch)
    now_s: float = 1000.0
    values: Values = field(default_factory=lambda: dict(PARKED))
    changes: list[tuple[float, Change]] = field(default_factory=list)

    def run(self, seconds: float, step_s: float = 1.0, **values: float | None) -> "Story":
        """The signals are as given for so many seconds, sampled each step."""
        self.values |= values
        for _ in range(round(seconds / step_s)):
            sample = Sample(asset="L-1", at_ms=0, values=dict(self.values))
            self._note(self.watch.observe(sample, self.now_s))
            self.now_s += step_s
        return self

    def silence(self, seconds: float) -> "Story":
        """No samples, but time is told each second."""
        for _ in range(round(seconds)):
            self._note(self.watch.tick(self.now_s))
            self.now_s += 1
        return self

    def leap(self, seconds: float) -> "Story":
        """The clock is set; nothing else happens."""
        self.now_s += seconds
        return self

    def ride(self, floors: int, *, door_closed: float = 1) -> "Story":
        """Some floors up at 2 s each, ending at level with doors shut and the car standing."""
        for _ in range(floors):
            floor = (self.values["floor"] or 0) + 1
            self.run(1, speed=1.5, door_zone=0, door_closed=door_closed, floor=floor)
            self.run(1, door_zone=1)
        return self.run(1, speed=0)

    def boarded(self) -> "Story":
        """Somebody gets in and the doors close."""
        return self.run(5, door_closed=0, person=1).run(2, door_closed=1)

    def _note(self, changes: list[Change]) -> None:
        self.changes += [(self.now_s, change) for change in changes]

    @property
    def raised(self) -> list[str]:
        return [change.event for _, change in self.changes if change.is_raised]

    @property
    def cleared(self) -> list[str]:
        return [change.event for _, change in self.changes if not change.is_raised]


def stuck_between_floors() -> Story:
    return Story().boarded().ride(2).run(2, speed=1.5, door_zone=0, floor=9).run(1, speed=0)


def test_a_person_between_floors_is_trapped_after_thirty_seconds() -> None:
    story = stuck_between_floors().run(29)
    assert ENTRAPMENT not in story.raised
    story.run(5)
    assert story.raised == [ENTRAPMENT]
    assert story.changes[0][1].code == "off_level"


def test_a_broken_sensor_neither_ends_nor_hides_an_entrapment() -> None:
    story = stuck_between_floors().run(40)
    story.run(20, door_closed=float("nan"), door_zone=1)
    assert ENTRAPMENT not in story.cleared
    blind = stuck_between_floors().run(50, floor=float("nan"), speed=float("nan"))
    assert ENTRAPMENT in blind.raised


def test_doors_that_stay_shut_after_an_arrival_trap_the_person() -> None:
    story = Story().boarded().ride(10).run(29)
    assert story.raised == []
    story.run(5)
    assert story.raised == [ENTRAPMENT]
    assert story.changes[0][1].code == "at_level"


def test_a_long_run_with_a_person_is_no_entrapment() -> None:
    assert Story().boarded().ride(60).run(3, door_closed=0).raised == []


def test_somebody_who_stands_in_an_idle_car_is_not_trapped_at_once() -> None:
    story = Story().boarded().run(100)
    assert story.raised == []


def test_an_idle_car_that_does_not_open_for_two_minutes_is_an_entrapment() -> None:
    assert Story().boarded().run(140).raised == [ENTRAPMENT]


def test_an_empty_lift_between_floors_is_a_stop_and_no_entrapment() -> None:
    story = Story().run(60).ride(2).run(60, speed=0, door_zone=0)
    assert story.raised == [STOP_OUTSIDE]


def test_whoever_left_just_before_the_doors_closed_is_not_trapped_in_the_parked_car() -> None:
    # A sensor holds its yes for some seconds after the last passenger went.
    story = Story().run(5, door_closed=0, person=1).run(6, door_closed=1).run(600, person=0)
    assert story.raised == []


def test_a_flickering_person_sensor_neither_delays_nor_prevents_an_entrapment() -> None:
    story = stuck_between_floors()
    for _ in range(18):
        story.run(1, person=0).run(1, person=1)
    assert ENTRAPMENT in story.raised
    assert story.changes[0][0] - 1000 < 60


def test_a_person_who_stands_still_does_not_vanish_behind_shut_doors() -> None:
    story = Story().boarded().run(15).ride(2).run(1, speed=0, door_zone=0).run(40, person=0)
    assert ENTRAPMENT in story.raised


def test_nobody_appears_in_an_empty_car_by_one_reading() -> None:
    story = Story().run(60).ride(2).run(20, door_zone=0).run(2, person=1).run(60, person=0)
    assert story.raised == [STOP_OUTSIDE]


def test_a_car_that_seemed_empty_is_believed_occupied_after_ten_seconds_of_signs() -> None:
    story = Story().run(60).ride(2).run(5, door_zone=0, speed=0).run(40, person=1)
    assert set(story.raised) >= {ENTRAPMENT}


def test_without_a_person_sensor_only_the_stop_is_said() -> None:
    story = Story().run(5, person=None).ride(2).run(60, speed=0, door_zone=0)
    assert story.raised == [STOP_OUTSIDE]


def test_a_stop_outside_the_door_zone_counts_from_forty_five_seconds() -> None:
    story = Story().run(60).ride(2).run(43, door_zone=0)
    assert story.raised == []
    assert story.run(5).raised == [STOP_OUTSIDE]


def test_magnets_that_flicker_at_the_edge_of_the_zone_do_not_restart_the_stop() -> None:
    story = Story().run(60).ride(2)
    for _ in range(15):
        story.run(3, door_zone=0).run(1, door_zone=1)
    assert STOP_OUTSIDE in story.raised


def test_entrapment_is_over_when_the_doors_open_at_level() -> None:
    story = stuck_between_floors().run(35)
    story.run(5, speed=0.2, door_zone=0).run(2, speed=0, door_zone=1)
    assert story.cleared == []
    story.run(5, door_closed=0)
    assert ENTRAPMENT in story.cleared


def test_a_door_switch_that_flickers_does_not_end_an_entrapment() -> None:
    story = Story().boarded().ride(10).run(40)
    story.run(1, door_closed=0).run(10, door_closed=1)
    assert story.cleared == []


def test_people_taken_out_between_floors_end_it_when_the_car_is_empty() -> None:
    story = stuck_between_floors().run(40).run(30, door_closed=0, person=1)
    assert ENTRAPMENT not in story.cleared
    story.run(15, person=0)
    assert ENTRAPMENT in story.cleared


def test_rescuers_who_switch_to_inspection_do_not_clear_an_entrapment() -> None:
    story = stuck_between_floors().run(40).run(60, mode=2)
    assert story.cleared == []


def test_a_technician_who_inspects_raises_nothing() -> None:
    story = Story().run(2, mode=2).boarded().ride(2).run(300, speed=0, door_zone=0)
    assert story.raised == []


def test_only_one_entrapment_is_open_at_a_time() -> None:
    assert stuck_between_floors().run(600).raised.count(ENTRAPMENT) == 1


def test_a_speed_signal_that_is_stuck_does_not_hide_an_entrapment() -> None:
    story = Story().boarded().run(12).run(3, speed=1.5, door_zone=0).run(130)
    assert ENTRAPMENT in story.raised


def test_a_terminal_that_reports_changes_only_is_judged_by_time() -> None:
    story = stuck_between_floors().run(12).silence(50)
    assert set(story.raised) == {ENTRAPMENT, STOP_OUTSIDE}


def test_a_silent_terminal_proves_nothing_beyond_its_silence() -> None:
    story = Story().boarded().run(12).ride(2).run(5, door_zone=0).silence(10)
    before = list(story.raised)
    story.silence(round(SILENCE_S) * 20)
    assert len(story.raised) - len(before) <= 2
    assert story.cleared == []


def test_what_was_half_measured_before_a_gap_is_not_believed_after_it() -> None:
    story = stuck_between_floors().run(20).leap(7200).run(20)
    assert story.raised == []
    assert story.run(40).raised[:1] == [ENTRAPMENT]


def test_an_entrapment_stays_raised_over_a_gap() -> None:
    story = stuck_between_floors().run(40).leap(7200).run(60)
    assert story.raised.count(ENTRAPMENT) == 1
    assert story.cleared == []


def test_a_clock_that_leaps_forward_raises_nothing() -> None:
    story = Story().boarded().ride(2).run(2, speed=0, door_zone=0).leap(3600).run(2)
    assert story.raised == []


def test_a_clock_that_is_set_back_loses_nothing() -> None:
    story = stuck_between_floors().run(20).leap(-3600).run(20)
    assert ENTRAPMENT in story.raised


def test_a_clock_set_back_again_and_again_still_counts_what_passed() -> None:
    story = stuck_between_floors()
    for _ in range(8):
        story.run(6).leap(-1000)
    assert ENTRAPMENT in story.raised


def test_slow_polling_finds_an_entrapment() -> None:
    story = Story().run(30, 10, door_closed=0, person=1).run(20, 10, door_closed=1)
    story.run(20, 10, speed=1.5, door_zone=0, floor=3).run(60, 10, speed=0)
    assert ENTRAPMENT in story.raised


def test_an_open_door_on_a_moving_car_is_said_within_seconds() -> None:
    story = Story().run(10).ride(3).run(10, door_closed=0)
    story.ride(4, door_closed=0)
    assert DOOR_OPEN_RUNNING in story.raised


def test_a_door_switch_that_never_closes_says_nothing_on_short_runs() -> None:
    story = Story().run(5, door_closed=0)
    for _ in range(5):
        story.ride(8, door_closed=0).run(20)
    assert DOOR_OPEN_RUNNING not in story.raised


def test_even_a_doubtful_switch_is_believed_after_thirty_seconds() -> None:
    assert DOOR_OPEN_RUNNING in Story().run(5, door_closed=0).ride(20, door_closed=0).raised


def test_a_door_switch_that_flickers_during_a_run_says_nothing() -> None:
    story = Story().run(10).ride(3).run(5)
    for _ in range(5):
        story.run(2, speed=1.5, floor=20, door_closed=1).run(1, floor=21, door_closed=0)
    assert DOOR_OPEN_RUNNING not in story.raised


def test_door_open_while_running_ends_when_the_car_stands() -> None:
    story = Story().run(10).ride(3).run(5, door_closed=0).ride(4, door_closed=0).run(8)
    assert story.cleared == [DOOR_OPEN_RUNNING]


def test_conditions_from_before_a_restart_are_cleared_after_it() -> None:
    story = Story(watch=LiftWatch(raised={ENTRAPMENT, STOP_OUTSIDE}))
    story.run(10, door_closed=0, person=0)
    assert set(story.cleared) == {ENTRAPMENT, STOP_OUTSIDE}
    assert story.raised == []


signals = st.fixed_dictionaries(
    {},
    optional={
        "person": st.sampled_from([0.0, 1.0, None]),
        "door_closed": st.sampled_from([0.0, 1.0, None]),
        "door_zone": st.sampled_from([0.0, 1.0, None]),
        "speed": st.sampled_from([0.0, 0.02, 1.5, -1.5, None]),
        "floor": st.sampled_from([1.0, 2.0, 3.0, None]),
        "mode": st.sampled_from([1.0, 2.0, 7.0, None]),
    },
)
steps = st.lists(
    st.tuples(st.sampled_from([0.0, 0.2, 1, 7, 10, 30, 90, 3600, -1, -3600]), signals),
    max_size=60,
)


@settings(max_examples=200, deadline=None)
@given(steps)
def test_a_condition_is_raised_and_cleared_in_turn_whatever_happens(
    told: list[tuple[float, Values]],
) -> None:
    watch, now_s, standing = LiftWatch(), 5000.0, set[str]()
    for dt, values in told:
        now_s += dt
        sample = Sample(asset="L-1", at_ms=0, values=values)
        for change in [*watch.observe(sample, now_s), *watch.tick(now_s + 0.5)]:
            assert change.event in DERIVED
            assert (change.event in standing) is not change.is_raised
            standing ^= {change.event}
    assert standing == watch.raised


@settings(max_examples=100, deadline=None)
@given(steps)
def test_without_a_person_signal_there_is_never_an_entrapment(
    told: list[tuple[float, Values]],
) -> None:
    watch, now_s = LiftWatch(), 5000.0
    for dt, values in told:
        now_s += dt
        values.pop("person", None)
        changes = watch.observe(Sample(asset="L-1", at_ms=0, values=values), now_s)
        assert ENTRAPMENT not in {change.event for change in changes}


@settings(max_examples=100, deadline=None)
@given(steps, st.lists(st.sampled_from([0.0, 1.0]), min_size=80, max_size=80))
def test_whatever_was_before_a_lasting_entrapment_is_raised(
    told: list[tuple[float, Values]], flicker: list[float]
) -> None:
    watch, now_s = LiftWatch(), 5000.0
    for dt, values in told:
        now_s += dt
        watch.observe(Sample(asset="L-1", at_ms=0, values=values), now_s)
    flicker[::3] = [1.0] * len(flicker[::3])
    for person in flicker * 2:
        now_s += 1
        trapped: Values = {**PARKED, "door_zone": 0, "floor": 5, "person": person}
        watch.observe(Sample(asset="L-1", at_ms=0, values=trapped), now_s)
    assert ENTRAPMENT in watch.raised


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.floats(0.1, 2.0), st.sampled_from([0.0, 1.0])), max_size=200))
def test_a_lift_at_level_with_its_doors_open_is_never_an_emergency(
    told: list[tuple[float, float]],
) -> None:
    watch, now_s = LiftWatch(), 5000.0
    for dt, person in told:
        now_s += dt
        values: Values = {**PARKED, "door_closed": 0, "person": person}
        assert watch.observe(Sample(asset="L-1", at_ms=0, values=values), now_s) == []

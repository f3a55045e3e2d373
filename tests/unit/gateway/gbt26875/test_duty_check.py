"""The duty check 查岗 and its memory across restarts; and what comes in a device's name from elsewhere."""

from gateway.driver import Counted
from gateway.drivers.gbt26875.frame import Command, read_frame
from gateway.drivers.gbt26875.station import Station
from gateway.drivers.gbt26875.turn import Now
from tests.unit.gateway.gbt26875.builders import (
    CENTRE,
    DEVICE,
    FIRE,
    HOST,
    KEY,
    NORMAL,
    at,
    device_state,
    heard,
    operation,
    part,
    parts,
    reply_of,
    said,
    station,
)

RAISED = [("fire_alarm", "raise")]


class TestDutyCheck:
    def test_it_is_asked_with_its_minutes(self) -> None:
        where = station(clock_tolerance_s=None)
        heard(where, device_state(NORMAL))
        where.duty_check(7, at())
        (turn,) = where.tick(at())
        question = read_frame(turn.answer)
        assert (question.command, question.unit) == (Command.CONTROL, b"\x5b\x01\x07")
        assert (question.source, question.destination) == (CENTRE, DEVICE)

    def test_an_answer_is_an_event(self) -> None:
        where = station(clock_tolerance_s=None)
        heard(where, device_state(NORMAL))
        where.duty_check(1, at())
        assert said(heard(where, operation(0x20), 30)) == [("duty_check_answer", "raise")]
        late = [event.event for turn in where.tick(at(80)) for event in turn.events]
        assert "duty_check_unanswered" not in late

    def test_nobody_there_is_an_event_until_somebody_is(self) -> None:
        where = station(clock_tolerance_s=None, silence_s=1e9)
        heard(where, device_state(NORMAL))
        where.duty_check(1, at())
        events = [event for turn in where.tick(at(61)) for event in turn.events]
        assert [(one.asset, one.event) for one in events] == [("10021", "duty_check_unanswered")]
        answered = said(heard(where, operation(0x20), 90))
        assert answered == [("duty_check_answer", "raise"), ("duty_check_unanswered", "clear")]

    def test_a_check_that_runs_is_not_forgotten_by_a_restart(self) -> None:
        kept = notes(checked(minutes=2), at(), at(30))
        again = station(clock_tolerance_s=None, silence_s=1e9)
        again.remember(kept, at(60))
        assert b"\x5b\x01\x01" in [read_frame(turn.answer).unit for turn in again.tick(at(60))]
        assert raised(again, at(100)) == []
        assert raised(again, at(125)) == ["duty_check_unanswered"]

    def test_restarts_again_and_again_do_not_put_off_its_end(self) -> None:
        kept = notes(checked(minutes=2), at())
        for after_s in (50, 100):
            again = station(clock_tolerance_s=None, silence_s=1e9)
            again.remember(kept, at(after_s))
            changed = [one for turn in again.tick(at(after_s)) for one in turn.notes]
            assert changed == []
        assert raised(again, at(125)) == ["duty_check_unanswered"]

    def test_a_check_that_ended_during_a_restart_was_not_answered(self) -> None:
        again = station(clock_tolerance_s=None, silence_s=1e9)
        again.remember(notes(checked(minutes=2), at()), at(600))
        assert raised(again, at(601)) == ["duty_check_unanswered"]

    def test_a_missed_check_is_answered_after_a_restart(self) -> None:
        missed = notes(checked(minutes=1), at(), at(61))
        assert missed == [(str(DEVICE), "duty_check_missed")]
        again = station(clock_tolerance_s=None, silence_s=1e9)
        again.remember(missed, at(90))
        answered = said(heard(again, operation(0x20), 100))
        assert ("duty_check_unanswered", "clear") in answered
        assert notes(again, at(101)) == []

    def test_an_answered_check_leaves_nothing_to_remember(self) -> None:
        where = checked(minutes=1)
        kept = dict(one for turn in where.tick(at()) for one in turn.notes)
        kept |= dict(heard(where, operation(0x20), 30).notes)
        assert not any(kept.values())


def checked(minutes: int) -> Station:
    """A station whose device was just asked whether anybody is there."""
    where = station(clock_tolerance_s=None, silence_s=1e9)
    heard(where, device_state(NORMAL))
    where.duty_check(minutes, at())
    return where


def notes(where: Station, *moments: Now) -> list[tuple[str, str]]:
    """What is kept across a restart after these moments."""
    kept: dict[tuple[str, str], bool] = {}
    for moment in moments:
        for turn in where.tick(moment):
            kept |= {(turn.device, word): stands for word, stands in turn.notes}
    return [one for one, stands in kept.items() if stands]


def raised(where: Station, now: Now) -> list[str]:
    return [event.event for turn in where.tick(now) for event in turn.events]


class TestStrangers:
    def test_a_fire_from_elsewhere_is_taken_and_not_ended_from_there(self) -> None:
        where = station(clock_tolerance_s=None, hosts={KEY: [HOST]})
        assert said(heard(where, parts(part(FIRE)))) == RAISED
        from_elsewhere = heard(where, parts(part(NORMAL)), 5, host="203.0.113.9")
        assert said(from_elsewhere) == []
        assert reply_of(from_elsewhere).command == Command.CONFIRM
        assert from_elsewhere.counted == [Counted.REFUSED]
        assert said(heard(where, parts(part(FIRE, 9)), 6, host="203.0.113.9")) == RAISED
        assert ("fire_alarm", "clear") in said(heard(where, parts(part(NORMAL)), 9))

    def test_what_comes_from_elsewhere_is_no_sign_of_life_and_gets_no_question(self) -> None:
        where = station(clock_tolerance_s=None, silence_s=90, hosts={KEY: [HOST]})
        heard(where, device_state(NORMAL))
        turn = heard(where, device_state(NORMAL), 80, host="203.0.113.9")
        assert not turn.is_from
        assert raised(where, at(95)) == ["asset_silent"]

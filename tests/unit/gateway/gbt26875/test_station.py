"""What the centre answers, stores and asks: a timeline of frames in, turns out."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from gateway.driver import Counted
from gateway.drivers.gbt26875.dialogue import Patience
from gateway.drivers.gbt26875.frame import (
    Address,
    Checksum,
    Command,
    Flaw,
    encode_frame,
    read_frame,
)
from gateway.drivers.gbt26875.naming import DeviceKey
from gateway.drivers.gbt26875.profile import Profile
from gateway.drivers.gbt26875.splitter import Piece
from gateway.drivers.gbt26875.station import MOST_DEVICES
from gateway.drivers.gbt26875.turn import Turn
from gateway.drivers.gbt26875.type_flag import TypeFlag
from gateway.drivers.gbt26875.unit import Unit, decode_unit
from tests.unit.gateway.gbt26875.builders import (
    CENTRE,
    DEVICE,
    FAULT,
    FIRE,
    HOST,
    KEY,
    NORMAL,
    NOW_MS,
    at,
    device_state,
    frame,
    heard,
    operation,
    part,
    parts,
    reply_of,
    said,
    spoilt,
    station,
    system,
)

RAISED = [("fire_alarm", "raise")]


def test_data_is_confirmed_to_whom_it_came_from() -> None:
    reply = reply_of(heard(station(), parts(part(FIRE), serial=4711)))
    assert (reply.command, reply.serial, reply.unit) == (Command.CONFIRM, 4711, b"")
    assert (reply.source, reply.destination) == (CENTRE, DEVICE)


def test_a_reply_is_written_as_its_device_writes() -> None:
    data = parts(part(FIRE), main_version=16, user_version=0, checksum=Checksum.XOR)
    reply = reply_of(heard(station(), data))
    assert (reply.main_version, reply.user_version, reply.checksum) == (16, 0, Checksum.XOR)


def test_a_profile_knows_better_how_to_write() -> None:
    profile = Profile.model_validate({"main_version": 3, "checksum": "xor", "time": "bcd"})
    reply = reply_of(heard(station(profile), parts(part(FIRE))))
    assert (reply.main_version, reply.checksum, reply.sent[-1]) == (3, Checksum.XOR, 0x25)


@pytest.mark.parametrize(
    ("unit", "answer"),
    [(b"", b""), (b"\x16", b"\x17"), (b"\x55", b"")],
    ids=["none", "16", "other"],
)
def test_every_heartbeat_is_confirmed(unit: bytes, answer: bytes) -> None:
    turn = heard(station(), encode_frame(replace(frame(), unit=unit)))
    assert (reply_of(turn).command, reply_of(turn).unit) == (Command.CONFIRM, answer)
    assert turn.events == []


def test_confirmations_and_denials_are_not_answered() -> None:
    where = station()
    for command in (Command.CONFIRM, Command.DENY, Command.ANSWER):
        assert heard(where, encode_frame(frame(command))).answer == b""


def test_what_only_a_centre_may_ask_is_denied() -> None:
    turn = heard(station(), encode_frame(frame(Command.REQUEST)))
    assert reply_of(turn).command == Command.DENY


class TestStates:
    def test_a_fire_is_raised_and_ended(self) -> None:
        where = station()
        assert said(heard(where, parts(part(FIRE)))) == RAISED
        ended = heard(where, parts(part(NORMAL), serial=8), 60)
        assert ("fire_alarm", "clear") in said(ended)
        assert said(heard(where, parts(part(NORMAL), serial=9), 120)) == []

    def test_a_fire_said_again_is_raised_again(self) -> None:
        where = station()
        heard(where, parts(part(FIRE)))
        assert said(heard(where, parts(part(FIRE), serial=8), 60)) == RAISED

    def test_a_fire_sent_again_is_raised_again_and_confirmed_again(self) -> None:
        where = station()
        first, second = (heard(where, parts(part(FIRE)), at_s) for at_s in (0, 10))
        assert said(second) == RAISED
        assert reply_of(first).serial == reply_of(second).serial
        assert Counted.REPEATED in second.counted

    def test_a_fault_said_again_is_no_news(self) -> None:
        where = station()
        assert ("fault", "raise") in said(heard(where, parts(part(FAULT))))
        assert said(heard(where, parts(part(FAULT), serial=8), 60)) == []

    def test_a_first_state_ends_what_may_stand_from_before_a_restart(self) -> None:
        ended = said(heard(station(), parts(part(NORMAL))))
        assert {("fire_alarm", "clear"), ("fault", "clear"), ("shielded", "clear")} <= set(ended)

    def test_a_fire_does_not_wait_behind_such_tidying(self) -> None:
        where = station()
        assert said(heard(where, parts(part(FIRE)))) == RAISED
        later = said(heard(where, parts(part(FAULT), serial=8), 60))
        assert later[0] == ("fault", "raise")
        assert {("fire_alarm", "clear"), ("shielded", "clear")} <= set(later)

    def test_what_could_not_be_stored_is_said_again(self) -> None:
        where = station()
        heard(where, parts(part(FAULT)), stores=False)
        assert ("fault", "raise") in said(heard(where, parts(part(FAULT)), 10))

    def test_two_bits_of_one_meaning_are_one_condition(self) -> None:
        where = station()
        heard(where, device_state(NORMAL))
        assert said(heard(where, device_state(0b0110_0001, serial=8), 1)) == [
            ("line_fault", "raise")
        ]
        assert said(heard(where, device_state(0b0100_0001, serial=9), 2)) == []
        assert said(heard(where, device_state(NORMAL, serial=10), 3)) == [("line_fault", "clear")]

    def test_bits_that_nobody_knows_are_conditions_of_their_own(self) -> None:
        where = station()
        heard(where, parts(part(NORMAL)))
        heard(where, parts(part(NORMAL | 3 << 12), serial=8))
        turn = heard(where, parts(part(NORMAL | 1 << 13), serial=9))
        assert [(one.event, one.state, one.code) for one in turn.events] == [
            ("unknown_event", "clear", "2:42:12")
        ]

    @pytest.mark.parametrize("bit_0", [0, 1])
    @pytest.mark.parametrize("trusted", [False, True])
    def test_no_test_bit_drops_an_alarm(self, bit_0: int, trusted: bool) -> None:
        turn = heard(station(Profile(test_bit=trusted)), parts(part(0b10 | bit_0)))
        assert ("fire_alarm", "raise") in said(turn)
        fire = next(event for event in turn.events if event.event == "fire_alarm")
        assert ("测试" in fire.text) is (trusted and not bit_0)

    def test_a_trusted_test_bit_is_an_event_of_its_own(self) -> None:
        where = station(Profile(test_bit=True))
        assert said(heard(where, system(0)))[0] == ("test", "raise")
        assert said(heard(where, system(1), 5)) == [("test", "clear")]

    def test_the_panel_and_its_parts_are_told_apart(self) -> None:
        where = station()
        heard(where, parts(part(FAULT)))
        assert ("fault", "clear") in said(heard(where, system(NORMAL)))
        assert said(heard(where, parts(part(FAULT), serial=9), 1)) == []


class TestNames:
    def test_an_asset_is_known_by_its_address(self) -> None:
        where = station(None, ("P3-017", "detector", "10021/1.1/3-17"))
        assert heard(where, parts(part(FIRE))).events[0].asset == "P3-017"

    def test_one_that_nobody_named_is_called_by_its_address(self) -> None:
        assert heard(station(), parts(part(FIRE))).events[0].asset == "10021/1.1/3-17"

    def test_a_device_without_an_address_is_known_by_its_host(self) -> None:
        turn = heard(station(), device_state(FAULT, source=Address(0)))
        assert (turn.device, turn.events[0].asset) == (HOST, HOST)


class TestBrokenFrames:
    def test_a_broken_sum_is_denied_with_its_serial(self) -> None:
        turn = heard(station(), spoilt(parts(part(FIRE), serial=99)))
        assert (reply_of(turn).command, reply_of(turn).serial) == (Command.DENY, 99)
        assert turn.events == []

    def test_the_same_wrong_sum_twice_is_taken(self) -> None:
        where = station()
        data = spoilt(parts(part(FIRE)))
        heard(where, data)
        turn = heard(where, data, 10)
        assert said(turn) == RAISED
        assert reply_of(turn).command == Command.CONFIRM

    def test_the_same_wrong_sum_much_later_is_denied_again(self) -> None:
        where = station()
        data = spoilt(parts(part(FIRE)))
        heard(where, data)
        assert reply_of(heard(where, data, 100)).command == Command.DENY

    @pytest.mark.parametrize("flaw", [Flaw.END, Flaw.LENGTH])
    def test_what_else_is_broken_is_denied(self, flaw: Flaw) -> None:
        turn = station().hear(Piece(parts(part(FIRE)), flaw), HOST, at())
        assert turn is not None
        assert reply_of(turn).command == Command.DENY

    def test_an_unknown_command_is_denied_and_kept_as_evidence_once(self) -> None:
        where = station()
        data = encode_frame(replace(frame(), command=130, unit=b"\x01\x02"))
        turn = heard(where, data)
        assert reply_of(turn).command == Command.DENY
        assert [(one.event, one.raw) for one in turn.events] == [("unknown_event", data.hex())]
        assert said(heard(where, data, 10)) == []

    def test_evidence_that_could_not_be_stored_is_kept_when_it_comes_again(self) -> None:
        where = station()
        data = encode_frame(replace(frame(), command=130))
        heard(where, data, stores=False)
        assert said(heard(where, data, 10)) == [("unknown_event", "raise")]

    def test_a_broken_source_makes_no_device_known(self) -> None:
        where = station()
        heard(where, spoilt(parts(part(FIRE))))
        assert where.devices == []
        assert where.tick(at(1000)) == []

    def test_what_is_too_short_to_be_answered_is_not(self) -> None:
        assert station().hear(Piece(b"@@", Flaw.SHORT), HOST, at()) is None


class TestEvidence:
    def test_a_vendors_type_is_kept_each_time_it_says_something_else(self) -> None:
        where = station()
        for at_s, (body, told) in enumerate([(b"\x01a", 1), (b"\x01a", 0), (b"\x01b", 1)]):
            data = encode_frame(replace(frame(), unit=b"\x82" + body, serial=at_s))
            turn = heard(where, data, at_s)
            assert reply_of(turn).command == Command.CONFIRM
            assert said(turn) == [("unknown_event", "raise")] * told

    def test_the_same_bytes_are_kept_again_after_a_long_pause(self) -> None:
        where = station()
        data = encode_frame(replace(frame(), unit=b"\x82\x01a"))
        told = [said(heard(where, data, at_s)) for at_s in (0, 500, 1000, 1700)]
        once = [("unknown_event", "raise")]
        assert told == [once, [], [], once]

    def test_a_type_that_is_known_to_be_harmless_is_not(self) -> None:
        where = station(Profile(harmless_types=[130]))
        assert said(heard(where, encode_frame(replace(frame(), unit=b"\x82\x01a")))) == []


class TestRepetitions:
    def test_a_record_sent_again_is_not_counted_twice(self) -> None:
        where = station()
        assert said(heard(where, operation(1))) == [("panel_reset", "raise")]
        turn = heard(where, operation(1), 10)
        assert (said(turn), reply_of(turn).command) == ([], Command.CONFIRM)

    def test_a_record_that_was_not_stored_is_taken_when_it_comes_again(self) -> None:
        where = station()
        heard(where, operation(1), stores=False)
        assert said(heard(where, operation(1), 10)) == [("panel_reset", "raise")]

    def test_a_record_of_later_is_a_new_one(self) -> None:
        where = station()
        heard(where, operation(1))
        assert said(heard(where, operation(1), 300)) == [("panel_reset", "raise")]


def asked(turns: list[Turn]) -> list[Unit]:
    return [decode_unit(read_frame(turn.answer).unit) for turn in turns if turn.answer]


def flags(turns: list[Turn]) -> list[int | None]:
    return [unit.type_flag for unit in asked(turns)]


class TestQuestions:
    def test_a_clock_that_is_off_is_set_once(self) -> None:
        where = station()
        late = frame().sent[:0] + bytes((0, 0, 0, 1, 1, 20))
        heard(where, parts(part(FIRE), sent=late))
        (unit,) = asked(where.tick(at(0.2)))
        assert unit.type_flag == TypeFlag.SET_CLOCK
        heard(where, encode_frame(frame(Command.CONFIRM, serial=0)), 1)
        heard(where, parts(part(FIRE), sent=late, serial=8), 2)
        assert flags(where.tick(at(3))) == []

    def test_a_clock_that_is_asked_again_gets_the_time_of_then(self) -> None:
        where = station()
        heard(where, parts(part(FIRE), sent=bytes(6)))
        first, second = asked(where.tick(at(1))), asked(where.tick(at(12)))
        assert first[0].records != second[0].records

    @pytest.mark.parametrize("tolerance_s", [None, 1e9])
    def test_a_clock_that_is_good_enough_is_left_alone(self, tolerance_s: float | None) -> None:
        where = station(clock_tolerance_s=tolerance_s)
        heard(where, parts(part(FIRE), sent=bytes((0, 0, 0, 1, 1, 20))))
        assert where.tick(at(1)) == []

    def test_a_question_is_asked_three_times_more_and_given_up(self) -> None:
        where = station(clock_tolerance_s=None, silence_s=1e9)
        heard(where, device_state(NORMAL))
        where.duty_check(10, at())
        sent = [second for second in range(60) if flags(where.tick(at(second)))]
        assert sent == [0, 10, 20, 30]

    def test_a_denied_question_is_asked_again_at_once(self) -> None:
        where = station(clock_tolerance_s=None)
        heard(where, device_state(NORMAL))
        where.duty_check(10, at())
        assert len(where.tick(at())) == 1
        heard(where, encode_frame(frame(Command.DENY, serial=0)), 1)
        assert flags(where.tick(at(1))) == [TypeFlag.DUTY_CHECK]

    @pytest.mark.parametrize("command", [Command.CONFIRM, Command.ANSWER, Command.DENY])
    def test_a_broken_answer_is_asked_for_again_and_never_denied(self, command: Command) -> None:
        where = station(clock_tolerance_s=None)
        heard(where, device_state(NORMAL))
        where.duty_check(10, at())
        assert len(where.tick(at())) == 1
        broken = spoilt(encode_frame(frame(command, serial=0)))
        assert heard(where, broken, 1).answer == b""
        assert flags(where.tick(at(1))) == [TypeFlag.DUTY_CHECK]
        # What answers nothing of ours may be anything that broke: it is denied as usual.
        stray = spoilt(encode_frame(frame(command, serial=55)))
        assert reply_of(heard(where, stray, 2)).command == Command.DENY

    def test_an_answer_to_something_else_settles_nothing(self) -> None:
        where = station(clock_tolerance_s=None, patience=Patience(resend_after_s=5))
        heard(where, device_state(NORMAL))
        where.duty_check(10, at())
        where.tick(at())
        heard(where, encode_frame(frame(Command.CONFIRM, serial=77)), 1)
        assert flags(where.tick(at(6))) == [TypeFlag.DUTY_CHECK]

    def test_a_device_is_asked_for_its_state_when_it_is_first_heard(self) -> None:
        where = station(clock_tolerance_s=None, asks_state=True)
        heard(where, encode_frame(frame()))
        assert flags(where.tick(at())) == [TypeFlag.ASK_DEVICE_STATE]
        answer = device_state(0b1001, serial=0, command=Command.ANSWER)
        turn = heard(where, answer, 1)
        assert said(turn)[0] == ("main_power_fault", "raise")
        assert turn.answer == b""
        heard(where, encode_frame(frame(serial=9)), 2)
        assert where.tick(at(20)) == []


class TestSilence:
    def test_a_device_that_is_not_heard_is_told_and_its_return_too(self) -> None:
        where = station(clock_tolerance_s=None)
        heard(where, device_state(NORMAL))
        assert where.tick(at(89)) == []
        (turn,) = where.tick(at(91))
        assert said(turn) == [("asset_silent", "raise")]
        assert where.tick(at(200)) == []
        back = heard(where, encode_frame(frame()), 300)
        assert said(back) == [("asset_silent", "clear")]

    def test_an_expected_device_that_never_comes_is_silent_too(self) -> None:
        where = station()
        where.expect([KEY])
        assert where.tick(at(0)) == []
        assert [said(turn) for turn in where.tick(at(91))] == [[("asset_silent", "raise")]]

    def test_an_expected_device_that_comes_ends_a_silence_from_before_a_restart(self) -> None:
        where = station()
        where.expect([KEY])
        first, second = (heard(where, encode_frame(frame()), second) for second in (0, 30))
        assert said(first) == [("asset_silent", "clear")]
        assert said(second) == []


def test_what_the_centre_says_itself_is_said_again_when_it_could_not_be_stored() -> None:
    where = station(clock_tolerance_s=None)
    heard(where, device_state(NORMAL))
    where.duty_check(1, at())
    wanted = {("asset_silent", "raise"), ("duty_check_unanswered", "raise")}
    for second in (100, 101):
        turns = [turn for turn in where.tick(at(second)) if turn.events]
        assert {one for turn in turns for one in said(turn)} == wanted
        for turn in turns:
            where.lost(turn)
    where.tick(at(102))
    ended = {("asset_silent", "clear"), ("duty_check_unanswered", "clear")}
    assert ended <= set(said(heard(where, operation(0x20), 200, stores=False)))
    assert ended <= set(said(heard(where, operation(0x20), 201)))


def test_strangers_are_forgotten_beyond_a_limit_and_expected_devices_never() -> None:
    where = station()
    where.expect([KEY])
    for number in range(1, MOST_DEVICES + 10):
        where.hear(Piece(encode_frame(frame(source=Address(number)))), HOST, at(number))
    assert len(where.devices) == MOST_DEVICES
    assert KEY in where.devices
    assert DeviceKey(str(MOST_DEVICES + 9)) in where.devices


@given(
    st.lists(
        st.tuples(
            st.integers(0, 255),
            st.one_of(
                st.binary(max_size=120),
                st.builds(
                    lambda flag, count, body: bytes((flag, count)) + body,
                    st.sampled_from(TypeFlag),
                    st.integers(0, 3),
                    st.binary(max_size=150),
                ),
            ),
            st.binary(min_size=6, max_size=6),
            st.booleans(),
        ),
        max_size=8,
    )
)
@settings(max_examples=150)
def test_any_frames_are_heard_and_answered(frames: list[tuple[int, bytes, bytes, bool]]) -> None:
    where = station()
    for second, (command, unit, sent, is_broken) in enumerate(frames):
        data = encode_frame(replace(frame(), command=command, unit=unit, sent=sent))
        turn = heard(where, spoilt(data) if is_broken else data, second)
        assert turn.answer or command in {Command.CONFIRM, Command.ANSWER, Command.DENY}
        where.tick(at(second))


def test_a_frame_that_cannot_be_taken_is_kept_as_evidence() -> None:
    data = parts(part(FIRE))
    where = station()
    turn, again = (where.keep(Piece(data), HOST, "ValueError", at(s)) for s in (0, 10))
    for one in (turn, again):
        assert [(event.event, event.raw) for event in one.events] == [("unknown_event", data.hex())]
    assert turn.answer == b""
    assert reply_of(again).command == Command.CONFIRM


class TestTime:
    def test_the_time_tag_of_a_good_clock_is_the_time(self) -> None:
        turn = heard(station(), parts(part(FIRE), serial=1), 20)
        assert turn.events[0].at == NOW_MS

    def test_a_clock_that_is_years_off_still_tells_how_long_ago(self) -> None:
        tag, sent = bytes((10, 0, 0, 1, 1, 20)), bytes((40, 0, 0, 1, 1, 20))
        turn = heard(station(), parts(part(FIRE, time=tag), sent=sent))
        assert turn.events[0].at == NOW_MS - 30_000
        assert "设备时间 2020-01-01" in turn.events[0].text

    @pytest.mark.parametrize("tag", [bytes(6), b"", bytes((0, 0, 0, 1, 1, 60))])
    def test_a_tag_that_cannot_be_is_now(self, tag: bytes) -> None:
        assert heard(station(), parts(part(FIRE, time=tag))).events[0].at == NOW_MS

    def test_bcd_times_are_read_by_profile(self) -> None:
        sent = bytes.fromhex("253014211125")
        profile = Profile.model_validate({"time": "bcd"})
        turn = heard(station(profile), parts(part(FIRE, time=sent), sent=sent), 10)
        assert turn.events[0].at == NOW_MS

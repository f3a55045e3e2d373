"""Who is on the roster is told first; nobody is left out, and a hole tells everybody."""

from datetime import UTC, datetime, time, timedelta

from hypothesis import given
from hypothesis import strategies as st

from analytics.alarms.report import PlacePath
from analytics.duties.matrix import OrganisationId
from analytics.notices.contact import Channel, Contact, Hears
from analytics.notices.on_duty import BEHIND, Duty, RosterLine, persons_on_duty, turns_of
from analytics.orders.technician import Shift

NIGHT = Shift(weekday=7, starts_at=time(20), ends_at=time(8))
SUNDAY_NIGHT = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)  # 23:00 at the place
MONDAY_NOON = datetime(2026, 11, 23, 4, 0, tzinfo=UTC)
GARDEN = PlacePath("city.garden")


def contact(person: str, channel: Channel = Channel.CALL, after_s: int = 0) -> Contact:
    return Contact(
        organisation="property",
        role="desk",
        channel=channel,
        address_key=f"{person}-{channel}",
        hears=frozenset(Hears),
        after=timedelta(seconds=after_s),
        person=person,
    )


def at_desk(person: str, path: str = "city.garden") -> RosterLine:
    return RosterLine(person=person, shift=NIGHT, place_path=PlacePath(path))


def present(*lines: RosterLine, at: datetime = SUNDAY_NIGHT) -> frozenset[str]:
    return persons_on_duty(lines, PlacePath("city.garden.b1"), OrganisationId(1), at)


def test_a_desk_answers_for_what_stands_below_it_in_its_hours() -> None:
    assert present(at_desk("li")) == {"li"}
    assert present(at_desk("li"), at=MONDAY_NOON) == frozenset()
    assert present(at_desk("li", "city.gardenia")) == frozenset(), "a name that only begins alike"
    assert present(at_desk("li", "city.garden.b2")) == frozenset()


def test_a_technician_answers_for_the_own_firm() -> None:
    own = RosterLine(person="wang", shift=NIGHT, organisation=OrganisationId(1))
    other = RosterLine(person="zhao", shift=NIGHT, organisation=OrganisationId(2))
    assert present(own, other) == {"wang"}


def test_who_is_on_duty_takes_the_first_place_and_colleagues_come_behind() -> None:
    turns = turns_of([contact("li", after_s=30), contact("wang", after_s=60)], frozenset({"wang"}))
    assert [turn.duty for turn in turns] == [Duty.OFF, Duty.ON]
    assert [turn.after for turn in turns] == [timedelta(seconds=30) + BEHIND, timedelta(seconds=30)]


def test_a_hole_in_the_roster_tells_everybody_as_if_there_were_none() -> None:
    ladder = [contact("", Channel.SMS), contact("li", after_s=30), contact("wang", after_s=60)]
    turns = turns_of(ladder, frozenset({"stranger"}))
    assert [turn.duty for turn in turns] == [Duty.EVERYBODY, Duty.HOLE, Duty.HOLE]
    assert [turn.after for turn in turns] == [one.after for one in ladder]


def test_a_channel_that_nobody_on_duty_has_is_not_held_back() -> None:
    ladder = [contact("li", Channel.CALL, 30), contact("wang", Channel.WECOM)]
    turns = turns_of(ladder, frozenset({"wang"}))
    assert turns[0].duty is Duty.OFF
    assert turns[0].after == timedelta(seconds=30)


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "li", "wang", "zhao"]),
            st.sampled_from(Channel),
            st.integers(0, 180),
        ),
        max_size=8,
    ),
    st.frozensets(st.sampled_from(["li", "wang", "zhao", "nobody"])),
)
def test_nobody_is_left_out_and_no_channel_begins_later(
    ladder: list[tuple[str, Channel, int]], on_duty: frozenset[str]
) -> None:
    contacts = [contact(*one) for one in ladder]
    turns = turns_of(contacts, on_duty)
    assert len(turns) == len(contacts)
    for channel in {one.channel for one in contacts}:
        before = min(one.after for one in contacts if one.channel is channel)
        pairs = zip(contacts, turns, strict=True)
        assert min(turn.after for one, turn in pairs if one.channel is channel) <= before

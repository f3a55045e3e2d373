"""Whom an organisation is told through: order, quiet hours, and a call at the end."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from analytics.errors import BadContacts
from analytics.notices.contact import (
    Channel,
    Contact,
    Fate,
    Fault,
    Hears,
    QuietHours,
    Standing,
    check,
    fate_of,
)
from analytics.notices.contact_file import (
    AddressBook,
    parse_addresses,
    parse_contacts,
    read_addresses,
    unfit_addresses,
)
from analytics.notices.delivery import (
    LONGEST,
    LONGEST_LIFE_SAFETY,
    OFTEN,
    Attempted,
    next_attempt,
)
from analytics.notices.message import SMS_LETTERS, words_of
from tests.unit.analytics.builders import notice_body

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)  # 23:00 at the place
NIGHT = QuietHours(begin=time(22), end=time(7))
GOOD = """
contacts:
  - {organisation: property, role: desk, channel: wecom, address: desk}
  - {organisation: property, role: manager, channel: call, address: phone, after_s: 45, rounds: 3}
"""


def contact(channel: Channel, *, after_s: int = 0, hears: Hears = Hears.LIFE_SAFETY) -> Contact:
    return Contact(
        organisation="property",
        role="desk",
        channel=channel,
        address_key=f"{channel}-{after_s}",
        hears=frozenset({hears}),
        after=timedelta(seconds=after_s),
    )


def faults(*contacts: Contact) -> list[Fault]:
    return [finding.fault for finding in check(contacts)]


def test_life_safety_that_ends_in_a_chat_message_is_refused() -> None:
    assert faults(contact(Channel.WECOM)) == [Fault.NO_CALL]
    assert faults(contact(Channel.SMS), contact(Channel.MAIL)) == [Fault.NO_CALL]
    assert faults(contact(Channel.CALL), contact(Channel.WECOM, after_s=60)) == [Fault.NOT_LAST]
    assert faults(contact(Channel.WECOM), contact(Channel.CALL, after_s=600)) == [
        Fault.CALL_TOO_LATE
    ]
    assert faults(contact(Channel.WECOM), contact(Channel.CALL, after_s=60)) == []


def test_who_hears_of_orders_alone_needs_no_telephone() -> None:
    assert faults(contact(Channel.WECOM, hears=Hears.ORDERS)) == []


def test_an_organisation_of_a_life_safety_chain_without_anybody_is_found() -> None:
    found = check([contact(Channel.CALL)], ["property", "community"])
    assert [(one.fault, one.organisation) for one in found] == [(Fault.NOBODY, "community")]


def test_one_contact_stands_once() -> None:
    assert Fault.TWICE in faults(contact(Channel.CALL), contact(Channel.CALL))


@pytest.mark.parametrize(("hour", "until"), [(13, None), (14, 23), (22, 23), (23, None)], ids=str)
def test_quiet_hours_may_pass_midnight(hour: int, until: int | None) -> None:
    ends_at = NIGHT.ends_at(NOW.replace(hour=hour))
    expected = None if until is None else NOW.replace(hour=until)
    assert ends_at == expected


def test_quiet_hours_never_hold_life_safety_up() -> None:
    small = Standing(
        is_life_safety=False, is_first=True, is_taken=False, is_seen=False, quiet=NIGHT
    )
    fire = Standing(is_life_safety=True, is_first=True, is_taken=False, is_seen=False, quiet=NIGHT)
    assert fate_of(small, NOW) == (Fate.LATER, NOW.replace(hour=23))
    assert fate_of(fire, NOW) == (Fate.SEND, NOW)


@pytest.mark.parametrize("is_taken", [True, False])
def test_who_comes_later_is_spared_when_somebody_took_it(is_taken: bool) -> None:
    later = Standing(is_life_safety=True, is_first=False, is_taken=is_taken, is_seen=False)
    assert fate_of(later, NOW)[0] is (Fate.UNNEEDED if is_taken else Fate.SEND)


def test_a_file_becomes_contacts_with_their_rounds() -> None:
    desk, manager = parse_contacts(GOOD)
    assert desk.channel is Channel.WECOM
    assert (manager.after, manager.rounds) == (timedelta(seconds=45), 3)
    assert manager.every == timedelta(seconds=60)
    assert check([desk, manager]) == []


@pytest.mark.parametrize(
    "source",
    [
        "{",
        "contacts: 3",
        GOOD + "extra: 1",
        GOOD.replace("wecom", "pager"),
        GOOD.replace("45", "-1"),
    ],
)
def test_a_wrong_file_is_refused_with_a_sentence(source: str) -> None:
    with pytest.raises(BadContacts):
        parse_contacts(source)


def test_a_refusal_never_shows_an_address() -> None:
    for source in (
        "addresses: {a: [hidden-token]}",
        "addresses: {a: hidden-token}",
        "{hidden-token",
    ):
        with pytest.raises(BadContacts) as refused:
            parse_addresses(source)
        assert "hidden-token" not in str(refused.value)


def test_an_address_of_another_channel_and_a_gateway_without_secret_are_named() -> None:
    addresses = parse_addresses("addresses: {desk: 'json://127.0.0.1/x', phone: 'http://a/b'}")
    assert unfit_addresses(parse_contacts(GOOD), addresses) == [
        "property: desk is no wecom",
        "property: phone has no secret",
    ]
    assert "127.0.0.1" not in repr(addresses)


def test_an_open_secret_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "addresses.yaml"
    path.write_text("addresses: {}")
    path.chmod(0o644)
    with pytest.raises(BadContacts, match="every user"):
        read_addresses(path)
    path.chmod(0o600)
    assert read_addresses(path) == {}


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("place", ["花园", "非常长的小区名字" * 12])
def test_a_message_fits_one_sms_and_keeps_what_and_which(language: str, place: str) -> None:
    words = words_of(notice_body(place_zh=place), language)
    assert len(words.line) <= SMS_LETTERS
    assert words.line.startswith("火警" if language == "zh" else "Fire alarm")
    assert words.line.endswith("#7")


def test_a_drill_says_so_first() -> None:
    body = notice_body(drill=True, status="Exercise")
    assert words_of(body, "zh").line.startswith("【演练】火警")
    assert words_of(body, "en").line.startswith("[DRILL] Fire alarm")


def test_the_examples_that_come_with_the_product_are_whole() -> None:
    folder = Path(__file__).parents[3] / "deploy" / "contacts"
    contacts = parse_contacts((folder / "contacts.example.yaml").read_text("utf-8"))
    text = (folder / "addresses.example.yaml").read_text("utf-8").replace("BASE64", "A" * 32)
    assert check(contacts) == []
    assert unfit_addresses(contacts, parse_addresses(text)) == []


def test_addresses_are_read_anew_and_a_slip_silences_nobody(tmp_path: Path) -> None:
    path = tmp_path / "addresses.yaml"

    def write(text: str) -> None:
        other = tmp_path / "other"
        other.write_text(text, "utf-8")
        other.chmod(0o600)
        other.replace(path)

    write("addresses: {desk: 'wecombot://one'}")
    book = AddressBook(path)
    assert book["desk"].url == "wecombot://one"
    write("addresses: {desk: 'wecombot://another', manager: 'wecombot://third'}")
    assert book["desk"].url == "wecombot://another"
    assert sorted(book) == ["desk", "manager"]
    write("addresses: {desk: 17")
    assert book["desk"].url == "wecombot://another"
    path.unlink()
    assert book.get("desk") is not None
    write("addresses: {}")
    assert book.get("desk") is None
    with pytest.raises(BadContacts):
        AddressBook(tmp_path / "nowhere")


def test_the_pause_of_a_persons_message_grows_on_and_never_ends() -> None:
    pauses = []
    for attempts in range(1, 60):
        tried = Attempted(
            attempts=attempts, is_life_safety=True, created_at=NOW, is_for_person=True
        )
        again = next_attempt(tried, NOW + timedelta(days=10), 1.0)
        assert again is not None
        pauses.append(again - NOW - timedelta(days=10))
    assert pauses == sorted(pauses)
    assert pauses[OFTEN - 1] == LONGEST_LIFE_SAFETY
    assert pauses[-1] == LONGEST
    assert sum(pauses[:OFTEN], timedelta()) < timedelta(minutes=6)

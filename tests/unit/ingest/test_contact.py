"""Signs of life in memory: what is written, and how seldom."""

import numpy as np

from gateway.catalogue import asset_class
from ingest.contact import Contacts, pause_of

NOW = 1_763_766_000_000
PAUSE = 30_000


def due(contacts: Contacts, now_ms: int, *, is_last: bool = False) -> dict[int, int]:
    heard = contacts.due(now_ms, is_last=is_last)
    contacts.written(heard)
    return dict(zip(heard.assets.tolist(), heard.at_ms.tolist(), strict=True))


def test_a_first_sign_is_written_at_once_and_the_next_after_the_pause() -> None:
    contacts = Contacts()
    contacts.hear(np.array([7, 3, 7], dtype=np.int32), PAUSE, NOW)
    assert due(contacts, NOW + 1) == {3: NOW, 7: NOW}
    contacts.hear([7], PAUSE, NOW + 1000)
    assert due(contacts, NOW + PAUSE - 1) == {}
    assert due(contacts, NOW + PAUSE) == {7: NOW + 1000}


def test_the_last_sign_of_an_asset_is_written_before_its_silence_is_an_alarm() -> None:
    kind = asset_class("lift")
    contacts = Contacts()
    contacts.hear([1], pause_of(kind), NOW)
    due(contacts, NOW)
    contacts.hear([1], pause_of(kind), NOW + 1)
    assert due(contacts, NOW + pause_of(kind)) == {1: NOW + 1}
    assert kind.interval_s * 1000 < pause_of(kind) < kind.silence_s * 1000


def test_everything_new_is_written_at_the_stop() -> None:
    contacts = Contacts()
    contacts.hear([9000], PAUSE, NOW)
    due(contacts, NOW)
    contacts.hear([9000], PAUSE, NOW + 5)
    assert due(contacts, NOW + 6, is_last=True) == {9000: NOW + 5}
    assert due(contacts, NOW + 7, is_last=True) == {}


def test_a_clock_that_goes_back_stops_no_writing() -> None:
    contacts = Contacts()
    contacts.hear([1], PAUSE, NOW + 10**10)
    due(contacts, NOW + 10**10)
    contacts.hear([1], PAUSE, NOW)
    assert due(contacts, NOW) == {1: NOW}


def test_what_could_not_be_written_is_due_again() -> None:
    contacts = Contacts()
    contacts.hear([4], PAUSE, NOW)
    assert contacts.due(NOW).assets.tolist() == [4]
    assert contacts.due(NOW).assets.tolist() == [4]


def test_nothing_heard_is_nothing_to_write() -> None:
    contacts = Contacts()
    contacts.hear([], PAUSE, NOW)
    assert contacts.due(NOW).assets.size == 0

"""What is on its way: kept from others while it goes, given back at the end, in nobody's way."""

from datetime import timedelta
from threading import Event, Thread

import pytest

from analytics.notices import message_store, messenger
from analytics.notices.contact import Channel, Hears
from ingest.database import Connection, in_transaction
from tests.integration.analytics.outside import Outside
from tests.integration.analytics.site import NOW, Said, Site, rows, say
from tests.integration.analytics.test_alarm_process import wait_for
from tests.integration.analytics.test_desk import decide_all
from tests.integration.analytics.test_messages import (
    Hands,
    contact,
    hands,
    messenger_of,
    told,
    world,
)

__all__ = ["hands", "world"]


def test_what_hangs_keeps_no_place_of_life_safety(  # noqa: PLR0917 - fixtures
    site: Site,
    analytics: Connection,
    ingest: Connection,
    world: Outside,
    hands: Hands,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(messenger, "MAX_IN_FLIGHT", 1)
    contacts = [
        contact("a", Channel.SMS, "other", hears=frozenset(set(Hears) - {Hears.LIFE_SAFETY})),
        contact("b", Channel.SMS, "desk", hears=frozenset({Hears.LIFE_SAFETY})),
    ]
    in_transaction(analytics, lambda held: message_store.replace_contacts(held, contacts, NOW))
    world.answers["/other"] = [20.0]
    say(ingest, Said(seq=1, event="ebike_in_car"))
    decide_all(analytics)
    telling = messenger_of(site, world, hands)
    telling.turn(analytics)
    assert wait_for(lambda: len(world.of("/other")) == 1)
    say(ingest, Said(seq=2))
    decide_all(analytics)
    telling.turn(analytics)
    assert wait_for(lambda: len(world.of("/desk")) == 1)


def test_a_message_whose_sender_died_goes_again_after_its_lease_with_its_id(
    site: Site, analytics: Connection, ingest: Connection, world: Outside, hands: Hands
) -> None:
    told(
        analytics,
        ingest,
        contact("desk", Channel.SMS, "desk", hears=frozenset({Hears.LIFE_SAFETY})),
    )
    world.answers["/desk"] = [3.0]
    dead = messenger_of(site, world, hands)
    dead.turn(analytics)
    assert wait_for(lambda: len(world.of("/desk")) == 1)
    alive = messenger_of(site, world, hands)
    alive.drain(analytics, 10)
    assert len(world.of("/desk")) == 1
    hands.now += timedelta(seconds=91)
    alive.drain(analytics, 10)
    first, second = world.of("/desk")
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


DUE = "SELECT state, attempts, next_at FROM notice_messages WHERE address_key = 'desk'"


def test_a_message_on_its_way_is_given_back_when_its_process_is_told_to_stop(
    site: Site,
    analytics: Connection,
    ingest: Connection,
    world: Outside,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(messenger, "LAST_WORD_S", 0.3)
    told(analytics, ingest, contact("desk", Channel.SMS, "desk"))
    world.answers["/desk"] = [20.0]
    hands, stop = Hands(), Event()
    thread = Thread(target=messenger_of(site, world, hands).run, args=(stop,))
    thread.start()
    assert wait_for(lambda: len(world.of("/desk")) == 1)
    assert rows(analytics, DUE) == [("waiting", 1, NOW + messenger.LEASE)]
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    assert rows(analytics, DUE) == [("waiting", 0, NOW)]
    messenger_of(site, world, hands).drain(analytics, 10)
    first, second = world.of("/desk")
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert rows(analytics, DUE)[0][:2] == ("delivered", 1)


def test_a_message_that_takes_long_is_kept_from_others_all_the_while(  # noqa: PLR0917 - fixtures
    site: Site,
    analytics: Connection,
    ingest: Connection,
    world: Outside,
    hands: Hands,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(messenger, "RENEW_S", 0.0)
    told(analytics, ingest, contact("desk", Channel.SMS, "desk"))
    world.answers["/desk"] = [3.0]
    slow = messenger_of(site, world, hands)
    slow.turn(analytics)
    assert wait_for(lambda: len(world.of("/desk")) == 1)
    hands.now += messenger.LEASE
    slow.turn(analytics)
    assert rows(analytics, DUE) == [("waiting", 1, hands.now + messenger.LEASE)]
    messenger_of(site, world, hands).turn(analytics)
    assert len(world.of("/desk")) == 1

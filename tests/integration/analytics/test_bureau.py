"""The bureau's real receiver, down, failing and mute: everything arrives, once in effect."""

import json
from datetime import UTC, datetime, timedelta

from analytics.notices.notify import Courier
from analytics.notices.post import Endpoint
from ingest.database import Connection, connect
from simulators.bureau import Bureau
from tests.integration.analytics.site import Said, Site, rows, say
from tests.integration.analytics.test_desk import decide_all
from tests.integration.analytics.test_notify import KEY, Hands
from towerwatch.process import free_port

SENT = "SELECT id::text, state, receipt FROM notices WHERE target = 'bureau' ORDER BY id"


class Clock(Hands):
    """A clock near the receiver's own, since that refuses old timestamps; moved by hand."""

    def __init__(self) -> None:
        self.now = datetime.now(UTC)


def test_a_bureau_that_was_down_failing_and_mute_has_everything_once(
    site: Site, ingest: Connection, analytics: Connection
) -> None:
    for seq, (asset, event) in enumerate(
        [
            ("L-1", "entrapment"),
            ("D-1", "fire_alarm"),
            ("L-9", "entrapment"),
            ("D-9", "fire_alarm"),
        ],
        start=1,
    ):
        say(ingest, Said(seq=seq, asset=asset, event=event))
    decide_all(analytics)
    port, hands = free_port(), Clock()
    courier = Courier(
        lambda: connect(site.urls.analytics_url, application="test notices"),
        Endpoint(url=f"http://127.0.0.1:{port}/alarms", key=KEY),
        hands,
    )

    def go_round(times: int) -> None:
        for _ in range(times):
            courier.turn(analytics)
            hands.now += timedelta(seconds=2)

    go_round(8)
    assert {row[1] for row in rows(analytics, SENT)} == {"waiting"}
    with Bureau(KEY, port, fail_first=6, mute_first=2) as bureau:
        go_round(60)
        held = bureau.received()
    sent = rows(analytics, SENT)
    assert len(sent) == 4
    assert {row[1] for row in sent} == {"delivered"}
    assert sorted(one.id for one in held) == [row[0] for row in sent]
    assert {(one.id, one.receipt) for one in held} == {(row[0], row[2]) for row in sent}
    assert sum(one.times for one in held) == 4 + 2, "two were sent again, and are held once"
    assert {json.loads(one.body)["data"]["event"] for one in held} == {"entrapment", "fire_alarm"}

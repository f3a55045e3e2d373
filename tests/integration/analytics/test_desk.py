from analytics import store
from analytics.desk import Desk
from analytics.live import sequence
from ingest.database import Connection
from tests.integration.analytics.site import NOW, Said, Site, rows, say


def test_an_event_becomes_an_alarm_on_the_live_stream(
    site: Site, ingest: Connection, analytics: Connection
) -> None:
    say(ingest, Said(seq=1))
    with analytics.transaction():
        reports = store.claim_events(analytics, limit=10)
        Desk().take_up(analytics, reports, NOW)
        store.drop_work(analytics, [r.word.event_id for r in reports if r.word.event_id])
    assert sequence(analytics) == 1
    assert rows(analytics, "SELECT condition, state FROM alarms") == [
        ("entrapment", "unacknowledged")
    ]
    assert rows(analytics, "SELECT id, kind FROM live_events") == [(1, "alarm")]
    assert rows(analytics, "SELECT count(*) FROM event_work") == [(0,)]

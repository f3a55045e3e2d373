"""Hot queries of the alarm process begin where the work is, however much history there is."""

from contextlib import closing

from analytics.alarms import store
from ingest.database import connect, load_queries, trusted_sql
from tests.integration.analytics.site import Said, Site, say

_DECIDE = load_queries("analytics", "decide.sql")
_HISTORY = 3000


def test_claiming_reads_the_queue_and_not_the_history(site: Site) -> None:
    with closing(connect(site.urls.owner_url, application="test")) as owner:
        with owner.transaction():
            for seq in range(1, _HISTORY + 1):
                say(owner, Said(seq=seq, event="main_power_off"))
            owner.execute("DELETE FROM event_work")
        with owner.transaction():
            waiting = say(owner, Said(seq=_HISTORY + 1))

    with closing(connect(site.urls.analytics_url, application="test")) as connection:
        with connection.transaction():
            claimed = store.claim_events(connection, limit=128)
        explain = trusted_sql("EXPLAIN (ANALYZE, FORMAT TEXT, COSTS OFF, TIMING OFF) ")
        values = {"limit": 128, "set_aside": [], "slices": list(range(16))}
        plan = connection.execute(explain + _DECIDE["claim_events"], values).fetchall()

    assert [report.word.event_id for report in claimed] == [waiting]
    text = "\n".join(str(line) for (line,) in plan)
    assert "Seq Scan on events" not in text, text
    assert f"rows={_HISTORY}" not in text, text

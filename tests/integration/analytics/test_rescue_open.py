"""Many lifts stop at once: their rescues are opened together, and one that cannot be stops none."""

from contextlib import closing

import pytest

from analytics.duties.responsibility import Responsibility
from analytics.safety.workflow import LifeSafety
from ingest.database import Connection, connect
from tests.integration.analytics.site import NOW, Said, Site, rows, say
from tests.integration.analytics.test_desk import decide_all

LIFTS = """
    INSERT INTO assets (code, class, place_id, name_zh)
    SELECT 'X-' || n, 'lift', places.id, n || '号梯'
    FROM generate_series(1, 5) AS n, places WHERE places.code = 'g1'
    RETURNING id
"""
OPENED = """
    SELECT assets.code, rescues.stage, rescues.due_at > rescues.opened_at, rescue_facts.kind,
        length(rescue_facts.digest)
    FROM rescues
    JOIN assets ON assets.id = rescues.asset_id
    JOIN rescue_facts ON rescue_facts.rescue_id = rescues.id
    ORDER BY rescues.id
"""
REFUSE = """
    CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        IF (SELECT code FROM assets WHERE id = NEW.asset_id) = 'X-2' THEN
            RAISE EXCEPTION 'not this one';
        END IF;
        RETURN NEW;
    END $$;
    CREATE TRIGGER refuse BEFORE INSERT ON rescues FOR EACH ROW EXECUTE FUNCTION refuse()
"""
WAITING = """
    SELECT assets.code FROM life_safety_work
    JOIN alarms ON alarms.id = life_safety_work.alarm_id
    JOIN assets ON assets.id = alarms.asset_id
"""


@pytest.fixture
def trapped(site: Site, ingest: Connection, analytics: Connection) -> Site:
    """Five lifts with people in them; the first has called for help by its button, too."""
    with closing(connect(site.urls.owner_url, application="test lifts")) as owner:
        rows(owner, LIFTS)
    for seq in range(1, 6):
        say(ingest, Said(seq=seq, asset=f"X-{seq}"))
    say(ingest, Said(seq=6, asset="X-1", condition="entrapment:button"))
    decide_all(analytics)
    return site


@pytest.mark.usefixtures("trapped")
def test_every_lift_has_one_rescue_after_one_turn(analytics: Connection) -> None:
    LifeSafety(Responsibility()).handle(analytics, NOW)

    found = rows(analytics, OPENED)
    assert found == [(f"X-{n}", "suspected", True, "open", 32) for n in range(1, 6)]
    assert rows(analytics, WAITING) == []
    shown = "SELECT count(DISTINCT subject_id) FROM live_work WHERE kind = 'alarm'"
    assert rows(analytics, shown) == [(6,)]


def test_a_rescue_that_cannot_be_opened_stops_no_other(
    trapped: Site, analytics: Connection
) -> None:
    with closing(connect(trapped.urls.owner_url, application="test refusal")) as owner:
        owner.execute(REFUSE)

    LifeSafety(Responsibility()).handle(analytics, NOW)

    assert [row[0] for row in rows(analytics, OPENED)] == ["X-1", "X-3", "X-4", "X-5"]
    assert rows(analytics, WAITING) == [("X-2",)]

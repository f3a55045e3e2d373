"""The real processes with a poisoned model in force: the fire goes through, the warnings go on."""

import signal
from datetime import UTC, datetime, timedelta
from urllib.request import urlopen

import numpy as np

from analytics.models import store as models
from analytics.models.artefact import digest_of, encode
from analytics.warnings.day import last_day
from analytics.warnings.day_loop import LATE
from ingest.database import Connection, connect
from tests.integration.analytics.site import Said, Site, measure, rows, say
from tests.integration.analytics.test_alarm_process import wait_for
from tests.integration.analytics.test_models import Fleet, a_model, keep
from tests.integration.analytics.test_processes import start
from towerwatch.process import free_port

PATIENCE_S = 40


def metrics_of(port: int) -> str:
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        text = answer.read().decode()
    assert isinstance(text, str)
    return text


def test_a_fire_goes_through_and_trends_are_warned_of_while_a_poisoned_model_is_in_force(
    site: Site, analytics: Connection, ingest: Connection
) -> None:
    now = datetime.now(UTC)
    Fleet(site, analytics, last=last_day(now, LATE))
    good, bad = keep(analytics, a_model()), keep(analytics, a_model())
    poison = encode(a_model(tail=float("nan")))
    with connect(site.urls.owner_url, application="test") as owner:
        owner.execute(
            "UPDATE models SET artefact = %(poison)s, digest = %(digest)s WHERE id = %(bad)s",
            {"poison": poison, "digest": digest_of(poison), "bad": bad},
        )
        for model in (good, bad):
            owner.execute(
                "INSERT INTO model_switches (asset_class, model_id, kind, at, actor, why)"
                " VALUES ('lift', %(model)s, 'activate', now(), 'intruder', '')",
                {"model": model},
            )
    for second in range(0, 100, 4):
        at = now - timedelta(seconds=100 - second)
        measure(ingest, at, 260 - 0.8 * second + float(np.sin(second)) / 4)
    port = free_port()
    alarms = start(site, "alarms")
    warnings = start(
        site,
        "warnings",
        TOWERWATCH_WARNING_CYCLE_S="0.5",
        TOWERWATCH_WARNING_WINDOW_S="120",
        TOWERWATCH_WARNING_HORIZON_S="600",
        TOWERWATCH_METRICS_PORT=str(port),
    )
    try:
        say(ingest, Said(seq=1, asset="D-1", event="fire_alarm"))
        assert wait_for(
            lambda: ("fire_alarm",) in rows(analytics, "SELECT event FROM alarms"), PATIENCE_S
        )
        assert wait_for(
            lambda: (
                rows(analytics, "SELECT id FROM models WHERE rejected_at IS NOT NULL") == [(bad,)]
            ),
            PATIENCE_S,
        )
        assert wait_for(
            lambda: ("trend",) in rows(analytics, "SELECT DISTINCT detector FROM warnings"), 30
        )
        assert wait_for(
            lambda: ("scan",) in rows(analytics, "SELECT DISTINCT detector FROM warnings"), 30
        )
        active = models.active_model(analytics, "lift")
        assert active is not None
        assert active.id == good
        assert 'models_rejected_total{asset_class="lift"} 1.0' in metrics_of(port)
    finally:
        for process in (alarms, warnings):
            process.send_signal(signal.SIGTERM)
        said = [process.communicate(timeout=PATIENCE_S)[1] for process in (alarms, warnings)]
    assert (alarms.returncode, warnings.returncode) == (0, 0)
    assert "model_unfit" in said[1]
    assert "round_failed" not in said[1]

"""`towerwatch models` and `towerwatch backtest` on the platform's own history."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from analytics.features import store as features
from analytics.features.table import FEATURES
from analytics.models import store as models
from analytics.models.first import first_model, install_first, papers
from analytics.models.store import ModelId, Origin
from analytics.warnings.day import last_day
from analytics.warnings.day_loop import LATE, DayWatch
from dashboards.console.users import add_user
from ingest.database import Connection, connect
from tests.integration.analytics.site import Site, rows
from tests.integration.analytics.test_models import LIFTS, Fleet
from towerwatch.cli import run

SECRET = "a long password"
NOW = datetime.now(UTC)
LAST = last_day(NOW, LATE)
DAYS = 90


@pytest.fixture
def platform(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """The commands reach the test's database."""
    monkeypatch.setenv("TOWERWATCH_DATABASE_URL", site.urls.owner_url)
    monkeypatch.setenv("TOWERWATCH_MQTT_URL", "mqtt://nobody@127.0.0.1:9")
    monkeypatch.setenv("TOWERWATCH_PASSWORD", SECRET)
    with connect(site.urls.console_url, application="test users") as connection:
        for name, role in (("admin-1", "admin"), ("zhang", "operator")):
            add_user(
                connection,
                name=name,
                role=role,
                display_name=name,
                places=["garden"],
                password=SECRET,
            )
    return site


@pytest.fixture
def fleet(platform: Site, analytics: Connection) -> Fleet:
    """Lifts with three months of history."""
    fleet = Fleet(platform, analytics, last=LAST)
    rng = np.random.default_rng(2)
    with analytics.transaction():
        for back in range(40, DAYS):
            values = rng.normal(0, 0.05, (LIFTS, len(FEATURES["lift"]))).astype(np.float32)
            day = LAST - timedelta(days=back)
            features.store_day(analytics, "lift", day, fleet.assets, values, NOW)
    return fleet


def told(capsys: pytest.CaptureFixture[str], *words: str, status: int = 0) -> str:
    capsys.readouterr()
    assert run(words) == status
    return capsys.readouterr().out


def test_a_model_is_trained_put_in_force_warns_is_settled_and_gone_back_from(
    fleet: Fleet, analytics: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "limits and trends alone" in told(capsys, "models", "list")
    for _ in range(2):
        told(capsys, "models", "train", "--days", str(DAYS))
    listed = json.loads(told(capsys, "models", "list", "--json"))["models"]
    assert [(one["id"], one["is_active"], one["assets"]) for one in listed] == [
        (2, False, LIFTS),
        (1, False, LIFTS),
    ]
    assert listed[0]["digest"] == listed[1]["digest"]  # the same history teaches the same
    said = ("--why", "first model")
    assert run(["models", "activate", "1", "--as", "zhang", *said]) == 2
    told(capsys, "models", "activate", "1", "--as", "admin-1", *said)
    assert run(["models", "activate", "1", "--as", "admin-1", *said]) == 1
    assert run(["models", "activate", "9", "--as", "admin-1", *said]) == 1
    assert DayWatch().turn(analytics, NOW) == 1
    ((number,),) = rows(analytics, "SELECT id FROM warnings")
    settled = ("--as", "zhang", "--why", "nothing found")
    assert run(["models", "settle", str(number), "perhaps", *settled]) == 2
    told(capsys, "models", "settle", str(number), "false", *settled)
    (record,) = json.loads(told(capsys, "models", "list", "--json"))["records"]
    assert (record["false"], record["precision"]) == (1, 0.0)
    assert record["false_per_100_days"] == pytest.approx(100 / LIFTS)
    assert "held back" in told(capsys, "models", "list")
    back = ("models", "rollback", "--as", "admin-1", "--why", "worse")
    assert "limits and trends alone" in told(capsys, *back)
    assert run(back) == 1
    assert "first model" in told(capsys, "models", "history")
    both = json.loads(told(capsys, "models", "compare", "1", "2", "--days", "90", "--json"))
    assert both["1"] == both["2"]


def test_the_platforms_own_history_is_judged(
    fleet: Fleet, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    out = tmp_path / "backtest.json"
    words = ("backtest", "--truth", "database", "--days", str(DAYS), "--out", str(out))
    # Nothing failed in this history: no share of faults was warned of.
    assert "History of 12 assets of lift" in told(capsys, *words, status=1)
    report = json.loads(out.read_text("utf-8"))
    assert report["faults"] == 0
    assert any("nothing can be said" in line for line in report["missed"])
    assert set(report["baselines"]) >= {"always", "never", "isolation_forest"}


def test_a_first_model_of_a_former_release_is_renewed_where_nobody_has_chosen(
    platform: Site, analytics: Connection
) -> None:
    def keep_former(of_class: str, by: str) -> ModelId:
        told = papers()[of_class]
        former = replace(first_model(of_class, told), middle=0.123)
        origin = Origin(source=told.source, by=by, first=LAST, last=LAST, assets=300)
        number = models.add_model(analytics, former, origin, told.scores, NOW)
        models.activate(analytics, number, by, "first", NOW)
        return number

    with analytics.transaction():
        lift = keep_former("lift", models.PLATFORM)
        pump = keep_former("pump", "engineer")
        assert install_first(analytics, NOW) == sorted(set(FEATURES) - {"pump"})
    with analytics.transaction():
        assert install_first(analytics, NOW) == []
        renewed = models.active_model(analytics, "lift")
        assert renewed is not None
        assert renewed.digest.hex() == papers()["lift"].digest
        assert renewed.id != lift
        chosen = models.active_model(analytics, "pump")
        assert chosen is not None
        assert chosen.id == pump
        back = models.roll_back(analytics, "lift", "engineer", "rather the former", NOW)
        assert back == lift
        assert install_first(analytics, NOW) == [], "a person has chosen"


@pytest.mark.parametrize(
    ("words", "status"),
    [
        (("models", "train", "--class", "tram"), 2),
        (("models", "train", "--class", "pump"), 1),
        (("backtest", "--seed", "20250301"), 2),
    ],
)
def test_what_cannot_be_trained_or_judged_is_told_in_one_sentence(
    platform: Site, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], status: int
) -> None:
    assert told(capsys, *words, status=status) == ""


def test_a_fresh_installation_warns_with_models_that_say_where_they_come_from(
    platform: Site, analytics: Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    with analytics.transaction():
        assert install_first(analytics, NOW) == sorted(FEATURES)
    with analytics.transaction():
        assert install_first(analytics, NOW) == []
    listed = json.loads(told(capsys, "models", "list", "--json"))["models"]
    assert {one["class"] for one in listed} == set(FEATURES)
    assert all(one["is_active"] and "simulator" in one["source"] for one in listed)
    # Without a day of history it says nothing of anything, and no model is blamed for that.
    assert DayWatch().turn(analytics, NOW) == 0
    assert rows(analytics, "SELECT count(*) FROM models WHERE rejected_at IS NOT NULL") == [(0,)]
    assert "limits and trends alone" in told(
        capsys, "models", "rollback", "--class", "pump", "--as", "admin-1", "--why", "not ours"
    )
    with analytics.transaction():
        assert install_first(analytics, NOW) == [], "whoever stopped a model is not overruled"

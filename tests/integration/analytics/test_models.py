"""Models as rows: judged by day, warned, settled, rejected when unfit; the alarms go on."""

from datetime import date, timedelta
from typing import cast

import numpy as np
import pytest

from analytics.act import ConfirmFalse
from analytics.alarms.alarm import AlarmId, AssetId
from analytics.alarms.desk import Desk
from analytics.duties.responsibility import Responsibility, ensure_matrix
from analytics.features import store as features
from analytics.features.table import FEATURES
from analytics.models import store as models
from analytics.models.errors import UnfitModel
from analytics.models.model import Model, Odds, Outlook
from analytics.models.record import Run, fetch_records, note_run
from analytics.models.rule import Rule
from analytics.models.scan import Scan, Shape
from analytics.models.store import ModelId, Origin, Validation
from analytics.warnings import day_store
from analytics.warnings.day_loop import DayWatch
from analytics.warnings.queue import WarningQueue
from analytics.warnings.verdict import Verdict
from analytics.warnings.warning import Settlement, WarningId
from ingest.database import Connection, connect, in_transaction, trusted_sql
from tests.integration.analytics.site import NOW, Site, rows
from tests.integration.analytics.test_acts import OPERATOR, ask, new_id

LIFTS = 12
FEATURE_COUNT = len(FEATURES["lift"])
SHAPE = Shape(window=30, recent=4, least=10, lengths=(1, 2, 4))
LAST = date(2026, 11, 21)
"""The newest whole day at the site's now, 11:00 of the 22nd in China."""
SHAKE = [feature.name for feature in FEATURES["lift"]].index("shake_peak")


def a_model(*, tail: float = 4.0, middle: float = 0.5) -> Model:
    return Model(
        asset_class="lift",
        scan=Scan(
            shape=SHAPE,
            ways=np.array([float(feature.bad) for feature in FEATURES["lift"]]),
            floor=np.full(FEATURE_COUNT, 0.01),
            tail=np.full((FEATURE_COUNT, 3), tail),
        ),
        rule=Rule(threshold=1.5, needed=2),
        middle=middle,
        outlook=Outlook(
            soonest_days=3.0, latest_days=20.0, odds=(Odds(over=1.0, judged=20, true=15),)
        ),
    )


def keep(connection: Connection, model: Model, source: str = "test") -> ModelId:
    origin = Origin(source=source, by="engineer", first=LAST, last=LAST, assets=LIFTS)
    unknown = Validation(
        asset_days=0,
        faults=0,
        warnings=0,
        precision=None,
        recall=None,
        warned_3_days_ahead_share=None,
        median_lead_days=None,
        false_per_100_days=None,
    )
    return models.add_model(connection, model, origin, unknown, NOW)


def put_in_force(connection: Connection, model: ModelId) -> None:
    in_transaction(connection, lambda held: models.activate(held, model, "engineer", "try it", NOW))


class Fleet:
    """Lifts with features of 40 days; the first one begins to shake in the last days."""

    def __init__(self, site: Site, analytics: Connection, last: date = LAST) -> None:
        with connect(site.urls.owner_url, application="test") as owner:
            owner.execute(
                "INSERT INTO assets (code, class, place_id, name_zh)"
                " SELECT 'F-' || n, 'lift', (SELECT id FROM places WHERE code = 'g1'), n || '号梯'"
                f" FROM generate_series(1, {LIFTS}) AS n"
            )
            found = rows(owner, "SELECT id FROM assets WHERE code LIKE 'F-%' ORDER BY id")
        self.assets = tuple(AssetId(cast("int", row[0])) for row in found)
        self._analytics = analytics
        self._rng = np.random.default_rng(5)
        with analytics.transaction():
            for back in range(40):
                self.store(last - timedelta(days=back), shaking=max(0.0, 0.2 * (6 - back)))

    def store(self, day: date, shaking: float, lifts: int = 1) -> None:
        values = self._rng.normal(0, 0.05, (LIFTS, FEATURE_COUNT)).astype(np.float32)
        values[:lifts, SHAKE] += shaking * np.linspace(1.0, 1.2, lifts)
        with self._analytics.transaction():
            features.store_day(self._analytics, "lift", day, self.assets, values, NOW)


@pytest.fixture
def fleet(site: Site, analytics: Connection) -> Fleet:
    ensure_matrix(analytics, NOW)
    return Fleet(site, analytics)


def test_features_come_back_as_they_were_stored(fleet: Fleet, analytics: Connection) -> None:
    loaded = features.load_days(analytics, "lift", LAST - timedelta(days=50), LAST)
    assert loaded.assets == fleet.assets
    assert loaded.values.shape == (LIFTS, 51, FEATURE_COUNT)
    assert np.isnan(loaded.values[:, :11]).all()
    assert not np.isnan(loaded.values[:, 11:]).any()
    assert loaded.values[0, -1, SHAKE] == pytest.approx(1.2, abs=0.3)


def test_a_lift_that_begins_to_shake_is_warned_of_at_the_desk_and_settled_by_its_failure(
    fleet: Fleet, analytics: Connection
) -> None:
    model = keep(analytics, a_model())
    put_in_force(analytics, model)
    assert DayWatch().turn(analytics, NOW) == 1
    ((asset, metric, confidence, zh, number),) = rows(
        analytics, "SELECT asset_id, metric, confidence, reason_zh, model_id FROM warnings"
    )
    assert (asset, metric, confidence, number) == (
        fleet.assets[0],
        "vibration",
        "very_likely",
        model,
    )
    assert "垂直振动峰值比本机常态高" in str(zh)
    WarningQueue(Desk(Responsibility())).handle(analytics, NOW)
    assert rows(analytics, "SELECT condition, severity FROM alarms") == [
        ("early_warning:scan:vibration", "warning")
    ]
    # The same day is judged once.
    assert DayWatch().turn(analytics, NOW) == 0
    later = NOW + timedelta(days=5)
    analytics.execute(
        "INSERT INTO alarms (asset_id, place_path, condition, event, alarm_group, severity,"
        " is_life_safety, state, raised_at, received_at, opened_at)"
        " SELECT id, 'city.dist', 'brake_fault', 'brake_fault', 'safety', 'major', false,"
        " 'unacknowledged', %(at)s, %(at)s, %(at)s FROM assets WHERE code = 'F-1'",
        {"at": later},
    )
    for ahead in range(1, 6):
        fleet.store(LAST + timedelta(days=ahead), shaking=1.4)
    DayWatch().turn(analytics, later + timedelta(days=1))
    assert rows(analytics, "SELECT settlement, settled_why FROM warnings") == [
        ("hit", "brake_fault")
    ]
    (record,) = fetch_records(analytics)
    assert (record.model, record.hit, record.precision) == (model, 1, 1.0)
    assert record.median_lead_days == pytest.approx(5.0, abs=0.1)
    assert record.asset_days == 2 * LIFTS
    assert record.false_per_100_days == 0


def test_a_defect_that_nobody_mends_keeps_its_warning(fleet: Fleet, analytics: Connection) -> None:
    put_in_force(analytics, keep(analytics, a_model()))
    assert DayWatch().turn(analytics, NOW) == 1
    for ahead in range(1, SHAPE.window + 1):
        fleet.store(LAST + timedelta(days=ahead), shaking=1.4)
    assert DayWatch().turn(analytics, NOW + timedelta(days=SHAPE.window)) == 0
    assert rows(analytics, "SELECT settlement FROM warnings") == [(None,)]


def test_a_refuted_alarm_settles_its_warning_as_false_in_that_persons_name(
    fleet: Fleet, site: Site, analytics: Connection
) -> None:
    put_in_force(analytics, keep(analytics, a_model()))
    DayWatch().turn(analytics, NOW)
    WarningQueue(Desk(Responsibility())).handle(analytics, NOW)
    ((alarm,),) = rows(analytics, "SELECT id FROM alarms")
    act = ConfirmFalse(
        id=new_id(), by=OPERATOR, alarm_id=AlarmId(cast("int", alarm)), text="new shoes"
    )
    with connect(site.urls.console_url, application="test console") as console:
        assert ask(console, analytics, act).is_done
    fleet.store(LAST + timedelta(days=1), shaking=1.4)
    assert DayWatch().turn(analytics, NOW + timedelta(days=1)) == 0
    assert rows(analytics, "SELECT settlement, settled_by, failed_at FROM warnings") == [
        ("false", OPERATOR.name, None)
    ]


def test_a_persons_word_settles_a_warning_and_lets_the_lift_rest(
    fleet: Fleet, analytics: Connection
) -> None:
    put_in_force(analytics, keep(analytics, a_model()))
    DayWatch().turn(analytics, NOW)
    ((number,),) = rows(analytics, "SELECT id FROM warnings")
    told = Verdict(settlement=Settlement.FALSE, by="zhang", why="new guide shoes run in")
    in_transaction(
        analytics,
        lambda held: day_store.settle_by_word(held, WarningId(cast("int", number)), told, NOW),
    )
    assert rows(analytics, "SELECT settlement, settled_by FROM warnings") == [("false", "zhang")]
    fleet.store(LAST + timedelta(days=1), shaking=1.4)
    assert DayWatch().turn(analytics, NOW + timedelta(days=1)) == 0


@pytest.mark.parametrize(
    ("harm", "why"),
    [
        ("UPDATE models SET artefact = set_byte(artefact, 40, 7) WHERE id = {0}", "digest"),
        (
            "UPDATE models SET artefact = '\\x8004'::bytea, digest = sha256('\\x8004') WHERE id = {0}",
            "no model",
        ),
    ],
)
def test_a_poisoned_model_is_rejected_and_the_one_before_goes_on(
    fleet: Fleet, site: Site, analytics: Connection, harm: str, why: str
) -> None:
    good, bad = keep(analytics, a_model()), keep(analytics, a_model(middle=0.6))
    put_in_force(analytics, good)
    put_in_force(analytics, bad)
    with connect(site.urls.owner_url, application="test") as owner:
        owner.execute(trusted_sql(harm.format(bad)))
    watch = DayWatch()
    assert watch.turn(analytics, NOW) == 0
    active = models.active_model(analytics, "lift")
    assert active is not None
    assert active.id == good
    line = next(line for line in models.list_models(analytics) if line.id == bad)
    assert why in str(line.rejected_why)
    assert line.is_fit is False
    assert watch.turn(analytics, NOW) == 1
    with pytest.raises(UnfitModel):
        put_in_force(analytics, bad)


def test_a_model_that_warns_of_everything_is_rejected_and_says_nothing(
    fleet: Fleet, analytics: Connection
) -> None:
    eager = a_model(tail=1e-3)
    put_in_force(analytics, keep(analytics, eager))
    assert DayWatch().turn(analytics, NOW) == 0
    assert rows(analytics, "SELECT id FROM warnings") == []
    assert models.active_model(analytics, "lift") is None
    assert [switch.kind for switch in models.list_switches(analytics)] == ["fallback", "activate"]
    (fallen,) = models.fallen_back(analytics)
    assert (fallen.asset_class, fallen.model) == ("lift", None)
    assert "12 of 12 assets" in fallen.why
    put_in_force(analytics, keep(analytics, a_model()))
    assert models.fallen_back(analytics) == []


def test_a_model_of_simulated_lifts_warns_of_the_strongest_one_first(
    fleet: Fleet, analytics: Connection
) -> None:
    for back in range(6):
        fleet.store(LAST - timedelta(days=back), 0.2 * (6 - back), lifts=2)
    put_in_force(analytics, keep(analytics, a_model(), source="simulator, seed 1"))
    assert DayWatch().turn(analytics, NOW) == 1
    assert rows(analytics, "SELECT asset_id FROM warnings") == [(fleet.assets[1],)]
    fleet.store(LAST + timedelta(days=1), 1.4, lifts=2)
    assert DayWatch().turn(analytics, NOW + timedelta(days=1)) == 1
    assert rows(analytics, "SELECT count(*) FROM warnings") == [(2,)]


def test_a_model_that_has_drifted_tells_but_opens_no_order_until_it_fits_again(
    fleet: Fleet, analytics: Connection
) -> None:
    drifted = keep(analytics, a_model(middle=50.0))
    put_in_force(analytics, drifted)
    assert DayWatch().turn(analytics, NOW) == 1
    assert rows(analytics, "SELECT held_since FROM warnings") == [(NOW,)]
    desk = WarningQueue(Desk(Responsibility()))
    assert desk.handle(analytics, NOW) == 0
    assert rows(analytics, "SELECT count(*) FROM alarms") == [(0,)]
    put_in_force(analytics, keep(analytics, a_model()))
    fleet.store(LAST + timedelta(days=1), shaking=1.4)
    later = NOW + timedelta(days=1)
    DayWatch().turn(analytics, later)
    assert desk.handle(analytics, later) == 1
    assert rows(analytics, "SELECT condition FROM alarms") == [("early_warning:scan:vibration",)]
    assert rows(analytics, "SELECT held_since FROM warnings") == [(None,)]


def test_a_held_warning_that_is_over_is_settled_and_nothing_else(
    fleet: Fleet, analytics: Connection
) -> None:
    put_in_force(analytics, keep(analytics, a_model(middle=50.0)))
    DayWatch().turn(analytics, NOW)
    ((number,),) = rows(analytics, "SELECT id FROM warnings")
    told = Verdict(settlement=Settlement.FALSE, by="engineer", why="nothing was wrong")
    in_transaction(
        analytics,
        lambda held: day_store.settle_by_word(held, WarningId(cast("int", number)), told, NOW),
    )
    WarningQueue(Desk(Responsibility())).handle(analytics, NOW)
    assert rows(analytics, "SELECT count(*) FROM alarms") == [(0,)]


def test_going_back_returns_to_the_model_before_and_then_to_none(
    fleet: Fleet, analytics: Connection
) -> None:
    first, second = keep(analytics, a_model()), keep(analytics, a_model(middle=0.6))
    put_in_force(analytics, first)
    put_in_force(analytics, second)
    back = in_transaction(
        analytics, lambda held: models.roll_back(held, "lift", "engineer", "worse", NOW)
    )
    assert back == first
    last = in_transaction(
        analytics, lambda held: models.roll_back(held, "lift", "engineer", "worse", NOW)
    )
    assert last is None
    assert models.active_model(analytics, "lift") is None


def test_a_days_features_are_made_from_the_hours_once_it_is_over(
    fleet: Fleet, ingest: Connection, analytics: Connection
) -> None:
    begin = features.begin_of(LAST + timedelta(days=1))
    ingest.execute(
        "INSERT INTO lift_samples (at, asset_id, speed, vibration)"
        " SELECT %(begin)s::timestamptz + n * interval '10 minutes', %(asset)s, 1, 0.1 + mod(n, 6) * 0.01"
        " FROM generate_series(0, 143) AS n",
        {"begin": begin, "asset": fleet.assets[0]},
    )
    day = LAST + timedelta(days=1)
    made = in_transaction(analytics, lambda held: features.make_day(held, "lift", day, NOW))
    assert made == 1
    loaded = features.load_days(analytics, "lift", day, day)
    assert loaded.assets == fleet.assets[:1]
    assert np.exp(loaded.values[0, 0, SHAKE]) == pytest.approx(0.15)


def test_a_record_is_what_a_person_counts_by_hand(
    fleet: Fleet, site: Site, analytics: Connection
) -> None:
    model = keep(analytics, a_model())
    told = [
        ("hit", 4.0),
        ("early", 10.0),
        ("late", 1.0),
        ("false", None),
        ("withdrawn", None),
        (None, None),
    ]
    for place, (settlement, lead) in enumerate(told):
        analytics.execute(
            "INSERT INTO warnings (asset_id, place_path, detector, metric, raised_at, refreshed_at,"
            " score, reason_zh, reason_en, evidence, model_id, settled_at, settlement, failed_at)"
            " VALUES (%(asset)s, 'g1', 'surge', 'vibration', %(now)s, %(now)s, 0.7, '', '', '{}',"
            " %(model)s, CASE WHEN %(how)s::text IS NULL THEN NULL ELSE %(now)s + interval '20 days' END,"
            " %(how)s, %(now)s + %(lead)s * interval '1 day')",
            {
                "asset": fleet.assets[place],
                "now": NOW,
                "model": model,
                "how": settlement,
                "lead": lead,
            },
        )
    for back in range(3):
        run = Run(
            asset_class="lift",
            model=model,
            day=LAST - timedelta(days=back),
            is_fit=True,
            assets=10,
        )
        note_run(analytics, run, NOW)
    (record,) = fetch_records(analytics)
    assert (record.detector, record.raised, record.open) == ("surge", 6, 1)
    assert record.precision == pytest.approx(3 / 5)
    assert record.median_lead_days == pytest.approx(4.0)
    assert record.asset_days == pytest.approx(30)
    assert record.false_per_100_days == pytest.approx(100 * 2 / 30)

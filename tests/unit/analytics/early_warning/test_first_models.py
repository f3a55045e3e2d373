"""The models that the product brings along fit its features and tell what they are worth."""

import numpy as np
import pytest

from analytics.features.table import FEATURES
from analytics.models.errors import BadModel
from analytics.models.first import first_model, papers
from analytics.models.guard import Bounds, judge


def test_every_class_with_features_has_one() -> None:
    assert set(papers()) == set(FEATURES)


@pytest.mark.parametrize("of_class", FEATURES)
def test_a_first_model_fits_its_class_and_tells_its_scores(of_class: str) -> None:
    told = papers()[of_class]
    model = first_model(of_class, told)
    assert model.asset_class == of_class
    assert model.scan.ways.tolist() == [float(feature.bad) for feature in FEATURES[of_class]]
    assert told.source.startswith("simulator, seed")
    assert told.scores.asset_days > 10_000
    assert told.scores.false_per_100_days is not None
    assert told.scores.false_per_100_days <= 1.0


@pytest.mark.parametrize("of_class", FEATURES)
@pytest.mark.parametrize(("assets", "known"), [(1, 1), (1, 25), (12, 2), (12, 25)])
def test_a_first_model_is_not_unfit_because_there_is_little_history(
    of_class: str, assets: int, known: int
) -> None:
    days = np.full((assets, 95, len(FEATURES[of_class])), np.nan, dtype=np.float32)
    days[:, -known:] = np.random.default_rng(1).normal(1, 0.05, (assets, known, days.shape[2]))
    model = first_model(of_class, papers()[of_class])
    said = judge(days, np.zeros(assets, dtype=np.int64), model, Bounds())
    assert said.is_raised.shape == (assets,)
    assert not np.isnan(said.seen.score).all() or known < 21


def test_a_damaged_first_model_is_refused() -> None:
    told = papers()
    with pytest.raises(BadModel):
        first_model("lift", told["pump"])

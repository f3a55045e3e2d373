"""The models that the product brings along fit its features and tell what they are worth."""

import pytest

from analytics.features.table import FEATURES
from analytics.models.errors import BadModel
from analytics.models.first import first_model, papers


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


def test_a_damaged_first_model_is_refused() -> None:
    told = papers()
    with pytest.raises(BadModel):
        first_model("lift", told["pump"])

"""Plain methods find a plain fault on a made rig, and what is normal is mostly quiet."""

import numpy as np
import pytest

from tests.scoring.published import METHODS
from tests.scoring.rigs import FAULTS, made_rig


@pytest.mark.parametrize("name", ["T2", "T2 + Q", "isolation forest"])
def test_a_plain_shift_is_found_and_noise_is_not(name: str) -> None:
    values = np.random.default_rng(5).normal(0, 1, (900, 5)) + 50
    values[600:700, 1:3] += 12
    alarm = METHODS[name](values)
    assert alarm[610:700].mean() > 0.9
    assert alarm[:600].mean() < 0.05


@pytest.mark.parametrize("fault", FAULTS)
def test_a_rig_departs_in_its_window_alone(fault: str) -> None:
    one = made_rig(11, fault)
    ((first, last),) = one.windows
    assert one.values.shape == (1150, 8)
    assert 420 <= first < last < 1110
    assert one.truth.sum() == last - first + 1

"""A message that a driver fails on does not hold up the others for ever."""

import pytest

from gateway.drivers.evidence import TRIES, Stumbles
from tests.contract.drivers.notebook import Notebook


def test_a_message_comes_again_before_it_is_kept() -> None:
    stumbles, sink = Stumbles("site"), Notebook()
    for _ in range(TRIES - 1):
        with pytest.raises(KeyError):
            stumbles.note(b"bad", KeyError("x"), sink)
    stumbles.note(b"bad", KeyError("x"), sink)
    assert [(one.asset, one.event, one.raw) for one in sink.events] == [
        ("site", "unknown_event", b"bad".hex())
    ]
    with pytest.raises(KeyError):
        stumbles.note(b"other", KeyError("x"), sink)

"""A state is called the same on a dashboard and in the console."""

import pytest

from dashboards.console import words as console
from dashboards.console.language import EN, translator
from dashboards.grafana import words

SHARED = ("GROUPS", "SEVERITIES", "STATES", "ORDER_STATES", "LEVELS", "MANAGEMENTS", "SETTLEMENTS")


@pytest.mark.parametrize("table", SHARED)
def test_dashboards_and_console_call_it_the_same(table: str) -> None:
    here, there = getattr(words, table), getattr(console, table)
    assert here.keys() & there.keys()
    for code in here.keys() & there.keys():
        assert here[code].zh == there[code], code


def test_what_is_most_urgent_is_called_the_same_in_english() -> None:
    for code, text in words.SEVERITIES.items():
        assert text.en == translator(EN)(console.SEVERITIES[code])

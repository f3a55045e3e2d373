"""Every page of the console is looked at by `make screens`."""

from collections import Counter

import pytest

from dashboards.console.keys import PAGES
from tests.screens.screen import SCREENS


@pytest.mark.parametrize("url", sorted(page.url for page in PAGES))
def test_every_page_of_the_console_has_a_screen(url: str) -> None:
    assert url in {screen.path.split("?")[0] for screen in SCREENS}


def test_every_screen_has_a_name_of_its_own() -> None:
    assert [
        name for name, many in Counter(screen.name for screen in SCREENS).items() if many > 1
    ] == []

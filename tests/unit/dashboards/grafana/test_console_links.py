"""Numbers of alarms, orders and assets on a dashboard lead to pages that the console has."""

import re

import pytest
from pydantic import SecretStr
from starlette.routing import BaseRoute, Match

from dashboards.console.app import create_app
from dashboards.console.settings import Settings
from dashboards.grafana.boards import DASHBOARDS
from dashboards.grafana.panels import Link

_LINKS = sorted(
    {
        link.path: link
        for dashboard in DASHBOARDS
        for panel in dashboard.panels
        for field in panel.fields
        for link in field.links
        if not link.board
    }.values(),
    key=lambda link: link.path,
)


@pytest.fixture(scope="module")
def pages() -> list[BaseRoute]:
    """Every page of the console; nothing is opened before it is served."""
    app = create_app(Settings(database_url=SecretStr("postgresql://nobody@127.0.0.1:9/nothing")))
    return list(app.routes)


@pytest.mark.parametrize("link", _LINKS, ids=lambda link: link.path)
def test_a_link_into_the_console_leads_to_a_page(pages: list[BaseRoute], link: Link) -> None:
    path = "/" + re.sub(r"\{\w+\}", "7", link.path)
    scope = {"type": "http", "method": "GET", "path": path}
    assert any(page.matches(scope)[0] is Match.FULL for page in pages), path


def test_a_link_that_leads_nowhere_is_found(pages: list[BaseRoute]) -> None:
    scope = {"type": "http", "method": "GET", "path": "/alarm/7"}
    assert not any(page.matches(scope)[0] is Match.FULL for page in pages)


def test_alarms_orders_and_assets_are_led_to() -> None:
    assert {link.path.split("/")[0] for link in _LINKS} == {"alarms", "orders", "assets"}

"""A lost telephone, a technician with another role: what a PIN opens then."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from dashboards.console import phone
from dashboards.console.errors import WrongPassword
from dashboards.console.phone import Opened
from dashboards.console.store.pool import Store
from dashboards.console.store.user import end_sessions, fetch_organisation_id
from dashboards.console.users import change_password, disable_user
from ingest.database import trusted_sql
from tests.integration.dashboards.site import Site, build_site
from tests.services import TestDatabase

PIN = "402913"
LENGTH = timedelta(hours=1)
NOW = datetime(2026, 11, 22, 3, tzinfo=UTC)


@pytest.fixture(scope="module")
def site(database_server: TestDatabase, template: str) -> Iterator[Site]:
    """One compound for the whole file."""
    urls = database_server.make(template)
    try:
        yield build_site(urls)
    finally:
        database_server.drop(urls)


@pytest.fixture
def store(site: Site) -> Iterator[Store]:
    with closing(Store(site.urls.console_url)) as found:
        found.open()
        yield found


def link_to(store: Store, name: str) -> str:
    with store.transaction() as connection:
        firm = fetch_organisation_id(connection, "lift_firm")
    return phone.make_link(store, by="diaodu", name=name, owner_id=firm, order_id=1, now=NOW)


def opened(store: Store, name: str) -> Opened:
    return phone.open_phone(store, link_to(store, name), PIN, NOW, LENGTH)


def unlock(store: Store, device: str) -> str:
    return phone.unlock(store, device, PIN, NOW, LENGTH).user.name


@pytest.mark.parametrize("how", ["log out", "password", "disable"])
def test_whose_sessions_are_ended_has_no_telephone_either(
    site: Site, store: Store, how: str
) -> None:
    name = f"lost-{how.replace(' ', '-')}"
    site.add_user(name, "technician", organisation="lift_firm")
    device, unused = opened(store, name).device, link_to(store, name)
    assert unlock(store, device) == name
    with store.transaction() as connection:
        match how:
            case "log out":
                end_sessions(connection, name)
            case "password":
                change_password(connection, name, "another long password")
            case _:
                disable_user(connection, name, NOW)
    if how == "disable":
        site.add_user(name, "technician", organisation="lift_firm")
    with pytest.raises(WrongPassword):
        unlock(store, device)
    assert not phone.is_link_good(store, unused, datetime.now(UTC))
    assert unlock(store, opened(store, name).device) == name, "a new link opens a telephone again"


def test_a_pin_opens_no_session_of_another_role(site: Site, store: Store) -> None:
    site.add_user("risen", "technician", organisation="lift_firm")
    device, unused = opened(store, "risen").device, link_to(store, "risen")
    with site.writing(site.urls.owner_url) as connection:
        connection.execute(trusted_sql("UPDATE users SET role = 'admin' WHERE name = 'risen'"))
    with pytest.raises(WrongPassword):
        unlock(store, device)
    with pytest.raises(WrongPassword):
        phone.open_phone(store, unused, PIN, NOW, LENGTH)

"""Each reader of dashboards is a role of its own, and the database holds it to its places."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from urllib.parse import quote, urlsplit, urlunsplit

import pytest

from dashboards.grafana.errors import BadReader
from dashboards.grafana.words import Language
from ingest.database import Connection, connect
from ingest.errors import StoreUnavailable
from tests.integration.grafana.city import NOW, City
from tests.services import TestDatabase
from towerwatch.grafana.ask import Asked, Failed, Reader, look
from towerwatch.grafana.reader import list_readers, make_role, remove, set_scope

_PASSWORD = "a password of the test"


@pytest.fixture
def admin(city: City, database_server: TestDatabase) -> Iterator[Connection]:
    url = urlunsplit(urlsplit(database_server.server.admin_url)._replace(path=f"/{city.urls.name}"))
    with closing(connect(url, application="test")) as connection:
        yield connection
        with city.owner() as owner:
            for name in ("east", "firm", "gone"):
                remove(connection, owner, name, city.urls.name)


@contextmanager
def _as(city: City, role: str) -> Iterator[Connection]:
    parts = urlsplit(city.urls.grafana_url)
    host = parts.netloc.rpartition("@")[2]
    login = f"{role}:{quote(_PASSWORD)}@{host}"
    with closing(connect(urlunsplit(parts._replace(netloc=login)), application="test")) as one:
        yield one


def _made(admin: Connection, city: City, name: str, *places: str, firm: str = "") -> str:
    role = make_role(admin, name, _PASSWORD, city.urls.name)
    with city.owner() as owner:
        set_scope(owner, role, places, [firm] if firm else [])
    return role


def _compounds(connection: Connection) -> set[str]:
    rows = connection.execute("SELECT DISTINCT subpath(path, 4, 1)::text FROM visible_assets")
    return {str(row[0]) for row in rows}


def test_readers_see_their_own_places_whatever_they_ask(city: City, admin: Connection) -> None:
    east, firm = _made(admin, city, "east", "d1"), _made(admin, city, "firm", firm="company_2")
    with _as(city, east) as connection:
        connection.execute("SELECT set_config('towerwatch.scope', 'city', false)")
        assert _compounds(connection) == {"k0"}
    with _as(city, firm) as connection:
        assert _compounds(connection) == {"k2"}
        with pytest.raises(Exception, match="permission denied"):
            connection.execute("SET ROLE tw_grafana")
        with pytest.raises(Exception, match="permission denied"):
            connection.execute("SELECT count(*) FROM lift_samples")


def test_every_panel_works_for_a_reader_of_one_company(city: City, admin: Connection) -> None:
    with _as(city, _made(admin, city, "firm", firm="company_2")) as connection:
        found = list(look(Reader(connection, Language.ZH, NOW)))
    assert [one for one in found if isinstance(one, Failed)] == []
    below = next(one for one in found if isinstance(one, Asked) and one.panel.query == "below")
    assert {row[0] for row in below.answer.rows} == {"1号楼", "2号楼"}


def test_readers_are_listed_with_what_they_see(city: City, admin: Connection) -> None:
    city.see("")
    _made(admin, city, "east", "d1", "k2")
    _made(admin, city, "firm", firm="company_2")
    with city.owner() as owner:
        found = {reader.role: reader for reader in list_readers(owner)}
    assert found["tw_grafana"].places == ("*",)
    assert set(found["tw_grafana_east"].places) == {"d1", "k2"}
    assert found["tw_grafana_firm"].organisations == ("company_2",)


def test_a_reader_of_several_places_begins_with_all_of_them(city: City, admin: Connection) -> None:
    role = _made(admin, city, "east", "k1", "k2")
    with _as(city, role) as connection:
        found = list(look(Reader(connection, Language.EN, NOW)))
    below = next(one for one in found if isinstance(one, Asked) and one.panel.query == "below")
    assert {row[0] for row in below.answer.rows} == {"Compound 1", "Compound 2"}


@pytest.mark.parametrize("name", ["", "East", "x", "east; DROP ROLE tw_owner", "e" * 32])
def test_a_name_that_is_none_is_refused(city: City, admin: Connection, name: str) -> None:
    with pytest.raises(BadReader), city.owner() as owner:
        remove(admin, owner, name, city.urls.name)


def test_an_unknown_place_is_refused(city: City, admin: Connection) -> None:
    with pytest.raises(BadReader, match="nowhere"):
        _made(admin, city, "east", "nowhere")


def test_a_removed_reader_is_not_let_in(city: City, admin: Connection) -> None:
    role = _made(admin, city, "gone", "d1")
    with city.owner() as owner:
        remove(admin, owner, "gone", city.urls.name)
    with pytest.raises(StoreUnavailable), _as(replace(city), role):
        pass

"""A push brings a Grafana to what the code says, once; the stand-in refuses as the real one does.

With GRAFANA_URL and GRAFANA_TOKEN in the environment the same is asked of a real server.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from dashboards.grafana.boards import DASHBOARDS
from dashboards.grafana.build import source_of
from dashboards.grafana.client import Grafana, Target
from dashboards.grafana.errors import GrafanaRefused, VersionConflict
from dashboards.grafana.model import Json
from dashboards.grafana.push import Change, Line, push
from tests.integration.grafana.server import ADMIN, TOKEN, VIEWER, State, serving

CONSOLE = "https://console.example"
SOURCE = source_of(
    "tw_grafana", host="db:5432", database="towerwatch", password="secret", sslmode="disable"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    url: str
    token: str
    state: State | None = field(default=None)

    @property
    def api(self) -> Grafana:
        return Grafana(Target(url=self.url, token=self.token))

    def push(self, *, is_dry: bool = False, console: str = CONSOLE) -> list[Line]:
        return push(self.api, SOURCE, console_url=console, is_dry=is_dry)


@pytest.fixture
def stand_in() -> Iterator[Server]:
    state = State()
    with serving(state) as url:
        yield Server(url=url, token=TOKEN, state=state)


@pytest.fixture
def server(stand_in: Server) -> Server:
    """The real Grafana that the environment names, else the stand-in."""
    url = os.environ.get("GRAFANA_URL")
    return Server(url=url, token=os.environ["GRAFANA_TOKEN"]) if url else stand_in


def _changes(lines: list[Line]) -> set[Change]:
    return {line.change for line in lines}


def test_a_second_push_finds_everything_the_same(server: Server) -> None:
    server.push()
    assert _changes(server.push()) == {Change.SAME}


@pytest.mark.parametrize("version", [(9, 5, 21), (10, 2, 3), (13, 0, 0)])
def test_a_second_push_writes_nothing_to_an_old_and_a_new_grafana(
    stand_in: Server, version: tuple[int, int, int]
) -> None:
    assert stand_in.state is not None
    stand_in.state.version = version
    assert stand_in.api.version() == ".".join(map(str, version))
    stand_in.push()
    written = len(stand_in.state.writes)
    assert _changes(stand_in.push()) == {Change.SAME}
    assert len(stand_in.state.writes) == written


def test_both_languages_stand_in_folders_of_their_own(server: Server) -> None:
    server.push()
    for dashboard in DASHBOARDS:
        for uid, folder in (
            (dashboard.uid, "towerwatch-zh"),
            (f"{dashboard.uid}-en", "towerwatch-en"),
        ):
            found = server.api.dashboard(uid)
            assert found is not None
            assert found[1] == folder


def test_what_somebody_changed_by_hand_is_named_and_mended(server: Server) -> None:
    server.push()
    found = server.api.dashboard("tw-city")
    assert found is not None
    model, folder = found
    version = int(str(model["version"]))
    server.api.write_dashboard({**model, "title": "mine"}, folder, version, "by hand")
    named = [line for line in server.push(is_dry=True) if line.change is not Change.SAME]
    assert [(line.uid, line.where) for line in named] == [("tw-city", ("title",))]
    server.push()
    assert _changes(server.push()) == {Change.SAME}


def test_a_dry_run_writes_nothing(stand_in: Server) -> None:
    assert stand_in.state is not None
    lines = stand_in.push(is_dry=True)
    assert _changes(lines) == {Change.MADE}
    assert len(lines) == 1 + 2 * (1 + len(DASHBOARDS))
    assert stand_in.state.writes == []


def test_a_second_push_writes_nothing(stand_in: Server) -> None:
    assert stand_in.state is not None
    stand_in.push()
    written = len(stand_in.state.writes)
    stand_in.push()
    assert len(stand_in.state.writes) == written


def test_a_write_against_an_old_version_is_refused(server: Server) -> None:
    server.push()
    found = server.api.dashboard("tw-city")
    assert found is not None
    model, folder = found
    with pytest.raises(VersionConflict):
        server.api.write_dashboard(model, folder, int(str(model["version"])) - 1, "too late")


def test_somebody_elses_write_in_between_is_read_again(stand_in: Server) -> None:
    assert stand_in.state is not None
    stand_in.push()
    stand_in.state.interfere = 2
    lines = stand_in.push(console="https://other.example")
    assert Change.CHANGED in _changes(lines)
    assert stand_in.state.interfere == 0


def test_endless_interference_is_an_error(stand_in: Server) -> None:
    assert stand_in.state is not None
    stand_in.push()
    stand_in.state.interfere = 1000
    with pytest.raises(VersionConflict, match="changed by someone else"):
        stand_in.push(console="https://other.example")


def test_a_data_source_of_another_address_is_written_again_with_its_password(
    stand_in: Server,
) -> None:
    assert stand_in.state is not None
    stand_in.push()
    moved: Json = {**SOURCE, "url": "elsewhere:5432"}
    lines = push(stand_in.api, moved, console_url=CONSOLE, is_dry=False)
    assert lines[0].change is Change.CHANGED
    kept = stand_in.state.organisations[1].sources["towerwatch"]
    assert (kept["url"], kept["secureJsonData"]) == ("elsewhere:5432", {"password": "secret"})


def test_an_administrator_gives_each_organisation_a_reader_of_its_own(stand_in: Server) -> None:
    assert stand_in.state is not None
    target = Target(url=stand_in.url, user=ADMIN[0], password=ADMIN[1])
    number = Grafana(target).organisation("东区")
    assert Grafana(target).organisation("东区") == number
    theirs: Json = {**SOURCE, "user": "tw_grafana_east"}
    push(Grafana(target, number), theirs, console_url=CONSOLE, is_dry=False)
    organisations = stand_in.state.organisations
    assert organisations[number].sources["towerwatch"]["user"] == "tw_grafana_east"
    assert not organisations[1].sources


@pytest.mark.parametrize(
    ("token", "status"), [("no-such-token", 401), (VIEWER, 403)], ids=["unknown", "viewer"]
)
def test_a_token_without_the_right_is_refused(stand_in: Server, token: str, status: int) -> None:
    refused = Server(url=stand_in.url, token=token)
    with pytest.raises(GrafanaRefused) as said:
        refused.push()
    assert said.value.status == status
    assert token not in str(said.value)


def test_a_broken_server_is_said_in_words(stand_in: Server) -> None:
    assert stand_in.state is not None
    stand_in.state.is_broken = True
    with pytest.raises(GrafanaRefused, match="database is locked"):
        stand_in.push()


def test_a_grafana_that_is_away_is_said_in_words() -> None:
    with pytest.raises(GrafanaRefused, match=r"127\.0\.0\.1:9"):
        Server(url="http://127.0.0.1:9", token=TOKEN).push()

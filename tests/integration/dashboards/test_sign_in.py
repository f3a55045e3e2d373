"""Sign-in by a provider of identities: what is believed, and everything that is not."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from argon2 import PasswordHasher

from dashboards.console import password
from dashboards.console.errors import BadSettings
from dashboards.console.settings import read_settings
from dashboards.console.store.sign_in import forget
from dashboards.identity.errors import NotBelieved
from dashboards.identity.oidc import Client, new_question
from dashboards.identity.provider import AGAIN, KEEP, ProviderLink
from ingest.database import trusted_sql
from tests.integration.dashboards.console import ConsoleServer, Person, serving
from tests.integration.dashboards.oidc_provider import CLIENT, SECRET, OidcProvider, providing
from tests.integration.dashboards.site import Site, build_site
from tests.services import TestDatabase
from towerwatch.process import free_port


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A console, and the provider that it believes."""

    console: ConsoleServer
    provider: OidcProvider

    def leave(self) -> tuple[Person, str]:
        """A browser that was sent to the provider, and where that sends it back to."""
        person = self.console.visit()
        sent = person.get("/login/provider")
        assert sent.status_code == 303, sent.text
        asked = urlsplit(str(sent.headers["location"]))
        said = {name: values[0] for name, values in parse_qs(asked.query).items()}
        back = urlsplit(self.provider.authorize(said))
        return person, f"{back.path}?{back.query}"

    def sign_in(self, **claims: object) -> int:
        """What a browser is answered that comes back with such claims."""
        self.provider.claims = claims
        person, back = self.leave()
        answer = person.get(back)
        is_in = person.get("/passkeys").status_code == 200
        assert is_in == (answer.status_code == 303), "a session exactly where it was let in"
        return answer.status_code or 0


@pytest.fixture(scope="module")
def world(database_server: TestDatabase, template: str) -> Iterator[World]:
    urls = database_server.make(template)
    site = build_site(urls)
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    with pytest.MonkeyPatch.context() as patch, providing(f"{address}/login/provider/back") as own:
        cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
        patch.setattr(password, "_HASHER", cheap)
        for name, value in (
            ("CONSOLE_PUBLIC_URL", address),
            ("OIDC_ISSUER", own.url),
            ("OIDC_CLIENT_ID", CLIENT),
            ("OIDC_CLIENT_SECRET", SECRET),
        ):
            patch.setenv(f"TOWERWATCH_{name}", value)
        site.add_user("zhiban")
        site.add_user("banzhang", "project_manager")
        with serving(site, port) as console:
            yield World(console=console, provider=own)
    database_server.drop(urls)


@pytest.fixture(autouse=True)
def begin_anew(world: World) -> None:
    with world.console.site.writing(world.console.site.urls.console_url) as connection:
        forget(connection, "zhiban")
        connection.execute(trusted_sql("UPDATE users SET disabled_at = NULL"))
    world.provider.claims, world.provider.is_away = {}, False


def test_a_person_of_the_provider_is_let_in_as_the_user_of_that_name(world: World) -> None:
    page = world.console.visit().get("/login").text or ""
    assert 'href="/login/provider"' in page
    person, back = world.leave()
    before = str(dict(person.session.cookies)["towerwatch_sign_in"])
    answer = person.get(back)
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    assert 'data-user="zhiban"' in (person.get("/passkeys").text or "")
    assert before not in str(dict(person.session.cookies)), "the cookie of the sign-in is over"


def test_an_answer_is_good_once_and_in_its_own_browser_alone(world: World) -> None:
    person, back = world.leave()
    thief = world.console.visit()
    assert thief.get(back).status_code == 401, "a stolen code in another browser"
    assert person.get(back).status_code == 303
    assert person.get(back).status_code == 401, "and never twice"
    victim, _ = world.leave()
    _, forged = world.leave()
    assert victim.get(forged).status_code == 401, "the state of another sign-in"
    refused, _ = world.leave()
    assert refused.get("/login/provider/back?error=access_denied&state=x").status_code == 401


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "https://other.example"},
        {"aud": "another-client"},
        {"aud": [CLIENT, "another-client"]},
        {"azp": "another-client"},
        {"exp": 1_700_000_000},
        {"exp": None},
        {"iat": None},
        {"nonce": "of another sign-in"},
        {"nonce": None},
        {"sub": None},
        {"sub": ""},
        {"preferred_username": None},
        {"preferred_username": ["zhiban"]},
        {"preferred_username": "nobody"},
    ],
    ids=str,
)
def test_a_token_that_proves_nothing_lets_nobody_in(
    world: World, claims: dict[str, object]
) -> None:
    assert world.sign_in(**claims) == 401


def test_a_disabled_user_stays_outside(world: World) -> None:
    assert world.sign_in() == 303
    with world.console.site.writing(world.console.site.urls.owner_url) as connection:
        connection.execute(
            trusted_sql("UPDATE users SET disabled_at = now() WHERE name = 'zhiban'")
        )
    assert world.sign_in() == 401


def test_nobody_gets_a_user_by_taking_the_name_at_the_provider(world: World) -> None:
    assert world.sign_in(sub="the-real-one") == 303
    assert world.sign_in(sub="somebody-else") == 401
    assert world.sign_in(sub="the-real-one", preferred_username="banzhang") == 303, "still zhiban"
    with world.console.site.writing(world.console.site.urls.owner_url) as connection:
        statement = "SELECT subject, user_name FROM identities"
        tied = connection.execute(trusted_sql(statement)).fetchall()
    assert tied == [("the-real-one", "zhiban")]


@pytest.fixture
def another() -> Iterator[OidcProvider]:
    """A provider whose keys change, beside the one that the other tests believe."""
    with providing("http://127.0.0.1:1/login/provider/back") as provider:
        yield provider


def test_keys_are_kept_and_fetched_anew_for_one_that_is_not_known(another: OidcProvider) -> None:
    hands = [datetime.now(UTC)]
    own = another
    client = Client(
        issuer=own.url,
        client_id=CLIENT,
        client_secret=SECRET,
        claim="preferred_username",
        back=own.back,
    )
    link = ProviderLink(client, clock=lambda: hands[0])

    def identify() -> str:
        question = new_question()
        asked = parse_qs(urlsplit(link.authorize_url(question)).query)
        back = own.authorize({name: values[0] for name, values in asked.items()})
        return link.identify(parse_qs(urlsplit(back).query)["code"][0], question).name

    assert identify() == "zhiban"
    asked = own.asked.count("/keys")
    assert identify() == "zhiban"
    assert own.asked.count("/keys") == asked, "the keys are kept"
    own.rotate()
    with pytest.raises(NotBelieved):
        identify()
    assert own.asked.count("/keys") == asked, "a flood of unknown keys asks for none"
    hands[0] += AGAIN
    assert identify() == "zhiban", "the new key was fetched"
    hands[0] += KEEP
    with pytest.raises(NotBelieved):
        identify()  # the clock is an hour ahead of the provider's: its tokens are over
    assert own.asked.count("/keys") == asked + 2, "old keys are fetched again"


def test_a_provider_that_is_away_leaves_the_password(world: World) -> None:
    world.provider.is_away = True
    person = world.console.visit()
    assert person.get("/login/provider").status_code in {303, 503}
    assert world.console.log_in("zhiban").get("/passkeys").status_code == 200


def test_without_settings_neither_way_is_offered(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CONSOLE_PUBLIC_URL", "OIDC_ISSUER"):
        monkeypatch.delenv(f"TOWERWATCH_{name}", raising=False)
    with serving(site) as console:
        person = console.visit()
        page = person.get("/login").text or ""
        assert "/login/provider" not in page
        assert "by-passkey" not in page
        assert person.get("/login/provider").status_code == 404
        assert person.post("/login/passkey/begin", {}).status_code == 404


def test_a_provider_needs_the_consoles_own_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOWERWATCH_DATABASE_URL", "postgresql://nobody@127.0.0.1/none")
    monkeypatch.setenv("TOWERWATCH_OIDC_ISSUER", "https://id.example.org")
    monkeypatch.delenv("TOWERWATCH_CONSOLE_PUBLIC_URL", raising=False)
    with pytest.raises(BadSettings, match="console_public_url"):
        read_settings()

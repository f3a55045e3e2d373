"""Sign-in by a provider of identities: what is believed, and everything that is not."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest
from argon2 import PasswordHasher

from dashboards.console import password
from dashboards.console.binding import MOST_WAIT, user_of
from dashboards.console.errors import BadSettings, NotBound
from dashboards.console.settings import FirstSignIn, read_settings
from dashboards.console.store.binding import Account, bind, put_address
from dashboards.console.store.pool import Store
from dashboards.console.store.sign_in import forget
from dashboards.console.users import disable_user
from dashboards.identity.errors import NotBelieved
from dashboards.identity.oidc import Client, Identity, new_question
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
        site.add_user("guanli", "admin", places=("city",))
        site.add_user("waiqu", "admin", places=("yard",))
        with serving(site, port) as console:
            yield World(console=console, provider=own)
    database_server.drop(urls)


@pytest.fixture(autouse=True)
def begin_anew(world: World) -> None:
    with world.console.site.writing(world.console.site.urls.console_url) as connection:
        forget(connection, "zhiban")
        connection.execute(trusted_sql("UPDATE users SET disabled_at = NULL"))
        connection.execute(trusted_sql("DELETE FROM identity_requests"))
        account = Account(issuer=world.provider.url, subject="subject-1")
        assert bind(connection, account, "zhiban", datetime.now(UTC))
    world.provider.claims, world.provider.is_away = {}, False


def test_a_person_of_the_provider_is_let_in_as_the_user_they_are_tied_to(world: World) -> None:
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


def acts(world: World) -> list[tuple[object, ...]]:
    with world.console.site.writing(world.console.site.urls.owner_url) as connection:
        statement = (
            "SELECT actor, kind, subject FROM admin_acts WHERE kind LIKE 'identity%%' ORDER BY id"
        )
        return connection.execute(trusted_sql(statement)).fetchall()


def test_the_name_at_the_provider_opens_nothing_until_an_administrator_ties_it(
    world: World,
) -> None:
    assert world.sign_in(preferred_username="anybody") == 303, "the subject counts, not the name"
    assert world.sign_in(sub="somebody-else") == 403, "the name is zhiban's, the subject is not"
    world.provider.claims = {"sub": "new-hand", "preferred_username": "banzhang"}
    person, back = world.leave()
    told = person.get(back)
    assert (told.status_code, "请联系管理员" in (told.text or "")) == (403, True)
    admin, beside = world.console.log_in("guanli"), world.console.log_in("waiqu")
    assert "new-hand" in (admin.get("/admin/users").text or "")
    assert "new-hand" not in (beside.get("/admin/users").text or ""), "no user of that scope"
    account = {"issuer": world.provider.url, "subject": "new-hand"}
    for who, name, status in (
        (world.console.log_in("banzhang"), "banzhang", 403),
        (beside, "banzhang", 404),
        (admin, "nobody-at-all", 404),
        (admin, "zhiban", 422),
        (admin, "banzhang", 303),
        (admin, "banzhang", 404),
    ):
        form = {"csrf": who.csrf, "name": name, **account}
        assert who.post("/admin/bindings", form).status_code == status, (name, status)
    assert world.sign_in(sub="new-hand", preferred_username="zhiban") == 303
    assert acts(world)[-1] == ("guanli", "identity_bind", "banzhang")
    assert "new-hand" in (admin.get("/admin?act=identity_bind").text or "")
    assert "new-hand" not in (admin.get("/admin?act=persons_seen").text or "")
    decline = {"csrf": admin.csrf, "issuer": world.provider.url, "subject": "somebody-else"}
    assert admin.post("/admin/bindings/decline", decline).status_code == 303
    assert world.sign_in(sub="somebody-else") == 403


def test_a_verified_address_ties_only_where_the_settings_say_so(world: World) -> None:
    site = world.console.site
    now = datetime.now(UTC)
    known = Identity(issuer="https://id.example", subject="s", name="x", address="z@example.org")
    with site.writing(site.urls.console_url) as connection:
        assert put_address(connection, "zhiban", "z@example.org")
        assert not put_address(connection, "banzhang", "z@example.org"), "one address, one user"
    with closing(Store(site.urls.console_url)) as pool:
        pool.open()
        with pytest.raises(NotBound):
            user_of(pool, known, FirstSignIn.ADMINISTRATOR, now)
        for other in (replace(known, address=""), replace(known, address="y@example.org")):
            with pytest.raises(NotBound):
                user_of(pool, other, FirstSignIn.VERIFIED_EMAIL, now)
        assert user_of(pool, known, FirstSignIn.VERIFIED_EMAIL, now) == "zhiban"
        second = replace(known, subject="t")
        with pytest.raises(NotBound):
            user_of(pool, second, FirstSignIn.VERIFIED_EMAIL, now)
        assert user_of(pool, replace(known, address=""), FirstSignIn.ADMINISTRATOR, now) == "zhiban"
    assert acts(world)[-1] == ("zhiban", "identity_by_address", "zhiban")


def test_the_address_of_who_was_shut_out_is_the_next_persons(world: World) -> None:
    site = world.console.site
    for name in ("former", "next"):
        site.add_user(name)
    question = "SELECT user_name FROM user_addresses WHERE address = 'desk@example.org'"
    with site.writing(site.urls.console_url) as connection:
        assert put_address(connection, "former", "desk@example.org")
        disable_user(connection, "former", datetime.now(UTC))
        assert put_address(connection, "next", "desk@example.org")
        assert connection.execute(question).fetchall() == [("next",)]


def test_a_crowd_at_the_provider_fills_no_disk(world: World) -> None:
    site = world.console.site
    with site.writing(site.urls.owner_url) as connection:
        connection.execute(
            trusted_sql(
                "INSERT INTO identity_requests SELECT 'https://id.example', number::text, 'x', now()"
                f" FROM generate_series(1, {MOST_WAIT}) AS number"
            )
        )
    assert world.sign_in(sub="one-too-many") == 403
    with site.writing(site.urls.owner_url) as connection:
        row = connection.execute(trusted_sql("SELECT count(*) FROM identity_requests")).fetchone()
        assert row == (MOST_WAIT,)
        old = "UPDATE identity_requests SET asked_at = now() - interval '8 days'"
        connection.execute(trusted_sql(old))
    assert world.sign_in(sub="one-too-many") == 403
    with site.writing(site.urls.owner_url) as connection:
        left = connection.execute(trusted_sql("SELECT subject FROM identity_requests")).fetchall()
    assert left == [("one-too-many",)]


def test_a_user_who_is_made_anew_is_known_by_no_former_way(world: World) -> None:
    admin = world.console.log_in("guanli")
    form = {"csrf": admin.csrf, "name": "zhiban", "role": "operator", "places": "garden"}
    assert "新密码" in (admin.post("/admin/users", form).text or "")
    assert world.sign_in() == 403, "the name may be another person's by now"


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
    assert world.console.log_in("guanli").get("/passkeys").status_code == 200


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

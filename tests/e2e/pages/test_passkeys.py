"""Passkeys in the real browser, with an authenticator of its own: added, used, copied, removed."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from playwright.sync_api import Browser, CDPSession, Page

from ingest.database import trusted_sql
from tests.integration.dashboards.console import ConsoleServer, serving
from tests.integration.dashboards.site import PASSWORD, Site
from towerwatch.process import free_port

pytestmark = pytest.mark.browser


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with a finger on a sensor."""

    page: Page
    device: CDPSession
    authenticator: str
    address: str

    def log_in(self) -> None:
        self.page.goto(f"{self.address}/login")
        self.page.fill("[name=name]", "zhiban")
        self.page.fill("[name=password]", PASSWORD)
        self.page.click("button.primary")
        self.page.wait_for_url(f"{self.address}/")

    def log_out(self) -> None:
        self.page.goto(f"{self.address}/passkeys")
        self.page.click("form[action='/logout'] button")
        self.page.wait_for_url("**/login*")

    def add(self, label: str) -> None:
        self.page.goto(f"{self.address}/passkeys")
        self.page.fill("#label", label)
        self.page.fill("#password", "somebody at an open screen")
        self.page.click("#new-passkey button")
        self.page.wait_for_selector("#passkey-trouble:not([hidden])")
        self.page.fill("#password", PASSWORD)
        self.page.click("#new-passkey button")
        self.page.wait_for_selector(f"td:text-is('{label}')")

    def try_passkey(self) -> None:
        self.page.goto(f"{self.address}/login")
        self.page.click("#by-passkey")

    def rewind(self) -> None:
        """What a copy of the key would say: a count that the server has seen already."""
        told = {"authenticatorId": self.authenticator}
        [key] = self.device.send("WebAuthn.getCredentials", told)["credentials"]
        self.device.send("WebAuthn.clearCredentials", told)
        self.device.send("WebAuthn.addCredential", {**told, "credential": {**key, "signCount": 0}})


@pytest.fixture
def console(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[ConsoleServer]:
    port = free_port()
    # A passkey belongs to a name, never to a bare address.
    monkeypatch.setenv("TOWERWATCH_CONSOLE_PUBLIC_URL", f"http://localhost:{port}")
    site.add_user("zhiban")
    with serving(site, port) as server:
        yield server


@pytest.fixture
def person(console: ConsoleServer, chromium: Browser) -> Iterator[Person]:
    context = chromium.new_context(locale="zh-CN")
    page = context.new_page()
    device = context.new_cdp_session(page)
    device.send("WebAuthn.enable")
    made = device.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    yield Person(
        page=page,
        device=device,
        authenticator=made["authenticatorId"],
        address=console.address.replace("127.0.0.1", "localhost"),
    )
    context.close()


def counts(console: ConsoleServer) -> list[int]:
    with console.site.writing(console.site.urls.owner_url) as connection:
        rows = connection.execute(trusted_sql("SELECT sign_count FROM passkeys")).fetchall()
    return [int(str(row[0])) for row in rows]


def noted(console: ConsoleServer) -> list[tuple[str, str]]:
    with console.site.writing(console.site.urls.owner_url) as connection:
        statement = "SELECT kind, detail FROM admin_acts WHERE actor = 'zhiban' ORDER BY id"
        rows = connection.execute(trusted_sql(statement)).fetchall()
    return [(str(kind), str(detail)) for kind, detail in rows]


def test_a_passkey_is_added_and_signs_in_and_a_copy_of_it_does_not(
    console: ConsoleServer, person: Person
) -> None:
    person.log_in()
    person.add("值班室电脑")
    person.log_out()
    person.try_passkey()
    person.page.wait_for_url(f"{person.address}/")
    assert person.page.get_attribute("body", "data-user") == "zhiban"
    [seen] = counts(console)
    assert seen > 1
    person.log_out()
    person.rewind()
    person.try_passkey()
    person.page.wait_for_selector("#passkey-trouble:not([hidden])")
    assert "通行密钥未通过" in person.page.inner_text("#passkey-trouble")
    assert counts(console) == [seen], "the copy's count is not believed"
    assert noted(console) == [
        ("passkey_add", "值班室电脑"),
        ("passkey_use", "值班室电脑"),
        ("passkey_refuse", "值班室电脑"),
    ]


def test_a_removed_passkey_and_a_disabled_person_stay_outside(
    console: ConsoleServer, person: Person
) -> None:
    person.log_in()
    person.add("手机")
    person.log_out()
    with console.site.writing(console.site.urls.owner_url) as connection:
        connection.execute(trusted_sql("UPDATE users SET disabled_at = now()"))
    person.try_passkey()
    person.page.wait_for_selector("#passkey-trouble:not([hidden])")
    with console.site.writing(console.site.urls.owner_url) as connection:
        connection.execute(trusted_sql("UPDATE users SET disabled_at = NULL"))
    person.try_passkey()
    person.page.wait_for_url(f"{person.address}/")
    person.page.goto(f"{person.address}/passkeys")
    person.page.click("form[action$='/drop'] button")
    person.page.wait_for_selector("text=还没有通行密钥")
    person.log_out()
    person.try_passkey()
    person.page.wait_for_selector("#passkey-trouble:not([hidden])")
    assert counts(console) == []
    assert noted(console)[-1] == ("passkey_drop", "手机")


def test_nobody_adds_a_key_without_the_pages_own_token(
    console: ConsoleServer, person: Person
) -> None:
    person.log_in()
    forged = person.page.evaluate(
        "() => fetch('/passkeys/begin', { method: 'POST' }).then((answer) => answer.status)"
    )
    assert forged == 403
    stranger = console.visit()
    assert stranger.post("/passkeys/begin", {}).status_code in {303, 401}
    assert (
        stranger.post("/login/passkey/begin", {}, origin="https://evil.example").status_code == 403
    )
    answer = stranger.session.post(
        f"{console.address}/login/passkey",
        json={"credential": "{}"},
        headers={"Origin": console.address, "Accept": "application/json"},
        timeout=20,
    )
    assert answer.status_code == 401, "this browser has begun nothing"

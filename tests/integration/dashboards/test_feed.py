"""What the bureau's systems read: the feed, its pages, its tags; and the page behind a message."""

from datetime import timedelta
from xml.etree import ElementTree as ET

import pytest

from analytics.notices.spread import Spreader
from ingest.database import connect
from tests.integration.dashboards.console import ConsoleServer, Person
from tests.integration.dashboards.site import Site, now
from tests.oracles.cap_rule import breaches
from tests.unit.analytics.builders import notice_body

ATOM = "{http://www.w3.org/2005/Atom}"


def tell(site: Site, count: int, *, target: str = "bureau", kind: str = "alarm.opened") -> int:
    """Notices about one fire, spread as the process of messages does; the alarm's number."""
    alarm_id = site.raise_alarm("D-1", "fire_alarm")
    with site.writing(site.urls.owner_url) as connection:
        for number in range(count):
            connection.execute(
                "WITH added AS (INSERT INTO notices (alarm_id, place_path, organisation_id, target,"
                " kind, body, is_life_safety, created_at, next_at)"
                " SELECT id, place_path, (SELECT min(id) FROM organisations), %s, %s, %s::jsonb,"
                " true, %s, %s FROM alarms WHERE id = %s RETURNING id)"
                " INSERT INTO notice_work (notice_id) SELECT id FROM added",
                (
                    target,
                    kind,
                    notice_body().decode(),
                    now() + timedelta(seconds=number),
                    now(),
                    alarm_id,
                ),
            )
    connection = connect(site.urls.analytics_url, application="test")
    try:
        assert Spreader("tower.example").handle(connection, now()) == count
    finally:
        connection.close()
    return alarm_id


@pytest.fixture
def bureau(console: ConsoleServer) -> Person:
    console.site.add_user("duty", "bureau", places=("city",))
    return console.log_in("duty")


def links(feed: ET.Element) -> dict[str, str]:
    return {one.attrib["rel"]: one.attrib["href"] for one in feed.findall(f"{ATOM}link")}


def test_the_feed_is_paged_newest_first_and_every_document_keeps_the_rules(
    console: ConsoleServer, bureau: Person
) -> None:
    tell(console.site, 5)
    path, seen = "/api/v1/cap?limit=2", []
    while path:
        answer = bureau.get(path)
        assert answer.status_code == 200
        assert str(answer.headers["content-type"]).startswith("application/atom+xml")
        feed = ET.fromstring(answer.content or b"")
        seen += [
            (str(entry.findtext(f"{ATOM}updated")), entry.find(f"{ATOM}link"))
            for entry in feed.findall(f"{ATOM}entry")
        ]
        path = links(feed).get("next", "").removeprefix(console.address)
    assert len(seen) == 5
    assert [at for at, _ in seen] == sorted((at for at, _ in seen), reverse=True)
    kinds = []
    for _, link in seen:
        assert link is not None
        answer = bureau.get(link.attrib["href"].removeprefix(console.address))
        assert breaches(answer.content or b"") == []
        kinds.append((answer.text or "").split("<msgType>")[1].split("<")[0])
    assert kinds == ["Update", "Update", "Update", "Update", "Alert"]


def test_what_has_not_changed_is_not_sent_again(console: ConsoleServer, bureau: Person) -> None:
    tell(console.site, 1)
    first = bureau.get("/api/v1/cap")
    tag = str(first.headers["etag"])
    again = bureau.get("/api/v1/cap", **{"If-None-Match": tag})
    assert (again.status_code, again.content) == (304, b"")
    tell_more = bureau.get("/api/v1/cap?limit=3", **{"If-None-Match": tag})
    assert tell_more.status_code == 200


def test_the_feed_is_the_bureaus_alone_and_within_its_scope(console: ConsoleServer) -> None:
    tell(console.site, 1)
    assert console.visit().get("/api/v1/cap", Accept="application/json").status_code == 401
    console.site.add_user("desk", "operator", places=("garden",))
    assert console.log_in("desk").get("/api/v1/cap", Accept="*/*").status_code == 403
    console.site.add_user("elsewhere", "bureau", places=("yard",))
    stranger = console.log_in("elsewhere")
    feed = ET.fromstring(stranger.get("/api/v1/cap").content or b"")
    assert feed.findall(f"{ATOM}entry") == []


@pytest.mark.parametrize("after", ["x", "WyJhIiwiYiJd", "%00"])
def test_a_foreign_cursor_is_refused(bureau: Person, after: str) -> None:
    answer = bureau.get(f"/api/v1/cap?after={after}", Accept="application/json")
    assert answer.status_code == 400


def contact_and_token(site: Site) -> str:
    with site.writing(site.urls.owner_url) as connection:
        connection.execute(
            "INSERT INTO notice_contacts (organisation_id, role, channel, address_key, language,"
            " hears, after_s, rounds, every_s) SELECT min(id), 'desk', 'call', 'phone', 'zh',"
            " '{life_safety}', 0, 1, 60 FROM organisations"
        )
    tell(site, 1, target="desk")
    with site.writing(site.urls.owner_url) as connection:
        row = connection.execute("SELECT token FROM notice_messages").fetchone()
    assert row is not None
    return str(row[0])


def receipts(site: Site) -> list[str]:
    with site.writing(site.urls.owner_url) as connection:
        found = connection.execute("SELECT kind FROM notice_receipts ORDER BY kind").fetchall()
    return [str(row[0]) for row in found]


def test_looking_at_a_message_is_a_receipt_and_only_the_button_takes_it(
    console: ConsoleServer,
) -> None:
    token = contact_and_token(console.site)
    stranger = console.visit()
    page = stranger.get(f"/n/{token}")
    assert page.status_code == 200
    assert "火警:示范花园 1号楼 走廊感烟" in (page.text or "")
    assert receipts(console.site) == ["read"]
    assert stranger.post(f"/n/{token}", {}).status_code == 303
    assert "已有人接手" in (stranger.get(f"/n/{token}").text or "")
    assert receipts(console.site) == ["read", "taken"]


def test_the_alarms_page_shows_who_was_told_and_what_became_of_it(console: ConsoleServer) -> None:
    contact_and_token(console.site)
    with console.site.writing(console.site.urls.owner_url) as connection:
        connection.execute(
            "UPDATE notice_messages SET state = 'not_answered', delivered_at = now(), attempts = 1"
        )
        alarm = connection.execute("SELECT max(id) FROM alarms").fetchone()
    assert alarm is not None
    console.site.add_user("desk")
    page = console.log_in("desk").get(f"/alarms/{alarm[0]}").text or ""
    assert "电话 desk：无人接听" in page or "电话 desk: 无人接听" in page


def test_a_voice_gateway_says_what_became_of_a_call(console: ConsoleServer) -> None:
    token = contact_and_token(console.site)
    answer = console.visit().session.post(
        f"{console.address}/n/{token}/receipt", json={"result": "not_answered"}, timeout=10
    )
    assert answer.status_code == 204
    assert receipts(console.site) == ["not_answered"]


@pytest.mark.parametrize("token", ["A" * 22, "short", "..%2F.."])
def test_a_guessed_link_shows_nothing(console: ConsoleServer, token: str) -> None:
    assert console.visit().get(f"/n/{token}").status_code in (404, 422)
    assert receipts(console.site) == []

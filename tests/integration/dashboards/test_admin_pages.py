"""Administration: a device is monitored after its walk test, weeks, users within one's own scope."""

import re
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest
import structlog
from argon2 import PasswordHasher

from dashboards.console import password
from ingest.database import connect, in_transaction, trusted_sql
from ingest.registry.request import handle_request
from tests.integration.dashboards.console import ConsoleServer, Person, serving
from tests.integration.dashboards.site import PASSWORD, Site, build_site
from tests.integration.dashboards.test_holds import alarm_process
from tests.services import TestDatabase


@pytest.fixture(scope="module")
def garden(database_server: TestDatabase, template: str) -> Iterator[ConsoleServer]:
    """One console with its alarm process for the whole module."""
    structlog.configure(processors=[structlog.processors.KeyValueRenderer()])
    urls = database_server.make(template)
    site = build_site(urls)
    with pytest.MonkeyPatch.context() as patch:
        cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
        patch.setattr(password, "_HASHER", cheap)
        site.add_user("chief", "project_manager", organisation="property")
        site.add_user("root", "admin", places=("*",))
        site.add_user("duty")
        with site.writing(urls.analytics_url) as connection:
            connection.execute(
                trusted_sql(
                    "INSERT INTO technicians (name, organisation_id, display_name, capacity)"
                    " SELECT 'wang', id, '王师傅', 3 FROM organisations WHERE code = 'lift_firm'"
                )
            )
        with alarm_process(site), serving(site) as console:
            yield console
    database_server.drop(urls)
    structlog.reset_defaults()


def ask(person: Person, path: str, data: dict[str, str]) -> tuple[int, str]:
    answer = person.post(path, {"csrf": person.csrf, **data}, Accept="application/json")
    said = answer.json()
    return answer.status_code or 0, said.get("state") or str(said)


def row(site: Site, statement: str) -> tuple[object, ...] | None:
    with site.writing(site.urls.owner_url) as connection:
        return connection.execute(trusted_sql(statement)).fetchone()


def do(site: Site, statement: str) -> None:
    with site.writing(site.urls.owner_url) as connection:
        connection.execute(trusted_sql(statement))


def hear(site: Site, asset: str, event: str) -> None:
    """The platform received an event of a device a moment ago."""
    do(
        site,
        "INSERT INTO events (asset_id, place_path, gateway, stream, seq, position, event, condition,"
        " state, at, received_at)"
        " SELECT assets.id, path, 'gw-1', 1, (SELECT count(*) FROM events), 0,"
        f" '{event}', '{event}', 'raise', now(), now()"
        f" FROM assets JOIN places ON places.id = place_id WHERE assets.code = '{asset}'",
    )


def test_a_device_is_monitored_after_somebody_set_it_off(garden: ConsoleServer) -> None:
    site, chief = garden.site, garden.log_in("chief")
    do(site, "UPDATE assets SET commissioned_at = NULL WHERE code = 'D-1'")
    state = "SELECT state, commissioned_at IS NULL FROM visible_assets WHERE code = 'D-1'"
    do(site, "INSERT INTO reader_scopes VALUES ('tw_owner', '')")
    assert row(site, state) == ("not_commissioned", True)
    assert "D-1" in (chief.get("/admin/walk").text or ""), "the one compound there is"
    assert ask(chief, "/admin/walk", {"assets": "D-1", "text": "验收"}) == (200, "done")
    found = row(site, "SELECT id FROM walk_tests WHERE state = 'open' ORDER BY id DESC")
    assert found is not None
    passing = f"/admin/walks/{found[0]}/walk_pass"
    page = chief.get("/admin/walk?place=garden").text or ""
    assert "尚未收到" in page
    assert ask(chief, passing, {})[0] == 409, "nothing was heard"
    hear(site, "D-1", "fault")
    assert ask(chief, passing, {})[0] == 409, "a fault is no fire alarm"
    hear(site, "D-1", "fire_alarm")
    assert ask(chief, passing, {}) == (200, "done")
    kept = row(site, "SELECT ended_by, evidence, state FROM walk_tests ORDER BY id DESC LIMIT 1")
    assert kept == ("chief", "fire_alarm", "passed")
    now_state = row(site, state)
    assert now_state is not None
    assert now_state[1] is False
    assert ask(chief, passing, {})[0] == 409, "passed once"


def test_a_value_that_moves_passes_a_lift_and_a_failed_test_needs_a_reason(
    garden: ConsoleServer,
) -> None:
    site, chief = garden.site, garden.log_in("chief")
    assert ask(chief, "/admin/walk", {"assets": "L-1"}) == (200, "done")
    found = row(site, "SELECT id FROM walk_tests WHERE state = 'open' ORDER BY id DESC")
    assert found is not None
    failing = f"/admin/walks/{found[0]}/walk_fail"
    assert ask(chief, failing, {})[0] == 422
    site.measure_lift(datetime.now(UTC) + timedelta(minutes=5))
    assert ask(chief, f"/admin/walks/{found[0]}/walk_pass", {}) == (200, "done")


def test_a_device_of_another_place_is_not_there(garden: ConsoleServer) -> None:
    chief = garden.log_in("chief")
    assert ask(chief, "/admin/walk", {"assets": "L-9"})[0] == 404
    assert ask(chief, "/admin/walks/999999/walk_pass", {})[0] == 404


def test_a_week_is_kept_and_its_holes_are_shown(garden: ConsoleServer) -> None:
    site, chief = garden.site, garden.log_in("chief")
    assert "整周无人" in (chief.get("/admin/roster").text or "")
    path = "/admin/roster/technicians/wang"
    week = {"week": "1-5 08:00 20:00\n6 20:00 08:00"}
    assert ask(chief, path, week) == (409, "refused"), "another firm's roster"
    assert ask(garden.log_in("root"), path, week) == (200, "done")
    assert row(site, "SELECT count(*) FROM technician_shifts WHERE technician = 'wang'") == (6,)
    page = chief.get("/admin/roster").text or ""
    assert "周一 20:00 – 周二 08:00" in page
    assert ask(chief, path, {"week": "9 08:00 20:00"})[0] == 422
    assert ask(chief, "/admin/roster/technicians/nobody", {"week": ""})[0] == 404
    desk = "/admin/roster/desks/garden"
    assert ask(chief, desk, {"who": "duty", "week": "1-7 00:00 00:00"}) == (200, "done")
    assert "全周有人" in (chief.get("/admin/roster").text or "")
    assert ask(chief, "/admin/roster/desks/yard", {"who": "duty", "week": ""})[0] == 404


def test_nobody_makes_a_user_who_sees_or_may_more(garden: ConsoleServer) -> None:
    chief = garden.log_in("chief")
    wanted = {"name": "night", "role": "operator", "title": "夜班", "places": "garden"}
    csrf = chief.csrf
    made = chief.post("/admin/users", {"csrf": csrf, **wanted})
    assert made.status_code == 200
    shown = (made.text or "").split("<code>")[1].split("</code>")[0]
    person = garden.visit()
    answer = person.post("/login", {"name": "night", "password": shown})
    assert answer.status_code == 303
    for change in (
        {"places": "*"},
        {"places": "garden yard"},
        {"places": "city"},
        {"places": ""},
        {"role": "admin"},
        {"role": "supervisor"},
        {"role": "technician", "organisation": "lift_firm"},
        {"name": "root"},
    ):
        refused = chief.post("/admin/users", {"csrf": csrf, **wanted, **change})
        assert refused.status_code in {403, 404, 422}, change
    assert person.get("/").status_code == 200, "the session stands"
    again = chief.post("/admin/users", {"csrf": csrf, **wanted})
    shown = (again.text or "").split("<code>")[1].split("</code>")[0]
    assert person.get("/").status_code == 303, "a changed user logs in anew, as the page says"
    assert person.post("/login", {"name": "night", "password": shown}).status_code == 303
    assert chief.post("/admin/users/night/log-out", {"csrf": csrf}).status_code == 303
    assert person.get("/").status_code == 303
    assert chief.post("/admin/users/night/disable", {"csrf": csrf}).status_code == 303
    assert garden.visit().post("/login", {"name": "night", "password": shown}).status_code == 401
    for name in ("root", "chief"):
        assert chief.post(f"/admin/users/{name}/disable", {"csrf": csrf}).status_code in {403, 404}
    log = chief.get("/admin").text or ""
    assert "添加或更改用户" in log
    assert shown not in log


def test_a_contact_is_masked_until_somebody_asks_and_is_written_down(
    garden: ConsoleServer,
) -> None:
    site, chief = garden.site, garden.log_in("chief")
    do(
        site,
        "INSERT INTO responsible_persons (place_id, role, name, phone, valid_during)"
        " SELECT id, 'fire', '欧阳某某', '13800001234', tstzrange(now() - INTERVAL '1 day', NULL)"
        " FROM places WHERE code = 'garden'",
    )
    found = row(site, "SELECT id FROM responsible_persons")
    assert found is not None
    masked = chief.get("/admin/contacts").text or ""
    assert "欧***" in masked
    assert "13800001234" not in masked
    assert "没有合同" in masked
    path = f"/admin/contacts/{found[0]}"
    assert "13800001234" in (chief.post(path, {"csrf": chief.csrf}).text or "")
    assert row(site, "SELECT actor FROM admin_acts WHERE kind = 'persons_seen'") == ("chief",)
    do(
        site,
        "UPDATE responsible_persons SET place_id = (SELECT id FROM places WHERE code = 'yard')",
    )
    assert chief.post(path, {"csrf": chief.csrf}).status_code == 404


def test_only_who_administers_gets_the_pages(garden: ConsoleServer) -> None:
    duty = garden.log_in("duty")
    for path in ("/admin", "/admin/users", "/admin/gateways", "/admin/roster"):
        assert duty.get(path).status_code == 403, path
    assert duty.get("/admin/walk").status_code == 200
    assert garden.log_in("root").get("/admin/gateways").status_code == 200
    assert PASSWORD not in (garden.log_in("root").get("/admin/users").text or "")


def upload(person: Person, content: str, name: str = "registry.yaml") -> str:
    answer = person.session.post(
        f"{person.address}/admin/registry",
        data={"csrf": person.csrf, "reason": "年度核对"},
        files=[("files", (name, content.encode(), "application/x-yaml"))],
        headers={"Origin": person.address},
        timeout=20,
    )
    assert answer.status_code == 200, answer.text
    return answer.text or ""


def registry_of(name: str = "花园小区", code: str = "garden") -> str:
    above = (
        "  - {code: city, level: city, name_zh: 示范市, name_en: Demo City}\n"
        "  - {code: dist, level: district, parent: city, name_zh: 示范区, name_en: Demo District}\n"
        "  - {code: street, level: street, parent: dist, name_zh: 示范街道, name_en: Demo Street}\n"
        "  - {code: comm, level: community, parent: street, name_zh: 示范社区, name_en: Demo Community}\n"
    )
    return (
        f"places:\n{above}"
        f"  - {{code: {code}, level: compound, parent: comm, name_zh: {name}, name_en: Garden}}\n"
        f"  - {{code: b1, level: building, parent: {code}, name_zh: 1号楼, name_en: Building 1}}\n"
        "  - {code: b1f02, level: floor, parent: b1, name_zh: 2层, name_en: Floor 2}\n"
        "managements:\n"
        f"  - {{compound: {code}, kind: nobody, from: 2026-01-01}}\n"
    )


def test_files_are_shown_before_they_are_written(garden: ConsoleServer) -> None:
    site, root = garden.site, garden.log_in("root")
    wrong = upload(root, registry_of().replace("level: building", "level: castle"))
    assert "registry.yaml" in wrong
    assert "确认写入" not in wrong
    shown = upload(root, registry_of("花园新村"))
    assert "花园新村" in shown
    assert "更改" in shown
    assert "确认写入" in shown, shown[shown.index("检查结果") :]
    number = shown.split('action="/admin/registry/')[1].split('"')[0]
    assert row(site, "SELECT name_zh FROM places WHERE code = 'garden'") == ("花园小区",)
    assert "确认写入" not in upload(garden.log_in("chief"), registry_of(code="newyard"))
    assert root.post(f"/admin/registry/{number}", {"csrf": root.csrf}).status_code == 303
    with closing(connect(site.urls.ingest_url, application="test desk")) as connection:
        assert in_transaction(connection, lambda held: handle_request(held, []))
    kept = row(site, "SELECT state, outcome FROM registry_requests WHERE state <> 'shown'")
    assert kept is not None
    assert kept[0] == "done", kept
    assert row(site, "SELECT name_zh FROM places WHERE code = 'garden'") == ("花园新村",)
    assert root.post(f"/admin/registry/{number}", {"csrf": root.csrf}).status_code == 404
    assert "已写入" in (root.get("/admin/registry").text or "")


def test_one_device_is_edited_in_a_form_and_nothing_beside_it_changes(
    garden: ConsoleServer,
) -> None:
    site, root = garden.site, garden.log_in("root")
    before = row(site, "SELECT count(*) FROM assets WHERE retired_at IS NULL")
    do(site, "UPDATE assets SET commissioned_at = '2024-03-14T16:00Z' WHERE code = 'L-1'")
    form = root.get("/admin/edit/assets?code=L-1").text or ""
    assert 'value="1号楼1号梯"' in form
    assert 'value="2024-03-15"' in form, "the day as it is told where the lift stands"
    typed = {
        "csrf": root.csrf,
        "code": "L-1",
        "class": "lift",
        "place": "b1",
        "name_zh": "1号楼客梯",
        "maintainer": "lift_firm",
        "contract_until": "明年",
        "reason": "续签合同",
    }
    wrong = root.post("/admin/edit/assets", typed).text or ""
    assert re.search(r'id="e-contract_until">[^<]*明年', wrong)
    assert 'value="1号楼客梯"' in wrong, "what was typed stays"
    assert 'value="明年"' in wrong
    assert "确认写入" not in wrong
    shown = root.post("/admin/edit/assets", {**typed, "contract_until": "2028-06-30"}).text or ""
    assert "确认写入" in shown, re.findall(r'class="faults?".*', shown)
    assert "退役" not in shown, "what stands beside it is not taken to be gone"
    number = shown.split('action="/admin/registry/')[1].split('"')[0]
    assert root.post(f"/admin/registry/{number}", {"csrf": root.csrf}).status_code == 303
    with closing(connect(site.urls.ingest_url, application="test desk")) as connection:
        assert in_transaction(connection, lambda held: handle_request(held, []))
    kept = row(site, "SELECT name_zh, contract_until::text FROM assets WHERE code = 'L-1'")
    assert kept == ("1号楼客梯", "2028-06-30")
    assert row(site, "SELECT count(*) FROM assets WHERE retired_at IS NULL") == before


def test_a_contact_is_replaced_and_a_place_added_in_a_form(garden: ConsoleServer) -> None:
    site, root = garden.site, garden.log_in("root")

    def write(table: str, **cells: str) -> None:
        shown = root.post(f"/admin/edit/{table}", {"csrf": root.csrf, **cells}).text or ""
        assert 'action="/admin/registry/' in shown, re.findall(r"✕.*|class=.fault.*", shown)
        number = shown.split('action="/admin/registry/')[1].split('"')[0]
        assert root.post(f"/admin/registry/{number}", {"csrf": root.csrf}).status_code == 303
        with closing(connect(site.urls.ingest_url, application="test desk")) as connection:
            assert in_transaction(connection, lambda held: handle_request(held, []))

    for name, phone in (("张三", "0000-1"), ("李四", "0000-2")):
        write("responsible_persons", place="garden", role="项目经理", name=name, phone=phone)
    holds = "SELECT name FROM responsible_persons WHERE role = '项目经理' AND valid_during @> now()"
    assert row(site, holds) == ("李四",)
    asked = root.get("/admin/edit/responsible_persons?place=garden&role=项目经理").text or ""
    assert "李四" not in asked, "personal data is written anew, never shown"
    write("places", code="b9", level="building", parent="garden", name_zh="9号楼")
    assert row(site, "SELECT path::text FROM places WHERE code = 'b9'") == (
        "city.dist.street.comm.garden.b9",
    )
    empty = root.post("/admin/edit/places", {"csrf": root.csrf, "name_zh": "无编码"}).text or ""
    do(site, "DELETE FROM responsible_persons WHERE role = '项目经理'")
    assert 'id="e-code"' in empty
    assert 'value="无编码"' in empty


def test_a_foreigner_edits_nothing_of_another_scope(garden: ConsoleServer) -> None:
    chief = garden.log_in("chief")
    assert "邻院" not in (chief.get("/admin/edit/assets?code=L-9").text or "")
    assert chief.get("/admin/edit/places?code=yard").status_code == 404
    assert chief.get("/admin/edit/bindings").status_code == 404
    typed = {"csrf": chief.csrf, "code": "new-9", "class": "lift", "place": "yard", "name_zh": "x"}
    shown = chief.post("/admin/edit/assets", typed).text or ""
    assert "确认写入" not in shown


def test_a_limit_is_tried_on_what_was_measured(garden: ConsoleServer) -> None:
    garden.site.measure_lift()
    chief = garden.log_in("chief")
    page = chief.get("/admin/limits?metric=lift.motor_temp&value=30&side=above").text or ""
    assert "约 1 次报警，涉及 1 台设备" in page or "约 2 次" in page
    none = chief.get("/admin/limits?metric=lift.motor_temp&value=300&side=above").text or ""
    assert "约 0 次报警" in none
    assert chief.get("/admin/limits?metric=lift.nothing&value=3").status_code == 422

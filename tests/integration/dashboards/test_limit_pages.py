"""An administrator sets a limit on the page; a desk gives work out by hand and takes a slip back."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
import structlog
from argon2 import PasswordHasher

from dashboards.console import password
from tests.integration.dashboards.console import ConsoleServer, serving
from tests.integration.dashboards.site import Site, build_site
from tests.integration.dashboards.test_admin_pages import ask, row
from tests.integration.dashboards.test_holds import alarm_process
from tests.services import TestDatabase

LIMIT = {
    "metric": "lift.motor_temp",
    "value": "90",
    "side": "above",
    "standard": "110.0",
    "place": "garden",
    "text": "机房通风改造前",
}

CONTRACTS = """
WITH of_elsewhere AS (
    INSERT INTO organisations (code, kind, name_zh) VALUES ('far_firm', 'maintenance_firm', '外地维保')
)
INSERT INTO managements (place_id, kind, organisation_id, valid_during)
SELECT places.id, 'company', organisations.id, '[2020-01-01,)'
FROM places, organisations
WHERE places.code = 'garden' AND organisations.code = 'property'
"""


@pytest.fixture(scope="module")
def garden(database_server: TestDatabase, template: str) -> Iterator[ConsoleServer]:
    structlog.configure(processors=[structlog.processors.KeyValueRenderer()])
    urls = database_server.make(template)
    site = build_site(urls)
    with pytest.MonkeyPatch.context() as patch:
        cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
        patch.setattr(password, "_HASHER", cheap)
        site.add_user("chief", "project_manager", organisation="property")
        site.add_user("root", "admin", places=("*",))
        site.add_user("stranger", "project_manager", ("yard",))
        site.add_user("duty")
        site.add_user("zhou")
        with site.writing(urls.owner_url) as owner:
            owner.execute(CONTRACTS)
        with alarm_process(site), serving(site) as console:
            yield console
    database_server.drop(urls)
    structlog.reset_defaults()


def newest(site: Site) -> object:
    """The number of the limit that was set last."""
    found = row(site, "SELECT max(id) FROM limit_settings")
    return found and found[0]


def test_a_limit_is_set_shown_on_the_device_written_down_and_taken_back(
    garden: ConsoleServer,
) -> None:
    site, chief = garden.site, garden.log_in("chief")
    site.measure_lift()
    form = chief.get("/admin/limits?metric=lift.motor_temp&value=90&side=above").text or ""
    assert "设定这个限值" in form
    assert "可设 60–110" in form
    again = {"Idempotency-Key": str(uuid4()), "Accept": "application/json"}
    for _ in range(2):
        sent = chief.post("/admin/limits", {"csrf": chief.csrf, **LIMIT}, **again)
        assert sent.json()["state"] == "done"
    number = row(site, "SELECT id FROM assets WHERE code = 'L-1'")
    assert number is not None
    device = chief.get(f"/assets/{number[0]}").text or ""
    assert "已设定" in device
    assert "机房通风改造前" in device
    assert "标准 110" in device
    history = chief.get(f"/assets/{number[0]}/history?days=1").json()
    (motor,) = [one for one in history["metrics"] if one["name"] == "motor_temp"]
    assert motor["limits"] == [90]
    listed = chief.get("/admin/limits").text or ""
    assert "机房通风改造前" in listed
    noted = (chief.get("/admin").text or "").count("电梯 曳引机温度 &gt; 90 degC")
    assert noted == 1, "a page that asks again under its key is written down once"
    assert ask(chief, f"/admin/limits/{newest(site)}/withdraw", {"text": "已改造"}) == (200, "done")
    assert "标准 110" not in (chief.get(f"/assets/{number[0]}").text or "")
    assert "已改造" in (chief.get("/admin/limits").text or "")
    assert "撤销限值" in (chief.get("/admin").text or "")


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"value": "111"}, 409),
        ({"standard": ""}, 409),
        ({"place": "yard"}, 404),
        ({"place": "", "asset": "L-9"}, 404),
        ({"text": " "}, 422),
        ({"begins": "soon"}, 422),
        ({"begins": "2999-01-01T00:00"}, 409),
        ({"standard": "1.1.1"}, 422),
    ],
)
def test_what_may_not_be_set_is_refused(
    garden: ConsoleServer, changes: dict[str, str], status: int
) -> None:
    chief = garden.log_in("chief")
    assert ask(chief, "/admin/limits", LIMIT | changes)[0] == status


def test_who_sets_no_limits_finds_none_to_take_back(garden: ConsoleServer) -> None:
    root, duty, stranger = garden.log_in("root"), garden.log_in("duty"), garden.log_in("stranger")
    assert ask(root, "/admin/limits", LIMIT | {"place": "city"}) == (200, "done")
    assert ask(duty, "/admin/limits", LIMIT)[0] == 403
    withdraw = f"/admin/limits/{newest(garden.site)}/withdraw"
    assert ask(stranger, withdraw, {"text": "x"})[0] == 404
    chief = garden.log_in("chief")
    assert "示范市" in (chief.get("/admin/limits").text or "")
    assert ask(chief, withdraw, {"text": "不归我管"})[0] == 409
    assert ask(root, withdraw, {"text": "试毕"}) == (200, "done")


def test_work_is_given_out_from_the_alarm_and_not_once_it_is_taken(garden: ConsoleServer) -> None:
    duty = garden.log_in("duty")
    alarm = garden.site.raise_alarm("L-1", "overspeed")
    page = duty.get(f"/alarms/{alarm}").text or ""
    assert "权责清单没有对应条款" in page
    assert "示范电梯维保" in page
    assert "示范物业" in page
    assert "外地维保" not in page, "no company without a contract within the scope"
    act = f"/alarms/{alarm}/dispatch"
    assert ask(duty, act, {"to": "far_firm", "text": "维保失联"}) == (409, "refused")
    assert ask(duty, act, {"to": "property"}) == (409, "refused")
    assert ask(duty, act, {"to": "property", "text": "维保失联"}) == (200, "done")
    page = duty.get(f"/alarms/{alarm}").text or ""
    assert "维保失联" in page
    assert "<summary>改派" in page
    chief = garden.log_in("chief")
    order = row(garden.site, f"SELECT id FROM work_orders WHERE alarm_id = {alarm}")
    assert order is not None
    assert ask(chief, f"/orders/{order[0]}/accept", {}) == (200, "done")
    page = duty.get(f"/alarms/{alarm}").text or ""
    assert "已有人接单" in page
    assert 'id="dispatch"' not in page


def test_a_slip_of_the_hand_is_offered_to_whoever_made_it_and_stays_in_the_timeline(
    garden: ConsoleServer,
) -> None:
    duty, zhou = garden.log_in("duty"), garden.log_in("zhou")
    alarm = garden.site.raise_alarm("D-1", "fire_alarm")
    path = f"/alarms/{alarm}"
    assert 'data-act="take_back"' not in (duty.get(path).text or "")
    assert ask(duty, f"{path}/acknowledge", {}) == (200, "done")
    assert 'data-act="take_back"' in (duty.get(path).text or "")
    assert 'data-act="take_back"' not in (zhou.get(path).text or "")
    assert ask(zhou, f"{path}/take_back", {}) == (409, "refused")
    assert ask(duty, f"{path}/take_back", {}) == (200, "done")
    page = duty.get(path).text or ""
    assert "撤销确认" in page
    assert 'data-act="acknowledge"' in page

"""What lies outside a person's scope is nowhere: no page, no list, no stream, no act."""

import pytest

from tests.integration.dashboards.console import ConsoleServer


def _fill(console: ConsoleServer) -> tuple[int, int]:
    site = console.site
    alarm_id = site.raise_alarm("L-1", "entrapment")
    order_id = site.open_order(alarm_id, "lift_firm", "困人救援")
    site.tell_bureau(alarm_id, "SF-1")
    site.warn()
    site.measure_lift()
    site.write_ledger()
    return alarm_id, order_id


@pytest.mark.parametrize("places", [("yard",), ()])
def test_a_foreigner_sees_nothing_of_the_garden(
    console: ConsoleServer, places: tuple[str, ...]
) -> None:
    alarm_id, order_id = _fill(console)
    console.site.add_user("foreign", "supervisor", places=places)
    person = console.log_in("foreign")
    for path in ("/", "/orders", "/warnings", "/bureau", "/platform", "/strip"):
        page = person.get(path).text or ""
        for trace in ("1号楼", "花园", "SF-1", "W-0001", "gw-1"):
            assert trace not in page, (path, trace)
    for path in (f"/alarms/{alarm_id}", f"/orders/{order_id}", "/assets/1"):
        assert person.get(path).status_code == 404, path
    for path in ("/alarms", "/orders", "/events", "/places"):
        found = person.api(path)["items"]
        assert not any("garden" in str(item) or "L-1" in str(item) for item in found), path
    gone = person.get("/api/v1/assets/1/series", Accept="application/json")
    assert gone.status_code == 404


def test_a_foreigner_cannot_act_on_the_garden(console: ConsoleServer) -> None:
    alarm_id, _ = _fill(console)
    console.site.add_user("foreign", "operator", places=("yard",))
    person = console.log_in("foreign")
    answer = person.post(f"/alarms/{alarm_id}/acknowledge", {"csrf": person.csrf})
    assert answer.status_code == 404
    with console.site.writing(console.site.urls.owner_url) as connection:
        assert connection.execute("SELECT count(*) FROM acts").fetchone() == (0,)


def test_a_foreigners_screen_does_not_count_as_having_seen(console: ConsoleServer) -> None:
    alarm_id, _ = _fill(console)
    console.site.add_user("foreign", "operator", places=("yard",))
    person = console.log_in("foreign")
    person.post("/seen", {"ids": str(alarm_id), "csrf": person.csrf})
    console.site.add_user("duty")
    assert console.log_in("duty").api("/alarms")["items"][0]["seen_at"] is None


def test_everywhere_means_everywhere(console: ConsoleServer) -> None:
    alarm_id, _ = _fill(console)
    other = console.site.raise_alarm("L-9", "entrapment")
    console.site.add_user("all", "supervisor", places=("*",))
    found = console.log_in("all").api("/alarms")["items"]
    assert {item["id"] for item in found} == {alarm_id, other}


def test_a_technician_sees_the_own_organisations_orders_only(console: ConsoleServer) -> None:
    alarm_id, order_id = _fill(console)
    fire = console.site.raise_alarm("D-1", "fault")
    foreign = console.site.open_order(fire, "fire_firm", "烟感故障", "W-0002")
    console.site.add_user("tech", "technician", organisation="lift_firm")
    person = console.log_in("tech")
    page = person.get("/t").text or ""
    assert "1号楼1号梯 电梯困人" in page
    assert "2层走廊烟感" not in page
    assert person.get(f"/t/{order_id}").status_code == 200
    assert person.get(f"/t/{foreign}").status_code == 404
    assert person.get(f"/alarms/{alarm_id}").status_code == 403
    assert [item["id"] for item in person.api("/orders")["items"]] == [order_id]


@pytest.mark.parametrize(
    ("role", "path", "status"),
    [
        ("operator", "/platform", 403),
        ("operator", "/bureau", 403),
        ("operator", "/t", 403),
        ("bureau", "/bureau", 200),
        ("bureau", "/platform", 403),
        ("auditor", "/platform", 200),
        ("technician", "/orders", 403),
        ("technician", "/", 303),
        ("community", "/", 200),
    ],
)
def test_each_role_gets_its_pages_and_no_other(
    console: ConsoleServer, role: str, path: str, status: int
) -> None:
    console.site.add_user("someone", role)
    assert console.log_in("someone").get(path).status_code == status


def test_a_role_cannot_do_what_its_page_does_not_offer(console: ConsoleServer) -> None:
    alarm_id, order_id = _fill(console)
    console.site.add_user("looker", "community")
    person = console.log_in("looker")
    csrf = person.csrf
    for path in (f"/alarms/{alarm_id}/acknowledge", f"/orders/{order_id}/accept"):
        assert person.post(path, {"csrf": csrf}).status_code == 403, path

"""What the description of the API promises in words: keys, versions, pages, scopes, examples."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import jsonschema
import niquests
import pytest
from pydantic import SecretStr

from dashboards.console.app import create_app
from dashboards.console.settings import Settings
from ingest.database import trusted_sql
from tests.contract.api.conftest import Api

_DESCRIBED = create_app(
    Settings.model_construct(database_url=SecretStr("postgresql:///none"))
).openapi()


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """A machine that calls the API."""

    address: str
    token: str

    def get(self, path: str) -> niquests.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        return niquests.get(f"{self.address}/api/v1{path}", headers=headers, timeout=20)

    def post(self, path: str, body: dict[str, Any], **headers: str) -> niquests.Response:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return niquests.post(
            f"{self.address}/api/v1{path}",
            json=body,
            headers={"Authorization": f"Bearer {self.token}", **named},
            timeout=20,
        )


def caller(api: Api, who: str) -> Caller:
    return Caller(address=api.console.address, token=api.tokens[who])


def acts_of(api: Api, alarm_id: int) -> int:
    with api.site.writing(api.site.urls.owner_url) as connection:
        row = connection.execute(
            "SELECT count(*) FROM acts WHERE alarm_id = %s", [alarm_id]
        ).fetchone()
    assert row is not None
    return int(str(row[0]))


def lists() -> list[str]:
    found = []
    for path, operations in _DESCRIBED["paths"].items():
        parameters = operations.get("get", {}).get("parameters", [])
        names = {one["name"] for one in parameters}
        if {"limit", "after"} <= names and "{" not in path and "/exchange/" not in path:
            found.append(path.removeprefix("/api/v1"))
    return found


def role_for(path: str) -> str:
    return {"/cap": "bureau", "/agreements": "supervisor"}.get(path, "project_manager")


def test_the_same_key_and_request_act_once_and_answer_alike(api: Api) -> None:
    alarm_id = api.site.raise_alarm("L-1", "door_close_fault")
    desk, key = caller(api, "project_manager"), str(uuid4())
    path, body = f"/alarms/{alarm_id}/acts", {"kind": "acknowledge"}
    answers = [desk.post(path, body, Idempotency_Key=key) for _ in range(3)]
    assert {(one.status_code, one.text) for one in answers} == {
        (200, '{"state":"done","message":"已确认"}')
    }
    assert acts_of(api, alarm_id) == 1


@pytest.mark.parametrize("change", ["text", "subject", "person"])
def test_the_same_key_for_another_request_is_refused_and_does_nothing(
    api: Api, change: str
) -> None:
    alarm_id = api.site.raise_alarm("L-1", f"level_fault:{change}")
    other_id = api.site.raise_alarm("W-1", f"pressure_low:{change}")
    desk, key = caller(api, "project_manager"), str(uuid4())
    body = {"kind": "comment", "text": "门已检查"}
    assert desk.post(f"/alarms/{alarm_id}/acts", body, Idempotency_Key=key).status_code == 200
    if change == "person":
        desk = caller(api, "supervisor")
    body = {"kind": "comment", "text": "别的话" if change == "text" else "门已检查"}
    subject = other_id if change == "subject" else alarm_id
    again = desk.post(f"/alarms/{subject}/acts", body, Idempotency_Key=key)
    assert again.status_code == 422
    assert again.headers["content-type"] == "application/problem+json"
    assert (acts_of(api, alarm_id), acts_of(api, other_id)) == (1, 0)


def test_a_judgement_needs_the_version_that_was_seen_and_an_older_one_is_refused(api: Api) -> None:
    alarm_id = api.site.raise_alarm("L-1", "overload")
    desk = caller(api, "project_manager")
    path = f"/alarms/{alarm_id}/acts"
    seen = desk.get(f"/alarms/{alarm_id}").headers["ETag"]
    judged = {"kind": "confirm_real", "text": "属实"}
    assert desk.post(path, judged).status_code == 428
    assert desk.post(path, judged, If_Match="yesterday").status_code == 422
    assert desk.post(path, judged, If_Match=str(seen)).status_code == 200
    late = desk.post(path, {"kind": "confirm_false", "text": "误报"}, If_Match=str(seen))
    assert late.status_code == 412
    assert late.json()["code"] == "stale"
    assert late.json()["first_by"] == "project-manager"
    in_body = {"kind": "confirm_false", "text": "误报", "version": 1}
    assert desk.post(path, in_body).status_code == 409


def test_an_order_moves_by_its_version_alone(api: Api) -> None:
    alarm_id = api.site.raise_alarm("L-1", "brake_fault")
    order_id = api.site.open_order(alarm_id, "lift_firm", "制动器", f"B-{alarm_id}")
    worker = caller(api, "technician")
    path = f"/orders/{order_id}/acts"
    assert worker.post(path, {"kind": "order_accept"}).status_code == 428
    seen = str(worker.get(f"/orders/{order_id}").headers["ETag"])
    assert worker.post(path, {"kind": "order_accept"}, If_Match=seen).status_code == 200
    assert worker.post(path, {"kind": "order_arrive"}, If_Match=seen).status_code == 412
    now_seen = worker.get(f"/orders/{order_id}")
    assert [step["trigger"] for step in now_seen.json()["steps"]] == ["accept"]


def test_the_first_answer_to_an_alarm_needs_no_version(api: Api) -> None:
    alarm_id = api.site.raise_alarm("D-1", "manual_fire_alarm")
    desk = caller(api, "project_manager")
    assert desk.post(f"/alarms/{alarm_id}/acts", {"kind": "acknowledge"}).status_code == 200


@pytest.mark.parametrize("path", lists())
def test_a_cursor_of_ones_own_making_is_a_problem_400(api: Api, path: str) -> None:
    person = caller(api, role_for(path))
    for cursor in ("x", "WzFlOTld", "W251bGxd", "WyJcdTAwMDAiXQ", "Wzk5OTk5OTk5OTk5OTk5OTk5OTld"):
        answer = person.get(f"{path}?after={cursor}")
        assert answer.status_code == 400, cursor
        assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize("path", lists())
def test_a_list_has_a_bounded_limit_and_ends(api: Api, path: str) -> None:
    person = caller(api, role_for(path))
    assert person.get(f"{path}?limit=0").status_code == 422
    assert person.get(f"{path}?limit=501").status_code == 422
    if path == "/cap":
        return
    whole = person.get(f"{path}?limit=500").json()
    assert whole["next"] is None
    pages, after = [], ""
    for _ in range(len(whole["items"]) + 1):
        page = person.get(f"{path}?limit=1{after}").json()
        pages += page["items"]
        if page["next"] is None:
            break
        after = f"&after={page['next']}"
    assert pages == whole["items"]


def test_what_is_added_meanwhile_moves_nothing_to_another_page(api: Api) -> None:
    person = caller(api, "project_manager")
    for event in ("pressure_low:a", "pressure_low:b"):
        alarm_id = api.site.raise_alarm("W-1", event)
        api.site.open_order(alarm_id, "fire_firm", "压力", f"P-{alarm_id}")
    first = person.get("/orders?limit=1").json()
    all_before = [one["id"] for one in person.get("/orders?limit=500").json()["items"]]
    alarm_id = api.site.raise_alarm("W-1", "pressure_high")
    api.site.open_order(alarm_id, "fire_firm", "压力", f"P-{alarm_id}")
    rest = person.get(f"/orders?limit=500&after={first['next']}").json()
    assert [one["id"] for one in rest["items"]] == all_before[1:]


@pytest.mark.parametrize(
    "path", [path for path in lists() if path not in ("/duties", "/cap", "/agreements")]
)
def test_nothing_outside_the_scope_is_in_any_list(api: Api, path: str) -> None:
    told = caller(api, "project_manager").get(f"{path}?limit=500").text or ""
    for trace in ("L-9", "yard", "邻院"):
        assert trace not in told


FOREIGN = {
    "/alarms/{}": "SELECT max(alarms.id) FROM alarms JOIN assets ON assets.id = asset_id"
    " WHERE assets.code = 'L-9'",
    "/alarms/{}/card": "SELECT max(alarms.id) FROM alarms JOIN assets ON assets.id = asset_id"
    " WHERE assets.code = 'L-9'",
    "/orders/{}": "SELECT max(work_orders.id) FROM work_orders"
    " JOIN assets ON assets.id = asset_id WHERE assets.code = 'L-9'",
    "/assets/{}": "SELECT id FROM assets WHERE code = 'L-9'",
    "/assets/{}/series": "SELECT id FROM assets WHERE code = 'L-9'",
    "/measures/{}": "SELECT number FROM measures WHERE place_path = 'other.yard'",
}
ACTS: dict[str, tuple[str, dict[str, Any]]] = {
    "/alarms/{}/acts": ("/alarms/{}", {"kind": "acknowledge"}),
    "/alarms/{}/safety-acts": ("/alarms/{}", {"kind": "call_car", "is_answered": True}),
    "/orders/{}/acts": ("/orders/{}", {"kind": "order_verify", "version": 1}),
    "/orders/{}/fund": ("/orders/{}", {"step": "approve"}),
    "/orders/{}/rating-links?rater=resident": ("/orders/{}", {}),
    "/assets/{}/acts": ("/assets/{}", {"kind": "return_to_service", "text": "已修复"}),
    "/measures/{}/acts": ("/measures/{}", {"step": "issue", "text": "整改", "version": 1}),
}


def foreign(api: Api, path: str) -> str:
    with api.site.writing(api.site.urls.owner_url) as connection:
        row = connection.execute(trusted_sql(FOREIGN[path])).fetchone()
    assert row is not None
    return str(row[0])


def count_acts(api: Api) -> int:
    with api.site.writing(api.site.urls.owner_url) as connection:
        row = connection.execute("SELECT count(*) FROM acts").fetchone()
    assert row is not None
    return int(str(row[0]))


@pytest.mark.parametrize("path", FOREIGN)
def test_what_is_outside_the_scope_is_not_there(api: Api, path: str) -> None:
    answer = caller(api, "project_manager").get(path.format(foreign(api, path)))
    assert answer.status_code == 404
    assert "yard" not in (answer.text or "")


@pytest.mark.parametrize("path", ACTS)
def test_nobody_acts_outside_the_scope(api: Api, path: str) -> None:
    subject, body = ACTS[path]
    before = count_acts(api)
    who = "supervisor" if subject.startswith("/measures") else "project_manager"
    answer = caller(api, who).post(path.format(foreign(api, subject)), body)
    assert answer.status_code == 404, answer.text
    assert count_acts(api) == before


def test_everything_has_a_summary_a_tag_and_examples_that_fit_its_schema() -> None:
    root = {"$defs": _with_definitions(_DESCRIBED["components"]["schemas"])}
    for path, operations in _DESCRIBED["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], (method, path)
            assert operation["tags"], (method, path)
            bodies = [operation.get("requestBody", {}), *operation["responses"].values()]
            for body in bodies:
                for kind, content in body.get("content", {}).items():
                    if "json" in kind and "event-stream" not in kind and content.get("schema"):
                        schema = _with_definitions(content["schema"]) | root
                        jsonschema.Draft202012Validator(schema).validate(content["example"])


def _with_definitions(schema: Any) -> Any:
    if isinstance(schema, dict):
        return {
            name: part.replace("#/components/schemas/", "#/$defs/")
            if name == "$ref"
            else _with_definitions(part)
            for name, part in schema.items()
        }
    return [_with_definitions(part) for part in schema] if isinstance(schema, list) else schema

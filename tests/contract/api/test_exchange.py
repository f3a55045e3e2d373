"""Other platforms: cases in by POST, records out by agreement, each with its own key alone."""

import base64
import csv
import hashlib
import io
import json
from contextlib import closing
from typing import Any
from uuid import uuid4

import pytest

from analytics.exchange import agreement_store
from analytics.exchange.agreement import AgreementCode
from analytics.exchange.dataset import DATASETS
from ingest.database import connect
from tests.contract.api.conftest import Api, agree
from tests.contract.api.test_promises import Caller, caller
from tests.integration.dashboards.site import now


def case(number: str, **more: object) -> dict[str, Any]:
    return {
        "number": number,
        "category": "fire_lane_blocked",
        "reported_at": "2026-11-22T10:00:00+08:00",
        "place": "garden",
        "text": "消防通道被堵,联系人李女士 13800001234",
        "contact": "13800001234",
        **more,
    }


def reader(api: Api, dataset: str, *, unmasked: tuple[str, ...] = (), days: int = 30) -> Caller:
    with closing(connect(api.site.urls.analytics_url, application="test")) as connection:
        key = agree(connection, dataset, unmasked=unmasked, days=days)
    return Caller(address=api.console.address, token=key)


def test_a_case_is_taken_in_once_and_its_sender_may_ask_how_far_it_is(api: Api) -> None:
    hotline, number = caller(api, "sender"), f"12345-{uuid4()}"
    where_alone = {"place": "b1", "category": "power_fault"}
    answers = [hotline.post("/exchange/cases", case(number, **where_alone)) for _ in range(3)]
    assert [one.status_code for one in answers] == [200, 200, 200]
    where = str(answers[0].headers["Location"])
    assert where == f"/api/v1/exchange/cases/{number}"
    found = hotline.get(where.removeprefix("/api/v1")).json()
    assert found["case"]["state"] == "received"
    assert [step["step"] for step in found["steps"]] == ["received"]
    clash = hotline.post("/exchange/cases", case(number, text="另一件事", **where_alone))
    assert (clash.status_code, clash.json()["code"]) == (409, "case_conflict")
    corrected = hotline.post(
        "/exchange/cases", case(number, text="在北门", revision=2, **where_alone)
    )
    assert corrected.status_code == 200
    gone = hotline.post(f"/exchange/cases/{number}/withdrawal", {"reason": "已自行移开"})
    assert gone.status_code == 200
    over = hotline.post("/exchange/cases", case(number, text="又堵了", revision=3, **where_alone))
    assert (over.status_code, over.json()["code"]) == (409, "case_over")


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"place": "yard"}, 404),
        ({"place": "", "asset": "L-9"}, 404),
        ({"place": "nowhere"}, 422),
        ({"place": ""}, 422),
        ({"reported_at": "2026-11-22T10:00:00"}, 422),
        ({"number": "a\x00b"}, 422),
        ({"category": "weather"}, 422),
    ],
)
def test_a_case_that_cannot_be_is_refused(api: Api, change: dict[str, Any], status: int) -> None:
    answer = caller(api, "sender").post("/exchange/cases", case(f"N-{uuid4()}") | change)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_key_opens_its_own_use_alone(api: Api) -> None:
    for path, right in (("/exchange/export", "reader"), ("/exchange/cases/N-1", "sender")):
        for who in ("sender", "reader", "project_manager"):
            status = caller(api, who).get(path).status_code
            if who == right:
                assert status in (200, 404)
            else:
                assert status == (401 if who == "project_manager" else 403)
    for who in ("sender", "reader"):
        assert caller(api, who).get("/alarms").status_code == 401
    nobody = Caller(address=api.console.address, token="twx_nobody")
    assert nobody.get("/exchange/export").status_code == 401
    assert nobody.get("/exchange/export").headers["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("dataset", [one.name for one in DATASETS])
@pytest.mark.parametrize("form", ["ndjson", "csv"])
def test_an_export_has_the_fields_of_its_agreement_and_nothing_outside_its_place(
    api: Api, dataset: str, form: str
) -> None:
    caller(api, "sender").post("/exchange/cases", case(f"E-{uuid4()}"))
    answer = reader(api, dataset).get(f"/exchange/export?format={form}")
    assert answer.status_code == 200, answer.text
    text = answer.text or ""
    rows = (
        [json.loads(line) for line in text.splitlines()]
        if form == "ndjson"
        else list(csv.DictReader(io.StringIO(text)))
    )
    wanted = next(one for one in DATASETS if one.name == dataset).names
    assert rows
    assert all(list(row) == wanted for row in rows)
    assert all(str(row["place_path"]).startswith("city") for row in rows)
    for trace in ("13800001234", "L-9", "yard"):
        assert trace not in text


def test_personal_data_is_given_where_the_agreement_names_it(api: Api) -> None:
    number = f"P-{uuid4()}"
    caller(api, "sender").post("/exchange/cases", case(number))
    told = reader(api, "cases", unmasked=("contact",)).get("/exchange/export").text or ""
    row = next(json.loads(line) for line in told.splitlines() if number in line)
    assert row["contact"] == "13800001234"
    assert row["text"] == "消防通道被堵,联系*女士 138****1234"


def test_an_export_goes_by_pages_and_each_is_in_the_log_with_its_hash(api: Api) -> None:
    machine = reader(api, "orders")
    whole = machine.get("/exchange/export?format=ndjson")
    seen: list[str] = []
    path: str | None = "/exchange/export?limit=1"
    pages = 0
    while path is not None:
        page = machine.get(path)
        seen += (page.text or "").splitlines()
        link = page.headers.get("Link")
        path = None if link is None else str(link).split(">")[0][1:].removeprefix("/api/v1")
        pages += 1
    assert seen == (whole.text or "").splitlines()
    digest = hashlib.sha256(whole.content or b"")
    assert whole.headers["Content-Digest"] == (
        f"sha-256=:{base64.b64encode(digest.digest()).decode()}:"
    )
    chief = caller(api, "supervisor")
    newest = chief.get("/agreements?limit=1").json()["items"][0]
    log = chief.get(f"/agreements/{newest['code']}/exports?limit=500").json()["items"]
    assert len(log) == pages + 1
    assert log[-1]["sha256"] == digest.hexdigest()
    assert log[-1]["rows"] == len(seen)
    assert log[-1]["reader"].startswith("twx_")


def test_an_agreement_that_is_over_gives_nothing_and_writes_nothing(api: Api) -> None:
    expired = reader(api, "orders", days=-1).get("/exchange/export")
    assert expired.status_code == 403
    assert "expired" in expired.json()["detail"]
    machine = reader(api, "alarms")
    assert machine.get("/exchange/export").status_code == 200
    newest = caller(api, "supervisor").get("/agreements?limit=1").json()["items"][0]["code"]
    with closing(connect(api.site.urls.analytics_url, application="test")) as connection:
        agreement_store.end_agreement(connection, AgreementCode(newest), "chief", "撤回", now())
    ended = machine.get("/exchange/export")
    assert ended.status_code == 403
    log = caller(api, "supervisor").get(f"/agreements/{newest}/exports").json()["items"]
    assert len(log) == 1

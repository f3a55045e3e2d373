"""An evidence pack holds what happened, and shows a changed byte wherever it is."""

import io
import json
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from analytics.act.kind import AcceptOrder, ArriveOnSite, RestoreService
from analytics.orders.evidence import MANIFEST, check
from analytics.orders.evidence_store import Asked, find_order, make_pack
from dashboards.console import photo
from ingest.database import Connection, connect, in_transaction
from tests.integration.analytics.orders import LATER, ask, fault, new_id, person
from tests.integration.analytics.site import Site, rows


@pytest.fixture
def archive(site: Site, ingest: Connection, analytics: Connection) -> bytes:
    order = fault(ingest, analytics, 1)
    with closing(connect(site.urls.console_url, application="test console")) as console:
        worker = person(analytics, "wang")
        for act in (
            AcceptOrder(id=new_id(), by=worker, order_id=order),
            ArriveOnSite(id=new_id(), by=worker, order_id=order),
            RestoreService(id=new_id(), by=worker, order_id=order, text="调整限速器"),
        ):
            assert ask(console, analytics, act).is_done
    rows(
        ingest,
        "INSERT INTO lift_samples (at, asset_id, speed)"
        f" SELECT '{LATER.isoformat()}', id, 1.5 FROM assets WHERE code = 'L-1' RETURNING asset_id",
    )
    ((number,),) = rows(analytics, "SELECT number FROM work_orders")
    asked = find_order(analytics, str(number))
    assert asked is not None
    made = in_transaction(analytics, lambda held: make_pack(held, asked, LATER))
    assert made is not None
    return made


def parts_of(archive: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(archive)) as opened:
        return {name: opened.read(name) for name in opened.namelist()}


def zipped(parts: dict[str, bytes]) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as opened:
        for name, content in parts.items():
            opened.writestr(name, content)
    return written.getvalue()


def test_a_pack_holds_signals_messages_acts_clocks_and_versions(archive: bytes) -> None:
    found = check(archive)
    assert found.faults == ()
    assert len(found.seal) == 64
    parts = parts_of(archive)
    counts = {name: len(content.splitlines()) for name, content in parts.items()}
    assert counts["order_steps.jsonl"] == 4
    assert counts["acts.jsonl"] == 3
    assert counts["events.jsonl"] == counts["samples.jsonl"] == counts["alarms.jsonl"] == 1
    assert counts["clocks.jsonl"] >= 4
    assert counts["notices.jsonl"] >= 2
    assert json.loads(parts["versions.jsonl"])["duty"]["checksum"]


def test_every_changed_missing_or_added_file_shows(archive: bytes) -> None:
    parts = parts_of(archive)
    for name in parts:
        if not parts[name]:
            continue
        changed = parts | {name: parts[name].replace(b"1", b"2", 1)}
        if changed != parts:
            assert check(zipped(changed)).faults, name
        fewer = {other: content for other, content in parts.items() if other != name}
        assert check(zipped(fewer)).faults, name
    assert check(zipped(parts | {"more.jsonl": b"{}"})).faults == (
        "more.jsonl is not in the manifest",
    )
    assert check(archive[: len(archive) // 2]).faults
    assert check(b"no zip").faults


def test_who_rewrites_history_and_manifest_is_found_by_the_lines_own_digests(
    archive: bytes,
) -> None:
    from analytics.orders.evidence import About, pack

    parts = parts_of(archive)
    manifest = json.loads(parts.pop(MANIFEST))
    parts["order_steps.jsonl"] = parts["order_steps.jsonl"].replace(b'"wang"', b'"zhao"', 1)
    about = About(subject=manifest["subject"], made_at=LATER, software=manifest["software"])
    forged = check(pack(parts, about))
    assert forged.faults == ("order_steps.jsonl line 2 is not what was written when it happened",)
    assert forged.seal != check(archive).seal


def test_there_is_no_evidence_of_nothing(site: Site, analytics: Connection) -> None:
    assert find_order(analytics, "20260101-000001") is None
    nothing = Asked(alarm=None, order=None)
    assert in_transaction(analytics, lambda held: make_pack(held, nothing, LATER)) is None


def test_photos_of_reports_are_packed_and_a_changed_one_is_not(
    archive: bytes, analytics: Connection, tmp_path: Path
) -> None:
    kept = photo.keep(tmp_path, b"\xff\xd8\xff a photo of the lift")
    changed = photo.keep(tmp_path, b"\xff\xd8\xff another photo")
    photo.path_of(tmp_path, changed).write_bytes(b"\xff\xd8\xff exchanged")
    ((report,),) = rows(
        analytics,
        "INSERT INTO reports (act_id, source, category, place_path, text, reported_by, reported_at, order_id,"
        " digest) SELECT gen_random_uuid(), 'resident', 'lift_fault', place_path, '', 'resident', opened_at, id, '\\x00'"
        " FROM work_orders RETURNING id",
    )
    for digest in (kept, changed):
        rows(
            analytics,
            f"INSERT INTO report_photos (report_id, digest) VALUES ({report}, '{digest}')"
            " RETURNING digest",
        )
    ((number,),) = rows(analytics, "SELECT number FROM work_orders")
    asked = find_order(analytics, str(number))
    assert asked is not None
    made = in_transaction(
        analytics,
        lambda held: make_pack(held, asked, LATER, lambda digest: photo.read(tmp_path, digest)),
    )
    assert made is not None
    assert check(made).faults == ()
    parts = parts_of(made)
    assert parts[f"photos/{kept}"] == b"\xff\xd8\xff a photo of the lift"
    assert f"photos/{changed}" not in parts
    assert changed in parts["reports.jsonl"].decode(), "its line says that it was there"

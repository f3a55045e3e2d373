"""What leaves as paper: in Chinese that can be read and searched, of the own scope alone, noted."""

import hashlib
from io import BytesIO

from pypdf import PdfReader

from ingest.database import trusted_sql
from tests.integration.dashboards.console import ConsoleServer


def text_of(content: bytes | None) -> str:
    """The words of a PDF, without the breaks that lines of a table make."""
    pages = PdfReader(BytesIO(content or b"")).pages
    return "".join(page.extract_text() for page in pages).replace("\n", "").replace(" ", "")


def noted(console: ConsoleServer) -> list[tuple[object, ...]]:
    with console.site.writing(console.site.urls.owner_url) as connection:
        statement = "SELECT user_name, what, sha256 FROM page_exports ORDER BY id"
        return connection.execute(trusted_sql(statement)).fetchall()


def test_evidence_is_readable_complete_and_noted(console: ConsoleServer) -> None:
    site = console.site
    site.add_user("zhiban")
    site.add_user("linju", places=("yard",))
    alarm = site.raise_alarm("D-1", "fire_alarm", text="2层 走廊")
    site.tell_bureau(alarm, "YJ-77")
    order = site.open_order(alarm, "fire_firm", "火警核查", "W-0077")
    operator = console.log_in("zhiban")
    assert f"/alarms/{alarm}/evidence.pdf" in (operator.get(f"/alarms/{alarm}").text or "")
    answer = operator.get(f"/alarms/{alarm}/evidence.pdf")
    assert answer.headers["content-type"] == "application/pdf"
    said = text_of(answer.content)
    for words in (
        "报警处置记录",
        "2层走廊烟感",
        "2层走廊",
        "YJ-77",
        "W-0077",
        "应急局",
        "时间线",
        "SHA-256",
    ):
        assert words in said, words
    assert operator.get(f"/alarms/{alarm}/evidence.pdf").content == answer.content, "same rows"
    table = operator.get(f"/alarms/{alarm}/evidence.csv").text or ""
    assert table.startswith("\ufeff时间,距报警,经过")
    assert "YJ-77" in table
    digest = hashlib.sha256(answer.content or b"").digest()
    assert noted(console)[0] == ("zhiban", f"evidence-{alarm}-zh.pdf", digest)
    assert len(noted(console)) == 3
    stranger = console.log_in("linju")
    for form in ("pdf", "csv", "html"):
        assert stranger.get(f"/alarms/{alarm}/evidence.{form}").status_code == 404
    assert console.visit().get(f"/alarms/{alarm}/evidence.pdf").status_code == 303
    assert len(noted(console)) == 3, "nothing was handed out"
    assert order


def test_a_street_reads_its_own_paper_and_no_other(console: ConsoleServer) -> None:
    site = console.site
    site.add_user("zhuguan", "supervisor", places=("street",))
    site.add_user("waishi", "supervisor", places=("yard",))
    own, other = site.raise_alarm("D-1"), site.raise_alarm("L-9", "door_open_fault")
    here, there = console.log_in("zhuguan"), console.log_in("waishi")
    assert here.get(f"/alarms/{own}/evidence.pdf").status_code == 200
    assert here.get(f"/alarms/{other}/evidence.pdf").status_code == 404
    assert there.get(f"/alarms/{own}/evidence.pdf").status_code == 404
    words = text_of(here.get("/supervise/report.pdf").content)
    assert "示范街道" in words
    assert "邻院" not in words
    assert "示范街道" not in text_of(there.get("/supervise/report.pdf").content)


def test_the_board_is_one_sheet_of_a3_for_everybody(console: ConsoleServer) -> None:
    answer = console.visit().get("/board/garden/a3.pdf")
    assert answer.status_code == 200, answer.text
    sheet = PdfReader(BytesIO(answer.content or b"")).pages[0]
    assert sorted(round(float(side) / 72 * 25.4) for side in sheet.mediabox[2:]) == [297, 420]
    words = text_of(answer.content)
    for part in ("花园小区", "物业服务公示栏", "1号楼1号梯", "尚未公示"):
        assert part in words, part
    assert "烟感" not in words, "which detector there is, is nobody's business"
    assert console.visit().get("/board/nowhere/a3.pdf").status_code == 404
    codes = [console.visit().get("/board/nowhere/a3.pdf").status_code for _ in range(20)]
    assert codes[-1] == 429, "nobody can keep the machine drawing"

"""`towerwatch cases` and `towerwatch agreements`, against the real database and a real office."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread

import pytest

from analytics.alarms.loop import AlarmProcess
from analytics.exchange.key import key_hash
from ingest.database import connect
from tests.integration.analytics.site import Site, rows
from towerwatch.cli import run
from towerwatch.commands import agreements, cases

FILE = """案件编号,修订号,类别,内容,地点,设备,联系方式,受理时间
12345-1,,电梯故障,1号梯停梯,,L-1,13800001234,2026-11-22 08:30
12345-1,,电梯故障,1号梯停梯,,L-1,13800001234,2026-11-22 08:30
12345-2,,其他问题,楼道灯坏,nowhere,,,2026-11-22 08:31
12345-3,,天气,下雨,g1,,,2026-11-22 08:32
"""


@pytest.fixture
def command(site: Site, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """Commands reach this site; its alarm process runs."""
    urls = {"tw_analytics": site.urls.analytics_url, "tw_console": site.urls.console_url}
    for module in (cases, agreements):
        monkeypatch.setattr(
            module, "database", lambda role: closing(connect(urls[role], application="test"))
        )
    stop = Event()
    process = AlarmProcess(lambda: connect(site.urls.analytics_url, application="test alarms"))
    thread = Thread(target=process.run, args=(stop,))
    thread.start()
    yield site
    stop.set()
    thread.join(10)


def verdicts(text: str) -> list[str]:
    return [row["verdict"] for row in json.loads(text)["rows"]]


def test_a_file_is_previewed_without_a_trace_and_then_taken_in_once(
    command: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "cases.csv"
    file.write_text(FILE, "gb18030")
    named = ["--name", "12345热线", "--place", "dist"]
    assert run(["cases", "system", "hotline", *named]) == 0
    capsys.readouterr()
    words = ["cases", "import", str(file), "--system", "hotline", "--json"]
    assert run([*words, "--dry-run"]) == 1
    assert sorted(verdicts(capsys.readouterr().out)) == ["new", "same", "wrong", "wrong"]
    with closing(connect(command.urls.analytics_url, application="test")) as analytics:
        assert rows(analytics, "SELECT count(*) FROM cases") == [(0,)]
        assert run(words) == 1
        first = sorted(verdicts(capsys.readouterr().out))
        assert first == ["new", "same", "wrong", "wrong"]
        assert rows(analytics, "SELECT number, state FROM cases") == [("12345-1", "received")]
        assert run(words) == 1
        assert sorted(verdicts(capsys.readouterr().out)) == ["same", "same", "wrong", "wrong"]
        assert rows(analytics, "SELECT count(*) FROM work_orders") == [(1,)]


def test_an_agreement_is_made_listed_ended_and_its_key_is_kept_as_a_hash(
    command: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    clauses = ["--party", "示范街道办", "--dataset", "orders", "--field", "number"]
    clauses += ["--field", "state", "--purpose", "督办", "--basis", "协议 2026-7"]
    clauses += ["--place", "garden", "--until", "2030-06-30", "--by", "chief"]
    assert run(["agreements", "add", "street", *clauses]) == 0
    key = capsys.readouterr().out.strip()
    with closing(connect(command.urls.analytics_url, application="test")) as analytics:
        stored = analytics.execute("SELECT key_hash, hint FROM exchange_keys").fetchall()
        assert stored == [(key_hash(key), key[:10])]
        assert run(["agreements", "add", "street", *clauses]) == 1
        assert run(["agreements", "key", "street", "--by", "chief"]) == 0
        assert rows(analytics, "SELECT count(*) FROM exchange_keys WHERE revoked_at IS NULL") == [
            (1,)
        ]
    capsys.readouterr()
    assert run(["agreements", "list", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["standing"] == "in_force"
    assert run(["agreements", "end", "street", "--reason", "协议终止", "--by", "chief"]) == 0
    assert run(["agreements", "end", "street", "--reason", "再次", "--by", "chief"]) == 1
    capsys.readouterr()
    assert run(["agreements", "list"]) == 0
    assert "ended" in capsys.readouterr().out
    assert run(["agreements", "log", "street"]) == 0
    assert run(["agreements", "log", "nobody"]) == 1

"""`towerwatch duties`: the matrix checked, applied and asked from the command line."""

import json
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from analytics.duties.file import default_source, parse_matrix
from analytics.duties.store import load_matrix, matrix_in_force
from ingest.database import Connection, connect, trusted_sql
from tests.integration.analytics.site import Said, Site, rows, say
from tests.integration.analytics.test_desk import decide_all
from towerwatch.cli import run

YARD = default_source().replace("name: default", "name: ours").replace("2020-", "2026-")


@pytest.fixture
def platform(site: Site, monkeypatch: pytest.MonkeyPatch) -> Site:
    """The command reaches the test's database."""
    monkeypatch.setenv("TOWERWATCH_DATABASE_URL", site.urls.analytics_url)
    monkeypatch.setenv("TOWERWATCH_MQTT_URL", "mqtt://nobody@127.0.0.1:9")
    return site


def asked(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    capsys.readouterr()
    assert run(["duties", "who", "--json", *words]) == 0
    told: dict[str, object] = json.loads(capsys.readouterr().out)
    return told


def code(told: object) -> object:
    assert isinstance(told, dict)
    return told["code"]


def test_the_product_s_own_matrix_is_good_everywhere(
    platform: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["duties", "check", "--here", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told == {"gaps": [], "overlaps": [], "dead_ends": []}
    assert run(["duties", "check"]) == 0
    assert "2 个小区 compounds asked" in capsys.readouterr().out


def test_a_compound_where_every_duty_ends_at_nobody_is_named(
    platform: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    with closing(connect(platform.urls.owner_url, application="test")) as owner:
        owner.execute(
            trusted_sql(
                "UPDATE organisations SET place_id = (SELECT id FROM places"
                " WHERE code = 'garden') WHERE kind IN ('community', 'street', 'bureau')"
            )
        )
    assert run(["duties", "check", "--json"]) == 1
    told = json.loads(capsys.readouterr().out)
    assert (told["gaps"], told["overlaps"]) == ([], [])
    assert [one["subject"] for one in told["dead_ends"]] == ["city.dist.str.comm.yard"]
    assert "无人负责" in told["dead_ends"][0]["zh"]
    # The registry is to blame, not the matrix: a new version is not kept from the others.
    assert run(["duties", "apply"]) == 0
    assert "nobody answers at city.dist.str.comm.yard" in capsys.readouterr().err


def test_a_matrix_with_a_gap_is_not_applied(
    platform: Site, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    holed = tmp_path / "holed.yaml"
    text = default_source()
    until = text.index("  - key: anything_else")
    holed.write_text(text[:until].replace('event: "@warning"', "event: entrapment"), "utf-8")
    assert run(["duties", "apply", str(holed)]) == 1
    assert "early_warning on lift" in capsys.readouterr().err
    assert states(capsys) == []


def test_without_a_platform_the_file_alone_is_judged_and_that_is_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TOWERWATCH_DATABASE_URL", "postgresql://nobody@127.0.0.1:9/none")
    monkeypatch.setenv("TOWERWATCH_MQTT_URL", "mqtt://nobody@127.0.0.1:9")
    assert run(["duties", "check", "--json"]) == 0
    assert "compounds were not asked" in capsys.readouterr().err
    assert run(["duties", "check", "--here"]) == 1


def test_a_version_comes_into_force_by_itself_unless_it_is_taken_back(
    platform: Site, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    later = tmp_path / "later.yaml"
    later.write_text(YARD.replace("2026-", "2031-").replace("arrive: 1800", "arrive: 900"), "utf-8")
    assert run(["duties", "apply"]) == 0
    assert run(["duties", "apply", "--dry-run", str(later)]) == 0
    assert "2031-01-01 08:00" in capsys.readouterr().out
    assert states(capsys) == [("default", "in_force")]
    assert run(["duties", "apply", str(later)]) == 0
    assert states(capsys) == [("default", "in_force"), ("ours", "to_come")]
    assert arrival(capsys, "2030-12-31 23:00") == 1800
    assert arrival(capsys, "2031-01-01 08:00") == 900
    assert run(["duties", "withdraw", "1"]) == 2
    assert run(["duties", "withdraw", "2"]) == 0
    assert states(capsys) == [("default", "in_force"), ("ours", "withdrawn")]
    assert arrival(capsys, "2031-01-01 08:00") == 1800
    assert run(["duties", "apply", str(later)]) == 0
    assert states(capsys)[-1] == ("ours", "to_come")


def states(capsys: pytest.CaptureFixture[str]) -> list[tuple[str, str]]:
    capsys.readouterr()
    assert run(["duties", "list", "--json"]) == 0
    return [(one["name"], one["state"]) for one in json.loads(capsys.readouterr().out)]


def arrival(capsys: pytest.CaptureFixture[str], at: str) -> object:
    told = asked(capsys, "--event", "entrapment", "--asset", "L-1", "--at", at)["limits_s"]
    return told["arrive"] if isinstance(told, dict) else None


def test_the_night_of_a_holiday_is_answered_by_the_clock_of_the_place(
    platform: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["duties", "apply"]) == 0
    night = asked(capsys, "--event", "asset_silent", "--place", "g1", "--at", "2026-02-17 03:00")
    assert (night["line"], night["day"], night["local_time"]) == (
        "contact_night",
        "holiday",
        "2026-02-17 03:00",
    )
    day = asked(capsys, "--event", "asset_silent", "--place", "g1", "--at", "2026-02-14 12:00")
    assert (day["line"], day["day"]) == ("contact", "workday")


def test_calendars_zones_and_holidays_come_back_from_the_tables_as_they_went_in(
    platform: Site, analytics: Connection
) -> None:
    text = default_source().replace(
        "lines:\n",
        "zones: [{place: city.dist, zone: Asia/Urumqi}]\n"
        "holidays: {2027: {published: true, basis: notice, workdays: [2027-02-06],"
        " holidays: [{name: 春节, first: 2027-02-07, last: 2027-02-13}]}}\n"
        "lines:\n",
        1,
    )
    matrix = parse_matrix(text)
    load_matrix(analytics, matrix, text)
    stored = matrix_in_force(analytics, datetime(2026, 11, 22, tzinfo=UTC))
    assert stored.times == matrix.times
    assert [replace(duty, id=None) for duty in stored.duties] == list(matrix.duties)


def test_who_answers_for_an_entrapment(platform: Site, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["duties", "apply"]) == 0
    told = asked(capsys, "--event", "entrapment", "--asset", "L-1", "--at", "2026-02-17 03:00")
    assert code(told["responsible"]) == "property"
    assert code(told["order_to"]) == "lift_firm"
    assert code(told["bureau"]) == "bureau"
    limits = told["limits_s"]
    assert isinstance(limits, dict)
    assert limits["arrive"] == 1800
    assert run(["duties", "who", "--event", "entrapment", "--asset", "L-9"]) == 0
    assert "示范社区居委会" in capsys.readouterr().out


def test_the_matrix_of_the_time_answers(
    platform: Site, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    changed = tmp_path / "ours.yaml"
    changed.write_text(YARD.replace("arrive: 1800", "arrive: 900"), "utf-8")
    assert run(["duties", "apply"]) == 0
    assert run(["duties", "apply", str(changed)]) == 0
    assert run(["duties", "apply", str(changed)]) == 0
    assert "已存在 is there already" in capsys.readouterr().out
    arrivals = [
        asked(capsys, "--event", "entrapment", "--asset", "L-1", "--at", at)["limits_s"]
        for at in ("2025-06-01 00:00", "2026-06-01 00:00")
    ]
    assert [told["arrive"] for told in arrivals if isinstance(told, dict)] == [1800, 900]


def test_a_wrong_matrix_is_refused_with_its_line(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(default_source().replace('"@entrapment"', "entrapement"), "utf-8")
    assert run(["duties", "check", str(wrong)]) == 1
    assert (
        "lines[1].event: 没有事件“entrapement” / no event or @group 'entrapement'"
        in capsys.readouterr().err
    )


def test_a_version_is_compared_with_the_one_in_force(
    platform: Site, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    changed = tmp_path / "ours.yaml"
    changed.write_text(YARD.replace("arrive: 1800", "arrive: 900"), "utf-8")
    assert run(["duties", "apply"]) == 0
    capsys.readouterr()
    assert run(["duties", "diff", "now", "default"]) == 0
    assert "the versions say the same" in capsys.readouterr().out
    assert run(["duties", "diff", "1", str(changed), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["rewritten"] == ["entrapment"]
    assert told["effects"][0]["changes"][0]["part"] == "limits_s"
    assert run(["duties", "diff", "9", "now"]) == 2


def test_a_version_is_rehearsed_over_the_alarms_that_have_been(
    platform: Site,
    ingest: Connection,
    analytics: Connection,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    say(ingest, Said(seq=1, at=datetime.now(UTC)))
    say(ingest, Said(seq=2, asset="L-9", event="overspeed", at=datetime.now(UTC)))
    say(ingest, Said(seq=3, asset="D-1", event="low_battery", at=datetime.now(UTC)))
    decide_all(analytics)
    shift = "UPDATE {} SET opened_at = now() - INTERVAL '2 days' RETURNING id"
    rows(analytics, shift.format("alarms"))
    rows(analytics, shift.format("work_orders"))
    # The community takes the compound over after the alarms: they are asked with who was there.
    with closing(connect(platform.urls.owner_url, application="test")) as owner:
        owner.execute(
            trusted_sql(
                "WITH ended AS (UPDATE managements SET valid_during = tstzrange('2020-01-01',"
                " now() - INTERVAL '1 day') WHERE kind = 'company' RETURNING place_id)"
                " INSERT INTO managements (place_id, kind, organisation_id, valid_during)"
                " SELECT place_id, 'entrusted', (SELECT id FROM organisations WHERE"
                " code = 'community'), tstzrange(now() - INTERVAL '1 day', NULL) FROM ended"
            )
        )
    changed = tmp_path / "ours.yaml"
    changed.write_text(
        YARD.replace("arrive: 1800", "arrive: 200000").replace(
            "    class: lift\n    responsible: maintenance_firm\n    joint: [property_company]\n"
            "    chain: [property_company, maintenance_firm, community, street]",
            "    class: lift\n    responsible: street\n    chain: [street]",
        ),
        "utf-8",
    )
    capsys.readouterr()
    assert run(["duties", "rehearse", str(changed), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["alarms"], told["changed"], told["unanswered"]) == (3, 2, 0)
    assert {one["after"] for one in told["lines"]} == {"entrapment", "lift_safety"}
    assert told["overdue"]["arrive"] == {"before": 2, "after": 1}
    desks = {one["organisation"]: one["alarms"] for one in told["desks"]}
    assert desks["property"] == {"before": 1, "after": 1}
    assert desks["community"] == {"before": 1, "after": 0}
    assert desks["street"] == {"before": 0, "after": 1}
    assert run(["duties", "rehearse", str(changed), "--days", "1"]) == 0
    assert "0 of 0 alarms" in capsys.readouterr().out

"""The built JSON is whole: it fits the classic layout, speaks one language, and its links arrive."""

import json
import re
from pathlib import Path

import jsonschema
import pytest

from dashboards.grafana.boards import DASHBOARDS
from dashboards.grafana.build import Plan, build, files_of, models
from dashboards.grafana.layout import problems_of
from dashboards.grafana.model import Build, Json, model_of
from dashboards.grafana.panels import Dashboard, Kind, Panel
from dashboards.grafana.words import Language, said
from gateway.catalogue import EVENT_KINDS

_SCHEMA = json.loads(Path(__file__).with_name("layout.schema.json").read_text("utf-8"))
_HAN = re.compile(r"[一-鿿]")
_CONSOLE = "https://console.example"
_MODELS = models(_CONSOLE)
_ALL = [(language, model) for language, boards in _MODELS.items() for model in boards]
_IDS = [str(model["uid"]) for _, model in _ALL]


@pytest.mark.parametrize(("language", "model"), _ALL, ids=_IDS)
def test_a_dashboard_fits_the_classic_layout(language: Language, model: Json) -> None:
    jsonschema.validate(model, _SCHEMA)
    assert (f"towerwatch-{language}" in str(model["tags"])) is True


def _shown(value: object) -> list[str]:
    """Every text that a person reads."""
    match value:
        case dict():
            own = [
                str(value[key])
                for key in ("title", "description", "noValue", "label", "text")
                if value.get(key)
            ]
            named = [str(value["value"])] if value.get("id") == "displayName" else []
            return own + named + [text for part in value.values() for text in _shown(part)]
        case list():
            return [text for part in value for text in _shown(part)]
    return []


@pytest.mark.parametrize("model", _MODELS[Language.EN], ids=lambda model: model["uid"])
def test_english_dashboards_show_no_chinese(model: Json) -> None:
    assert [text for text in _shown(model) if _HAN.search(text)] == []


@pytest.mark.parametrize("model", _MODELS[Language.ZH], ids=lambda model: model["uid"])
def test_chinese_titles_and_notes_are_chinese(model: Json) -> None:
    panels = model["panels"]
    assert isinstance(panels, list)
    for panel in panels:
        assert _HAN.search(panel["title"]), panel["title"]
        assert "description" not in panel or _HAN.search(panel["description"]), panel["title"]


@pytest.mark.parametrize("language", Language)
def test_links_and_choices_lead_somewhere(language: Language) -> None:
    assert problems_of(_MODELS[language]) == []


def _broken(panel: Panel) -> list[str]:
    whole = DASHBOARDS[0]
    board = Dashboard(
        uid=whole.uid, title=whole.title, note=whole.note, sql_file=whole.sql_file, panels=(panel,)
    )
    built = Build(language=Language.ZH, console_url=_CONSOLE)
    return problems_of([model_of(board, built)])


def test_a_link_to_nowhere_is_found() -> None:
    below = next(panel for panel in DASHBOARDS[0].panels if panel.query == "below")
    found = _broken(below)
    assert any("tw-place, which is none" in problem for problem in found)
    assert any("asks for place, which nobody chooses" in problem for problem in found)


def _panel(number: int = 1, /, **given: object) -> Json:
    """A panel as the layout is asked about it; the whole width of the grid."""
    place = {"x": 0, "y": 4 * (number - 1), "w": 24, "h": 4}
    return {"id": number, "type": "stat", "title": "Open", "gridPos": place, **given}


def _columns(number: int) -> Json:
    wide = [
        {"matcher": {"options": f"c{n}"}, "properties": [{"id": "custom.width", "value": 200}]}
        for n in range(number)
    ]
    return {"overrides": wide}


@pytest.mark.parametrize(
    ("panels", "problem"),
    [
        ([_panel(), _panel(2, gridPos={"x": 0, "y": 3, "w": 24, "h": 4})], "lies over another"),
        ([_panel(gridPos={"x": 0, "y": 0, "w": 23, "h": 4})], "has 4 empty cells"),
        ([_panel(), _panel(2, gridPos={"x": 0, "y": 5, "w": 24, "h": 4})], "has 24 empty cells"),
        ([_panel(gridPos={"x": 0, "y": 0, "w": 24, "h": 20})], "a stat of 20 rows"),
        ([_panel(title="没" * 100)], "the title does not fit"),
        ([_panel(type="table", fieldConfig=_columns(7))], "need 1400 pixels and have 1326"),
        ([_panel(), _panel(2, id=1)], "has the number of another panel"),
    ],
)
def test_what_nobody_could_read_is_found(panels: list[Json], problem: str) -> None:
    model: Json = {"uid": "tw-bad", "templating": {"list": []}, "panels": panels}
    assert any(problem in one for one in problems_of([model]))


def test_a_whole_grid_has_no_problem() -> None:
    table = _panel(2, type="table", fieldConfig=_columns(6))
    model: Json = {"uid": "tw-good", "templating": {"list": []}, "panels": [_panel(), table]}
    assert problems_of([model]) == []


def test_events_are_named_in_every_table_that_shows_them() -> None:
    for _, model in _ALL:
        text = json.dumps(model, ensure_ascii=False)
        if '"options": "event"' in text:
            assert all(f'"{kind.name}"' in text for kind in EVENT_KINDS)


def test_every_panel_says_what_nothing_means() -> None:
    for dashboard in DASHBOARDS:
        for panel in dashboard.asking:
            assert panel.empty.zh
            assert panel.empty.en


def test_a_panel_without_words_is_refused() -> None:
    with pytest.raises(ValueError, match="note"):
        Panel(title=said("数", "Number"), kind=Kind.STAT, query="number")


def test_the_same_code_writes_the_same_bytes() -> None:
    plan = Plan(console_url=_CONSOLE)
    assert files_of(plan) == files_of(plan)


def test_a_build_removes_dashboards_that_are_no_more(tmp_path: Path) -> None:
    plan = Plan(console_url=_CONSOLE)
    build(tmp_path, plan)
    former = tmp_path / "dashboards" / "zh" / "tw-former.json"
    former.write_text("{}", encoding="utf-8")
    build(tmp_path, plan)
    assert not former.exists()
    written = {
        path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()
    }
    assert written == set(files_of(plan))


def test_no_secret_is_written() -> None:
    source = files_of(Plan(console_url=_CONSOLE))["provisioning/datasources/towerwatch.yaml"]
    assert "password: $__file{/run/secrets/grafana_database_password}" in source


def test_each_organisation_gets_a_data_source_of_its_own() -> None:
    plan = Plan(console_url=_CONSOLE, readers={1: "tw_grafana", 2: "tw_grafana_east"})
    files = files_of(plan)
    source = files["provisioning/datasources/towerwatch.yaml"]
    assert "user: tw_grafana_east" in source
    assert "$__file{/run/secrets/grafana_east_database_password}" in source
    assert files["provisioning/dashboards/towerwatch.yaml"].count("orgId: 2") == len(Language)

"""Names are found by what people type; views are kept as the page's address has them."""

import re
from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboards.console.initials import initials, needles, words_of
from dashboards.console.keys import KEYS, PAGES, find_pages
from dashboards.console.view import SEVERITIES, Tab, View, tabs_of, view_of
from tests.unit.dashboards.builders import line, user


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("东区3号楼", "dq3"),
        ("示范花园小区", "sfhy"),
        ("1号楼2号梯", "1hl2ht"),
        ("重庆里", "cq"),
        ("重庆里", "zq"),
        ("长安-馨苑", "caxy"),
        ("璟园", "jy"),
        ("Building 3, lift 1", "building3"),
    ],
)
def test_a_name_is_found_by_its_initials(name: str, typed: str) -> None:
    assert any(word.startswith(typed) for word in words_of(name).split(" "))


@given(st.text(max_size=40))
def test_any_name_has_a_few_forms_and_none_is_lost(name: str) -> None:
    assert 1 <= len(initials(name)) <= 8
    assert all(form in words_of(name) for form in initials(name))


def test_a_question_is_written_down_as_names_are() -> None:
    assert needles(" DQ-3  L-1 ") == ["dq3", "l1"]
    assert needles(" · ") == []
    assert len(needles("a " * 50)) == 8


def test_pages_are_found_by_title_in_both_languages() -> None:
    duty = user()
    assert [one.url for one in find_pages(duty, "fgl", "zh")] == []
    assert "/coverage" in [one.url for one in find_pages(duty, "jcfg", "zh")]
    assert "/orders" in [one.url for one in find_pages(duty, "order", "en")]
    assert "/platform" not in [one.url for one in find_pages(duty, "", "zh")]


def test_each_key_leads_to_one_page() -> None:
    keys = [one.key for one in PAGES if one.key]
    assert len(keys) == len(set(keys))


@given(
    tab=st.sampled_from(Tab),
    severity=st.sampled_from([None, *SEVERITIES]),
    place=st.sampled_from([None, "garden", "b1"]),
)
def test_a_view_comes_back_from_its_address(
    tab: Tab, severity: str | None, place: str | None
) -> None:
    view = View(tab=tab, severity=severity, place=place)
    named = dict(part.split("=") for part in view.query.split("&") if part)
    assert view_of(named) == view


def test_what_an_address_says_wrongly_is_left_out() -> None:
    assert view_of({"tab": "nothing", "severity": "'; DROP"}) == View()


def test_no_view_asks_for_life_safety_or_for_a_time() -> None:
    for tab in Tab:
        wanted = View(tab=tab, severity="minor").filter("city.garden")
        assert wanted.life_safety is False


@pytest.mark.parametrize(
    ("state", "tabs"),
    [
        ("unacknowledged", "all unacknowledged"),
        ("acknowledged", "all working"),
        ("latched_acknowledged", "all working"),
        ("shelved", "all"),
    ],
)
def test_an_alarm_stands_in_the_tabs_of_its_state(state: str, tabs: str) -> None:
    assert tabs_of(line(state=state)) == tabs


def test_every_key_of_the_script_stands_in_the_list_that_is_shown() -> None:
    script = (files("dashboards.console") / "static" / "keys.js").read_text("utf-8")
    table = script[script.index("const keys = {") : script.index("document.addEventListener")]
    taken = set(re.findall(r'(?:^|[{,])\s*"?([a-zA-Z/?]|Escape)"?: ', table, re.MULTILINE)) - {"g"}
    shown = {part for parts, _ in KEYS for part in parts}
    assert {"T", "R", "S"} <= {one.upper() for one in taken}
    assert {"Esc" if one == "Escape" else one.upper() for one in taken} <= shown

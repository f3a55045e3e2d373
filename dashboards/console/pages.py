"""Render pages and fragments: the same templates for the first paint and for the live stream."""

import json
import re
from collections.abc import Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Final

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context, select_autoescape
from jinja2.runtime import Context
from markupsafe import Markup

from dashboards.console import present, words
from dashboards.console.keys import KEYS, pages_of
from dashboards.console.language import EN, ZH, catalogue
from dashboards.console.people import NOBODY, People, people_marked
from dashboards.console.present import Presenter
from dashboards.console.role import Ability
from dashboards.console.store.alarm import AlarmLine
from dashboards.console.view import TABS, tabs_of
from gateway.catalogue import asset_class, written_unit

LANGUAGES: Final = (ZH, EN)
_SYMBOL: Final = re.compile(r'<symbol id="([^"]+)"[^>]*>(.*?)</symbol>', re.DOTALL)


@cache
def environment(language: str) -> Environment:
    """The templates in one language."""
    made = Environment(
        loader=PackageLoader("dashboards.console", "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    made.install_gettext_translations(catalogue(language), newstyle=True)  # type: ignore[attr-defined]  # from the extension
    made.filters.update(
        clock_time=present.clock_time,
        clock_time_ms=present.clock_time_ms,
        short_time=present.short_time,
        epoch_ms=present.epoch_ms,
        unit=written_unit,
        person=person,
        when=when,
        date_only=present.date_only,
    )
    made.globals.update(
        say=Presenter(language),
        language=language,
        shape_of=words.shape_of,
        tone_of=words.tone_of,
        sound_of=words.sound_of,
        tabs_of=tabs_of,
        severity_rank=present.severity_rank,
        offset_words=present.offset_words,
        metrics_of=lambda name: asset_class(name).metrics,
        Ability=Ability,
        TABS=TABS,
        KEYS=KEYS,
        shape_paths=shape_paths,
        pages_of=pages_of,
    )
    return made


@cache
def _shapes() -> dict[str, Markup]:
    text = (files("dashboards.console") / "static" / "shapes.svg").read_text("utf-8")
    return {name: Markup(paths) for name, paths in _SYMBOL.findall(text)}  # noqa: S704 - our own file


def shape_paths(name: str) -> Markup:
    """What a shape is drawn of, for rows.

    Where thousands of rows refer to one drawing instead, a browser looks at each of them again
    with every change: 5,000 took a minute.
    """
    return _shapes()[name]


@pass_context
def person(context: Context, accounts: str | None) -> Markup | str:
    """Who is behind an account, or behind two that agreed; empty: nobody."""
    return people_marked(context["language"], context.get("people", NOBODY), accounts or "")


@pass_context
def when(context: Context, at: datetime | None) -> str:
    """A time as it is told on the day of the page."""
    return present.day_time(at, context.get("now"))


def render(language: str, template: str, context: Mapping[str, object]) -> str:
    """A template as HTML."""
    return environment(language).get_template(template).render(context)


def alarm_row(language: str, line: AlarmLine, people: People = NOBODY) -> str:
    """One row of an alarm list, as HTML."""
    return render(language, "alarm/row.html", {"line": line, "people": people})


def alarm_message(language: str, line: AlarmLine, people: People = NOBODY) -> dict[str, object]:
    """What the live stream tells a page about an alarm."""
    say = Presenter(language)
    return {
        "kind": "alarm",
        "id": line.id,
        "version": line.row_version,
        "open": line.is_on_desk,
        "life_safety": line.is_life_safety,
        "unacknowledged": line.is_unacknowledged,
        "drill": line.is_drill,
        "tabs": tabs_of(line),
        "severity": line.severity,
        "path": line.place_path,
        "sound": words.sound_of(line.alarm_group, line.severity, is_drill=line.is_drill),
        "sentence": say.sentence(line),
        "place": say.place(line),
        "html": alarm_row(language, line, people),
    }


def compact_json(value: object) -> str:
    """JSON on one line, for an event of the stream."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")

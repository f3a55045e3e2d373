"""Values of the stores as text for people: plain functions of a value and a language."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from analytics.notices.contact import CHANNEL_WORDS, MESSAGE_STATES, Channel
from analytics.notices.notice import MARKS, NoticeKind
from dashboards.console import words
from dashboards.console.basis import in_chinese
from dashboards.console.language import EN, Translate, pick, translator
from dashboards.console.late import unmarked
from dashboards.console.measured import meanings
from dashboards.console.section import Look, Thing
from dashboards.console.store.alarm import AlarmLine, TimelineRow
from dashboards.console.store.order import OrderLine
from dashboards.console.store.queue import part_of
from gateway.catalogue import AssetClass, EventKind, Metric, Text, asset_class, event_kind

_FULL_WIDTH: Final = {",": "，", ":": "：", ";": "；"}
_HALF_WIDTH: Final = re.compile(r"(?<=[一-鿿0-9])[,:;](?=[一-鿿])")
_NOBODY: Final = re.compile(r"(未确认·无人应答) \((nobody answers)\)")
_HEARD: Final = re.compile(r"对讲听到(\d+)人")
"""What the platform itself writes down; words of people stay as they are."""
ZONE: Final = ZoneInfo("Asia/Shanghai")
"""Every page tells the time of the places it watches; China has one zone."""


@dataclass(frozen=True, slots=True)
class Presenter:
    """Text in one language."""

    language: str

    @property
    def _(self) -> Translate:
        return translator(self.language)

    def translate(self, text: str) -> str:
        """A text of the pages in this language."""
        return self._(text)

    def word(self, table: str, key: str) -> str:
        """A closed set's word, for example `word("STATES", "acknowledged")`."""
        found: dict[str, str] = getattr(words, table)
        return self._(found[key]) if key in found else key

    def written(self, zh: str, en: str) -> str:
        """A sentence that the platform wrote in both languages."""
        return pick(self.language, typeset(zh), en)

    def outlook(self, first: datetime | None, last: datetime | None, now: datetime | None) -> str:
        """When something is expected, and how far off that is.

        Args:
            now: None: it is settled, and no time is left to tell.
        """
        _ = self._
        if first is None or last is None:
            return _("未定")
        length = last - first
        start, end = (f"{at.astimezone(ZONE):%m-%d %H:%M}" for at in (first, last))
        if length > timedelta(days=2):
            start, end = start[:5], end[:5]
        said = _("%(at)s 前后") % {"at": start} if start == end else f"{start} – {end}"
        if now is None:
            return said
        return f"{said} ({self._left(first, last, now)})"

    def _left(self, first: datetime, last: datetime, now: datetime) -> str:
        _ = self._
        if now > last:
            return _("已过预计时间")
        if now >= first:
            return _("已到预计时间")
        hours = (first - now).total_seconds() / 3600
        if hours >= 48:
            return _("还有 %(n)s 天") % {"n": round(hours / 24)}
        if hours >= 2:
            return _("还有 %(n)s 小时") % {"n": round(hours)}
        return _("还有 %(n)s 分钟") % {"n": round(hours * 60)}

    def text(self, text: Text) -> str:
        """A sentence of the catalogue."""
        return text.en if self.language == EN else typeset(text.zh)

    def pick(self, zh: str, en: str) -> str:
        """A name that the database has in both languages."""
        return pick(self.language, zh, en)

    def event_label(self, event: str) -> str:
        """What happened, in a word or two."""
        return self.text(event_kind(event).label)

    def class_label(self, name: str) -> str:
        """The kind of an asset."""
        return self.text(asset_class(name).label)

    def place(self, line: AlarmLine) -> str:
        """Where it is: compound, building, floor."""
        return self.joined_place(line.place_names_zh, line.place_names_en)

    def joined_place(self, zh: list[str], en: list[str]) -> str:
        """Names of a place from the larger to the smaller."""
        return " · ".join(en if self.language == EN else zh)

    def asset(self, line: AlarmLine) -> str:
        """What the asset is called."""
        return self.pick(line.asset_name_zh, line.asset_name_en)

    def thing(self, thing: Thing, look: Look) -> str:
        """A device of a drawing with its state."""
        name = self.pick(thing.name_zh, thing.name_en)
        return f"{name} {thing.code}: {self.look_words(thing, look)}"

    def look_words(self, thing: Thing, look: Look) -> str:
        """A device's state in words: what its alarm says, else how it is drawn."""
        if thing.event is None:
            return self.word("LOOKS", look.tone)
        said = self.event_label(thing.event)
        more = f" +{thing.alarms - 1}" if thing.alarms > 1 else ""
        drill = f"{self._('演练')} " if thing.is_drill else ""
        return f"{drill}{said}{more}"

    def glyph(self, name: str) -> str:
        """One letter for a class of assets, for drawings."""
        return words.GLYPHS.get(name, ("·", "·"))[self.language == EN]

    def sentence(self, line: AlarmLine) -> str:
        """What happened, as a colleague would say it."""
        label = self.event_label(line.event)
        return (
            f"{self.asset(line)} {label}" if self.language != EN else f"{self.asset(line)}: {label}"
        )

    def order_title(self, order: OrderLine) -> str:
        """What an order is about: the sentence of its alarm, else its own words.

        Its place stands beside it, and is not said twice.
        """
        is_told = order.source == "alarm" or self.language == EN
        if order.event is None or not is_told:
            return order.title
        name = self.pick(order.asset_name_zh or "", order.asset_name_en or "")
        label = self.event_label(order.event)
        if not name:
            return label
        return f"{name}: {label}" if self.language == EN else f"{name} {label}"

    def basis(self, text: str) -> str:
        """What a rule rests on."""
        return text if self.language == EN else in_chinese(text)

    def note(self, text: str, came_at: datetime | None = None) -> str:
        """What was written down: by the platform in this language, the words of people as they are.

        Args:
            came_at: When it came, which is told beside when it was done where there was no signal.
        """
        said, done_at = unmarked(text)
        if done_at is not None:
            both = self._("现场操作于 %(done)s（当时无信号），上传于 %(came)s") % {
                "done": clock_time(done_at),
                "came": clock_time(came_at) or "-",
            }
            return f"{said} · {both}" if said else both
        heard = _HEARD.fullmatch(text)
        if heard is not None and self.language == EN:
            return f"{heard[1]} heard in the car"
        found = _NOBODY.fullmatch(text)
        return text if found is None else found[2 if self.language == EN else 1]

    def action(self, line: AlarmLine) -> str:
        """The first thing to do; in an entrapment whose people are out, what is left of it."""
        if line.freed is not None:
            return self.word("FREED", line.freed)
        return self.text(kind_of(line).action)

    def timeline_what(self, row: TimelineRow) -> str:
        """A line of a timeline in words."""
        _ = self._
        match row.kind:
            case "notice":
                told = _("通知{target}").format(target=self.word("TARGETS", row.what))
                return f"{told}: {self.notice_kind(row.to_state)}"
            case "receipt":
                return _("{target}回执").format(target=self.word("TARGETS", row.what))
            case "order":
                return _("工单{step}").format(step=self.word("TRIGGERS", row.what))
            case "message":
                return self.message_what(row)
            case "seen":
                return _("首次显示在值班屏幕")
        return self.word("TRIGGERS", "roster_hole" if row.kind == "roster" else row.what)

    def message_what(self, row: TimelineRow) -> str:
        """How somebody was told, and what became of it."""
        channel = self.text(CHANNEL_WORDS[Channel(row.what)])
        state = MESSAGE_STATES.get(row.from_state)
        return f"{channel} {row.to_state}: {row.from_state if state is None else self.text(state)}"

    def notice_kind(self, kind: str) -> str:
        """Why somebody was told."""
        return self.text(MARKS[NoticeKind(kind)]) if kind in set(NoticeKind) else kind

    def codes(self, kind: AssetClass, metric: Metric) -> dict[int, str]:
        """What the codes of a metric mean, by code; nothing where it is a quantity."""
        return {code: self._(word) for code, word in meanings(kind, metric).items()}

    def value(self, kind: AssetClass, metric: Metric, value: float | None) -> str:
        """A measured value as people say it: the word of a code, else the number."""
        if value is None or value != round(value):
            return self.number(value)
        return self.codes(kind, metric).get(round(value)) or self.number(value)

    def number(self, value: float | None, digits: int = 2) -> str:
        """A measured value; a dash where there is none."""
        if value is None:
            return "-"
        return f"{value:.{digits}f}".rstrip("0").rstrip(".") if digits else f"{value:.0f}"


def typeset(text: str) -> str:
    """Chinese text with the punctuation that Chinese readers expect."""
    return _HALF_WIDTH.sub(lambda found: _FULL_WIDTH[found[0]], text)


def kind_of(line: AlarmLine) -> EventKind:
    """The catalogue's entry of an alarm."""
    return event_kind(line.event)


def clock_time(at: datetime | None) -> str:
    """A time in full, in the zone of the places: 2026-11-21 14:03:10."""
    return "" if at is None else at.astimezone(ZONE).strftime("%Y-%m-%d %H:%M:%S")


def clock_time_ms(at: datetime | None) -> str:
    """A time to the millisecond, as evidence asks for it."""
    if at is None:
        return ""
    local = at.astimezone(ZONE)
    return f"{local:%Y-%m-%d %H:%M:%S}.{local.microsecond // 1000:03d}"


def short_time(at: datetime | None) -> str:
    """A time without its date: 14:03:10."""
    return "" if at is None else at.astimezone(ZONE).strftime("%H:%M:%S")


def day_time(at: datetime | None, now: datetime | None) -> str:
    """A time of today without its date, any other with it: 11-26 08:45:23."""
    if at is None:
        return ""
    local = at.astimezone(ZONE)
    is_today = now is not None and local.date() == now.astimezone(ZONE).date()
    return f"{local:%H:%M:%S}" if is_today else f"{local:%m-%d %H:%M:%S}"


def date_only(at: datetime | None) -> str:
    """The day of a time: 2026-11-21."""
    return "" if at is None else f"{at.astimezone(ZONE):%Y-%m-%d}"


def epoch_ms(at: datetime | None) -> int:
    """A time for the page's own clock [ms since 1970]; 0 for none."""
    return 0 if at is None else round(at.astimezone(UTC).timestamp() * 1000)


def offset_words(start: datetime, at: datetime) -> str:
    """How long after the first moment: +0:12, +3:05, +2:10:00."""
    seconds = round((at - start).total_seconds())
    sign = "-" if seconds < 0 else "+"
    hours, rest = divmod(abs(seconds), 3600)
    minutes, left = divmod(rest, 60)
    return f"{sign}{hours}:{minutes:02d}:{left:02d}" if hours else f"{sign}{minutes}:{left:02d}"


def severity_rank(line: AlarmLine) -> str:
    """A key that sorts as the database does: smaller is more urgent.

    The page inserts a new row by it; ten trillion minus the time puts the newest first.
    """
    newest_first = 10_000_000_000_000 - epoch_ms(line.opened_at)
    return f"{part_of(line)}{line.severity:<8}{newest_first:013d}"

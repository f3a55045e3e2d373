"""An Atom feed of CAP documents: the same entries, the same bytes.

References:
    RFC 4287 (The Atom Syndication Format); RFC 5005 section 3 (paged feeds).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from xml.etree import ElementTree as ET

ATOM: Final = "http://www.w3.org/2005/Atom"
FEED_TYPE: Final = "application/atom+xml; charset=utf-8"
CAP_TYPE: Final = "application/cap+xml"
_NEVER: Final = datetime(2020, 1, 1, tzinfo=UTC)
"""When an empty feed was changed last: before anything could be in it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CapEntry:
    """One CAP document in the feed."""

    identifier: str
    sent_at: datetime
    msg_type: str
    status: str
    headline: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedPage:
    """A page of the feed, newest first.

    Attributes:
        own_url: Where this page is.
        first_url: Where the newest page is.
        next_url: Where older entries go on; None: these are the oldest.
        document_url: Where documents are, without the identifier.
        newest_at: When the feed changed last.
    """

    entries: Sequence[CapEntry]
    own_url: str
    first_url: str
    next_url: str | None
    document_url: str
    newest_at: datetime | None


def feed_xml(page: FeedPage) -> bytes:
    """The page as Atom."""
    feed = ET.Element("feed", {"xmlns": ATOM, "xml:lang": "zh-CN"})
    _put(feed, "id", "urn:towerwatch:cap")
    _put(feed, "title", "守望塔 生命安全报警 Towerwatch life-safety alarms (CAP 1.2)")
    _put(feed, "updated", _time(page.newest_at or _NEVER))
    author = ET.SubElement(feed, "author")
    _put(author, "name", "守望塔 Towerwatch")
    _link(feed, "self", page.own_url, "application/atom+xml")
    _link(feed, "first", page.first_url, "application/atom+xml")
    if page.next_url is not None:
        _link(feed, "next", page.next_url, "application/atom+xml")
    for one in page.entries:
        _put_entry(feed, one, page.document_url)
    content: bytes = ET.tostring(feed, encoding="utf-8", xml_declaration=True)
    return content


def _put_entry(feed: ET.Element, one: CapEntry, document_url: str) -> None:
    entry = ET.SubElement(feed, "entry")
    _put(entry, "id", f"urn:towerwatch:cap:{one.identifier}")
    _put(entry, "title", one.headline)
    # A document never changes, so neither does the time of its entry.
    _put(entry, "updated", _time(one.sent_at))
    _put(entry, "published", _time(one.sent_at))
    ET.SubElement(entry, "category", {"term": one.msg_type, "scheme": "urn:towerwatch:cap:msgType"})
    ET.SubElement(entry, "category", {"term": one.status, "scheme": "urn:towerwatch:cap:status"})
    _link(entry, "alternate", f"{document_url}/{one.identifier}", CAP_TYPE)
    _put(entry, "summary", one.headline)


def _put(parent: ET.Element, name: str, text: str) -> None:
    ET.SubElement(parent, name).text = text


def _link(parent: ET.Element, relation: str, url: str, kind: str) -> None:
    ET.SubElement(parent, "link", {"rel": relation, "href": url, "type": kind})


def _time(at: datetime) -> str:
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")

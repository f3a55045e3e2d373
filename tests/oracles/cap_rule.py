"""Whether a document keeps the rules of CAP 1.2: order, cardinality, enumerations, formats.

References:
    OASIS Common Alerting Protocol 1.2 (2010-07-01), sections 3.2 (data dictionary), 3.3
    (implementation notes: dates, character set) and 3.4 (schema: order of elements).
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise
from typing import Final
from xml.etree import ElementTree as ET

from analytics.cap.word import (
    NAMESPACE,
    Category,
    Certainty,
    MsgType,
    ResponseType,
    Scope,
    Severity,
    Status,
    Urgency,
)
from tests.oracles.xml_reading import Unreadable, read_xml

Check = Callable[[str], str | None]
"""What is wrong with a text; None: nothing."""
MANY: Final = 10_000
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}[+-]\d{2}:\d{2}")
_LANGUAGE: Final = re.compile(r"[A-Za-z]{1,8}(-[A-Za-z0-9]{1,8})*")
_NUMBER: Final = re.compile(r"-?\d+(\.\d+)?")
_URI: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_MIME: Final = re.compile(r"[\w.+-]+/[\w.+-]+")
_SHA1: Final = re.compile(r"[0-9a-fA-F]{40}")
_FORBIDDEN: Final = re.compile(r"[\s,<&]")
_SIGNATURE: Final = "{http://www.w3.org/2000/09/xmldsig#}Signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class Breach:
    """A rule that a document breaks.

    Attributes:
        where: Path of the element.
    """

    where: str
    sentence: str


@dataclass(frozen=True, slots=True)
class _Part:
    """An element that may stand there: how often, and what its text must be."""

    name: str
    least: int
    most: int
    check: Check | None = None
    inside: tuple["_Part", ...] = ()


def _one_of(words: type[StrEnum]) -> Check:
    allowed = [str(word) for word in words]
    return lambda text: None if text in allowed else f"{text!r} is none of {', '.join(allowed)}"


def _like(pattern: re.Pattern[str], what: str) -> Check:
    return lambda text: None if pattern.fullmatch(text) else f"{text!r} is no {what}"


def _date(text: str) -> str | None:
    if not _DATE.fullmatch(text):
        return f"{text!r} is no date such as 2026-11-22T08:00:00+08:00 (Z is not permitted)"
    if text.endswith("+00:00"):
        return f"{text!r}: UTC is written -00:00"
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return f"{text!r} is no day or hour"
    return None


def _word(text: str) -> str | None:
    return f"{text!r} has a space, comma, < or &" if _FORBIDDEN.search(text) else None


def _references(text: str) -> str | None:
    for group in text.split():
        parts = group.split(",")
        if len(parts) != 3 or not parts[0] or not parts[1] or _date(parts[2]):
            return f"{group!r} is not sender,identifier,sent"
    return None


def _pair(text: str) -> str | None:
    parts = text.split(",")
    if len(parts) != 2 or not all(_NUMBER.fullmatch(part) for part in parts):
        return f"{text!r} is not latitude,longitude"
    latitude, longitude = map(float, parts)
    is_on_earth = -90 <= latitude <= 90 and -180 <= longitude <= 180
    return None if is_on_earth else f"{text!r} is not on the earth"


def _polygon(text: str) -> str | None:
    points = text.split()
    wrong = next((found for found in map(_pair, points) if found), None)
    if wrong:
        return wrong
    if len(points) < 4:
        return "a polygon has four points at least"
    return None if points[0] == points[-1] else "the last point of a polygon is its first"


def _circle(text: str) -> str | None:
    parts = text.split()
    if len(parts) != 2:
        return f"{text!r} is not latitude,longitude radius"
    is_radius = _NUMBER.fullmatch(parts[1]) and float(parts[1]) >= 0
    return _pair(parts[0]) or (None if is_radius else f"{parts[1]!r} is no radius [km]")


_NAMED: Final = (_Part("valueName", 1, 1), _Part("value", 1, 1))
_RESOURCE: Final = (
    _Part("resourceDesc", 1, 1),
    _Part("mimeType", 1, 1, _like(_MIME, "MIME type")),
    _Part("size", 0, 1, _like(re.compile(r"\d+"), "number of bytes")),
    _Part("uri", 0, 1),
    _Part("derefUri", 0, 1),
    _Part("digest", 0, 1, _like(_SHA1, "SHA-1 digest")),
)
_AREA: Final = (
    _Part("areaDesc", 1, 1),
    _Part("polygon", 0, MANY, _polygon),
    _Part("circle", 0, MANY, _circle),
    _Part("geocode", 0, MANY, inside=_NAMED),
    _Part("altitude", 0, 1, _like(_NUMBER, "number")),
    _Part("ceiling", 0, 1, _like(_NUMBER, "number")),
)
_INFO: Final = (
    _Part("language", 0, 1, _like(_LANGUAGE, "language of RFC 3066")),
    _Part("category", 1, MANY, _one_of(Category)),
    _Part("event", 1, 1),
    _Part("responseType", 0, MANY, _one_of(ResponseType)),
    _Part("urgency", 1, 1, _one_of(Urgency)),
    _Part("severity", 1, 1, _one_of(Severity)),
    _Part("certainty", 1, 1, _one_of(Certainty)),
    _Part("audience", 0, 1),
    _Part("eventCode", 0, MANY, inside=_NAMED),
    _Part("effective", 0, 1, _date),
    _Part("onset", 0, 1, _date),
    _Part("expires", 0, 1, _date),
    _Part("senderName", 0, 1),
    _Part("headline", 0, 1),
    _Part("description", 0, 1),
    _Part("instruction", 0, 1),
    _Part("web", 0, 1, _like(_URI, "absolute URI")),
    _Part("contact", 0, 1),
    _Part("parameter", 0, MANY, inside=_NAMED),
    _Part("resource", 0, MANY, inside=_RESOURCE),
    _Part("area", 0, MANY, inside=_AREA),
)
_ALERT: Final = (
    _Part("identifier", 1, 1, _word),
    _Part("sender", 1, 1, _word),
    _Part("sent", 1, 1, _date),
    _Part("status", 1, 1, _one_of(Status)),
    _Part("msgType", 1, 1, _one_of(MsgType)),
    _Part("source", 0, 1),
    _Part("scope", 1, 1, _one_of(Scope)),
    _Part("restriction", 0, 1),
    _Part("addresses", 0, 1),
    _Part("code", 0, MANY),
    _Part("note", 0, 1),
    _Part("references", 0, 1, _references),
    _Part("incidents", 0, 1),
    _Part("info", 0, MANY, inside=_INFO),
)


def breaches(document: bytes) -> list[Breach]:
    """Every rule of CAP 1.2 that a document breaks; nothing when it keeps them all."""
    try:
        root = read_xml(document)
    except Unreadable as error:
        return [Breach(where="/", sentence=str(error))]
    if root.tag != f"{{{NAMESPACE}}}alert":
        return [Breach(where="/", sentence=f"the root is {root.tag}, not CAP 1.2's alert")]
    return [*_inside(root, _ALERT, "alert"), *_across(root)]


def _inside(parent: ET.Element, parts: Sequence[_Part], where: str) -> list[Breach]:
    by_name = {f"{{{NAMESPACE}}}{part.name}": number for number, part in enumerate(parts)}
    found = []
    numbers = []
    for child in parent:
        number = by_name.get(child.tag)
        if number is not None:
            numbers.append(number)
            found += _each(child, parts[number], f"{where}/{parts[number].name}")
        elif not (where == "alert" and child.tag == _SIGNATURE):
            found.append(Breach(where=where, sentence=f"{child.tag} does not belong here"))
    for before, after in pairwise(numbers):
        if after < before:
            sentence = f"{parts[after].name} stands after {parts[before].name}"
            found.append(Breach(where=where, sentence=sentence))
    for number, part in enumerate(parts):
        count = numbers.count(number)
        if not part.least <= count <= part.most:
            found.append(Breach(where=where, sentence=f"{part.name} stands {count} times"))
    return found


def _each(element: ET.Element, part: _Part, where: str) -> list[Breach]:
    if part.inside:
        return _inside(element, part.inside, where)
    if len(element):
        return [Breach(where=where, sentence="there is an element inside")]
    text = (element.text or "").strip()
    if not text:
        return [Breach(where=where, sentence="it is empty")]
    wrong = part.check(text) if part.check else None
    return [Breach(where=where, sentence=wrong)] if wrong else []


def _across(root: ET.Element) -> list[Breach]:
    """Rules that tie elements to each other."""

    def text(name: str, parent: ET.Element = root) -> str:
        return (parent.findtext(f"{{{NAMESPACE}}}{name}") or "").strip()

    scope, found = text("scope"), []
    if scope == Scope.RESTRICTED and not text("restriction"):
        found.append("scope Restricted needs restriction")
    if scope != Scope.RESTRICTED and text("restriction"):
        found.append("restriction belongs to scope Restricted")
    if scope == Scope.PRIVATE and not text("addresses"):
        found.append("scope Private needs addresses")
    if text("msgType") not in ("", MsgType.ALERT) and not text("references"):
        found.append(f"msgType {text('msgType')} needs references")
    areas = list(root.iter(f"{{{NAMESPACE}}}area"))
    if any(text("ceiling", area) and not text("altitude", area) for area in areas):
        found.append("ceiling needs altitude")
    return [Breach(where="alert", sentence=sentence) for sentence in found]

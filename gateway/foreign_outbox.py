"""Outboxes of another gateway: a box's image was restored or copied elsewhere, or its id was changed.

A message goes out under the id of the gateway that sends it, so what another one recorded must not:
its fires would be told of another place. The broker lets nobody speak for another gateway, so it is
kept aside and told with the alarms in it, and taken along as soon as a gateway of its id begins here.
"""

import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from gateway import wire
from gateway.catalogue import event_kind
from gateway.errors import BadMessage
from gateway.outbox_file import SQL, outbox_path
from gateway.topic import Lane

_MOST_EVENTS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """A file that was kept aside, and whose it is."""

    gateway: str
    lane: Lane
    path: Path


def foreign_in(folder: Path) -> list[Foreign]:
    """The files kept aside in a data folder, in the order of their names."""
    return [
        Foreign(gateway=words[0], lane=lane, path=path)
        for lane in Lane
        for path in sorted(folder.glob(f"{outbox_path(folder, lane).name}.of-*"))
        if len(words := path.name.rpartition(".of-")[2].split(".")) == 2 and words[1].isdigit()
    ]


def own_again(folder: Path, gateway: str) -> list[Mapping[Lane, Path]]:
    """Files that were kept aside here under an id that is in use again: they are taken along."""
    return [{one.lane: one.path} for one in foreign_in(folder) if one.gateway == gateway]


def sentences(found: Sequence[Foreign]) -> dict[str, str]:
    """Files in which messages wait: whose they are, and what the alarms among them are."""
    return {one.path.name: text for one in found if (text := _said(one))}


def at_home(folder: Path, gateway: str) -> list[Foreign]:
    """Outboxes in use here that hold another gateway's messages: a start keeps them aside."""
    found = []
    for lane in Lane:
        path = outbox_path(folder, lane)
        try:
            with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as database:
                row = database.execute(SQL["fetch_owner"]).fetchone()
        except sqlite3.Error:
            continue  # There is none, or one of an older version.
        if row is not None and row[0] != gateway:
            found.append(Foreign(gateway=row[0], lane=lane, path=path))
    return found


def _said(one: Foreign) -> str:
    try:
        with closing(sqlite3.connect(f"{one.path.as_uri()}?mode=ro", uri=True)) as database:
            count = database.execute(SQL["count_messages"]).fetchone()[0]
            first = database.execute(
                SQL["fetch_after"], {"after": 0, "limit": _MOST_EVENTS}
            ).fetchall()
    except sqlite3.Error as error:
        return f"网关 {one.gateway} 的缓存 {one.path.name} 无法读取: {error}"
    if not count:
        return ""
    what = "报警报文" if one.lane is Lane.ALARM else "遥测报文"
    text = f"网关 {one.gateway} 的{what} {count} 条未发送, 存于 {one.path}"
    events = _events([row[4] for row in first]) if one.lane is Lane.ALARM else []
    return f"{text}: {', '.join(events)}" if events else text


def _events(payloads: Sequence[bytes]) -> list[str]:
    """What the messages raise, as words for whoever telephones the site."""
    said = []
    for payload in payloads:
        try:
            events = wire.decode_alarm(payload).events
        except BadMessage:
            said.append("无法解析的报文")
            continue
        said += [_words(event) for event in events if event.state == "raise"]
    return said[:_MOST_EVENTS]


def _words(event: wire.WireEvent) -> str:
    label = event_kind(event.event).label.zh
    try:
        at = f"{datetime.fromtimestamp(event.at / 1000, UTC):%Y-%m-%d %H:%M} UTC"
    except (ValueError, OverflowError, OSError):
        at = f"{event.at} ms"
    return f"{event.asset} {label} {at}"

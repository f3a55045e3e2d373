"""Readable makers of what analytics passes on; only what matters is given."""

import json


def notice_body(
    *,
    event: str = "fire_alarm",
    label: tuple[str, str] = ("火警", "Fire alarm"),
    mark: tuple[str, str] = ("未确认", "Not confirmed yet"),
    confirmation: str = "unconfirmed",
    drill: bool = False,
    status: str = "Actual",
    text: str = "",
    note: str = "",
    place_zh: str = "示范花园 1号楼",
    asset: tuple[str, str] = ("走廊感烟", "Corridor smoke"),
) -> bytes:
    """A notice's body as `analytics.notices.notice.body_of` writes it."""
    return json.dumps(
        {
            "type": "alarm.opened",
            "timestamp": "2026-11-22T03:00:01Z",
            "data": {
                "alarm": 7,
                "version": 1,
                "order": None,
                "event": event,
                "label": {"zh": label[0], "en": label[1]},
                "mark": {"zh": mark[0], "en": mark[1]},
                "severity": "critical",
                "life_safety": True,
                "drill": drill,
                "status": status,
                "state": "unacknowledged",
                "confirmation": confirmation,
                "place": {"path": "city.garden", "zh": place_zh, "address": "", "access": ""},
                "asset": {"code": "D-1", "zh": asset[0], "en": asset[1]},
                "text": text,
                "note": note,
                "raised_at": "2026-11-22T03:00:00Z",
                "received_at": "2026-11-22T03:00:01Z",
            },
        }
    ).encode()

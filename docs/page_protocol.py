"""The numbers of the protocol page, taken from the code that uses them."""  # noqa: INP001

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from gateway import session as gateway_session
from gateway import wire
from gateway.errors import Fault
from gateway.patience import Patience
from gateway.topic import SHARDS, Lane
from gateway.window import FRESH, WINDOW
from ingest import consume
from towerwatch.services import broker

_BLOCK: Final = re.compile(
    r"(?P<open><!-- generated: (?P<name>\w+) -->\n).*?(?P<close><!-- end -->)", re.DOTALL
)


def protocol_page(text: str) -> str:
    """The page with its generated tables renewed; the words between them stay."""
    return _BLOCK.sub(lambda found: f"{found['open']}{_table(found['name'])}{found['close']}", text)


def _table(name: str) -> str:
    rows = {"sessions": _sessions, "broker": _broker, "delivery": _delivery, "limits": _limits}
    return rows[name]()


def _markdown(head: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(str(cell) for cell in line)} |\n" for line in lines)


def _sessions() -> str:
    for_ever = consume.SESSION_FOR_EVER == 0xFFFF_FFFF
    return _markdown(
        ["parameter", "gateway, each lane", "platform (ingest)", "why"],
        [
            ["client id", "`{gateway}.alarm`, `{gateway}.data`", "`tw-ingest-alarm`, ...", _WHO],
            ["clean start", "yes", "no", _CLEAN],
            ["session expiry", "0 s", "never" if for_ever else "limited", _EXPIRY],
            ["Receive Maximum", "not set", f"{consume.RECEIVE_MAXIMUM:,}", _RECEIVE],
            ["keepalive", f"{gateway_session.KEEPALIVE_S} s", f"{consume.KEEPALIVE_S} s", _KEEP],
            ["QoS up", "1", "subscribes at 1", "the granted QoS is checked; less is refused"],
            ["will", "state, retained, QoS 1, `online: false`", "none", _WILL],
            ["will delay", "0 s", "-", "the will is a hint; nothing is decided by it"],
            ["acknowledges", "at once", "after the commit, same connection", _ACK],
        ],
    )


_WHO: Final = "equal to the user name, so nobody can take over another's session"
_CLEAN: Final = "a gateway's outbox is its memory; the platform's subscriptions stay at the broker"
_EXPIRY: Final = "receipts missed while away are answered by a resend"
_RECEIVE: Final = "20, the broker's default, stops a batch that commits before it acknowledges"
_KEEP: Final = "a half-open connection is noticed within 1.5 of these"
_WILL: Final = "online is decided by the age of the heartbeat, never by the will"
_ACK: Final = "an acknowledgement of an older connection would take a new message with it"


def _broker() -> str:
    ports = broker.BrokerPorts(platform=1, gateway=2)
    text = broker.configuration(Path("folder"), ports)
    settings = dict(line.split(" ", 1) for line in text.splitlines() if " " in line)
    shown = (
        "max_inflight_messages",
        "max_queued_messages",
        "max_queued_bytes",
        "max_packet_size",
        "max_keepalive",
        "persistence",
        "autosave_interval",
        "check_retain_source",
        "per_listener_settings",
    )
    rows = [[f"`{name}`", settings[name]] for name in shown]
    return _markdown(["broker setting (Mosquitto 2.0)", "value"], rows)


def _delivery() -> str:
    patience = Patience()
    resend = (
        f"sends the oldest again, with back-off and jitter up to {patience.longest_s:g} s;"
        " at once after a reconnect or a `resend`"
    )
    return _markdown(
        ["when a message has no receipt for", "the gateway"],
        [
            [f"{patience.resend_s:g} s", resend],
            [f"{patience.second_path_s:g} s", "alarm lane: posts it over HTTPS as well"],
            [f"{patience.sounder_s:g} s", "alarm lane: runs the local sounder and logs it"],
        ],
    ) + (
        f"\nThe oldest {WINDOW[Lane.ALARM]} alarms ({WINDOW[Lane.DATA]} batches of samples) are outstanding at a"
        f" time, and beside a longer backlog\nthe {FRESH[Lane.ALARM]} newest alarms: a fire of this moment waits"
        " for no outage. The numbers of one stream may come in any order.\n"
        f"\nA heartbeat goes out on each lane every {patience.heartbeat_s:g} s.\n"
    )


def _limits() -> str:
    return _markdown(
        ["limit", "value"],
        [
            ["alarm and state message", f"{wire.MAX_ALARM_BYTES:,} B"],
            ["data message, decoded at most", f"{wire.MAX_DATA_BYTES:,} B"],
            ["packet at the broker", f"{broker.MAX_PACKET:,} B"],
            ["shards of the data lane", SHARDS],
            ["reasons for which bytes are no message", ", ".join(f"`{fault}`" for fault in Fault)],
        ],
    )

"""A pushed message in the manner of GB/T 24476, as `towerwatch gateway try tcp_push` shows it."""

import json
from collections.abc import Sequence
from typing import Final

from gateway.catalogue import Text
from gateway.drivers.protocol import Protocol
from gateway.drivers.rules import load_rules
from gateway.drivers.shown import ShownReading, shown
from gateway.drivers.tcp_push.cutter import Cut, Cutter
from gateway.drivers.tcp_push.message import TOPIC, Interpreter
from gateway.drivers.terminal_message import readers_of
from gateway.errors import BadFrame

_START, _END = b"#10#", b"#13#"


def read(data: bytes, now_ms: int) -> list[ShownReading]:
    """Each message between its marks, by the rule set gbt24476. Raises BadFrame."""
    cuts = Cutter(_START, _END).feed(data)
    if not cuts:
        raise BadFrame("there is no message between #10# and #13#", data)
    return _shown(cuts, now_ms)


def read_plain(data: bytes, now_ms: int) -> list[ShownReading]:
    """One message as it comes over MQTT, by the rule set gbt24476. Raises BadFrame."""
    try:
        json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BadFrame(f"it is no JSON: {error}", data) from error
    return _shown([Cut(content=data)], now_ms)


def _shown(cuts: Sequence[Cut], now_ms: int) -> list[ShownReading]:
    readers = readers_of("terminal", load_rules(["gbt24476"], TOPIC), [])
    reader = Interpreter(readers=readers, kind_path=None, harmless=frozenset())
    return [
        shown(
            reading.samples,
            [*reading.events, *(one for one in reading.conditions if one.state == "raise")],
            reading.problems,
        )
        for cut in cuts
        for _, reading in reader.read(cut, now_ms)
    ]


PROTOCOL: Final = Protocol(
    name="tcp_push",
    label=Text(
        zh="电梯终端 TCP 推送 (#10# JSON #13#, GB/T 24476 数据项)",
        en="Lift terminals pushing JSON over TCP, items as in GB/T 24476",
    ),
    example=b'#10#{"Identification_Number":"L7","Car_Position":3,"Message_Code":[5]}#13#',
    is_text=True,
    read=read,
)
PLAIN: Final = Protocol(
    name="mqtt_terminal",
    label=Text(
        zh="电梯终端 MQTT 报文 (JSON, GB/T 24476 数据项)",
        en="Lift terminals' JSON over MQTT, items as in GB/T 24476",
    ),
    example=b'{"Identification_Number":"L7","Car_Position":3,"Message_Code":[5]}',
    is_text=True,
    read=read_plain,
)

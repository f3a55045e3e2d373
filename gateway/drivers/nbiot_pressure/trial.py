"""An upload, as `towerwatch gateway try nbiot_pressure` shows it."""

from typing import Final

from gateway.catalogue import Text
from gateway.drivers.nbiot_pressure.codec import decode, from_text
from gateway.drivers.nbiot_pressure.reading import Memory
from gateway.drivers.protocol import Protocol
from gateway.drivers.shown import ShownReading, shown


def read(data: bytes, _now_ms: int) -> list[ShownReading]:
    """The upload of a hydrant's terminal, as if it came at its own time. Raises BadFrame."""
    frame = from_text(data)
    upload = decode(frame)
    came_ms = upload.last_at_ms + upload.interval_s * 1000
    reading = Memory().read(frame, upload, upload.device, "fire_water", came_ms)
    raised = [one for one in reading.conditions if one.state == "raise"]
    return [shown(reading.samples, raised, reading.problems)]


PROTOCOL: Final = Protocol(
    name="nbiot_pressure",
    label=Text(
        zh="NB-IoT 压力终端 (A5 5A ... 55 AA)", en="NB-IoT pressure terminals (A5 5A ... 55 AA)"
    ),
    example=bytes.fromhex(
        "a55a00003b53484d4b313930363030313334c8003c000a0102006401f4021a5d1966b6"
        "0219021a0216021802180213021e021c021d021d7e0355aa"
    ),
    read=read,
)

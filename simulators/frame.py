"""Status frames as a fire panel's transmission unit sends them: GB/T 26875.3-2011 clause 8.2.

The simulated events carry them as evidence. Layout after the standard's tables 1 to 5 as public
code bases have them (unverified); a test holds it to a published example frame.
"""

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from simulators.calendar_cn import LOCAL_OFFSET_S

NORMAL_BIT = 0
_START, _END = b"\x40\x40", b"\x23\x23"
_VERSION = b"\x01\x01"
_SEND_DATA = 2
_COMPONENT_STATE, _SYSTEM_STATE = 2, 1
_TEXT_BYTES = 31
_CENTRE_ADDRESS = 88888


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentState:
    """State of one point: component type, loop and point number, status bits, place."""

    component: int
    loop: int
    point: int
    status: int
    text: str

    def encode(self) -> bytes:
        """The object of type 2: one system, part address as loop and point, low byte first."""
        text = self.text.encode("gb18030")[:_TEXT_BYTES].ljust(_TEXT_BYTES, b"\0")
        head = struct.pack("<BBBHHH", 1, 1, self.component, self.loop, self.point, self.status)
        return bytes((_COMPONENT_STATE, 1)) + head + text


@dataclass(frozen=True, slots=True, kw_only=True)
class SystemState:
    """State of the fire alarm system itself: its status bits."""

    status: int

    def encode(self) -> bytes:
        """The object of type 1."""
        return bytes((_SYSTEM_STATE, 1)) + struct.pack("<BBH", 1, 1, self.status)


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """Who sends a frame, and when [ms UTC]: event time and send time."""

    source: int
    serial: int
    at_ms: int
    sent_ms: int


def status_frame(state: ComponentState | SystemState, envelope: Envelope) -> bytes:
    """The frame that reports one state to the centre."""
    body = state.encode() + _time(envelope.at_ms)
    control = (
        struct.pack("<H", envelope.serial)
        + _VERSION
        + _time(envelope.sent_ms)
        + envelope.source.to_bytes(6, "little")
        + _CENTRE_ADDRESS.to_bytes(6, "little")
        + struct.pack("<HB", len(body), _SEND_DATA)
    )
    total = sum(control) + sum(body)
    return _START + control + body + bytes((total & 0xFF,)) + _END


def _time(at_ms: int) -> bytes:
    local = datetime.fromtimestamp(at_ms // 1000, UTC) + timedelta(seconds=LOCAL_OFFSET_S)
    return bytes(
        (local.second, local.minute, local.hour, local.day, local.month, local.year - 2000)
    )

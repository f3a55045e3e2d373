"""The terminal's frame, core: one upload with the current value and a batch of older ones.

Integers are big-endian; the CRC-16 of Modbus stands high byte first. Verified with the two frames
that the vendor (Meokon, protocol V3.0) published; nothing else of it was tried on a device.
"""

from dataclasses import dataclass
from typing import Final, Literal

from gateway.drivers.modbus.frame import crc
from gateway.errors import BadFrame

START: Final = b"\xa5\x5a"
END: Final = b"\x55\xaa"
_HEAD = 35
"""Bytes before the records: up to and with the time of the last one."""
_TAIL = 4
_ID = slice(5, 17)
_KPA = {0: 0.1, 1: 1.0, 2: 1.0}
"""Unit code -> kPa per count: 0.1 kPa, 0.001 MPa, 0.01 bar."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Upload:
    """One frame.

    Attributes:
        device: The terminal's own id.
        is_external: Whether it runs on external supply.
        battery: Charge left [%].
        signal: Received signal [dBm]; None when it does not know.
        interval_s: Pause between two records [s].
        alarms: Status bits, bit 0 first: low, high, battery, sensor, hardware, and on hydrants
            impact, tilt, water release.
        low_kpa: Its own lower limit [kPa]; None when the unit is not known.
        current_kpa: Pressure at the upload [kPa].
        last_at_ms: Time of the last record, by the terminal's clock [ms UTC].
        records_kpa: Older values [kPa], oldest first.
    """

    device: str
    is_external: bool
    battery: int
    signal: int | None
    interval_s: int
    unit: int
    alarms: int
    low_kpa: float | None
    high_kpa: float | None
    current_kpa: float | None
    last_at_ms: int
    records_kpa: tuple[float | None, ...]

    @property
    def bits(self) -> tuple[int, ...]:
        """The numbers of the status bits that are set."""
        return tuple(bit for bit in range(8) if self.alarms >> bit & 1)


def decode(frame: bytes) -> Upload:
    """The upload. Raises BadFrame, with the device's id in it as far as it can be read."""
    flaw = _flaw(frame)
    if flaw:
        raise BadFrame(flaw, frame, {"device": device_of(frame)})
    count = _u16(frame, 21)
    if len(frame) != _HEAD + 2 * count + _TAIL:
        raise BadFrame(f"{len(frame)} bytes do not hold {count} records", frame)
    scale = _KPA.get(frame[23])
    records = (_kpa(frame, _HEAD + 2 * i, scale) for i in range(count))
    return Upload(
        device=device_of(frame),
        is_external=bool(frame[17] & 0x80),
        battery=min((frame[17] & 0x1F) * 5, 100),
        signal=_signed(frame[18:19]) or None,
        interval_s=_u16(frame, 19),
        unit=frame[23],
        alarms=frame[24],
        low_kpa=_kpa(frame, 25, scale),
        high_kpa=_kpa(frame, 27, scale),
        current_kpa=_kpa(frame, 29, scale),
        last_at_ms=int.from_bytes(frame[31:35], "big") * 1000,
        records_kpa=tuple(records),
    )


def device_of(frame: bytes) -> str:
    """The id in a frame that may be broken; empty when there is none."""
    found = frame[_ID]
    is_id = frame[:2] == START and len(found) == 12 and found.isalnum()
    return found.decode("ascii") if is_id else ""


def from_text(payload: bytes) -> bytes:
    """A frame that is written as hexadecimal digits, or stands there as it is. Raises BadFrame."""
    if payload[:2] == START:
        return payload
    try:
        return bytes.fromhex(payload.decode("ascii"))
    except (UnicodeDecodeError, ValueError) as error:
        raise BadFrame("neither a frame nor one in hexadecimal digits", payload) from error


def _flaw(frame: bytes) -> str:
    if len(frame) < _HEAD + _TAIL:
        return f"{len(frame)} bytes are too few"
    if frame[:2] != START or frame[-2:] != END:
        return "it does not stand between a5 5a and 55 aa"
    if _u16(frame, 3) != len(frame):
        return f"its length says {_u16(frame, 3)}, it has {len(frame)} bytes"
    check = int.from_bytes(frame[-4:-2], "big")
    if crc(frame[:-4]) != check:
        return f"CRC {check:04x} should be {crc(frame[:-4]):04x}"
    if frame[2] != 0:
        return f"command {frame[2]:02x} is no upload"
    return "" if device_of(frame) else "its id is not of letters and digits"


def _u16(frame: bytes, at: int) -> int:
    return int.from_bytes(frame[at : at + 2], "big")


def _signed(content: bytes, order: Literal["big"] = "big") -> int:
    return int.from_bytes(content, order, signed=True)


def _kpa(frame: bytes, at: int, scale: float | None) -> float | None:
    return None if scale is None else round(_signed(frame[at : at + 2]) * scale, 3)

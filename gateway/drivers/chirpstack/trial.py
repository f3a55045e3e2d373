"""An uplink as ChirpStack wraps it, as `towerwatch gateway try chirpstack` shows it."""

from typing import Final

from msgspec import Struct

from gateway.catalogue import Text
from gateway.drivers.chirpstack.uplink import Kind, Uplink, decode
from gateway.drivers.protocol import Protocol
from gateway.errors import BadFrame


class ShownUplink(Struct, frozen=True):
    """The wrapping; what the device's bytes mean is said by a layout or a rule of the site."""

    device: str
    profile: str
    identity: str
    time: str
    counter: int
    port: int
    data_base64: str
    object_json: str
    best_rssi: float | None


def read(data: bytes, _now_ms: int) -> list[ShownUplink]:
    """The uplink. Raises BadFrame."""
    found = decode(Kind.UP, data)
    if not isinstance(found, Uplink):
        raise BadFrame("it is no uplink", data)
    heard = [one.rssi for one in found.rx_info if one.rssi is not None]
    return [
        ShownUplink(
            device=found.device_info.dev_eui,
            profile=found.device_info.device_profile_name,
            identity=found.deduplication_id,
            time=found.time,
            counter=found.f_cnt,
            port=found.f_port,
            data_base64=found.data,
            object_json=bytes(found.object).decode("utf-8", "replace"),
            best_rssi=max(heard, default=None),
        )
    ]


PROTOCOL: Final = Protocol(
    name="chirpstack",
    label=Text(zh="ChirpStack v4 上行 (LoRaWAN)", en="ChirpStack v4 uplinks (LoRaWAN)"),
    example=b'{"deviceInfo":{"devEui":"24e124126d376993"},"fCnt":7,"fPort":2,"data":"AQI="}',
    is_text=True,
    read=read,
)

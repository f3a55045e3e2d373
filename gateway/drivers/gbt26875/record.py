"""What a data unit speaks of, one class for each kind of information object (clause 8.2).

Fields stand in the order of their bytes, so that a row of `struct` is an object. Addresses of
parts are kept as one number, the lowest byte first; the standard gives their parts no meaning.
"""

from msgspec import Struct

NO_TIME = b""
"""Stands for the time of an object that came without one."""


class SystemState(Struct, frozen=True, gc=False):
    """State of a fire-protection system 建筑消防设施系统状态 (type 1)."""

    system_type: int
    system_addr: int
    status: int
    time: bytes = NO_TIME


class PartState(Struct, frozen=True, gc=False):
    """State of a part 建筑消防设施部件运行状态 (type 2).

    Attributes:
        text: 31 bytes of GB 18030; what follows the first NUL means nothing.
    """

    system_type: int
    system_addr: int
    part_type: int
    part_addr: int
    status: int
    text: bytes
    time: bytes = NO_TIME


class PartReading(Struct, frozen=True, gc=False):
    """An analogue value of a part 建筑消防设施部件模拟量值 (type 3).

    Attributes:
        quantity: What was measured (table 6).
        raw: Counts; `profile` gives unit and scale.
    """

    system_type: int
    system_addr: int
    part_type: int
    part_addr: int
    quantity: int
    raw: int
    time: bytes = NO_TIME


class SystemOperation(Struct, frozen=True, gc=False):
    """What somebody did at a system 建筑消防设施操作信息 (type 4)."""

    system_type: int
    system_addr: int
    bits: int
    operator: int
    time: bytes = NO_TIME


class SystemVersion(Struct, frozen=True, gc=False):
    """Software of a system (type 5)."""

    system_type: int
    system_addr: int
    major: int
    minor: int


class SystemText(Struct, frozen=True, gc=False):
    """Configuration of a system, as text of its own length (type 6)."""

    system_type: int
    system_addr: int
    text: bytes


class PartText(Struct, frozen=True, gc=False):
    """Configuration of a part, as 31 bytes of text (type 7)."""

    system_type: int
    system_addr: int
    part_type: int
    part_addr: int
    text: bytes


class SystemTime(Struct, frozen=True, gc=False):
    """Clock of a system (type 8)."""

    system_type: int
    system_addr: int
    time: bytes


class DeviceState(Struct, frozen=True, gc=False):
    """State of the transmission device itself 用户信息传输装置运行状态 (type 21)."""

    status: int
    time: bytes = NO_TIME


class DeviceOperation(Struct, frozen=True, gc=False):
    """What somebody did at the transmission device (type 24)."""

    bits: int
    operator: int
    time: bytes = NO_TIME


class DeviceVersion(Struct, frozen=True, gc=False):
    """Software of the transmission device (type 25)."""

    major: int
    minor: int


class DeviceText(Struct, frozen=True, gc=False):
    """Configuration of the transmission device (type 26)."""

    text: bytes


class DeviceTime(Struct, frozen=True, gc=False):
    """A clock: the device's own (type 28), or the one to take over (type 90)."""

    time: bytes


class AskSystem(Struct, frozen=True, gc=False):
    """Which system is asked (types 61, 65, 66, 68)."""

    system_type: int
    system_addr: int


class AskPart(Struct, frozen=True, gc=False):
    """Which part is asked (types 62, 63, 67); its type is not said."""

    system_type: int
    system_addr: int
    part_addr: int


class AskSystemOperations(Struct, frozen=True, gc=False):
    """Which records of a system are asked (type 64)."""

    system_type: int
    system_addr: int
    wanted: int
    since: bytes


class AskDeviceOperations(Struct, frozen=True, gc=False):
    """Which records of the transmission device are asked (type 84)."""

    wanted: int
    since: bytes


class AskDevice(Struct, frozen=True, gc=False):
    """Nothing but a reserved byte (types 81, 85, 86, 88, 89)."""

    reserved: int = 0


class DutyCheck(Struct, frozen=True, gc=False):
    """Is anybody there? 查岗 (type 91)."""

    minutes: int


Record = (
    SystemState
    | PartState
    | PartReading
    | SystemOperation
    | SystemVersion
    | SystemText
    | PartText
    | SystemTime
    | DeviceState
    | DeviceOperation
    | DeviceVersion
    | DeviceText
    | DeviceTime
    | AskSystem
    | AskPart
    | AskSystemOperations
    | AskDeviceOperations
    | AskDevice
    | DutyCheck
)

"""Modbus frames, core: questions that only read, and the answers to them.

There is no encoder for a function that writes: what cannot be said cannot move equipment.

References:
    MODBUS Application Protocol Specification V1.1b3, clauses 6.1-6.4 (functions 1 to 4) and 7
    (exceptions); MODBUS over Serial Line V1.02, clause 2.5.1 (RTU) and appendix B (CRC);
    MODBUS Messaging on TCP/IP V1.0b, clause 3.1.3 (MBAP header).
"""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final

from gateway.errors import BadFrame

MOST_REGISTERS: Final = 125
"""Most registers that one answer holds (V1.1b3, clause 6.3)."""
MOST_BITS: Final = 2000
"""Most coils or discrete inputs that one answer holds (V1.1b3, clause 6.1)."""
_MBAP: Final = 6
_EXCEPTION: Final = 0x80
_MOST_ADU: Final = 260
_CRC_START, _CRC_POLYNOMIAL = 0xFFFF, 0xA001


class Declined(BadFrame):
    """The unit is there and says that it cannot answer this (an exception of clause 7)."""


class Function(IntEnum):
    """The functions that read; their numbers are those of the wire."""

    COILS = 1
    DISCRETE = 2
    HOLDING = 3
    INPUT = 4

    @property
    def reads_bits(self) -> bool:
        """Whether the answer holds bits instead of registers."""
        return self in (Function.COILS, Function.DISCRETE)


class Framing(StrEnum):
    """How a question and its answer are wrapped."""

    TCP = "tcp"
    """MBAP header, as in Modbus TCP."""
    RTU = "rtu"
    """Unit and CRC, on a serial line or through a serial server (RTU over TCP)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Neighbouring registers or bits that are read with one question.

    Attributes:
        address: The first one, counted from 0 as on the wire (register 40001 is address 0).
    """

    function: Function
    address: int
    count: int

    def __post_init__(self) -> None:
        most = MOST_BITS if self.function.reads_bits else MOST_REGISTERS
        if not 1 <= self.count <= most or not 0 <= self.address <= 0x10000 - self.count:
            raise ValueError(f"{self.count} from address {self.address} cannot be read at once")

    @property
    def size(self) -> int:
        """Bytes of values in the answer [B]."""
        return (self.count + 7) // 8 if self.function.reads_bits else self.count * 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is asked of which unit; `number` tells the answers of Modbus TCP apart."""

    framing: Framing
    unit: int
    block: Block
    number: int = 0


def encode(question: Question) -> bytes:
    """The question as it goes over the wire."""
    block = question.block
    pdu = (
        bytes((question.unit, block.function))
        + block.address.to_bytes(2, "big")
        + block.count.to_bytes(2, "big")
    )
    if question.framing is Framing.RTU:
        return pdu + crc(pdu).to_bytes(2, "little")
    return question.number.to_bytes(2, "big") + b"\0\0" + len(pdu).to_bytes(2, "big") + pdu


def wanted(framing: Framing, begun: bytes) -> int:
    """How long the answer that begins so will be [B]; what must be read at least to know more.

    Raises:
        BadFrame: It cannot be the beginning of an answer.
    """
    if framing is Framing.TCP:
        if len(begun) < _MBAP:
            return _MBAP
        length = _MBAP + int.from_bytes(begun[4:6], "big")
        if begun[2:4] != b"\0\0" or not _MBAP + 3 <= length <= _MOST_ADU:
            raise BadFrame("the header is not of Modbus TCP", begun)
        return length
    if len(begun) < 3:
        return 5  # The shortest answer of RTU is an exception.
    return 5 if begun[1] & _EXCEPTION else 5 + begun[2]


def decode(question: Question, answer: bytes) -> tuple[int, ...]:
    """The registers, or the bits as 0 and 1, that an answer brings.

    Raises:
        BadFrame: It is no answer to this question; the message says why.
        Declined: It is one, and brings no values.
    """
    pdu = _unwrapped(question, answer)
    block = question.block
    if pdu[0] == block.function | _EXCEPTION:
        code = pdu[1] if len(pdu) > 1 else 0
        raise Declined(f"the unit answers with exception {code} ({_meaning(code)})", answer)
    if pdu[0] != block.function:
        raise BadFrame(f"function {pdu[0]} answers function {int(block.function)}", answer)
    if len(pdu) < 2 or pdu[1] != block.size or len(pdu) != 2 + block.size:
        raise BadFrame(f"{len(pdu)} bytes where {2 + block.size} were asked for", answer)
    body = pdu[2:]
    if block.function.reads_bits:
        return tuple(body[i // 8] >> i % 8 & 1 for i in range(block.count))
    return tuple(int.from_bytes(body[i : i + 2], "big") for i in range(0, len(body), 2))


def crc(content: bytes) -> int:
    """CRC-16 of Modbus; it goes over the wire with its low byte first."""
    value = _CRC_START
    for byte in content:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (_CRC_POLYNOMIAL if value & 1 else 0)
    return value


def _unwrapped(question: Question, answer: bytes) -> bytes:
    """Function and values, when frame and unit are right; at least one byte."""
    if question.framing is Framing.TCP:
        if len(answer) < _MBAP + 2 or len(answer) != wanted(Framing.TCP, answer):
            raise BadFrame(f"{len(answer)} bytes are not what the header says", answer)
        number = int.from_bytes(answer[:2], "big")
        if number != question.number:
            raise BadFrame(f"answer {number} to question {question.number}", answer)
        body = answer[_MBAP:]
    else:
        if len(answer) < 5:
            raise BadFrame(f"{len(answer)} bytes are too few", answer)
        body, check = answer[:-2], int.from_bytes(answer[-2:], "little")
        if crc(body) != check:
            right = crc(body).to_bytes(2, "little").hex()
            raise BadFrame(f"CRC {answer[-2:].hex()} should be {right}", answer)
    if body[0] != question.unit:
        raise BadFrame(f"unit {body[0]} answers for unit {question.unit}", answer)
    return body[1:]


def _meaning(code: int) -> str:
    return {
        1: "illegal function",
        2: "illegal data address",
        3: "illegal data value",
        4: "device failure",
        5: "acknowledge",
        6: "device busy",
        8: "memory parity error",
        10: "gateway path unavailable",
        11: "gateway target does not respond",
    }.get(code, "not of the specification")

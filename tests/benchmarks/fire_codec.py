"""How fast frames of the fire protocol are read: `python -m tests.benchmarks.fire_codec`.

CPU time of one thread, so that other work on the machine does not count. Budget: 50,000 frames a
second and core, from bytes of a stream to records with their objects.
"""

import json
import sys
import time
from collections.abc import Callable

from gateway.code_systems import load_code_system
from gateway.drivers.gbt26875.calendar_time import write_time
from gateway.drivers.gbt26875.device import Rules
from gateway.drivers.gbt26875.frame import (
    Address,
    Command,
    Frame,
    encode_frame,
    flaw_of,
    read_frame,
)
from gateway.drivers.gbt26875.record import PartState
from gateway.drivers.gbt26875.splitter import Splitter
from gateway.drivers.gbt26875.station import Station
from gateway.drivers.gbt26875.text import write_text
from gateway.drivers.gbt26875.turn import Now
from gateway.drivers.gbt26875.type_flag import TypeFlag
from gateway.drivers.gbt26875.unit import decode_unit, encode_unit, unit_of

BUDGET_PER_S = 50_000
_FRAMES = 20_000
_CHUNK = 16_384
_NOW_MS = 1_763_706_625_000


def frames(count: int, parts: int = 1) -> list[bytes]:
    """Fires of as many detectors."""
    time_tag = write_time(_NOW_MS)
    text = write_text("5号楼12层走廊")
    return [
        encode_frame(
            Frame(
                number & 0xFFFF,
                1,
                1,
                time_tag,
                Address(889),
                Address(1),
                Command.SEND,
                encode_unit(
                    unit_of(
                        TypeFlag.PART_STATE,
                        *[
                            PartState(1, 1, 42, number % 250 | (place + 1) << 16, 3, text, time_tag)
                            for place in range(parts)
                        ],
                    )
                ),
            )
        )
        for number in range(count)
    ]


def read_stream(stream: bytes) -> int:
    """Everything from the stream's bytes to the records, in chunks as TCP brings them."""
    splitter = Splitter()
    count = 0
    for at in range(0, len(stream), _CHUNK):
        for piece in splitter.feed(stream[at : at + _CHUNK]):
            count += len(decode_unit(read_frame(piece.data).unit).records)
    return count


def read_alone(all_frames: list[bytes]) -> int:
    """Frames that come one by one, as from many connections."""
    splitter = Splitter()
    count = 0
    for data in all_frames:
        for piece in splitter.feed(data):
            count += len(decode_unit(read_frame(piece.data).unit).records)
    return count


def write_all(all_frames: list[bytes]) -> int:
    """Read and write again."""
    return sum(len(encode_frame(read_frame(data))) for data in all_frames)


def answer_all(all_frames: list[bytes]) -> int:
    """What the centre does with each, but for sockets and disk: events and a confirmation."""
    station = Station(Rules(address=Address(1)), {}, {}, load_code_system("gbt26875"))
    splitter = Splitter()
    now = Now(ms=_NOW_MS, steady_s=1.0)
    events = 0
    for data in all_frames:
        for piece in splitter.feed(data):
            turn = station.hear(piece, "192.0.2.1", now)
            events += 0 if turn is None else len(turn.events)
    return events


def per_second(work: Callable[[], int]) -> float:
    """Frames a second of CPU time, the best of three."""
    best = 0.0
    for _ in range(3):
        began = time.process_time()
        work()
        best = max(best, _FRAMES / (time.process_time() - began))
    return best


def measure() -> dict[str, float]:
    """Each speed [frames/s of CPU]."""
    single = frames(_FRAMES)
    stream = b"".join(single)
    full = frames(_FRAMES // 10, parts=22)
    assert all(flaw_of(data) is None for data in single[:100])
    return {
        "stream_to_records": per_second(lambda: read_stream(stream)),
        "frame_to_records": per_second(lambda: read_alone(single)),
        "read_and_write": per_second(lambda: write_all(single)),
        "centre_turn": per_second(lambda: answer_all(single)),
        "parts_of_full_frames": per_second(lambda: read_alone(full)) * 22 / 10,
    }


def main() -> int:
    """Print the speeds; 1 when the budget is not met."""
    speeds = measure()
    json.dump({name: round(value) for name, value in speeds.items()}, sys.stdout, indent=1)
    sys.stdout.write("\n")
    met = min(speeds["stream_to_records"], speeds["frame_to_records"]) >= BUDGET_PER_S
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())

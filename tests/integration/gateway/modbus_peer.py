"""The device's end of Modbus lines: pymodbus's server, on a port or a serial line."""

import asyncio
import os
import threading
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pymodbus import FramerType
from pymodbus.server import ModbusSerialServer, ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

Bank = dict[int, int]
"""Address to value."""


def device(unit: int, *, bits: Bank, holding: Bank, inputs: Bank) -> SimDevice:
    """A unit with these discrete inputs, holding and input registers."""
    contacts = [
        SimData(at, values=bool(value), datatype=DataType.BITS) for at, value in bits.items()
    ] or [SimData(0, values=False, datatype=DataType.BITS)]
    return SimDevice(unit, simdata=(contacts, contacts, _bank(holding), _bank(inputs)))


def _bank(bank: Bank) -> list[SimData]:
    return [
        SimData(at, values=value, datatype=DataType.REGISTERS)
        for at, value in (bank or {0: 0}).items()
    ]


@contextmanager
def tcp_server(port: int, devices: list[SimDevice], framer: FramerType) -> Iterator[None]:
    """A server on a port of loopback until the end of the block."""
    with _served(lambda: ModbusTcpServer(devices, framer=framer, address=("127.0.0.1", port))):
        yield


@contextmanager
def serial_server(folder: Path, devices: list[SimDevice]) -> Iterator[Path]:
    """A server on a serial line made of two pseudo terminals; yields the gateway's end."""
    ours, theirs = os.openpty(), os.openpty()
    for end in (*ours, *theirs):
        tty.setraw(end)
    stop = threading.Event()
    wires = [
        threading.Thread(target=_carry, args=(ours[0], theirs[0], stop)),
        threading.Thread(target=_carry, args=(theirs[0], ours[0], stop)),
    ]
    for wire in wires:
        wire.start()
    port = folder / "line"
    port.symlink_to(os.ttyname(ours[1]))
    try:
        with _served(
            lambda: ModbusSerialServer(
                devices, framer=FramerType.RTU, port=os.ttyname(theirs[1]), baudrate=19200
            )
        ):
            yield port
    finally:
        stop.set()
        for wire in wires:
            wire.join(5)
        for end in (*ours, *theirs):
            os.close(end)


def _carry(source: int, target: int, stop: threading.Event) -> None:
    os.set_blocking(source, False)
    while not stop.wait(0.002):
        try:
            os.write(target, os.read(source, 512))
        except (BlockingIOError, OSError):
            continue


@contextmanager
def _served(make: object) -> Iterator[None]:
    ready, loop = threading.Event(), asyncio.new_event_loop()

    async def serve() -> None:
        server = make()  # type: ignore[operator]  # a maker that must run inside the loop
        await server.serve_forever(background=True)
        stopped = asyncio.Event()
        loop.stopped = stopped  # type: ignore[attr-defined]  # handed to the other thread
        ready.set()
        await stopped.wait()
        await server.shutdown()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    assert ready.wait(10)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(loop.stopped.set)  # type: ignore[attr-defined]
        thread.join(10)
        loop.close()

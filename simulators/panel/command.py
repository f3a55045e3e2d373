"""`python -m simulators panel`: a fire panel without hardware, for a gateway that is tried."""

import asyncio
import signal
from typing import Annotated

import typer

from gateway import clock
from simulators.panel.device import FAULT, FIRE, NORMAL, PanelDevice, PanelPlan
from simulators.panel.link import Over, PanelLink, run_links


def panel(  # noqa: PLR0913 - one argument an option
    to: Annotated[str, typer.Argument(help="host:port of the centre.")],
    *,
    address: Annotated[int, typer.Option(min=1, help="Address of its transmission device.")] = 1001,
    points: Annotated[int, typer.Option(min=1, help="Detectors of the panel.")] = 100,
    fire: Annotated[int, typer.Option(min=0, help="Points that are in fire at once.")] = 0,
    fault: Annotated[int, typer.Option(min=0, help="Points that have a fault at once.")] = 0,
    udp: Annotated[bool, typer.Option("--udp", help="Over UDP instead of TCP.")] = False,
    duration: Annotated[
        float | None, typer.Option(help="End after so long [s]; absent: when interrupted.")
    ] = None,
) -> None:
    """Speak GB/T 26875.3-2011 as a fire panel's transmission device, and answer duty checks."""
    host, _, port = to.rpartition(":")
    if not host or not port.isdecimal():
        raise typer.BadParameter(f"{to!r} is not of the form host:port")
    device = PanelDevice(PanelPlan(address=address, points=points))
    now_ms = clock.now_ms()
    device.report(range(1, min(fire, points) + 1), FIRE, now_ms, at_once=22)
    device.report(range(points - min(fault, points) + 1, points + 1), FAULT, now_ms, at_once=22)
    if not fire and not fault:
        device.report([1], NORMAL, now_ms)
    link = PanelLink(device, host, int(port), Over.UDP if udp else Over.TCP, seed=address)
    asyncio.run(_run(link, duration))
    typer.echo(f"connected {link.connected}, everything confirmed: {device.is_done}")


async def _run(link: PanelLink, duration_s: float | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if duration_s is not None:
        loop.call_later(duration_s, stop.set)
    await run_links([link], stop)

"""A link of IP packets between two network namespaces, which loses, delays, doubles and cuts them.

A TUN device on either side, and a thread that carries packets from one to the other: what the
kernel's netem does, without its module, which not every kernel has. The TCP connections over it are
the kernel's own: they retransmit, reorder and time out as on a bad line. The far namespace belongs
to a process of ours and goes with it.
"""

import fcntl
import heapq
import os
import random
import select
import shutil
import struct
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from itertools import count
from pathlib import Path
from typing import Final

from towerwatch.process import Launch, start, stop, wait_until

_TUN: Final = "/dev/net/tun"
_TUNSETIFF: Final = 0x400454CA
_IFF_TUN_NO_PI: Final = 0x1001
_MTU: Final = 1500
_MOST: Final = 10_000
"""Packets on their way; more are lost, as in any queue."""
_START_S: Final = 20.0
_LINKS = count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Air:
    """What happens to packets at the moment.

    Attributes:
        loss: Share of the packets that are lost, each by itself, 0 to 1.
        duplicate: Share of those that arrive that arrive twice, 0 to 1.
        delay_s: Every packet is held back this long [s].
        jitter_s: And up to this much more, at random: packets overtake each other [s].
        is_cut_up: Nothing comes from the far side.
        is_cut_down: Nothing goes to the far side.
    """

    loss: float = 0.0
    duplicate: float = 0.0
    delay_s: float = 0.0
    jitter_s: float = 0.0
    is_cut_up: bool = False
    is_cut_down: bool = False


CLEAR: Final = Air()


class PacketLink:
    """The link while it stands.

    Attributes:
        near: Our address; what listens there can be reached from the far side.
        around: What runs a program on the far side.
        carried: Packets that came through; `lost` did not.
    """

    def __init__(self, near_device: int, far_device: int, near: str, holder: int) -> None:
        self._devices = (near_device, far_device)
        self._air = CLEAR
        self._random = random.Random()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="packets", daemon=True)
        self.near = near
        self.around = ("nsenter", f"--net=/proc/{holder}/ns/net", "--")
        self.carried = 0
        self.lost = 0

    def start(self) -> None:
        """Begin to carry."""
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stopping.set()
        self._thread.join(_START_S)

    def set(self, air: Air) -> None:
        """Change what happens to packets that come from now on."""
        self._air = air

    def _run(self) -> None:
        near, far = self._devices
        order = count()
        due: list[tuple[float, int, int, bytes]] = []
        while not self._stopping.is_set():
            wait_s = min(max(due[0][0] - time.monotonic(), 0.0), 0.1) if due else 0.1
            readable, _, _ = select.select([near, far], [], [], wait_s)
            for device in readable:
                with suppress(BlockingIOError):
                    packet = os.read(device, 65_536)
                    target = far if device == near else near
                    for at_s in self._arrivals(is_up=device == far):
                        if len(due) < _MOST:
                            heapq.heappush(due, (at_s, next(order), target, packet))
            while due and due[0][0] <= time.monotonic():
                _, _, target, packet = heapq.heappop(due)
                with suppress(OSError):
                    os.write(target, packet)
                    self.carried += 1

    def _arrivals(self, *, is_up: bool) -> list[float]:
        """When a packet arrives: never, once or twice [s, steady]."""
        air = self._air
        is_cut = air.is_cut_up if is_up else air.is_cut_down
        if is_cut or self._random.random() < air.loss:
            self.lost += 1
            return []
        times = 2 if self._random.random() < air.duplicate else 1
        now_s = time.monotonic() + air.delay_s
        return [now_s + self._random.random() * air.jitter_s for _ in range(times)]


@cache
def why_not() -> str:
    """Why this machine allows no packet link; "" when it does."""
    if os.geteuid() != 0:
        return "not root"
    missing = [name for name in ("ip", "unshare", "nsenter") if shutil.which(name) is None]
    if missing:
        return f"without {', '.join(missing)}"
    try:
        with packet_link():
            return ""
    except (OSError, subprocess.SubprocessError) as error:
        return str(error)


@contextmanager
def packet_link() -> Iterator[PacketLink]:
    """A link to a namespace of its own, for the time of a block.

    Raises:
        OSError: This machine does not allow it.
    """
    number = next(_LINKS)
    name = f"tw{os.getpid() % 1_000_000}x{number}"
    # 198.18.0.0/15 is set aside for tests of networks (RFC 2544); nothing else has it.
    base = f"198.{18 + os.getpid() // 250 % 2}.{os.getpid() % 250}"
    near, far = f"{base}.{4 * number % 240 + 1}", f"{base}.{4 * number % 240 + 2}"
    with ExitStack() as held:
        devices = []
        for side in "ab":
            device = os.open(_TUN, os.O_RDWR | os.O_NONBLOCK)
            held.callback(os.close, device)
            request = struct.pack("16sH", f"{name}{side}".encode(), _IFF_TUN_NO_PI)
            fcntl.ioctl(device, _TUNSETIFF, request)
            devices.append(device)
        holder = held.enter_context(_namespace())
        _ip("link", "set", f"{name}b", "netns", str(holder))
        link = PacketLink(devices[0], devices[1], near, holder)
        _ip("addr", "add", f"{near}/30", "dev", f"{name}a")
        _ip("link", "set", f"{name}a", "mtu", str(_MTU), "up")
        _ip("addr", "add", f"{far}/30", "dev", f"{name}b", around=link.around)
        _ip("link", "set", f"{name}b", "mtu", str(_MTU), "up", around=link.around)
        _ip("link", "set", "lo", "up", around=link.around)
        held.callback(link.stop)
        link.start()
        yield link


@contextmanager
def _namespace() -> Iterator[int]:
    """A process that owns a network namespace; its id."""
    launch = Launch(
        command=("unshare", "--net", "--", "sleep", "infinity"), environment=dict(os.environ)
    )
    process = start(launch, output=subprocess.DEVNULL)
    try:
        ours = Path("/proc/self/ns/net").readlink()
        theirs = Path(f"/proc/{process.pid}/ns/net")
        is_apart = wait_until(
            lambda: process.poll() is not None or theirs.readlink() != ours, within_s=_START_S
        )
        if process.poll() is not None or not is_apart:
            raise OSError("no network namespace can be made")
        yield process.pid
    finally:
        stop(process, grace_s=_START_S)


def _ip(*words: str, around: tuple[str, ...] = ()) -> None:
    done = subprocess.run([*around, "ip", *words], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise OSError(f"ip {' '.join(words)}: {done.stderr.strip()}")

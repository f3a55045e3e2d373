"""Install, find and remove the private runtime.

A new runtime is unpacked into a folder of its own and becomes the current one by renaming a
link, so an interrupted installation leaves the former one as it was.
"""

import fcntl
import os
import platform
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic

from towerwatch.errors import RuntimeUnavailable
from towerwatch.home import Home, make_folder, require_reachable, service_user
from towerwatch.progress import say, step
from towerwatch.runtime.apt import Package, PrivateApt, find_mirror
from towerwatch.runtime.layout import POSTGRES_MAJOR, Runtime, read_runtime, write_marker
from towerwatch.runtime.unpack import point_at_own_libraries, prove, unpack

WANTED = (
    f"postgresql-{POSTGRES_MAJOR}",
    f"postgresql-{POSTGRES_MAJOR}-timescaledb",
    "mosquitto",
    "mosquitto-clients",
)
FREE_NEEDED = 600 * 1024**2
"""Room that packages, lists and the unpacked runtime take while installing [B]."""


def find_runtime(home: Home) -> Runtime | None:
    """Return the installed runtime, or None."""
    return read_runtime(home.runtime / "current")


def require_runtime(home: Home) -> Runtime:
    """Return the runtime, installing it first when it is absent."""
    return find_runtime(home) or install(home)


def install(home: Home, *, again: bool = False) -> Runtime:
    """Install the runtime and return it; a runtime that is already there is kept.

    Args:
        home: Where to.
        again: Fetch and unpack even when a runtime is there.

    Raises:
        RuntimeUnavailable: the machine has no apt-get, no network or not enough room.
    """
    owner = service_user()
    make_folder(home.root)
    make_folder(home.runtime)
    require_reachable(home.runtime, owner)
    with _alone(home.runtime):
        found = find_runtime(home)
        if found is not None and not again:
            return found
        _require_room(home.runtime)
        begun = monotonic()
        made = _install_into(home.runtime)
        say(f"Runtime ready in {monotonic() - begun:.0f} s")
        return made


def remove(home: Home) -> bool:
    """Remove the runtime; data and secrets stay. Returns whether there was one.

    Raises:
        RuntimeUnavailable: a program of it still runs.
    """
    current = home.runtime / "current"
    if not current.is_symlink():
        return False
    with _alone(home.runtime):
        target = current.resolve()
        if users := running_from(target):
            raise RuntimeUnavailable(
                f"Programs of the runtime still run (processes {', '.join(map(str, users))}):"
                " stop them first."
            )
        current.unlink()
        shutil.rmtree(target, ignore_errors=True)
    return True


def running_from(folder: Path) -> tuple[int, ...]:
    """Return the processes whose program lies in a folder, as far as we may look."""
    found: list[int] = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            program = (entry / "exe").readlink()
        except OSError:
            continue
        if program.is_relative_to(folder):
            found.append(int(entry.name))
    return tuple(sorted(found))


def _install_into(folder: Path) -> Runtime:
    stamp = datetime.now(UTC)
    target = folder / f"{stamp:%Y%m%dT%H%M%S}-{os.getpid()}"
    work = folder / f"{target.name}.work"
    try:
        target.mkdir()
        plan = _fetch(work)
        _unpack(work, target)
        made = Runtime(
            folder=target,
            architecture=platform.machine(),
            packages=tuple(sorted((package.name, package.version) for package in plan)),
            made_at=stamp,
        )
        write_marker(made)
    except BaseException:
        shutil.rmtree(target, ignore_errors=True)
        raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
    _make_current(folder, target)
    return made


def _fetch(work: Path) -> tuple[Package, ...]:
    apt = PrivateApt(work, find_mirror())
    with step("Package lists of Debian 13") as tell:
        apt.update(tell)
        plan = apt.plan(WANTED)
    with step(f"{len(plan)} packages for the private broker and database") as tell:
        apt.download(plan, tell)
    return plan


def _unpack(work: Path, target: Path) -> None:
    with step("Unpacking") as tell:
        unpack(work / "deb", target, tell)
    with step("Pointing programs at their own libraries") as tell:
        point_at_own_libraries(target, tell)
    with step("Running each program once"):
        prove(target)


def _make_current(folder: Path, target: Path) -> None:
    former = folder / "current"
    before = former.resolve() if former.is_symlink() else None
    link = folder / f"{target.name}.link"
    link.symlink_to(target.name)
    link.replace(former)
    is_ours = before is not None and before != target and before.parent == folder.resolve()
    if before is not None and is_ours and not running_from(before):
        shutil.rmtree(before, ignore_errors=True)


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Let one installation at a time work in a folder; others wait for it."""
    with (folder / "lock").open("w", encoding="utf-8") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _require_room(folder: Path) -> None:
    free = shutil.disk_usage(folder).free
    if free < FREE_NEEDED:
        raise RuntimeUnavailable(
            f"{folder} has {free // 1024**2} MiB left and the runtime needs"
            f" {FREE_NEEDED // 1024**2} MiB: make room or choose another folder with"
            " TOWERWATCH_HOME."
        )

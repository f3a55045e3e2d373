"""Where the programs of an unpacked runtime stand, and its marker."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from towerwatch.errors import RuntimeUnavailable

RECIPE = 1
"""Raised whenever what is unpacked, or how, changes: an older runtime is then installed anew."""
POSTGRES_MAJOR = 17
MARKER = "runtime.json"
SHOWN = (f"postgresql-{POSTGRES_MAJOR}", f"postgresql-{POSTGRES_MAJOR}-timescaledb", "mosquitto")


@dataclass(frozen=True, slots=True, kw_only=True)
class Runtime:
    """An installed runtime: its folder, what is in it, and when it was made."""

    folder: Path
    architecture: str
    packages: tuple[tuple[str, str], ...]
    made_at: datetime

    @property
    def postgres_bin(self) -> Path:
        """The folder of postgres, initdb, psql and pg_dump."""
        return postgres_bin(self.folder)

    @property
    def mosquitto(self) -> Path:
        """The broker."""
        return self.folder / "usr/sbin/mosquitto"

    def version(self, package: str) -> str:
        """Return the version of a package, or `?`."""
        return dict(self.packages).get(package, "?")

    def describe(self) -> str:
        """Say what is installed, in one line."""
        return ", ".join(f"{name} {self.version(name)}" for name in SHOWN)


def postgres_bin(folder: Path) -> Path:
    """Return where Debian's package puts PostgreSQL's programs."""
    return folder / f"usr/lib/postgresql/{POSTGRES_MAJOR}/bin"


def programs(folder: Path) -> tuple[Path, ...]:
    """Return the programs that must run for the runtime to be of use."""
    return (
        *(postgres_bin(folder) / name for name in ("postgres", "initdb", "pg_ctl", "psql")),
        postgres_bin(folder) / "pg_dump",
        folder / "usr/sbin/mosquitto",
        folder / "usr/bin/mosquitto_pub",
        folder / "usr/bin/mosquitto_sub",
    )


def write_marker(runtime: Runtime) -> None:
    """Write what is installed into the runtime's folder."""
    content = {
        "recipe": RECIPE,
        "architecture": runtime.architecture,
        "made_at": runtime.made_at.isoformat(),
        "packages": dict(runtime.packages),
    }
    (runtime.folder / MARKER).write_text(json.dumps(content, indent=1), encoding="utf-8")


def read_runtime(folder: Path) -> Runtime | None:
    """Return the runtime in a folder, or None when it is absent or of another recipe.

    Raises:
        RuntimeUnavailable: the marker is there and cannot be read.
    """
    marker = folder / MARKER
    if not marker.is_file():
        return None
    try:
        content = json.loads(marker.read_text(encoding="utf-8"))
        if content["recipe"] != RECIPE:
            return None
        return Runtime(
            folder=folder.resolve(),
            architecture=content["architecture"],
            packages=tuple(sorted(content["packages"].items())),
            made_at=datetime.fromisoformat(content["made_at"]).astimezone(UTC),
        )
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RuntimeUnavailable(
            f"The runtime's marker {marker} cannot be read ({error}):"
            " run `towerwatch runtime remove` and `towerwatch runtime install`."
        ) from error

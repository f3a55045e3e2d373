"""Debian packages fetched into a private folder by the machine's own apt-get.

Nothing of the system is touched: lists, cache and status are private. The mirror is the one
that the machine already uses; apt verifies every signature with the machine's Debian keyring.
"""

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from towerwatch.errors import RuntimeUnavailable
from towerwatch.home import CONTAINER_WAY
from towerwatch.progress import Tell

SUITE = "trixie"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
_LIST_TARGETS = (
    "apt-get",
    "indextargets",
    "-oAPT::Get::IndexTargets::ReleaseInfo=false",
    "--format",
    "$(REPO_URI)|$(RELEASE)|$(COMPONENT)",
    "Created-By: Packages",
)
_INST = re.compile(r"^Inst (?P<name>\S+) \((?P<version>\S+)")
_PERCENT = re.compile(r"^dlstatus:\d+:(?P<percent>[0-9.]+):(?P<text>.*)$")
_NOT_NEEDED = re.compile(
    r"""^( perl.* | libperl.* | lib.*-perl | debconf | libdebconfclient0 | adduser | passwd
    | login\.defs | base-passwd | init-system-helpers | sysvinit-utils | procps | libproc2-0
    | locales | libc-l10n | libc-bin | tzdata | ucf | sensible-utils | ssl-cert | openssl
    | postgresql-common.* | postgresql-client-common | libllvm.* | libz3-4 | netbase
    | readline-common | openssl-provider-legacy )$""",
    re.VERBOSE,
)
"""Packages that only installation scripts, just-in-time compilation or localised texts need."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mirror:
    """The Debian archive that this machine uses."""

    archive: str
    security: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package and the version that the mirror offers."""

    name: str
    version: str


def choose_mirror(lines: Iterable[str], codename: str) -> Mirror | None:
    """Pick the archive out of lines `address|release|component`; None when there is none."""
    rows = [line.strip().split("|") for line in lines if line.count("|") == 2]
    main = [(uri, release) for uri, release, component in rows if component == "main"]
    named = {codename, SUITE, "stable", "oldstable", "testing", "bookworm"}
    archive = next((uri for uri, release in main if release == codename), None)
    archive = archive or next((uri for uri, release in main if release in named), None)
    security = next((uri for uri, release in main if release.endswith("-security")), None)
    return Mirror(archive=archive, security=security) if archive else None


def find_mirror() -> Mirror:
    """Ask apt which Debian archive this machine uses.

    Raises:
        RuntimeUnavailable: no apt-get, no keyring, or no Debian archive in apt's sources.
    """
    if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
        raise RuntimeUnavailable(
            "This machine has no apt-get, which the private broker and database are fetched with."
            f" {CONTAINER_WAY}"
        )
    if not KEYRING.is_file():
        raise RuntimeUnavailable(
            f"The Debian keyring {KEYRING} is missing, so nothing can be verified:"
            f" `apt-get install debian-archive-keyring`. {CONTAINER_WAY}"
        )
    listed = subprocess.run(
        _LIST_TARGETS, capture_output=True, text=True, check=False, timeout=60, env=_environment()
    )
    codename = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
    mirror = choose_mirror(listed.stdout.splitlines(), codename)
    if mirror is None:
        raise RuntimeUnavailable(
            "apt's sources on this machine name no Debian archive"
            f" (needed: Debian 12 or 13). {listed.stderr.strip()} {CONTAINER_WAY}"
        )
    return mirror


def sources(mirror: Mirror) -> str:
    """Write the private sources, in apt's deb822 format."""
    stanza = (
        "Types: deb\nURIs: {}\nSuites: {}\nComponents: main\nTargets: Packages\nSigned-By: {}\n"
    )
    parts = [stanza.format(mirror.archive, f"{SUITE} {SUITE}-updates", KEYRING)]
    if mirror.security:
        parts.append(stanza.format(mirror.security, f"{SUITE}-security", KEYRING))
    return "\n".join(parts)


def parse_plan(output: str) -> tuple[Package, ...]:
    """Read the packages of a simulated installation, without those that we can do without."""
    found = (_INST.match(line) for line in output.splitlines())
    plan = (Package(name=m["name"], version=m["version"]) for m in found if m)
    return tuple(package for package in plan if not _NOT_NEEDED.match(package.name))


class PrivateApt:
    """The machine's apt-get with lists, cache and status of its own in one folder."""

    def __init__(self, folder: Path, mirror: Mirror) -> None:
        self._folder = folder
        for name in ("lists/partial", "cache/archives/partial", "sources", "parts", "state", "deb"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "state/status").touch()
        (folder / "sources/private.sources").write_text(sources(mirror), encoding="utf-8")

    @property
    def packages(self) -> Path:
        """Where downloaded packages stand."""
        return self._folder / "deb"

    def update(self, tell: Tell) -> None:
        """Fetch and verify the lists of the suite."""
        self._run(("update", "-oAPT::Update::Error-Mode=any"), tell=tell)

    def plan(self, names: Sequence[str]) -> tuple[Package, ...]:
        """Return what must be fetched for these packages to run."""
        output = self._run(("install", "--simulate", "--no-install-recommends", *names))
        return parse_plan(output)

    def download(self, plan: Sequence[Package], tell: Tell) -> None:
        """Fetch and verify packages into `packages`."""
        wanted = [f"{package.name}={package.version}" for package in plan]
        self._run(("download", *wanted), tell=tell)

    def _run(self, words: Sequence[str], *, tell: Tell | None = None) -> str:
        command = ["apt-get", "-q", *self._options(), *words]
        lines: list[str] = []
        with subprocess.Popen(
            command,
            cwd=self.packages,
            env=_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            assert process.stdout is not None
            for line in process.stdout:
                if (status := _PERCENT.match(line)) is None:
                    lines.append(line)
                elif tell is not None:
                    tell(float(status["percent"]) / 100.0, status["text"])
        output = "".join(lines)
        if process.returncode != 0:
            raise RuntimeUnavailable(explain_failure(words[0], output))
        return output

    def _options(self) -> list[str]:
        folder = self._folder
        options = {
            "Dir::State": folder / "state",
            "Dir::State::lists": folder / "lists",
            "Dir::State::status": folder / "state/status",
            "Dir::Cache": folder / "cache",
            "Dir::Cache::archives": folder / "cache/archives",
            "Dir::Etc::sourcelist": "/dev/null",
            "Dir::Etc::sourceparts": folder / "sources",
            "Dir::Etc::preferences": "/dev/null",
            "Dir::Etc::preferencesparts": folder / "parts",
            "APT::Sandbox::User": "root",
            "APT::Status-Fd": 1,
            "Acquire::Retries": 3,
            "Acquire::Languages": "none",
        }
        return [f"-o{key}={value}" for key, value in options.items()]


def explain_failure(word: str, output: str) -> str:
    """Say what apt-get's failure means and what to do about it."""
    errors = [line for line in output.splitlines() if line.startswith(("E:", "W:", "Err:"))]
    said = " ".join(errors[:4]) or output[-400:]
    if "NO_PUBKEY" in output or "is not signed" in output:
        return (
            f"The machine's Debian keyring does not know the keys of Debian 13 ({SUITE}):"
            " `apt-get install debian-archive-keyring` brings them."
            f" apt-get {word} said: {said}"
        )
    return (
        f"apt-get {word} failed; is the network there and the disk not full? It said: {said}"
        f" {CONTAINER_WAY}"
    )


def _environment() -> dict[str, str]:
    return {**os.environ, "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}

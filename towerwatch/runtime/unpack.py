"""Packages unpacked into a folder, with every program pointed at the libraries beside it.

Without this the programs of Debian 13 would look for the libraries of the machine (Debian 12).
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from towerwatch.errors import RuntimeUnavailable
from towerwatch.home import CONTAINER_WAY
from towerwatch.progress import Tell
from towerwatch.runtime.layout import postgres_bin, programs

_ELF = b"\x7fELF"
_ET_EXEC_OR_DYN = (2, 3)
_UNWANTED = ("usr/share/doc", "usr/share/man", "usr/share/locale", "usr/share/lintian", "usr/games")
_BITCODE = "lib/bitcode"
_VERSION = re.compile(r"\b\d+\.\d+")


def unpack(packages: Path, folder: Path, tell: Tell) -> None:
    """Unpack every package of a folder, leaving out documents and just-in-time bitcode."""
    found = sorted(packages.glob("*.deb"))
    for index, package in enumerate(found):
        tell(index / len(found), package.name)
        subprocess.run(
            ("dpkg-deb", "-x", package, folder), check=True, capture_output=True, timeout=120
        )
    for unwanted in _UNWANTED:
        shutil.rmtree(folder / unwanted, ignore_errors=True)
    shutil.rmtree(postgres_bin(folder).parent / _BITCODE, ignore_errors=True)


def point_at_own_libraries(folder: Path, tell: Tell) -> None:
    """Set loader and library path of every program and library to those in the folder.

    Covers the modules that PostgreSQL loads at run time too. The loader and the C library stay
    as they are: they look for nothing.
    """
    loader = find_loader(folder)
    libraries = loader.resolve().parent
    targets = [path for path in elf_files(folder) if not _is_c_library(path)]
    patchelf = find_patchelf()
    for index, path in enumerate(targets):
        tell(index / len(targets), path.name)
        arguments = [patchelf, "--force-rpath", "--set-rpath", str(libraries)]
        if has_interpreter(path):
            arguments += ["--set-interpreter", str(loader)]
        subprocess.run([*arguments, str(path)], check=True, capture_output=True, timeout=60)


def find_loader(folder: Path) -> Path:
    """Return the dynamic loader among the unpacked files."""
    found = sorted(path for path in folder.glob("usr/lib/*/ld-linux-*.so.*") if path.is_file())
    if not found:
        raise RuntimeUnavailable(f"The packages brought no dynamic loader into {folder}.")
    return found[0]


def find_patchelf() -> str:
    """Return the patchelf of this environment."""
    beside = Path(sys.executable).parent / "patchelf"
    found = str(beside) if beside.is_file() else shutil.which("patchelf")
    if found is None:
        raise RuntimeUnavailable(
            "patchelf is missing from the Python environment; run `make setup`."
        )
    return found


def elf_files(folder: Path) -> list[Path]:
    """Return every program and library of a folder, links left out."""
    found: list[Path] = []
    for base, _, names in os.walk(folder):
        paths = (Path(base) / name for name in names)
        found += [path for path in paths if not path.is_symlink() and is_elf(path)]
    return sorted(found)


def is_elf(path: Path) -> bool:
    """Tell whether a file is a program or a shared library (not an object file)."""
    if not path.is_file():
        return False
    with path.open("rb") as file:
        head = file.read(18)
    kind = int.from_bytes(head[16:18], sys.byteorder)
    return head.startswith(_ELF) and kind in _ET_EXEC_OR_DYN


def has_interpreter(path: Path) -> bool:
    """Tell whether a file is a program, which names its loader, or a library, which does not."""
    answer = subprocess.run(
        (find_patchelf(), "--print-interpreter", str(path)),
        check=False,
        capture_output=True,
        timeout=60,
    )
    return answer.returncode == 0


def prove(folder: Path) -> None:
    """Run each program once and ask the loader for every library of each module.

    Raises:
        RuntimeUnavailable: something does not run, with what it said.
    """
    for program in programs(folder):
        if not program.is_file():
            raise RuntimeUnavailable(f"The packages brought no {program.name}. {CONTAINER_WAY}")
    for program in programs(folder):
        word = "-h" if program.name == "mosquitto" else "--version"
        answer = _quietly([str(program), word])
        if answer.returncode not in {0, 1, 3} or not _VERSION.search(_said(answer)):
            _complain(program, answer)
    _prove_modules(folder, elf_files(postgres_bin(folder).parent / "lib"))


def _prove_modules(folder: Path, modules: Iterable[Path]) -> None:
    loader = str(find_loader(folder))
    for module in modules:
        answer = _quietly([loader, "--list", str(module)])
        is_jit = module.name.startswith("llvmjit")
        if not is_jit and (answer.returncode != 0 or "not found" in _said(answer)):
            _complain(module, answer)


def clean_environment() -> dict[str, str]:
    """Return the environment without what would bring foreign libraries into the programs."""
    unwanted = ("LD_LIBRARY_PATH", "LD_PRELOAD")
    kept = {key: value for key, value in os.environ.items() if key not in unwanted}
    return {key: value for key, value in kept.items() if not key.startswith("PG")}


def _quietly(command: list[str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        command, check=False, capture_output=True, text=True, timeout=60, env=clean_environment()
    )


def _said(answer: "subprocess.CompletedProcess[str]") -> str:
    return (answer.stdout + answer.stderr).lower()


def _complain(path: Path, answer: "subprocess.CompletedProcess[str]") -> None:
    raise RuntimeUnavailable(
        f"{path.name} was unpacked but does not run here (status {answer.returncode}):"
        f" {_said(answer).strip()[-400:]} {CONTAINER_WAY}"
    )


def _is_c_library(path: Path) -> bool:
    return path.name.startswith(("ld-linux", "libc.so"))

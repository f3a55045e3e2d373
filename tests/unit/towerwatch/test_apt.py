"""What apt says, read; what it is told, written."""

import pytest

from towerwatch.errors import RuntimeUnavailable
from towerwatch.runtime.apt import (
    Mirror,
    choose_mirror,
    explain_failure,
    find_mirror,
    parse_plan,
    sources,
)

_LINES = [
    "https://mirror.example/tools/|stable|extra",
    "https://mirror.example/os/|bookworm|main",
    "https://mirror.example/os/|bookworm-updates|main",
    "https://mirror.example/os-security/|bookworm-security|main",
    "",
]


def test_the_machines_own_mirror_is_found() -> None:
    assert choose_mirror(_LINES, "bookworm") == Mirror(
        archive="https://mirror.example/os/",
        security="https://mirror.example/os-security/",
    )


def test_a_machine_without_security_mirror_is_served_too() -> None:
    assert choose_mirror(_LINES[:2], "bookworm") == Mirror(
        archive="https://mirror.example/os/", security=None
    )


@pytest.mark.parametrize("lines", [[], ["https://other.example/ubuntu/|noble|main"]])
def test_a_machine_that_is_no_debian_has_no_mirror(lines: list[str]) -> None:
    assert choose_mirror(lines, "noble" if not lines else "bookworm") is None


def test_the_private_sources_are_signed_and_bring_package_lists_alone() -> None:
    text = sources(Mirror(archive="https://a.example/", security="https://s.example/"))
    assert text.count("Signed-By: /usr/share/keyrings/") == 2
    assert text.count("Targets: Packages") == 2
    assert "trusted" not in text.lower()


def test_the_plan_leaves_out_what_only_installation_needs() -> None:
    output = (
        "Reading package lists...\n"
        "Inst libc6 (2.41-12 Debian:13/stable [amd64])\n"
        "Inst perl-base (5.40 Debian:13/stable [amd64])\n"
        "Inst libllvm19 (19 Debian:13/stable [amd64])\n"
        "Inst mosquitto (2.0.21-1 Debian:13/stable [amd64])\n"
        "Conf libc6 (2.41-12 Debian:13/stable [amd64])\n"
    )
    plan = parse_plan(output)
    assert [(package.name, package.version) for package in plan] == [
        ("libc6", "2.41-12"),
        ("mosquitto", "2.0.21-1"),
    ]


def test_a_missing_key_names_the_package_that_brings_it() -> None:
    assert "debian-archive-keyring" in explain_failure("update", "W: GPG error: NO_PUBKEY 1234")


def test_another_failure_names_the_container_way() -> None:
    said = explain_failure("update", "E: Failed to fetch https://a.example/ 404")
    assert "404" in said
    assert "compose.yaml" in said


def test_a_machine_without_apt_is_told_the_container_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)
    with pytest.raises(RuntimeUnavailable, match=r"apt-get.*compose\.yaml.*TOWERWATCH_MQTT_URL"):
        find_mirror()

"""The files of `deploy/` held to the code: settings, secrets, mounts, health checks, users, ports."""

import base64
import importlib.util
import json
import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from pydantic_settings import BaseSettings

from analytics import settings as analytics
from analytics.exchange.case_courier import read_secrets
from analytics.notices.contact_file import read_addresses
from dashboards.console.settings import Settings as ConsoleSettings
from dashboards.feeds.settings import Settings as FeedSettings
from dashboards.grafana.build import Plan, build
from docs.page_sizing import (
    CITY_COMPOUNDS,
    city_cost_us,
    cores_for,
    memory_for,
    sizing_page,
)
from ingest import settings as ingest
from towerwatch.deploy.folder import UID, DeployFolder, Names
from towerwatch.errors import WrongSettings
from towerwatch.services.access import DATA_WORKERS, PROBE, hash_password, parse_passwords
from towerwatch.services.postgres import archive_settings

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
TEXT = (DEPLOY / "compose.yaml").read_text("utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = sorted(name for name, one in SERVICES.items() if "TOWERWATCH_IMAGE" in one["image"])
STAYING = sorted(name for name, one in SERVICES.items() if one["restart"] == "unless-stopped")
PUBLISHED = {"broker": ["8883:8883"], "ingest-intake": ["8443:8443"], "proxy": ["80:80", "443:443"]}
SETTINGS: dict[tuple[str, ...], type[BaseSettings]] = {
    ("ingest", "alarm"): ingest.AlarmSettings,
    ("ingest", "data"): ingest.DataSettings,
    ("ingest", "intake"): ingest.IntakeSettings,
    ("analytics", "alarms"): analytics.AlarmSettings,
    ("analytics", "messages"): analytics.MessageSettings,
    ("analytics", "orders"): analytics.OrderSettings,
    ("analytics", "warnings"): analytics.WarningSettings,
    ("dashboards.console",): ConsoleSettings,
    ("dashboards.feeds",): FeedSettings,
}
OUTSIDE_CLASSES = {"TOWERWATCH_SECRETS_FOLDER"}
"""Read before any settings class is."""
COMMANDS: dict[tuple[str, ...], set[str]] = {
    ("towerwatch", "deploy"): {"TOWERWATCH_SECRETS_FOLDER"},
    ("towerwatch", "backup"): {"TOWERWATCH_SECRETS_FOLDER", "TOWERWATCH_HOME"},
    ("gateway", "canary"): set(),
}
"""Commands without a settings class, and what they read of the environment."""


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("deployment")
    DeployFolder(folder).prepare(Names(public="towerwatch.example.org"))
    build(folder / "grafana", Plan(console_url="https://towerwatch.example.org"))
    return folder


def command_of(name: str) -> tuple[str, ...]:
    words = tuple(SERVICES[name]["command"])
    return words[:1] if words[0].startswith("dashboards.") else words[:2]


def settings_of(name: str) -> type[BaseSettings] | None:
    return SETTINGS.get(command_of(name))


def secrets_of(name: str) -> Iterator[tuple[str, str]]:
    """(source, file name in the container) of a service's secrets."""
    for one in SERVICES[name].get("secrets", ()):
        if isinstance(one, str):
            yield one, one
        else:
            yield one["source"], one["target"]


def folder_of(path: str) -> str:
    return path.removeprefix("${TOWERWATCH_FOLDER:?}/")


@pytest.mark.parametrize("name", SERVICES)
def test_a_service_is_pinned_and_may_do_little(name: str) -> None:
    one = SERVICES[name]
    image = re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", one["image"])
    assert re.fullmatch(r"[a-z0-9/.-]+:\d[\w.-]*", image), image
    user, group = one["user"].split(":")
    assert int(user) > 0
    assert int(group) > 0
    assert one["read_only"] is True
    assert one["cap_drop"] == ["ALL"]
    assert one["security_opt"] == ["no-new-privileges:true"]
    assert name not in OURS or one["pull_policy"] == "never"
    assert re.fullmatch(r"\d+[mg]", one["mem_limit"])
    assert one["cpus"] > 0
    assert one["pids_limit"] > 0
    assert one["ulimits"]["nofile"] >= 20_000, "more than the gateways' connections"
    assert one["logging"]["options"] == {"max-size": "20m", "max-file": "5"}
    assert one.get("ports", []) == PUBLISHED.get(name, [])
    assert "privileged" not in one


@pytest.mark.parametrize("name", OURS)
def test_our_services_run_modules_that_exist_with_settings_that_they_know(name: str) -> None:
    one = SERVICES[name]
    module = one["command"][0]
    assert importlib.util.find_spec(f"{module}.__main__") is not None
    assert one["user"] == f"{UID}:{UID}"
    kind = settings_of(name)
    if kind is None:
        assert set(one.get("environment", ())) == COMMANDS[command_of(name)]
        return
    known = {f"TOWERWATCH_{field.upper()}" for field in kind.model_fields}
    given = set(one["environment"])
    assert given <= known | OUTSIDE_CLASSES
    from_files = {target.upper() for _, target in secrets_of(name)}
    assert from_files <= known
    needed = {
        f"TOWERWATCH_{field.upper()}"
        for field, about in kind.model_fields.items()
        if about.is_required()
    }
    assert needed <= given | from_files
    if from_files:
        assert one["environment"]["TOWERWATCH_SECRETS_FOLDER"] == "/run/secrets"
    plain = {field: str(value) for field, value in one["environment"].items() if "$" not in value}
    values = {name.removeprefix("TOWERWATCH_").lower(): value for name, value in plain.items()}
    said = {key: value for key, value in values.items() if key in kind.model_fields}
    absent = {key.removeprefix("TOWERWATCH_").lower(): "https://x" for key in needed - set(plain)}
    kind.model_validate(absent | said)


def test_the_console_knows_the_address_that_the_proxy_serves() -> None:
    """Without its own address passkeys are not offered, and nobody is told of a wrong one."""
    served = f"https://{SERVICES['proxy']['environment']['TOWERWATCH_HOST']}"
    given = SERVICES["console"]["environment"]
    assert given["TOWERWATCH_CONSOLE_PUBLIC_URL"] == served
    assert given["TOWERWATCH_CONSOLE_BEHIND_TLS"] == "true"
    root = SERVICES["grafana"]["environment"]["GF_SERVER_ROOT_URL"]
    assert root == f"{given['TOWERWATCH_GRAFANA_URL']}/" == f"{served}/grafana/"
    proxy = (DEPLOY / "caddy" / "Caddyfile").read_text("utf-8")
    assert "handle_path /grafana/*" in proxy
    assert "reverse_proxy grafana:3000" in proxy
    assert f"reverse_proxy console:{given['TOWERWATCH_CONSOLE_PORT']}" in proxy


def test_no_secret_stands_in_the_environment() -> None:
    for name, one in SERVICES.items():
        for key, value in one.get("environment", {}).items():
            assert not re.search(r"URL$", key) or "@" not in str(value), (name, key)
            if "PASSWORD" in key:
                assert str(value).startswith("/run/secrets/"), (name, key)


def test_every_secret_is_made_declared_and_used(prepared: Path) -> None:
    declared = COMPOSE["secrets"]
    used = {source for name in SERVICES for source, _ in secrets_of(name)}
    assert used == set(declared)
    for name, one in declared.items():
        path = prepared / folder_of(one["file"])
        assert path.is_file(), name
        assert path.stat().st_mode & 0o077 == 0, name


@pytest.mark.parametrize("name", SERVICES)
def test_every_mounted_file_is_in_the_checkout_or_made_by_prepare(
    name: str, prepared: Path
) -> None:
    for mount in SERVICES[name].get("volumes", ()):
        source, target = re.sub(r":ro$", "", mount).rsplit(":", 1)
        assert target.startswith("/")
        if source.startswith("./"):
            assert (DEPLOY / source).exists(), source
            assert mount.endswith(":ro")
        elif "TOWERWATCH_FOLDER" in source:
            made = folder_of(source)
            assert (prepared / made).exists(), source
        elif "TOWERWATCH_BACKUPS" not in source:
            assert source in COMPOSE["volumes"], source


@pytest.mark.parametrize("name", STAYING)
def test_every_service_that_stays_is_asked_for_its_health(name: str) -> None:
    one = SERVICES[name]
    if name in {"canary", "deadman"}:
        # What they do is seen at the other end: `canary_late`, and the outsider that complains.
        return
    check = one["healthcheck"]
    assert {"test", "interval", "timeout", "retries", "start_period"} <= check.keys()
    if name not in OURS:
        return
    words = check["test"]
    assert words[:4] == ["CMD", "python", "-m", "towerwatch.deploy.health"]
    assert importlib.util.find_spec(words[3]) is not None
    port, what = words[4:]
    ports = {key: value for key, value in one["environment"].items() if key.endswith("_PORT")}
    assert port in ports.values()
    metrics = (ROOT / "docs" / "metrics.md").read_text("utf-8")
    routes = (ROOT / "docs" / "api.md").read_text("utf-8")
    assert what in {"listening", "/metrics"} or what in metrics or what in routes


def test_workers_have_numbers_of_their_own() -> None:
    data = [name for name in OURS if command_of(name) == ("ingest", "data")]
    for name in data:
        number = SERVICES[name]["command"][3]
        assert int(number) < DATA_WORKERS
        assert name == f"ingest-data-{number}"
        assert ("ingest_data_" + number + "_mqtt_url", "towerwatch_mqtt_url") in secrets_of(name)
    alarms = [name for name in OURS if command_of(name) == ("analytics", "alarms")]
    for name in alarms:
        assert name.endswith(f"-{SERVICES[name]['environment']['TOWERWATCH_ALARM_WORKER']}")
    assert len(data) == 2
    assert len(alarms) == 2


def test_every_process_of_the_platform_has_a_service() -> None:
    there = {command_of(name) for name in OURS}
    assert set(SETTINGS) <= there
    assert ("gateway", "canary") in there


def test_what_a_service_waits_for_exists() -> None:
    for name, one in SERVICES.items():
        for other, how in one.get("depends_on", {}).items():
            assert other in SERVICES, name
            ends = how["condition"] == "service_completed_successfully"
            assert ends is (SERVICES[other]["restart"] != "unless-stopped")
            assert ends or "healthcheck" in SERVICES[other]


def test_only_the_published_parts_and_senders_reach_the_outside() -> None:
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    for name in ("database", "console", "grafana", "schema", "ingest-alarm"):
        assert SERVICES[name]["networks"] == ["inside"], name


def test_every_variable_of_the_compose_file_stands_in_the_example() -> None:
    wanted = set(re.findall(r"\$\{(\w+):\?\}", TEXT))
    example = (DEPLOY / ".env.example").read_text("utf-8")
    given = set(re.findall(r"^(\w+)=\S", example, re.MULTILINE))
    assert wanted <= given


def test_the_image_is_built_from_what_is_there_with_hashes_and_without_root() -> None:
    text = (DEPLOY / "Dockerfile").read_text("utf-8")
    for image in re.findall(r"^FROM (\S+)", text, re.MULTILINE):
        assert re.fullmatch(r"[a-z]+:\d[\w.-]*", image)
    copied = [
        line for line in re.findall(r"^COPY (.+)$", text, re.MULTILINE) if "--from" not in line
    ]
    for line in copied:
        *sources, _target = line.split()
        for source in sources:
            assert (ROOT / source).exists(), source
    top_level = {path.name for path in ROOT.iterdir() if (path / "__init__.py").is_file()}
    assert top_level - {"tests"} <= set(" ".join(copied).split())
    for line in re.findall(r"pip install .*", text):
        assert "--require-hashes" in line or "--no-deps" in line
    users = re.findall(r"^USER (\S+)", text, re.MULTILINE)
    assert users == [f"{UID}:{UID}"]
    assert f"--uid {UID}" in text


def test_the_broker_of_the_container_is_configured_as_the_private_one(prepared: Path) -> None:
    made = (prepared / "broker" / "mosquitto.conf").read_text("utf-8").splitlines()
    shipped = (DEPLOY / "mosquitto" / "mosquitto.conf").read_text("utf-8").splitlines()
    lines = [line for line in shipped if line and not line.startswith("#")]
    assert [line for line in made if line] == lines


def test_grafana_finds_its_password_and_its_dashboards_where_they_are_mounted(
    prepared: Path,
) -> None:
    provisioning = prepared / "grafana" / "provisioning"
    sources = yaml.safe_load((provisioning / "datasources" / "towerwatch.yaml").read_text("utf-8"))
    given = {f"$__file{{/run/secrets/{target}}}" for _, target in secrets_of("grafana")}
    for source in sources["datasources"]:
        assert source["secureJsonData"]["password"] in given
        assert source["url"].split(":")[0] in SERVICES
    providers = yaml.safe_load((provisioning / "dashboards" / "towerwatch.yaml").read_text("utf-8"))
    mounts = [re.sub(r":ro$", "", one).rsplit(":", 1) for one in SERVICES["grafana"]["volumes"]]
    for provider in providers["providers"]:
        path = provider["options"]["path"]
        source, target = next(one for one in mounts if path.startswith(one[1] + "/"))
        folder = prepared / folder_of(source) / path.removeprefix(target + "/")
        assert list(folder.glob("*.json")), path


def test_what_is_told_outside_begins_empty_and_then_stays(prepared: Path) -> None:
    outward = prepared / "outward"
    assert read_addresses(outward / "addresses.yaml") == {}
    assert read_secrets(outward / "cases.secret") == {}
    mounted = {
        name: one["environment"][key]
        for name, one in SERVICES.items()
        for key in ("TOWERWATCH_ADDRESSES_FILE", "TOWERWATCH_CASE_SECRETS_FILE")
        if key in one.get("environment", {})
    }
    assert mounted == {
        "analytics-messages": "/run/outward/addresses.yaml",
        "analytics-orders": "/run/outward/cases.secret",
    }
    (outward / "addresses.yaml").write_text("addresses: {desk: mailto://x}\n")
    DeployFolder(prepared).prepare(Names(public="towerwatch.example.org"))
    assert set(read_addresses(outward / "addresses.yaml")) == {"desk"}


def test_the_broker_is_asked_as_a_user_without_rights(prepared: Path) -> None:
    test = SERVICES["broker"]["healthcheck"]["test"][1]
    assert f"-u {PROBE} -i {PROBE}" in test
    assert "$$(cat /mosquitto/towerwatch/probe)" in test
    secret = (prepared / "broker" / "probe").read_text("utf-8").strip()
    passwords = parse_passwords((prepared / "broker" / "users.passwords").read_text("utf-8"))
    salt = base64.b64decode(passwords[PROBE].split("$")[3])
    assert hash_password(secret, salt) == passwords[PROBE]
    lines = (prepared / "broker" / "users.acl").read_text("utf-8").splitlines()
    after = lines[lines.index(f"user {PROBE}") + 1 :]
    assert not after or not after[0]


def test_a_second_preparation_keeps_every_secret(prepared: Path) -> None:
    secrets = prepared / "secrets"
    before = {path.name: path.read_text() for path in secrets.iterdir() if path.is_file()}
    DeployFolder(prepared).prepare(Names(public="towerwatch.example.org"))
    after = {path.name: path.read_text() for path in secrets.iterdir() if path.is_file()}
    assert before == after


def test_a_gateway_is_admitted_and_refused_at_both_paths(prepared: Path, tmp_path: Path) -> None:
    names = Names(public="towerwatch.example.org")
    folder = DeployFolder(prepared)
    file = folder.admit("gw-lane-1", tmp_path / "gw", names)
    written = cast("dict[str, Any]", yaml.safe_load(file.read_text("utf-8")))
    assert written["broker"]["urls"] == ["mqtts://towerwatch.example.org:8883"]
    assert "user gw-lane-1.alarm" in (prepared / "broker" / "users.acl").read_text("utf-8")
    keys = prepared / "intake" / "secrets" / "gateway_keys.json"
    assert "gw-lane-1" in keys.read_text("utf-8")
    secret = (file.parent / "alarm.secret").read_text("ascii")
    with pytest.raises(WrongSettings, match="--rotate"):
        folder.admit("gw-lane-1", tmp_path / "gw", names)
    assert (file.parent / "alarm.secret").read_text("ascii") == secret, (
        "nobody is shut out by chance"
    )
    folder.admit("gw-lane-1", tmp_path / "gw", names, rotates=True)
    assert (file.parent / "alarm.secret").read_text("ascii") != secret
    assert len(json.loads(keys.read_text("utf-8"))["gw-lane-1"]) == 2, "the second path knows both"
    assert folder.settle("gw-lane-1")
    assert not folder.settle("gw-lane-1")
    folder.revoke("gw-lane-1")
    assert "gw-lane-1" not in (prepared / "broker" / "users.acl").read_text("utf-8")
    assert "gw-lane-1" not in keys.read_text("utf-8")


def test_what_was_never_admitted_is_neither_rotated_nor_settled(
    prepared: Path, tmp_path: Path
) -> None:
    folder = DeployFolder(prepared)
    with pytest.raises(WrongSettings, match="no gateway"):
        folder.admit("gw-lane-2", tmp_path / "gw", Names(public="t.example.org"), rotates=True)
    with pytest.raises(WrongSettings, match="no gateway"):
        folder.settle("gw-lane-2")


def test_a_lost_folder_of_the_self_test_is_made_again(prepared: Path) -> None:
    canary = prepared / "canary"
    before = (canary / "alarm.secret").read_text("ascii")
    DeployFolder(prepared).prepare(Names(public="towerwatch.example.org"))
    assert (canary / "alarm.secret").read_text("ascii") == before
    shutil.rmtree(canary)
    DeployFolder(prepared).prepare(Names(public="towerwatch.example.org"))
    assert (canary / "tw-canary.yaml").is_file()


def test_sizes_grow_with_the_load_and_follow_what_was_measured() -> None:
    small = (cores_for(82, 10.0), memory_for(43, 14.0, 900))
    large = (cores_for(216_000, 10.0), memory_for(113_000, 14.0, 900))
    assert small == (2, 4)
    assert large == (5, 16)
    assert cores_for(216_000, 20.0) == 8
    measured = {"city_average_busy_share": 0.5, "city_average_samples_per_s": 100_000.0}
    assert city_cost_us(measured) == pytest.approx(10.0)
    page = sizing_page()
    assert f"| a city 市, {CITY_COMPOUNDS:,} compounds | 110,000 / 220,000 |" in page


def test_the_database_of_the_container_archives_as_the_private_one() -> None:
    text = (DEPLOY / "postgres" / "archive.conf").read_text("utf-8")
    said = dict(re.findall(r"^(\w+) = '(.*)'$", text, re.MULTILINE))
    assert said == archive_settings(Path("/archive"))
    mounts = [one.rsplit(":", 2)[1] for one in SERVICES["database"]["volumes"] if one[0] == "."]
    script = (DEPLOY / "postgres" / "init" / "10-towerwatch.sh").read_text("utf-8")
    for included in re.findall(r"include '([^']+)'", script):
        assert included in mounts
    assert (DEPLOY / "postgres" / "init" / "10-towerwatch.sh").stat().st_mode & 0o111

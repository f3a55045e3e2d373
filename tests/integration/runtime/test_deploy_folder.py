"""The folder of a deployment on the real broker and the real database, without containers."""

import os
import re
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from queue import Queue

import psycopg
import pytest
import yaml

from gateway.session import Access, Lost, Note, Session, Will
from tests.services import TestDatabase, Workshop, end_server, run_server
from towerwatch.deploy.folder import DATABASE, IN_CONTAINER, PORTS, DeployFolder, Names
from towerwatch.deploy.health import is_well
from towerwatch.deploy.schema import install_schema
from towerwatch.process import Launch, free_port, is_listening, wait_until
from towerwatch.runtime.unpack import clean_environment

NAMES = Names(public="localhost")
GATEWAY = "gw-dep-1"
START = Path(__file__).parents[3] / "deploy" / "mosquitto" / "start.sh"


@pytest.fixture
def prepared(servers: Workshop) -> Iterator[Path]:
    folder = servers.folder / "deployment"
    DeployFolder(folder).prepare(NAMES)
    yield folder
    shutil.rmtree(folder)


@contextmanager
def running(
    servers: Workshop, folder: Path, *, by_script: bool = False
) -> Iterator[tuple[int, int]]:
    """The embedded Mosquitto with the prepared configuration, moved to a folder and to free ports."""
    ports = (free_port(), free_port())
    shipped_conf = folder / "shipped.conf"
    if not shipped_conf.exists():
        shutil.copy(folder / "broker" / "mosquitto.conf", shipped_conf)
    text = shipped_conf.read_text("utf-8")
    text = text.replace(str(IN_CONTAINER), str(folder / "broker")).replace("0.0.0.0", "127.0.0.1")
    for shipped, free in zip((PORTS.platform, PORTS.gateway), ports, strict=True):
        text = re.sub(rf"^listener {shipped} ", f"listener {free} ", text, flags=re.MULTILINE)
    conf = folder / "broker" / "mosquitto.conf"
    conf.write_text(text, encoding="utf-8")
    if servers.user is not None:
        for path in (folder, folder / "broker", *(folder / "broker").rglob("*")):
            shutil.chown(path, servers.user.uid, servers.user.gid)
    script = shutil.copy(START, folder / "broker" / "start.sh")
    start = ["/bin/sh", str(script), str(folder / "broker"), str(ports[0])]
    programs = [servers.runtime.mosquitto.parent, servers.runtime.mosquitto.parents[1] / "bin"]
    search = ":".join([*map(str, programs), os.environ["PATH"]])
    launch = Launch(
        command=start if by_script else [str(servers.runtime.mosquitto), "-c", str(conf)],
        environment=clean_environment() | {"LC_ALL": "C", "PATH": search},
        user=servers.user,
    )
    server = run_server(launch, folder / "broker.log", lambda: is_listening(ports[1]))
    try:
        yield ports
    finally:
        end_server(server, signal.SIGTERM)


def log_in(access: Access) -> Note:
    inbox: Queue[Note] = Queue()
    session = Session(access, inbox, Will(topic=f"tw/1/{GATEWAY}/state/data", payload=b"{}"), [])
    session.start()
    try:
        return inbox.get(timeout=30)
    finally:
        session.stop()


def test_a_gateway_logs_in_by_tls_with_what_admit_wrote_and_no_stranger_does(
    servers: Workshop, prepared: Path, tmp_path: Path
) -> None:
    file = DeployFolder(prepared).admit(GATEWAY, tmp_path / "gw", NAMES)
    broker = yaml.safe_load(file.read_text("utf-8"))["broker"]
    secret = (file.parent / broker["data_secret_file"]).read_text().strip()
    with running(servers, prepared) as (platform, gateways):
        access = Access(
            url=f"mqtts://localhost:{gateways}",
            client_id=f"{GATEWAY}.data",
            secret=secret,
            ca_file=file.parent / broker["ca_file"],
        )
        found = log_in(access)
        assert isinstance(found, Lost), "a session without a subscription is not granted"
        said = (prepared / "broker.log").read_text()
        assert f"as {GATEWAY}.data" in said
        stranger = Access(url=access.url, client_id="x", secret="y" * 20, ca_file=access.ca_file)
        refused = log_in(stranger)
        assert isinstance(refused, Lost)
        assert "refused" in refused.reason
        # The health check of the compose file asks without a user.
        publish = servers.runtime.mosquitto.parents[1] / "bin" / "mosquitto_pub"
        asked = subprocess.run(
            [
                str(publish),
                "-h",
                "127.0.0.1",
                "-p",
                str(platform),
                "-t",
                "tw",
                "-m",
                "x",
                "-q",
                "1",
            ],
            env=clean_environment(),
            capture_output=True,
            check=False,
            timeout=30,
        )
        assert asked.returncode == 5, asked.stderr
        assert is_well(platform, "listening")


def test_what_a_clean_stop_keeps_is_loaded_once(servers: Workshop, prepared: Path) -> None:
    """A kill after that must not bring it back: the file is gone while the broker runs."""
    store = prepared / "broker" / "store" / "mosquitto.db"
    with running(servers, prepared) as (_, gateways):
        # Whoever is refused was answered: the broker is past its start, and stops cleanly.
        authority = prepared / "secrets" / "tls" / "ca.crt"
        url = f"mqtts://localhost:{gateways}"
        log_in(Access(url=url, client_id="x", secret="y" * 20, ca_file=authority))
    assert store.is_file(), "a clean stop keeps it in the folder that is a volume"
    with running(servers, prepared, by_script=True):
        assert wait_until(lambda: not store.exists(), within_s=20)
    assert store.is_file()


def test_the_schema_is_installed_on_an_empty_server_and_again(
    own_database_server: TestDatabase, prepared: Path
) -> None:
    passwords = dict(DeployFolder(prepared).passwords())
    admin_url = own_database_server.server.admin_url
    applied = install_schema(admin_url, DATABASE, passwords)
    assert len(applied) > 50
    assert install_schema(admin_url, DATABASE, passwords) == []
    where = admin_url.rpartition("@")[2].partition("/")[0]
    url = f"postgresql://tw_ingest:{passwords['tw_ingest']}@{where}/{DATABASE}"
    with closing(psycopg.connect(url)) as connection:
        assert connection.execute("SELECT count(*) FROM places").fetchone() == (0,)

"""A lane over TLS, against a real broker with an authority of its own."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway import wire
from gateway.metrics import Metrics
from gateway.outbox import Limits, Outbox
from gateway.session import Access
from gateway.topic import GatewayId, Lane
from gateway.uplink import Identity, LaneSetup, Uplink
from tests.integration.gateway.conftest import eventually
from tests.integration.gateway.intake import make_certificate
from tests.services import Workshop, end_server, run_server
from towerwatch.process import Launch, free_port, is_listening
from towerwatch.runtime.unpack import clean_environment


@pytest.fixture
def tls_folder(servers: Workshop) -> Path:
    folder = servers.folder / f"tls-{free_port()}"
    folder.mkdir(mode=0o755)
    make_certificate(folder)
    for name in ("ca.pem", "ca.key"):
        (folder / name).chmod(0o644)
    return folder


@pytest.fixture
def tls_port(servers: Workshop, tls_folder: Path) -> Iterator[int]:
    port = free_port()
    settings = tls_folder / "mosquitto.conf"
    settings.write_text(
        f"listener {port} 127.0.0.1\nallow_anonymous true\nlog_dest stdout\n"
        f"certfile {tls_folder}/ca.pem\nkeyfile {tls_folder}/ca.key\n"
    )
    launch = Launch(
        command=[str(servers.runtime.mosquitto), "-c", str(settings)],
        environment=clean_environment(),
        user=servers.user,
    )
    running = run_server(launch, tls_folder / "tls.log", lambda: is_listening(port))
    yield port
    end_server(running, signal.SIGKILL)


# The client library leaves the socket of a failed handshake to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
@pytest.mark.filterwarnings("ignore::ResourceWarning")
@pytest.mark.parametrize("is_trusted", [True, False])
def test_a_lane_connects_only_to_a_broker_whose_authority_it_knows(
    tls_port: int, tls_folder: Path, tmp_path: Path, is_trusted: bool
) -> None:
    outbox = Outbox(tmp_path / "alarm.sqlite", Lane.ALARM, Limits(max_bytes=10**7))
    outbox.open()
    metrics = Metrics()
    access = Access(
        url=f"mqtts://127.0.0.1:{tls_port}",
        client_id="gw-1.alarm",
        secret="x",
        ca_file=tls_folder / "ca.pem" if is_trusted else None,
    )
    identity = Identity(gateway=GatewayId("gw-1"), software="s", configuration="c")
    setup = LaneSetup(lane=Lane.ALARM, identity=identity, accesses=(access,))
    uplink = Uplink(setup, outbox, metrics)
    outbox.put([wire.WireEvent(asset="D", at=1, event="fire_alarm", state="raise")])
    uplink.start()
    try:
        if is_trusted:
            eventually(lambda: _count(metrics, "published_total") >= 1)
        else:
            eventually(lambda: uplink._road.failures >= 2, 20)
            assert _count(metrics, "connections_total") == 0
    finally:
        uplink.stop()
        outbox.close()


def _count(metrics: Metrics, name: str) -> float:
    labels = {"lane": "alarm"}
    return metrics.registry.get_sample_value(f"towerwatch_gateway_{name}", labels) or 0.0

"""A gateway behind a line that loses, doubles, delays and swallows packets, or what stands for them."""

import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.clock import steady_s
from gateway.topic import Lane
from tests.faults import evidence, history, record
from tests.faults.far import AIRS, Carrier, capability, carriers, drain, far_gateway
from tests.faults.load import LOAD
from tests.faults.packet import Air, packet_link, why_not
from tests.faults.stage import Stage, stage
from tests.services import Workshop

pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]
_QUIET_S = 120.0


@pytest.fixture(scope="module")
def line(servers: Workshop, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with stage(servers, tmp_path_factory.mktemp("line"), patience=0.2) as running:
        yield running


@pytest.mark.parametrize("carrier", carriers())
def test_a_gateway_behind_bad_air_loses_and_doubles_nothing(
    line: Stage, tmp_path: Path, carrier: Carrier
) -> None:
    with far_gateway(line, tmp_path / "far", carrier) as far:
        far.gateway.order(LOAD)
        line.wait(2)
        for air, seconds in AIRS.values():
            far.set(air)
            line.wait(seconds)
            far.set(Air())
            line.wait(1)
        assert drain(line, far), (far.gateway.folder / "gateway.log").read_text()
        if far.link is not None:
            print(f"{far.link.carried} packets carried, {far.link.lost} lost")
            assert far.link.lost > 20
    assert line.wait_for(lambda: not evidence.unrest(line), _QUIET_S), evidence.unrest(line)
    verdict = history.check(record.read(*line.records), evidence.gather(line))
    assert not verdict.failures, "\n".join((*verdict.failures[:20], line.line.logs()))
    assert verdict.promised(Lane.ALARM) > 100
    assert not line.complaints


def test_the_report_card_says_what_carried_the_far_gateway() -> None:
    assert capability() == ("packets" if not why_not() else f"bytes ({why_not()})")


_ECHO = (
    "import socket, sys\n"
    "link = socket.create_connection((sys.argv[1], int(sys.argv[2])), 20)\n"
    "while piece := link.recv(1000): link.sendall(piece)\n"
)

if not why_not():

    @pytest.mark.parametrize(
        ("air", "least_s"), [(Air(), 0.0), (Air(delay_s=0.1, jitter_s=0.02), 0.2)]
    )
    def test_a_packet_link_carries_and_delays(air: Air, least_s: float) -> None:
        with packet_link() as link, socket.create_server((link.near, 0)) as server:
            server.settimeout(20)
            port = str(server.getsockname()[1])
            words = [*link.around, sys.executable, "-c", _ECHO, link.near, port]
            with subprocess.Popen(words) as far:
                near, _ = server.accept()
                with near:
                    near.settimeout(20)
                    link.set(air)
                    began = steady_s()
                    near.sendall(b"hello")
                    assert near.recv(100) == b"hello"
                    assert steady_s() - began >= least_s
                    link.set(Air(is_cut_down=True))
                    near.settimeout(0.5)
                    near.sendall(b"lost")
                    with pytest.raises(TimeoutError):
                        near.recv(100)
                    link.set(Air(loss=0.3, duplicate=0.2, jitter_s=0.02))
                    near.settimeout(30)
                    assert near.recv(100) == b"lost"
                far.wait(20)
            assert link.lost > 0

"""A Sparkplug library of others speaks to our host over a real broker: pysparkplug's edge node.

It wants paho 1.x, which cannot stand beside ours: its packages are installed into a folder of the
test by the hash-locked list `requirements/peer.txt`, and the node is a process of its own.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.driver import DriverSettings
from gateway.drivers.sparkplug.link import open_driver
from tests.contract.drivers.notebook import Notebook, running
from tests.integration.gateway.conftest import eventually
from tests.integration.gateway.sparkplug_peer import PAYLOAD
from tests.integration.gateway.test_sparkplug import PROFILE, speed

ROOT = Path(__file__).parents[3]
NODE = Path(__file__).with_name("pysparkplug_node.py")


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("peer")
    words = ["-m", "pip", "install", "-q", "--target", str(folder), "--require-hashes"]
    listed = str(ROOT / "requirements" / "peer.txt")
    done = subprocess.run(
        [sys.executable, *words, "-r", listed], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return folder


class Peer:
    """The node's process."""

    def __init__(self, packages: Path, port: int) -> None:
        self.process = subprocess.Popen(
            [sys.executable, str(NODE), str(port)],
            stdin=subprocess.PIPE,
            env=os.environ | {"PYTHONPATH": str(packages)},
            text=True,
        )

    def tell(self, word: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(f"{word}\n")
        self.process.stdin.flush()

    def kill(self) -> None:
        self.process.kill()
        self.process.communicate(timeout=10)


@pytest.fixture
def peer(packages: Path, site_port: int) -> Iterator[Peer]:
    one = Peer(packages, site_port)
    yield one
    one.kill()


@pytest.mark.long
def test_the_edge_node_of_a_library_is_born_heard_and_mourned(peer: Peer, site_port: int) -> None:
    options = {
        "url": f"mqtt://127.0.0.1:{site_port}",
        "client_id": "spb",
        "profiles": {"lift": PROFILE},
        "assets": [{"code": "L-0007", "class": "lift", "address": "site/gw1/lift7"}],
    }
    driver = open_driver(DriverSettings(name="spb", driver="sparkplug", options=options))
    with running(driver, sink := Notebook()):
        eventually(lambda: speed(sink) == 1.5, 30)
        peer.tell("raise")
        eventually(lambda: ("L-0007", "overspeed", "raise") in sink.said())
        peer.tell("clear")
        eventually(lambda: ("L-0007", "overspeed", "clear") in sink.said())
        peer.tell("leave")
        eventually(lambda: speed(sink) is None)
        peer.tell("return")
        eventually(lambda: speed(sink) == 1.5)
        # Its will is the broker's to say, with the bdSeq of its birth.
        peer.kill()
        eventually(lambda: speed(sink) is None)


_FIELDS = """
import json
from pysparkplug._protobuf.sparkplug_b_pb2 import Payload
kinds = {"Payload": Payload, "Metric": Payload.Metric}
print(json.dumps({name: [[f.name, f.number, f.type] for f in kind.DESCRIPTOR.fields] for name, kind in kinds.items()}))
"""


@pytest.mark.long
def test_our_own_peer_has_the_fields_of_the_published_descriptor(packages: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FIELDS],
        env=os.environ | {"PYTHONPATH": str(packages)},
        capture_output=True,
        text=True,
        check=True,
    )
    published = {
        name: {tuple(one) for one in rows} for name, rows in json.loads(done.stdout).items()
    }
    metric = PAYLOAD.DESCRIPTOR.fields_by_name["metrics"].message_type
    for ours, theirs in ((PAYLOAD.DESCRIPTOR, "Payload"), (metric, "Metric")):
        assert {(one.name, one.number, one.type) for one in ours.fields} <= published[theirs]

"""What a burst of telemetry took goes back to the system; in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

BURST = """
import gc, json
from pathlib import Path

from gateway.catalogue import asset_class
from gateway.clock import now_ms
from gateway.topic import GatewayId, Lane
from ingest.admit import admit
from ingest.batch import Inbound
from ingest.binding import EVER, Bindings, Bound, codes_of
from ingest.copy import copy_bytes
from ingest.memory import give_back

gc.set_threshold(200_000, 50, 100)  # As the data worker has it.
lift, gateway, now = asset_class("lift"), GatewayId("gw-1"), now_ms()
codes = codes_of(
    [
        (f"L{n}", Bound(asset_id=n + 1, kind=lift, from_ms=-EVER, until_ms=EVER))
        for n in range(100)
    ]
)
bindings = Bindings(by_gateway={gateway: codes}, foreign=frozenset())
values = {metric.name: [0.125, 0.25] for metric in lift.metrics}
frames = [{"asset": f"L{n}", "t": [now, now + 1000], "m": values} for n in range(100)]
whole = {"v": 1, "stream": now << 10, "seq": 1, "low": 1, "sent": now, "frames": frames}
payload = json.dumps(whole).encode()


def memory():
    text = Path("/proc/self/smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:"))


def store(messages):
    batch = [
        Inbound(gateway=gateway, lane=Lane.DATA, topic="t", payload=payload[:-1] + b"}", received_ms=now)
        for _ in range(messages)
    ]
    admission = admit(batch, bindings)
    assert not admission.quarantined
    copy_bytes(lift, admission.blocks)


for _ in range(5):
    store(20)
usual = memory()
store(300)
for _ in range(3):
    store(20)
after = memory()
give_back()
print(json.dumps({"usual": usual, "after": after, "given_back": memory()}))
"""


def test_a_burst_leaves_no_memory_behind() -> None:
    done = subprocess.run(
        [sys.executable, "-c", BURST],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout)
    kept_before, kept_after = found["after"] - found["usual"], found["given_back"] - found["usual"]
    assert kept_before > 8 * 1024, "the burst is too small to prove anything"
    assert kept_after < kept_before / 4, found

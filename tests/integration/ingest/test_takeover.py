"""A data worker is killed: the other takes its shards, and every message is stored once."""

import signal
from contextlib import ExitStack

from gateway import clock, topic
from gateway.clock import steady_s
from gateway.topic import Lane, gateway_id
from gateway.wire import Frame
from ingest.data_process import LOOK_S
from ingest.lease import RENEW_S, SILENT_MS
from tests.integration.ingest.parts import (
    PATIENCE_S,
    Site,
    data_bytes,
    one,
    process_of,
    register,
    rows,
    wait_for,
)
from tests.integration.ingest.test_processes import environment
from tests.services import TestBroker
from towerwatch.services.database import DatabaseUrls

TAKEOVER_S = SILENT_MS / 1000 + RENEW_S + LOOK_S
"""A worker is given up after its silence, and looked for at each renewal [s]."""
GATEWAYS = tuple(f"gw-over-{number}" for number in range(4))


def frames(seq: int) -> list[Frame]:
    return [Frame(asset="L-1", t=[clock.now_ms()], m={"speed": [seq / 10]})]


def holders(database: DatabaseUrls) -> dict[int, str]:
    found = rows(database, "SELECT shard, worker FROM shard_leases")
    return {int(str(shard)): str(worker) for shard, worker in found}


def share(database: DatabaseUrls) -> list[int]:
    found = list(holders(database).values())
    return sorted(found.count(worker) for worker in set(found))


def test_a_killed_worker_is_replaced_and_every_message_is_stored_once(
    database: DatabaseUrls, broker: TestBroker
) -> None:
    for name in GATEWAYS:
        register(database, name, {"L-1": "lift"})
    with ExitStack() as stack:
        stays = environment(database, broker, "tw-ingest-data-1")
        stack.enter_context(process_of(["data", "--worker", "1"], stays))
        dies = environment(database, broker, "tw-ingest-data-2")
        victim = stack.enter_context(process_of(["data", "--worker", "2"], dies, ends=-9))
        wait_for(lambda: share(database) == [8, 8])
        sites = [Site(broker, name, Lane.DATA) for name in GATEWAYS]
        for site in sites:
            site.send_until_receipted(data_bytes(1, frames(1)))
        held = holders(database)
        orphan = next(
            site
            for site in sites
            if held[topic.shard(gateway_id(site.gateway))] == "tw-ingest-data-2"
        )

        victim.send_signal(signal.SIGKILL)
        began = steady_s()
        orphan.send_until_receipted(data_bytes(2, frames(2)))
        took_s = steady_s() - began
        for site in sites:
            site.send_until_receipted(data_bytes(3, frames(3)))
            site.close()

    print(f"take-over after kill -9: {took_s:.1f} s")
    assert took_s < TAKEOVER_S + PATIENCE_S / 4
    assert one(database, "SELECT count(*) FROM lift_samples") == 2 * len(GATEWAYS) + 1
    assert one(database, "SELECT sum(stored) FROM ledgers WHERE lane = 'data'") == 9
    assert one(database, "SELECT sum(quarantined) FROM ledgers WHERE lane = 'data'") == 0

"""The benchmarks themselves work: a small load through the real line, and sums that are right."""

import os
import struct
from collections.abc import Iterator
from dataclasses import replace

import msgspec
import pytest

from gateway.wire import Receipt, decode_data, encode
from tests.benchmarks import packet
from tests.benchmarks.body import Shape, bodies, head
from tests.benchmarks.case import (
    Extent,
    run_baseline,
    run_city,
    run_throughput,
)
from tests.benchmarks.figures import Figures, Rounds, figures
from tests.benchmarks.meter import Reading, memory_mib, read, usage
from tests.benchmarks.plan import Login, Outcome, Plan, Point, Receipted, Telemetry
from tests.benchmarks.report import BUDGETS, table, verdict
from tests.benchmarks.run import Commit, commit_to_receipt, receipted_at, steady_rate
from tests.benchmarks.world import World, standing
from tests.services import Workshop

SMALL = Extent(
    gateways=3, compounds=4, seconds=3.0, city_seconds=3.0, warm_s=0.5, rounds=1, lifts=4
)


@pytest.fixture
def world(servers: Workshop) -> Iterator[World]:
    with standing(servers) as world:
        yield world


@pytest.mark.long
def test_a_small_load_is_stored_receipted_and_accounted_for(world: World) -> None:
    rounds = Rounds()
    rounds.throughput.append(run_throughput(world, SMALL))
    rounds.baseline.append(run_baseline(world, SMALL, is_plain=False))
    rounds.city_peak.append(run_city(world, SMALL, is_peak=True))

    found = figures(rounds, "a machine")

    assert found.lost == 0
    assert rounds.baseline[0].lost == 0
    assert found.samples_per_s is not None
    assert found.samples_per_s > 0
    # Four gateways, a message a second each; a generator that was held up sends fewer, never more.
    assert 4 <= rounds.city_peak[0].measured.outcome.messages <= 12
    assert found.cpu_us_per_sample["ingest-data-1"] > 0
    assert rounds.throughput[0].measured.commit_to_receipt_s
    assert msgspec.json.decode(msgspec.json.encode(found), type=Figures) == found
    assert "samples/s" in table(found)


def test_a_patched_message_is_one_that_the_product_reads() -> None:
    shape = Shape(lifts=3, reporting=2, seconds=2, others=2)

    first, second = bodies(shape, first_ms=1_763_766_000_000, many=2)

    message = decode_data(head(7, 4711, 4650, 1_763_766_001_234) + first.tail)
    assert (message.stream, message.seq, message.low) == (7, 4711, 4650)
    assert [frame.asset for frame in message.frames] == ["L-0000", "L-0001", "W-0000", "E-0001"]
    assert first.samples == 2 * 2 * 12 + 3 + 4
    assert first.rows == 2 * 2 + 2
    assert decode_data(head(1, 1, 1, 1) + second.tail).frames[0].asset == "L-0002"


def test_packets_are_found_however_the_bytes_are_cut() -> None:
    receipt = encode(Receipt(stream=3, through=9))
    topic = b"tw/1/bench-0001/receipt/data"
    body = struct.pack(">H", len(topic)) + topic + b"\0" + receipt
    stream = b"\x40\2\0\1" + bytes((0x30, len(body))) + body
    buffer = bytearray()
    found: list[tuple[int, bytes]] = []
    for byte in stream:
        buffer.append(byte)
        found += packet.packets(buffer)

    assert [kind for kind, _ in found] == [packet.PUBACK, packet.PUBLISH]
    assert packet.payload_of(found[1][1]) == receipt
    assert not buffer


@pytest.mark.parametrize(("size", "header"), [(10, b"\x32"), (40_000, b"\x32")])
def test_a_publish_says_its_own_length(size: int, header: bytes) -> None:
    before, after = packet.publish_head("tw/1/bench-0001/data/3", size)
    whole = before + b"\0\1" + after + bytes(size)

    ((kind, body),) = packet.packets(bytearray(whole))

    assert whole.startswith(header)
    assert kind == packet.PUBLISH
    assert len(body) == len(whole) - len(before) + 2 + len("tw/1/bench-0001/data/3")


def test_a_refusal_is_told_from_a_success() -> None:
    assert packet.refusal(packet.CONNACK, b"\0\x87") == 0x87
    assert packet.refusal(packet.PUBACK, b"\0\1\x10") == 0
    assert packet.refusal(packet.SUBACK, b"\0\1\0\x80") == 0x80


def test_the_steady_rate_leaves_out_the_beginning() -> None:
    curve = [Point(0.0, 0, 0), Point(1.0, 1, 10), Point(2.0, 2, 110), Point(3.0, 3, 210)]

    assert steady_rate(curve, 1.0, 3.0) == 100
    assert steady_rate(curve, 1.5, 2.5) == 100


def test_what_is_behind_is_what_had_no_receipt_by_then() -> None:
    curve = [Point(0.0, 0, 0), Point(1.0, 3, 30), Point(2.0, 7, 70), Point(2.1, 9, 90)]

    assert receipted_at(curve, 2.05) == 7
    assert receipted_at(curve, 0.5) == 0
    assert receipted_at([], 1.0) == 0


def test_a_commit_is_matched_with_the_first_receipt_that_covers_it() -> None:
    plan = Plan(
        port=1,
        lane="data",
        logins=[Login(gateway="bench-0000", user="", password="")],
        load=Telemetry(lifts=1, reporting=1, seconds=1),
        seconds=1,
    )
    outcome = replace_receipts([Receipted(0, 3, 10.0), Receipted(0, 5, 11.0)])
    seen = [
        Commit(gateway="bench-0000", through=4, at_s=10.5),
        Commit(gateway="bench-0000", through=4, at_s=10.5),
        Commit(gateway="bench-0000", through=9, at_s=12.0),
        Commit(gateway="other-0000", through=1, at_s=1.0),
    ]

    assert commit_to_receipt(seen, outcome, plan) == [0.5]


def replace_receipts(receipts: list[Receipted]) -> Outcome:
    return Outcome(
        messages=0,
        samples=0,
        rows=0,
        receipted=0,
        samples_receipted=0,
        resends=0,
        late=0,
        bytes_sent=0,
        began_s=0,
        ended_s=0,
        curve=[],
        receipts=receipts,
        waited_s=[],
        events=[],
        refused=[],
    )


def test_foreign_work_is_what_has_no_name() -> None:
    before = Reading(at_s=0.0, cpu_s={"ours": 1.0}, machine_s=100.0)
    after = Reading(at_s=2.0, cpu_s={"ours": 2.0}, machine_s=103.0)

    used = usage(before, after)

    assert used.foreign_s == 2.0
    assert used.core("ours") == 0.5
    assert replace(used, cores=2).foreign_share == 0.5


def test_the_meter_reads_this_very_process() -> None:
    sum(n * n for n in range(300_000))

    assert read({"us": os.getpid()}).cpu_s["us"] > 0
    assert memory_mib({"us": os.getpid()})["us"] > 5


def test_a_budget_says_by_how_much_it_is_missed() -> None:
    rate = BUDGETS[0]
    delay = BUDGETS[2]

    assert verdict(rate, 500_000) == "reached"
    assert verdict(rate, 400_000) == "missed by 20%"
    assert verdict(delay, 1500) == "missed by 50%"
    assert delay.of(Figures()) is None

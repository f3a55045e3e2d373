"""Samples against the catalogue: what is stored, what is refused and why."""

import math

import numpy as np
import pytest

from gateway import topic, wire
from gateway.catalogue import asset_class
from gateway.topic import Lane, gateway_id
from gateway.wire import Frame
from ingest.admit import Admission, admit
from ingest.batch import Inbound, Reason
from ingest.binding import EVER, Bindings, Bound, Codes, codes_of
from ingest.copy import HEADER, TRAILER, copy_bytes
from ingest.scatter import MOST_DAYS, touched

NOW = 1_763_766_000_000
LIFT = asset_class("lift")
GATEWAY = gateway_id("gw-a")


def codes(**assets: str) -> Codes:
    return codes_of(
        (code, Bound(asset_id=n, kind=asset_class(kind)))
        for n, (code, kind) in enumerate(assets.items(), start=1)
    )


def bindings(found: Codes | None = None, *foreign: str) -> Bindings:
    known = codes(L1="lift", L2="lift", W1="fire_water") if found is None else found
    return Bindings(by_gateway={GATEWAY: known}, foreign=frozenset(foreign))


def inbound(payload: bytes, received_ms: int = NOW, gateway: str = GATEWAY) -> Inbound:
    return Inbound(
        gateway=topic.GatewayId(gateway),
        lane=Lane.DATA,
        topic=f"tw/1/{gateway}/data/3",
        payload=payload,
        received_ms=received_ms,
    )


def message(*frames: Frame, seq: int = 1, low: int = 1) -> Inbound:
    return inbound(
        wire.encode(wire.DataMessage(stream=7, seq=seq, low=low, sent=NOW, frames=list(frames)))
    )


def raw(frames: str, seq: int = 1) -> Inbound:
    return inbound(b'{"stream":7,"seq":%d,"low":1,"sent":1,"frames":%s}' % (seq, frames.encode()))


def speeds(asset: str, *values: float | None, at: int = NOW) -> Frame:
    times = [at + n * 1000 for n in range(len(values))]
    return Frame(asset=asset, t=times, m={"speed": list(values)})


def only(admission: Admission) -> tuple[list[float | None], list[Reason]]:
    """Stored speeds in order, and the reasons of the first message's refusals."""
    found = [
        None if math.isnan(value) else round(float(value), 4)
        for block in admission.blocks
        for value in block.values[:, 0]
    ]
    quarantined = admission.quarantined.get(0)
    return found, [one.reason for one in quarantined.refused] if quarantined else []


def test_a_good_message_is_stored_whole() -> None:
    water = Frame(asset="W1", t=[NOW], m={"pressure": [400.0], "level": [None]})
    admission = admit([message(speeds("L1", 0.0, 1.72, None), water)], bindings())
    assert not admission.quarantined
    header = admission.headers[0]
    assert header is not None
    assert (header.stream, header.delivery.seq, header.delivery.samples) == (7, 1, 3)
    by_class = {block.kind.name: block for block in admission.blocks}
    assert by_class["lift"].at_ms.tolist() == [NOW, NOW + 1000, NOW + 2000]
    assert by_class["fire_water"].metrics == ("pressure", "level")


@pytest.mark.parametrize(
    ("frames", "reason"),
    [
        ('[{"asset":"L9","t":[%d],"m":{"speed":[1]}}]', Reason.UNKNOWN_ASSET),
        ('[{"asset":"F1","t":[%d],"m":{"speed":[1]}}]', Reason.FOREIGN_ASSET),
        ('[{"asset":"L1","t":[%d],"m":{"colour":[1]}}]', Reason.UNKNOWN_METRIC),
        ('[{"asset":"L1","t":[%d],"m":{"speed":[99]}}]', Reason.OUT_OF_RANGE),
        ('[{"asset":"L1","t":[%d],"m":{"speed":[1e300]}}]', Reason.OUT_OF_RANGE),
        ('[{"asset":"L1","t":[%d],"m":{"speed":[NaN]}}]', Reason.NOT_A_NUMBER),
        ('[{"asset":"L1","t":[%d],"m":{"speed":[-Infinity]}}]', Reason.NOT_A_NUMBER),
        ('[{"asset":"L1","t":[%d],"m":{"speed":[1e999]}}]', Reason.NOT_A_NUMBER),
        ('[{"asset":"L1","t":[%d],"m":{"speed":[true]}}]', Reason.WRONG_TYPE),
        ('[{"asset":"L1","t":[%d],"m":{"speed":["1"]}}]', Reason.WRONG_TYPE),
        ('[{"asset":"L1","t":[%d],"m":{"speed":7}}]', Reason.WRONG_TYPE),
        ('[{"asset":7,"t":[%d],"m":{"speed":[1]}}]', Reason.WRONG_TYPE),
        ('[{"asset":"L1","t":[%d],"m":{"speed":[1,2]}}]', Reason.LENGTHS_DIFFER),
        ('[{"asset":"L1","t":[%d],"m":{"speed":[]}}]', Reason.LENGTHS_DIFFER),
    ],
)
def test_a_bad_value_is_refused_with_its_reason_and_the_rest_is_stored(
    frames: str, reason: Reason
) -> None:
    mixed = (frames % NOW)[:-1] + f',{{"asset":"L2","t":[{NOW}],"m":{{"speed":[0.5]}}}}]'
    for text, stored in ((frames % NOW, []), (mixed, [0.5])):
        admission = admit([raw(text)], bindings(None, "F1"))
        assert only(admission) == (stored, [reason])
        header = admission.headers[0]
        assert header is not None
        assert header.delivery.is_quarantined is not bool(stored)
        assert header.delivery.samples_refused == (2 if "[1,2]" in text else "[]" not in text)


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        (NOW + 300_001, Reason.FUTURE_TIME),
        (12, Reason.IMPOSSIBLE_TIME),
        (-5, Reason.IMPOSSIBLE_TIME),
        (253_402_300_800_000, Reason.IMPOSSIBLE_TIME),
        (10**30, Reason.IMPOSSIBLE_TIME),
    ],
)
def test_a_row_with_an_impossible_time_is_refused_alone(at: int, reason: Reason) -> None:
    frame = Frame(asset="L1", t=[NOW, at], m={"speed": [0.5, 0.6]})
    assert only(admit([message(frame)], bindings())) == ([0.5], [reason])


def test_the_future_begins_five_minutes_ahead() -> None:
    frame = Frame(asset="L1", t=[NOW + 300_000], m={"speed": [0.5]})
    assert only(admit([message(frame)], bindings())) == ([0.5], [])


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (b'{"stream":7,"seq":3,"frames":[', Reason.BAD_JSON),
        (b'{"stream":7,"seq":3,"x":"\xff"', Reason.BAD_UTF8),
        (b'{"stream":7,"seq":3,"low":1,"sent":1}', Reason.BAD_SHAPE),
        (b'{"stream":7,"seq":3,"low":1,"sent":1,"frames":[]}' + b" " * 300_000, Reason.OVERSIZE),
    ],
)
def test_what_cannot_be_decoded_is_refused_whole_under_its_identity(
    payload: bytes, reason: Reason
) -> None:
    admission = admit([inbound(payload)], bindings())
    found = admission.quarantined[0]
    assert (found.reason, found.stream, found.seq, found.refused) == (reason, 7, 3, ())
    header = admission.headers[0]
    assert header is not None
    assert header.delivery.is_quarantined


@pytest.mark.parametrize("payload", [b"", b"null", b"[]", b"\x00\xff", b"[" * 5000, b"{}"])
def test_bytes_without_identity_have_no_ledger(payload: bytes) -> None:
    admission = admit([inbound(payload)], bindings())
    assert admission.headers == (None,)
    assert set(admission.quarantined) == {0}


def test_a_topic_outside_the_grammar_is_refused() -> None:
    good = message(speeds("L1", 0.5)).payload
    admission = admit([inbound(good, gateway="Gw+1")], bindings())
    assert admission.quarantined[0].reason is Reason.BAD_TOPIC
    assert not admission.blocks


def test_messages_of_a_batch_do_not_mix() -> None:
    batch = [message(speeds("L1", 0.1), seq=1), raw("7", 2), message(speeds("L9", 1.0), seq=3)]
    admission = admit([*batch, message(speeds("L2", 0.2, 0.3), seq=4)], bindings())
    assert [h.delivery.samples for h in admission.headers if h] == [1, 0, 0, 2]
    (block,) = admission.blocks
    assert block.message.tolist() == [0, 3, 3]
    assert block.asset.tolist() == [1, 2, 2]
    part = admission.part(admission.batch[2:])
    assert part.blocks[0].message.tolist() == [1, 1]
    assert set(part.quarantined) == {0}


def test_a_rebound_code_means_what_it_meant_at_the_time() -> None:
    old = Bound(asset_id=1, kind=LIFT, from_ms=NOW - 5000, until_ms=NOW)
    new = Bound(asset_id=2, kind=LIFT, from_ms=NOW + 1000, until_ms=EVER)
    found = bindings(codes_of([("L1", new), ("L1", old)]))
    frame = Frame(asset="L1", t=[NOW - 9000, NOW, NOW + 1000], m={"speed": [0.1, 0.2, 0.3]})
    admission = admit([message(frame)], found)
    (block,) = admission.blocks
    assert block.asset.tolist() == [1, 2]
    assert only(admission) == ([0.1, 0.3], [Reason.UNKNOWN_ASSET])


def test_an_absent_sensor_is_a_row_without_a_value() -> None:
    admission = admit([message(speeds("L1", None))], bindings())
    assert only(admission) == ([None], [])


def test_copy_bytes_hold_every_row_and_leave_out_absent_values() -> None:
    frames = [
        Frame(asset="L1", t=[NOW, NOW + 1], m={"speed": [0.5, None], "motor_temp": [None, 40.0]}),
        Frame(asset="L2", t=[NOW], m={"motor_temp": [41.0]}),
    ]
    made = copy_bytes(LIFT, admit([message(*frames)], bindings()).blocks)
    row = 2 + 12 + 8 + 4 * len(LIFT.metrics)
    assert made.startswith(HEADER)
    assert made.endswith(TRAILER)
    assert len(made) == len(HEADER) + 3 * (row + 4) + len(TRAILER)


def test_float32_is_judged_before_it_is_rounded() -> None:
    metric = LIFT.metric("speed")
    assert metric is not None
    values = [metric.high, float(np.nextafter(metric.high, np.inf))]
    found, refused = only(admit([message(speeds("L1", *values))], bindings()))
    assert (found, refused) == ([metric.high], [Reason.OUT_OF_RANGE])


def test_a_message_of_more_days_than_a_transaction_can_make_is_kept_aside() -> None:
    day = 86_400_000
    times = [NOW - n * day for n in range(MOST_DAYS + 1)]
    many = Frame(asset="L1", t=times, m={"speed": [1.0] * len(times)})
    spread = Frame(asset="L2", t=times[:-1], m={"speed": [1.0] * MOST_DAYS})
    batch = [message(many, seq=1), message(spread, seq=2), message(speeds("L1", 0.5), seq=3)]
    admission = admit(batch, bindings())
    assert {n: one.reason for n, one in admission.quarantined.items()} == {
        0: Reason.IMPOSSIBLE_TIME
    }
    assert touched(admission.blocks) == MOST_DAYS
    headers = [one.delivery for one in admission.headers if one is not None]
    assert [one.samples for one in headers] == [0, MOST_DAYS, 1]
    assert [one.samples_refused for one in headers] == [MOST_DAYS + 1, 0, 0]

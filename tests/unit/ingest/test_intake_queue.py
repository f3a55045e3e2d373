"""Requests of the second path and their promises."""

from gateway.topic import Lane, gateway_id
from ingest.batch import Inbound, Path
from ingest.intake_queue import IntakeQueue


def test_a_request_that_gave_up_stops_nothing() -> None:
    waiting = IntakeQueue()
    messages = [
        Inbound(
            gateway=gateway_id("gw-a"),
            lane=Lane.ALARM,
            topic="tw/1/gw-a/alarm",
            payload=b"{}",
            received_ms=seq,
            path=Path.HTTPS,
        )
        for seq in range(2)
    ]
    gone, there = (waiting.put(message) for message in messages)
    assert gone.cancel()
    waiting.committed(waiting.take(most=9, most_bytes=999, age_s=0), [])
    assert there.result(0) is None
    assert not there.cancel()

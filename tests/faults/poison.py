"""Messages that cannot be right; each has an identity of its own or none that can be read."""

from typing import Final

_STREAM: Final = b'"stream":9,"seq":%d,"low":1,"sent":1763766001234,'


def _alarm(seq: int, events: bytes) -> bytes:
    return b"{" + _STREAM % seq + b'"events":' + events + b"}"


def _data(seq: int, frames: bytes) -> bytes:
    return b"{" + _STREAM % seq + b'"frames":' + frames + b"}"


_GOOD: Final = b'{"asset":"POISON-%d","at":%s,"event":"fire_alarm","state":"raise"}'

ALARM_POISON: Final = (
    b"",
    b"\x00",
    b"\xff\xfe\xfd",
    b"not json",
    b"[]",
    b"{}",
    b"null",
    b"[" * 5000,
    b'{"a":' * 2000,
    b'{"stream":"x","seq":[],"events":{}}',
    _alarm(1, b"[]"),
    _alarm(2, b"[null,5,{}]"),
    _alarm(3, b"[" + _GOOD % (3, b"NaN") + b"]"),
    _alarm(4, b"[" + _GOOD % (4, b"-9e99") + b"]"),
    _alarm(5, b"[" + _GOOD % (5, b"0") + b"]"),
    _alarm(6, b'[{"asset":"POISON-6\\u0000\\ud800","at":1,"event":"","state":"raise"}]'),
    _alarm(7, b"[" + _GOOD % (7, b"4070908800000") + b"]"),
    _alarm(8, b'[{"asset":"' + b"x" * 60_000 + b'","at":1,"event":"fire_alarm","state":"raise"}]'),
    _alarm(9, b"[" + b",".join([_GOOD % (9, b"1")] * 300) + b"]"),
    _alarm(10, b'[{"asset":"POISON-10","at":1,"event":"no_such_event","state":"raise"}]'),
    _alarm(
        11,
        b"[" + _GOOD % (11, b"1"),
    ),
    b"{" + _STREAM % 2**60 + b'"events":[' + _GOOD % (12, b"1") + b"]}",
)

DATA_POISON: Final = (
    b"",
    b"\xc3\x28",
    b"{",
    b'{"stream":-1}',
    _data(1, b"[]"),
    _data(2, b'[{"asset":"L-1-1","t":[1],"m":{"speed":[NaN]}}]'),
    _data(3, b'[{"asset":"L-1-1","t":[1,2],"m":{"speed":[1.0]}}]'),
    _data(4, b'[{"asset":"NOBODY","t":[1763766000000],"m":{"speed":[1.0]}}]'),
    _data(5, b'[{"asset":"L-1-1","t":["x"],"m":{"speed":["y"]}}]'),
    _data(6, b'[{"asset":"L-1-1","t":[99999999999999999],"m":{"speed":[1e308]}}]'),
    _data(7, b'[{"asset":"L-1-1","t":[1763766000000],"m":{"no_such_metric":[1.0]}}]'),
    _data(8, b'"' + b"x" * 100_000 + b'"'),
    _data(
        9, b'[{"asset":"L-1-1","t":[1763766000000],"m":{"speed":[{"deep":' + b"[" * 900 + b"]}}]"
    ),
)

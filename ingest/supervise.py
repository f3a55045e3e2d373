"""What must be said about a gateway, from what is known of it: a pure comparison.

Nothing is remembered between two looks but what stands raised in the database, so that a
restart neither repeats nor forgets a finding.
"""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from statistics import median
from typing import Final

from gateway.catalogue import EventKind
from gateway.catalogue.platform import (
    ALARM_UNREADABLE,
    CLOCK_SKEW,
    GATEWAY_SILENT,
    MESSAGES_MISSING,
    OUTBOX_FULL,
    PLATFORM_CLOCK,
    QUARANTINE_FULL,
)
from gateway.topic import GatewayId
from ingest.platform_event import PLATFORM, Finding

SILENT_MS: Final = 30_000
"""Two heartbeats of 15 s: a gateway that is silent for longer has lost contact."""
SKEW_MS: Final = 5_000
SKEW_OVER_MS: Final = 4_000
"""A clock that was wrong is right again below this [ms], so that it does not flicker."""
SKEW_WAIT_MS: Final = 35_000
"""Two heartbeats and some: how long after our own clock was set all gateways are heard by it."""
MANY_CLOCKS: Final = 3
"""Fewer gateways than these say nothing about the platform's clock."""
AGREEING_SHARE: Final = 2 / 3
"""Part of the gateways that must agree with each other against the platform's clock."""
AGREE_MS: Final = 2_500
"""Clocks agree that differ by no more [ms]: half of what is called wrong."""
MISSING_WAIT_MS: Final = 45_000
"""A heartbeat may still say that missing messages were shed; they are an alarm after this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a gateway.

    Attributes:
        lane: The lane that was heard least lately; None when no heartbeat ever came.
        heard_ms: When it was heard [ms UTC].
        skew_ms: Gateway clock minus ours, twice in a row [ms]; None when unknown.
        missing: Messages missing in this hour and the last.
        shed: Messages shed in this hour and the last.
        unreadable: Alarm-lane messages in quarantine that nobody has looked at.
    """

    gateway: GatewayId
    lane: str | None
    heard_ms: int | None
    skew_ms: int | None
    missing: int
    shed: int
    is_quarantine_full: bool
    unreadable: int
    is_revoked: bool


Standing = AbstractSet[tuple[GatewayId, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """How well we hear, ourselves.

    Attributes:
        since_ms: Since when heartbeats would have been heard [ms UTC]; None while we are deaf,
            and then nobody is called silent.
        clock_set_ms: When our own clock was set last, by itself [ms UTC]; None: never.
    """

    since_ms: int | None
    clock_set_ms: int | None = None


def judge(
    facts: Sequence[Facts],
    standing: Standing,
    hearing: Hearing,
    *,
    now_ms: int,
    missing_since_ms: dict[GatewayId, int],
) -> list[Finding]:
    """What to raise and what to clear.

    Where most gateways agree with each other and not with us, our own clock is wrong (or theirs,
    from one source): that is said once, of the platform, and not of each of them.

    Args:
        standing: (gateway, condition) that are raised.
        missing_since_ms: When each gateway's missing messages were first seen; kept by the
            caller between looks, and begun anew by a restart.
    """
    stands = (PLATFORM, PLATFORM_CLOCK.name) in standing
    offset_ms = common_offset_ms(facts, now_ms, SKEW_OVER_MS if stands else SKEW_MS)
    found = [
        finding for one in facts for finding in _of(one, now_ms, hearing.since_ms, missing_since_ms)
    ]
    if _can_tell_clocks(facts, hearing, now_ms, stands=stands):
        found += [finding for one in facts for finding in _skew(one, offset_ms)]
        found += _platform_clock(offset_ms)
    return [one for one in found if one.holds is not ((one.gateway, one.kind.name) in standing)]


def common_offset_ms(facts: Sequence[Facts], now_ms: int, least_ms: int = SKEW_MS) -> int:
    """By how much the gateways that are heard differ from our clock, all alike [ms].

    Returns:
        Their median offset where it is more than `least_ms` and two in three of at least
        three gateways lie close to it; else 0.
    """
    offsets = _offsets_ms(facts, now_ms)
    if len(offsets) < MANY_CLOCKS:
        return 0
    middle = round(median(offsets))
    agreeing = sum(abs(offset - middle) <= AGREE_MS for offset in offsets)
    is_common = abs(middle) > least_ms and agreeing >= AGREEING_SHARE * len(offsets)
    return middle if is_common else 0


def _offsets_ms(facts: Sequence[Facts], now_ms: int) -> list[int]:
    """What gateways that are heard differ from our clock [ms]."""
    return [
        one.skew_ms
        for one in facts
        if one.skew_ms is not None
        and one.heard_ms is not None
        and abs(now_ms - one.heard_ms) <= SILENT_MS
        and not one.is_revoked
    ]


def _can_tell_clocks(
    facts: Sequence[Facts], hearing: Hearing, now_ms: int, *, stands: bool
) -> bool:
    """Whether clocks can be compared now: not while we are deaf, or ours was just set.

    A platform's clock that was wrong is not right because fewer gateways are heard.
    """
    set_ms = hearing.clock_set_ms
    if hearing.since_ms is None or (set_ms is not None and now_ms - set_ms < SKEW_WAIT_MS):
        return False
    offsets = _offsets_ms(facts, now_ms)
    is_right = bool(offsets) and all(abs(offset) < SKEW_OVER_MS for offset in offsets)
    return not stands or len(offsets) >= MANY_CLOCKS or is_right


def _of(
    one: Facts,
    now_ms: int,
    listening_since_ms: int | None,
    missing_since_ms: dict[GatewayId, int],
) -> Iterator[Finding]:
    if one.is_revoked:
        for kind in (GATEWAY_SILENT, CLOCK_SKEW, MESSAGES_MISSING, OUTBOX_FULL, QUARANTINE_FULL):
            yield _finding(one, kind, holds=False)
        return
    yield from _silence(one, now_ms, listening_since_ms)
    yield from _missing(one, now_ms, missing_since_ms)
    yield _finding(one, OUTBOX_FULL, holds=one.shed > 0, detail=f"{one.shed} messages shed")
    yield _finding(one, QUARANTINE_FULL, holds=one.is_quarantine_full)
    if not one.unreadable:
        yield _finding(one, ALARM_UNREADABLE, holds=False)


def _silence(one: Facts, now_ms: int, since_ms: int | None) -> Iterator[Finding]:
    if one.heard_ms is None or since_ms is None:
        return
    # A time ahead of the clock was written before the clock was set back: it says nothing.
    is_ahead = one.heard_ms > now_ms
    silent_ms = now_ms - (since_ms if is_ahead else max(one.heard_ms, since_ms))
    if silent_ms > SILENT_MS:
        detail = f"lane {one.lane}: no heartbeat since {now_ms - one.heard_ms} ms"
        yield _finding(one, GATEWAY_SILENT, holds=True, detail=detail)
    elif not is_ahead and now_ms - one.heard_ms <= SILENT_MS:
        yield _finding(one, GATEWAY_SILENT, holds=False)


def _skew(one: Facts, offset_ms: int) -> Iterator[Finding]:
    if one.skew_ms is None or one.is_revoked:
        return
    is_of_the_platform = offset_ms != 0 and abs(one.skew_ms - offset_ms) <= AGREE_MS
    if abs(one.skew_ms) < SKEW_OVER_MS or is_of_the_platform:
        yield _finding(one, CLOCK_SKEW, holds=False)
    elif abs(one.skew_ms) > SKEW_MS:
        detail = f"gateway clock minus platform clock: {one.skew_ms} ms"
        yield _finding(one, CLOCK_SKEW, holds=True, detail=detail)


def _platform_clock(offset_ms: int) -> Iterator[Finding]:
    detail = f"most gateways' clocks minus platform clock: {offset_ms} ms" if offset_ms else ""
    yield Finding(gateway=PLATFORM, kind=PLATFORM_CLOCK, holds=offset_ms != 0, detail=detail)


def _missing(one: Facts, now_ms: int, missing_since_ms: dict[GatewayId, int]) -> Iterator[Finding]:
    if one.missing <= 0:
        missing_since_ms.pop(one.gateway, None)
        yield _finding(one, MESSAGES_MISSING, holds=False)
    elif now_ms - missing_since_ms.setdefault(one.gateway, now_ms) >= MISSING_WAIT_MS:
        detail = f"{one.missing} messages missing"
        yield _finding(one, MESSAGES_MISSING, holds=True, detail=detail)


def _finding(one: Facts, kind: EventKind, *, holds: bool, detail: str = "") -> Finding:
    return Finding(gateway=one.gateway, kind=kind, holds=holds, detail=detail if holds else "")

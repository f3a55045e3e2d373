"""Samples against the catalogue: which values are stored, which are refused and why.

A batch of messages is turned into a few blocks, one for each set of metrics that came together;
everything that costs time is done on whole columns. Bad values are refused one by one with a
reason and the rest of their message is stored; only what cannot be decoded is refused as a whole.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
from numpy.typing import NDArray

from gateway import wire
from gateway.errors import BadMessage
from gateway.wire import DataMessage, Frame
from ingest import lenient
from ingest.batch import Inbound, Quarantined, Reason, Refusal, clean
from ingest.binding import Bindings, Bound, Codes
from ingest.column import Block, Group, Judged
from ingest.ledger import Delivery
from ingest.scatter import scattered

_GATEWAY: Final = re.compile(r"[a-z0-9-]{3,40}")
MAX_REFUSALS: Final = 20
"""Refusals told apart in one quarantine row; the rest is counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Whose message, which number, and what became of its values; None: identity unknown."""

    stream: int
    delivery: Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """A batch after admission, ready to be stored.

    Attributes:
        headers: One for each message of the batch, in order; None where nobody can tell.
        blocks: Rows to store; `Block.message` points into the batch.
        quarantined: Messages refused, in whole or in part, by their place in the batch.
        unknown_codes: Codes that mean nothing at their gateway and are not known to be foreign.
    """

    batch: tuple[Inbound, ...]
    headers: tuple[Header | None, ...]
    blocks: tuple[Block, ...]
    quarantined: dict[int, Quarantined]
    unknown_codes: frozenset[str] = frozenset()

    def part(self, messages: Sequence[Inbound]) -> "Admission":
        """The same for some messages of the batch only, told by being the same objects."""
        wanted = {id(message) for message in messages}
        chosen = [n for n, message in enumerate(self.batch) if id(message) in wanted]
        others = np.ones(len(self.batch), dtype=np.bool_)
        others[chosen] = False
        place = np.zeros(len(self.batch), dtype=np.int32)
        place[chosen] = np.arange(len(chosen))
        return Admission(
            batch=tuple(self.batch[n] for n in chosen),
            headers=tuple(self.headers[n] for n in chosen),
            blocks=tuple(block.without(others).renumbered(place) for block in self.blocks),
            quarantined={
                int(place[n]): self.quarantined[n] for n in chosen if n in self.quarantined
            },
        )


@dataclass(slots=True, kw_only=True)
class _Open:
    """A batch being admitted."""

    bindings: Bindings
    groups: dict[tuple[str, ...], Group] = field(default_factory=dict)
    refusals: dict[int, list[Refusal]] = field(default_factory=dict)
    whole: dict[int, Quarantined] = field(default_factory=dict)
    identities: list[tuple[int, int, int] | None] = field(default_factory=list)

    def refuse(self, message: int, refused: Refusal) -> None:
        self.refusals.setdefault(message, []).append(refused)


def admit(batch: Sequence[Inbound], bindings: Bindings) -> Admission:
    """What of a batch of data-lane messages is stored, and what is refused.

    Args:
        batch: Messages in order of receipt.
        bindings: What the codes of their gateways mean.
    """
    work = _Open(bindings=bindings)
    for index, inbound in enumerate(batch):
        frames = _frames(work, index, inbound)
        _take(work, index, frames, bindings.of(inbound.gateway))
    received = np.array([inbound.received_ms for inbound in batch], dtype=np.int64)
    blocks = []
    stored = np.zeros(len(batch), dtype=np.int64)
    for group in work.groups.values():
        judged = group.judge(received)
        _note(work, judged)
        if judged.block is not None:
            blocks.append(judged.block)
            stored += judged.block.values_by_message(len(batch))
    gone = scattered(blocks, len(batch))
    for place in map(int, np.flatnonzero(gone)):
        values = int(stored[place])
        work.refuse(place, Refusal(reason=Reason.IMPOSSIBLE_TIME, asset="", values=values))
    if gone.any():
        blocks = [block.without(gone) for block in blocks]
        stored[gone] = 0
    return _close(work, batch, blocks, stored)


def _frames(work: _Open, index: int, inbound: Inbound) -> Sequence[Frame]:
    if not _GATEWAY.fullmatch(inbound.gateway):
        return _refused_whole(work, index, inbound, Reason.BAD_TOPIC, f"topic {inbound.topic!r}")
    try:
        message = wire.decode_data(inbound.payload)
    except BadMessage as error:
        return _mended(work, index, inbound, error)
    work.identities.append((message.stream, message.seq, message.low))
    return message.frames


def _mended(work: _Open, index: int, inbound: Inbound, error: BadMessage) -> Sequence[Frame]:
    """The frames of a message that the strict decoder refused, or none of them."""
    mended = _lenient(inbound.payload)
    if mended is None or len(inbound.payload) > wire.MAX_DATA_BYTES:
        reason = lenient.REASONS[error.fault]
        return _refused_whole(work, index, inbound, reason, error.detail)
    message, refused = mended
    work.identities.append((message.stream, message.seq, message.low))
    for one in refused:
        work.refuse(index, one)
    return message.frames


def _refused_whole(
    work: _Open, index: int, inbound: Inbound, reason: Reason, detail: str
) -> Sequence[Frame]:
    found = lenient.identity(inbound.payload)
    work.identities.append(found)
    work.whole[index] = Quarantined(
        message=inbound,
        reason=reason,
        detail=clean(detail),
        stream=found[0] if found else None,
        seq=found[1] if found else None,
    )
    return ()


def _lenient(payload: bytes) -> tuple[DataMessage, list[Refusal]] | None:
    try:
        value = lenient.loads(payload, may_mend=False)
    except ValueError:
        return None
    if not isinstance(value, dict) or not isinstance(value.get("frames"), list):
        return None
    stream = lenient.integer(value.get("stream"), 0, 2**53)
    seq = lenient.integer(value.get("seq"), 1, 2**53)
    if stream is None or seq is None:
        return None
    frames: list[Frame] = []
    refused: list[Refusal] = []
    for item in value["frames"] if isinstance(value["frames"], list) else ():
        frame, bad = lenient.frame_of(item)
        refused += bad
        if frame is not None:
            frames.append(frame)
    low = lenient.integer(value.get("low"), 1, 2**53) or 1
    sent = lenient.integer(value.get("sent"), 0, 2**53) or 0
    return DataMessage(stream=stream, seq=seq, low=low, sent=sent, frames=frames), refused


def _take(work: _Open, index: int, frames: Sequence[Frame], codes: Codes) -> None:
    """Sort frames into groups of the same class and metrics. The hot loop: keep it bare."""
    groups, always = work.groups, codes.always
    for frame in frames:
        bound = always.get(frame.asset)
        metrics, rows = frame.m, len(frame.t)
        if bound is None or set(map(len, metrics.values())) != {rows}:
            _take_slowly(work, index, frame, codes)
            continue
        key = (bound.kind.name, *metrics)
        group = groups.get(key)
        if group is None:
            group = groups[key] = Group(bound.kind, tuple(metrics))
        group.assets.append(bound.asset_id)
        group.frames.append(frame)
        group.messages.append(index)
        group.counts.append(rows)


def _take_slowly(work: _Open, index: int, frame: Frame, codes: Codes) -> None:
    rows = len(frame.t)
    metrics = {}
    for name, values in frame.m.items():
        if len(values) == rows:
            metrics[name] = values
            continue
        work.refuse(index, lenient.lengths_differ(frame.asset, name, len(values), rows))
    if not metrics:
        return
    for row, at in enumerate(frame.t):
        bound = codes.at(frame.asset, at)
        if bound is None:
            _refuse_row(work, index, frame, at, len(metrics))
            continue
        single = {name: [values[row]] for name, values in metrics.items()}
        _take_row(work, index, Frame(asset=frame.asset, t=[at], m=single), bound)


def _refuse_row(work: _Open, index: int, frame: Frame, at: int, values: int) -> None:
    is_foreign = frame.asset in work.bindings.foreign
    reason = Reason.FOREIGN_ASSET if is_foreign else Reason.UNKNOWN_ASSET
    work.refuse(index, Refusal(reason=reason, asset=frame.asset, at_ms=at, values=values))


def _take_row(work: _Open, index: int, frame: Frame, bound: Bound) -> None:
    key = (bound.kind.name, *frame.m)
    group = work.groups.get(key)
    if group is None:
        group = work.groups[key] = Group(bound.kind, tuple(frame.m))
    group.assets.append(bound.asset_id)
    group.frames.append(frame)
    group.messages.append(index)
    group.counts.append(1)


def _note(work: _Open, judged: Judged) -> None:
    for message, refused in judged.refused:
        work.refuse(message, refused)


def _close(
    work: _Open, batch: Sequence[Inbound], blocks: list[Block], stored: NDArray[np.int64]
) -> Admission:
    quarantined = dict(work.whole)
    headers: list[Header | None] = []
    for index, (inbound, found) in enumerate(zip(batch, work.identities, strict=True)):
        refused = work.refusals.get(index, [])
        count = sum(one.values for one in refused)
        is_whole = index in work.whole or (bool(refused) and not stored[index])
        if refused:
            quarantined[index] = _partly(inbound, found, refused, is_whole=is_whole)
        if found is None:
            headers.append(None)
            continue
        delivery = Delivery(
            seq=found[1],
            low=found[2],
            is_quarantined=is_whole,
            samples=int(stored[index]),
            samples_refused=count,
        )
        headers.append(Header(stream=found[0], delivery=delivery))
    return Admission(
        batch=tuple(batch),
        headers=tuple(headers),
        blocks=tuple(blocks),
        quarantined=quarantined,
        unknown_codes=frozenset(
            one.asset
            for refused in work.refusals.values()
            for one in refused
            if one.reason is Reason.UNKNOWN_ASSET
        ),
    )


def _partly(
    inbound: Inbound,
    found: tuple[int, int, int] | None,
    refused: list[Refusal],
    *,
    is_whole: bool,
) -> Quarantined:
    counts: dict[Reason, int] = {}
    for one in refused:
        counts[one.reason] = counts.get(one.reason, 0) + one.values
    said = ", ".join(f"{many} {reason}" for reason, many in sorted(counts.items()))
    rest = "nothing else was in it" if is_whole else "the rest is stored"
    return Quarantined(
        message=inbound,
        reason=max(counts, key=lambda reason: counts[reason]),
        detail=f"values refused: {said}; {rest}",
        stream=found[0] if found else None,
        seq=found[1] if found else None,
        refused=tuple(refused[:MAX_REFUSALS]),
    )

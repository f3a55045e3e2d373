"""The host's rules, core: who is born, what an alias means, what is missing, who is dead.

Every value is given on at once, whatever its number: an alarm does not wait for a message that may
never come. The numbers show what was lost; after a pause for late ones the node is asked to say
everything anew, which brings the state that the lost message had changed.

References:
    Eclipse Sparkplug 3.0.0: clause 6.4 (births, deaths, seq, bdSeq), chapter 5 (host application,
    reordering, rebirth). NBIRTH may begin with any seq (chapters 4 and 6 differ).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Final

from gateway.drivers.sparkplug.payload import BD_SEQ, Metric, Payload, Value
from gateway.drivers.sparkplug.topic import Kind, Node, Where
from gateway.patience import backoff

REORDER_S: Final = 2.0
"""How long a missing number may still come [s]."""
AHEAD_MS: Final = 600_000
"""A node's clock may be ahead of ours by this [ms]."""
_SEQ: Final = 256
_MOST_NODES: Final = 5_000
_FIRST_PAUSE_S, _LONGEST_PAUSE_S = 2.0, 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Tag:
    """A metric's value with its name.

    Attributes:
        at_ms: Its own time [ms UTC]; the time of arrival where it has none.
        is_live: False for a value of the past: said to be historical, or older than one known.
        is_doubtful: Older than one known, in a message that came in its turn and does not say so: the
            node's clock may have been set back, so what it raises stands, and it ends nothing.
    """

    name: str
    value: Value
    at_ms: int
    is_live: bool
    is_doubtful: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Values of a device; `is_birth` when they are all that it has."""

    where: Where
    tags: tuple[Tag, ...]
    is_birth: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """A device is offline: nothing that is known of it is so any more."""

    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class AskRebirth:
    """The node shall say everything anew."""

    node: Node
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost:
    """Messages of a node that never came."""

    node: Node
    count: int


Outcome = Heard | Gone | AskRebirth | Lost


@dataclass(slots=True)
class _Known:
    name: str
    datatype: int
    at_ms: int = 0


@dataclass(slots=True)
class _Born:
    """What a birth declared."""

    names: dict[str, _Known] = field(default_factory=dict)
    aliases: dict[int, _Known] = field(default_factory=dict)


@dataclass(slots=True)
class _NodeState:
    is_online: bool = False
    bd_seq: Value = None
    expected: int | None = None
    missing: set[int] = field(default_factory=set)
    missing_since_s: float = 0.0
    born: dict[str, _Born] = field(default_factory=dict)
    asked: int = 0
    may_ask_s: float = 0.0
    reborn_s: float = 0.0


class Host:
    """Knows every node and device; for one thread. Bounded."""

    def __init__(self, *, rebirth_every_s: float = 0.0) -> None:
        """Make a host that knows nobody.

        Args:
            rebirth_every_s: A node says everything anew at least this often [s]; 0: only when
                something is missing.
        """
        self._nodes: dict[Node, _NodeState] = {}
        self._rebirth_every_s = rebirth_every_s

    def take(
        self, kind: Kind, where: Where, payload: Payload, now_ms: int, now_s: float
    ) -> list[Outcome]:
        """What a message means, in order."""
        state = self._state(where.of)
        match kind:
            case Kind.NDEATH:
                return list(self._node_dies(state, where.of, payload))
            case Kind.NBIRTH:
                return list(self._node_is_born(state, where, payload, now_ms, now_s))
        found: list[Outcome] = []
        is_in_turn = self._count(state, payload, now_s)
        if not state.is_online:
            found += self._ask(state, where.of, "no birth was heard", now_s)
        if kind is Kind.DDEATH:
            if state.born.pop(where.device, None) is not None:
                found.append(Gone(where=where))
            return found
        if kind is Kind.DBIRTH:
            state.born[where.device] = _born(payload)
        for one in self._heard(state, where, payload, kind, now_ms, now_s):
            if isinstance(one, Heard) and not is_in_turn:
                found.append(
                    replace(one, tags=tuple(replace(t, is_doubtful=False) for t in one.tags))
                )
                continue
            found.append(one)
            if isinstance(one, Heard) and any(tag.is_doubtful for tag in one.tags):
                found += self._ask(state, where.of, "its clock was set back", now_s)
        return found

    def ask(self, node: Node, now_s: float) -> list[Outcome]:
        """Births are not retained: who was born before the host was there must say all anew."""
        return self._ask(self._state(node), node, "the host has begun", now_s)

    def tick(self, now_s: float) -> list[Outcome]:
        """Let time pass: numbers that did not come are lost, and rebirths are due."""
        found: list[Outcome] = []
        for node, state in self._nodes.items():
            if state.missing and now_s - state.missing_since_s >= REORDER_S:
                found.append(Lost(node=node, count=len(state.missing)))
                state.missing.clear()
                found += self._ask(state, node, "messages are missing", now_s)
            is_due = self._rebirth_every_s and now_s - state.reborn_s >= self._rebirth_every_s
            if state.is_online and is_due:
                found += self._ask(state, node, "once in a while", now_s)
        return found

    def forget(self) -> list[Outcome]:
        """The connection was lost: deaths may have gone by unheard, so nobody is known."""
        gone: list[Outcome] = [
            Gone(where=Where(node, device))
            for node, state in self._nodes.items()
            for device in ("", *state.born)
            if state.is_online or device
        ]
        self._nodes.clear()
        return list(dict.fromkeys(gone))

    def _state(self, node: Node) -> _NodeState:
        """What is known of a node; strangers in any number crowd out no node that lives."""
        found = self._nodes.get(node)
        if found is None:
            if len(self._nodes) >= _MOST_NODES:
                gone = next((one for one, of in self._nodes.items() if not of.is_online), None)
                del self._nodes[gone or next(iter(self._nodes))]
            found = self._nodes[node] = _NodeState()
        return found

    def _node_is_born(
        self, state: _NodeState, where: Where, payload: Payload, now_ms: int, now_s: float
    ) -> Iterator[Outcome]:
        # A new life of the node: its devices are unknown until their own births.
        for device in state.born:
            if device:
                yield Gone(where=Where(where.of, device))
        bd_seq = payload.metric(BD_SEQ)
        state.bd_seq = bd_seq.content if bd_seq is not None else None
        state.is_online, state.asked, state.may_ask_s, state.reborn_s = True, 0, 0.0, now_s
        state.expected = None if payload.seq is None else (payload.seq + 1) % _SEQ
        state.missing.clear()
        state.born = {"": _born(payload)}
        yield from self._heard(state, where, payload, Kind.NBIRTH, now_ms, now_s)

    @staticmethod
    def _node_dies(state: _NodeState, node: Node, payload: Payload) -> Iterator[Outcome]:
        said = payload.metric(BD_SEQ)
        # The will of an earlier connection may come after the birth of the next one.
        if state.is_online and said is not None and said.content != state.bd_seq:
            return
        for device in dict.fromkeys(("", *state.born)):
            yield Gone(where=Where(node, device))
        state.is_online = False
        state.born.clear()
        state.missing.clear()
        state.expected = None

    @staticmethod
    def _count(state: _NodeState, payload: Payload, now_s: float) -> bool:
        """Note the message's number; whether it came in its turn, as far as its number says."""
        seq = payload.seq
        if seq is None or state.expected is None:
            return True
        seq %= _SEQ
        if seq in state.missing:
            state.missing.discard(seq)
            return False
        ahead = (seq - state.expected) % _SEQ
        if ahead >= _SEQ // 2:
            return False  # An old one that came again.
        if ahead and not state.missing:
            state.missing_since_s = now_s
        state.missing |= {(state.expected + i) % _SEQ for i in range(ahead)}
        state.expected = (seq + 1) % _SEQ
        return True

    def _heard(  # noqa: PLR0913, PLR0917 - one message in its place
        self,
        state: _NodeState,
        where: Where,
        payload: Payload,
        kind: Kind,
        now_ms: int,
        now_s: float,
    ) -> Iterator[Outcome]:
        born = state.born.get(where.device)
        tags: list[Tag] = []
        is_strange = born is None
        for metric in payload.metrics:
            known = _find(born, metric)
            if known is None:
                is_strange = True
                continue
            tags.append(_tag(known, metric, payload, now_ms))
        is_birth = kind in (Kind.NBIRTH, Kind.DBIRTH)
        if tags or is_birth:
            yield Heard(where=where, tags=tuple(tags), is_birth=is_birth)
        if is_strange and not is_birth:
            yield from self._ask(state, where.of, f"{where}: a metric was not in its birth", now_s)

    @staticmethod
    def _ask(state: _NodeState, node: Node, reason: str, now_s: float) -> list[Outcome]:
        """Ask for a rebirth, ever less often while none comes."""
        if now_s < state.may_ask_s:
            return []
        state.may_ask_s = now_s + backoff(state.asked, 0.5, _FIRST_PAUSE_S, _LONGEST_PAUSE_S)
        state.asked += 1
        return [AskRebirth(node=node, reason=reason)]


def _born(payload: Payload) -> _Born:
    born = _Born()
    for metric in payload.metrics:
        known = _Known(metric.name, metric.datatype)
        born.names[metric.name] = known
        if metric.alias is not None:
            born.aliases[metric.alias] = known
    return born


def _find(born: _Born | None, metric: Metric) -> _Known | None:
    if metric.name:
        known = born.names.get(metric.name) if born is not None else None
        # A name says enough to use the value, also when its birth was not heard.
        return known or _Known(metric.name, metric.datatype)
    if born is None or metric.alias is None:
        return None
    return born.aliases.get(metric.alias)


def _tag(known: _Known, metric: Metric, payload: Payload, now_ms: int) -> Tag:
    said = metric.at_ms if metric.at_ms is not None else payload.at_ms
    # A clock that is ahead must not make everything after it look old.
    at_ms = said if said is not None and said <= now_ms + AHEAD_MS else now_ms
    is_live = not metric.is_historical and at_ms >= known.at_ms
    if is_live:
        known.at_ms = at_ms
    return Tag(
        name=known.name,
        value=metric.value(known.datatype),
        at_ms=at_ms,
        is_live=is_live,
        is_doubtful=not is_live and not metric.is_historical,
    )

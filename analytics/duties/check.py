"""What is wrong with a responsibility matrix: gaps, overlaps, and duties that end at nobody."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from itertools import chain, groupby
from typing import Final

from analytics.duties.calendar import Calendar, LocalMoment, atoms
from analytics.duties.matrix import EVERYTHING, Duty, Limit, Matrix, Surroundings, answer, ranked
from gateway.catalogue import ASSET_CLASSES, AssetClass, EventKind, Text, event_kind


class Trouble(StrEnum):
    """What findings are sorted by."""

    GAP = "gaps"
    OVERLAP = "overlaps"
    DEAD_END = "dead_ends"


class Fault(StrEnum):
    """Kinds of findings."""

    GAP = "gap"
    """An event that can be an alarm has no line at some place and time."""
    NO_BUREAU = "no_bureau"
    """Life safety whose line does not tell the bureau."""
    NO_ACCEPTANCE = "no_acceptance"
    """A line that opens an order sets no time in which somebody accepts it."""
    OVERLAP = "overlap"
    """Two equally exact lines hold at once: only their order in the file decides."""
    NEVER_WINS = "never_wins"
    """For every event, place and time a more exact line stands in front of it."""
    REPEATED_LINK = "repeated_link"
    """A chain names a party again: that link is never reached."""
    DEAD_END = "dead_end"
    """At a place nobody answers."""
    NO_CHAIN = "no_chain"
    """At a place nobody is told when nobody acknowledges."""
    NO_PLACE = "no_place"
    """A line or a zone is for a place that the registry does not know."""


_TROUBLE_OF: Final = {
    Fault.GAP: Trouble.GAP,
    Fault.NO_BUREAU: Trouble.GAP,
    Fault.NO_ACCEPTANCE: Trouble.GAP,
    Fault.OVERLAP: Trouble.OVERLAP,
    Fault.NEVER_WINS: Trouble.OVERLAP,
    Fault.REPEATED_LINK: Trouble.DEAD_END,
    Fault.DEAD_END: Trouble.DEAD_END,
    Fault.NO_CHAIN: Trouble.DEAD_END,
    Fault.NO_PLACE: Trouble.DEAD_END,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that is wrong."""

    fault: Fault
    subject: str
    sentence: Text

    @property
    def trouble(self) -> Trouble:
        """What it is sorted by."""
        return _TROUBLE_OF[self.fault]

    @property
    def is_of_file(self) -> bool:
        """Whether the file is to blame, and not a registry in which somebody is missing."""
        return self.fault not in (Fault.DEAD_END, Fault.NO_CHAIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class Registered:
    """What the registry has to say about a matrix.

    Attributes:
        compounds: Each compound with who is there now.
        places: Paths of all places.
    """

    compounds: Sequence[Surroundings]
    places: Collection[str]


def check(matrix: Matrix, registered: Registered | None = None) -> list[Finding]:
    """Everything that is wrong, gaps first.

    Args:
        matrix: The lines.
        registered: The registry; without it only the file itself is judged.
    """
    found = [
        *_walk(matrix),
        *_wrong_lines(matrix.duties),
        *_repeated_links(matrix.duties),
        *([] if registered is None else _against(matrix, registered)),
    ]
    return sorted(found, key=lambda one: tuple(Trouble).index(one.trouble))


def every_event() -> Iterator[tuple[EventKind, AssetClass]]:
    """Each event on each class where it can happen, records and modes too."""
    anywhere = (event_kind("early_warning"), event_kind("unknown_event"))
    for asset_class in ASSET_CLASSES:
        own = {kind.name for kind in asset_class.events}
        others = (kind for kind in anywhere if kind.name not in own)
        for kind in chain(asset_class.events, others):
            yield kind, asset_class


def _walk(matrix: Matrix) -> Iterator[Finding]:
    """Each event at each place that a line names, at each kind of moment."""
    cover = _Cover(matrix)
    winners: set[str] = set()
    told: set[frozenset[str]] = set()
    silent: dict[str, EventKind] = {}
    for kind, asset_class in every_event():
        lines = ranked(matrix.duties, kind, asset_class.name)
        for path in sorted({duty.place_path or "" for duty in lines} | {""}):
            found = cover.of(lines, path)
            winners |= {duty.key for duty in found.winners}
            if kind.is_life_safety:
                mute = (duty.key for duty in found.winners if not duty.tells_bureau)
                silent |= dict.fromkeys(mute, kind)
            if found.uncovered is not None and kind.opens_alarm:
                yield _gap(kind, asset_class, path, found.uncovered)
            for first, second, moment in found.rivals:
                pair = frozenset((first.key, second.key))
                if pair not in told:
                    told.add(pair)
                    yield _overlap(first, second, kind, path, moment)
    yield from _without_bureau(silent)
    yield from _idle(matrix.duties, winners)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Covered:
    """How some lines share the moments at a place.

    Attributes:
        winners: Lines that hold at some moment.
        rivals: Two equally exact lines and a moment at which both hold.
        uncovered: A moment at which none holds.
    """

    winners: tuple[Duty, ...]
    rivals: tuple[tuple[Duty, Duty, LocalMoment], ...]
    uncovered: LocalMoment | None


class _Cover:
    """Kinds of moments as bits, so that a calendar is one number."""

    def __init__(self, matrix: Matrix) -> None:
        self._moments = tuple(atoms(matrix.times.calendars, matrix.times.holidays))
        names = {duty.calendar for duty in matrix.duties}
        self._bits = {name: self._bits_of(matrix.times.calendar(name)) for name in names}
        self._known: dict[tuple[str, ...], _Covered] = {}

    def _bits_of(self, calendar: Calendar) -> int:
        return sum(1 << n for n, moment in enumerate(self._moments) if calendar.holds(moment))

    def of(self, lines: Sequence[Duty], path: str) -> _Covered:
        """How lines in their rank share the moments at a place; the same lines but once."""
        here = [duty for duty in lines if duty.is_at(path)]
        key = tuple(duty.key for duty in here)
        if key not in self._known:
            self._known[key] = self._share(here)
        return self._known[key]

    def _share(self, here: Sequence[Duty]) -> _Covered:
        left = (1 << len(self._moments)) - 1
        winners: list[Duty] = []
        rivals: list[tuple[Duty, Duty, LocalMoment]] = []
        for _, equals in groupby(here, key=lambda duty: duty.rank):
            claimed: list[tuple[Duty, int]] = []
            for duty in equals:
                bits = self._bits[duty.calendar] & left
                for other, theirs in claimed:
                    if both := bits & theirs:
                        rivals.append((other, duty, self._moment(both)))
                    bits &= ~theirs
                claimed.append((duty, bits))
            winners += [duty for duty, bits in claimed if bits]
            for _, bits in claimed:
                left &= ~bits
        uncovered = self._moment(left) if left else None
        return _Covered(winners=tuple(winners), rivals=tuple(rivals), uncovered=uncovered)

    def _moment(self, bits: int) -> LocalMoment:
        return self._moments[(bits & -bits).bit_length() - 1]


def _gap(kind: EventKind, asset_class: AssetClass, path: str, moment: LocalMoment) -> Finding:
    where = path or EVERYTHING
    when = f"{moment.kind} {moment.minute // 60:02d}:{moment.minute % 60:02d}"
    return Finding(
        fault=Fault.GAP,
        subject=f"{kind.name} on {asset_class.name}",
        sentence=Text(
            zh=f"{asset_class.label.zh}“{kind.label.zh}”({kind.name})在 {where}、{when} 无人负责",
            en=f"no line answers for {kind.name} on {asset_class.name} at {where}, {when}",
        ),
    )


def _overlap(first: Duty, second: Duty, kind: EventKind, path: str, moment: LocalMoment) -> Finding:
    where, when = path or EVERYTHING, str(moment)
    return Finding(
        fault=Fault.OVERLAP,
        subject=f"{first.key}, {second.key}",
        sentence=Text(
            zh=f"“{first.key}”与“{second.key}”同样精确,{kind.label.zh}在 {where}、{when} 同时适用",
            en=f"{first.key} and {second.key} are equally exact: both hold for {kind.name} at"
            f" {where}, {when}",
        ),
    )


def _idle(duties: Sequence[Duty], winners: set[str]) -> Iterator[Finding]:
    for duty in duties:
        # The line for everything also catches records of assets that nobody registered.
        is_last = duty.rank == (0, 0, 0, 0)
        if duty.key not in winners and not is_last:
            zh = f"“{duty.key}”从不适用:总有更精确的一条"
            en = f"{duty.key} never applies: others are more exact"
            yield Finding(fault=Fault.NEVER_WINS, subject=duty.key, sentence=Text(zh=zh, en=en))


def _without_bureau(silent: Mapping[str, EventKind]) -> Iterator[Finding]:
    for key, kind in silent.items():
        zh = f"“{key}”涉及生命安全({kind.label.zh}),但不报应急局"
        en = f"{key} is life safety ({kind.name}) and tells no bureau"
        yield Finding(fault=Fault.NO_BUREAU, subject=key, sentence=Text(zh=zh, en=en))


def _wrong_lines(duties: Sequence[Duty]) -> Iterator[Finding]:
    for duty in duties:
        if duty.opens_order and Limit.ACCEPT not in duty.limits:
            zh = f"“{duty.key}”派工单,但没有接单时限"
            en = f"{duty.key} opens an order and limits no acceptance"
            yield Finding(fault=Fault.NO_ACCEPTANCE, subject=duty.key, sentence=Text(zh=zh, en=en))


def _repeated_links(duties: Sequence[Duty]) -> Iterator[Finding]:
    for duty in duties:
        repeated = [party for place, party in enumerate(duty.chain) if party in duty.chain[:place]]
        if repeated:
            zh = f"“{duty.key}”的升级链重复 {repeated[0]},重复处到不了"
            en = f"the chain of {duty.key} names {repeated[0]} again: that link is never reached"
            yield Finding(fault=Fault.REPEATED_LINK, subject=duty.key, sentence=Text(zh=zh, en=en))


def _against(matrix: Matrix, registered: Registered) -> Iterator[Finding]:
    named = {duty.place_path for duty in matrix.duties if duty.place_path is not None}
    named |= {one.place_path for one in matrix.times.zones}
    for path in sorted(named - set(registered.places)):
        zh, en = f"登记册中没有地点 {path}", f"the registry has no place {path}"
        yield Finding(fault=Fault.NO_PLACE, subject=path, sentence=Text(zh=zh, en=en))
    for there in registered.compounds:
        answers = [
            answer(duty, there)
            for duty in matrix.duties
            if duty.is_at(there.place_path) or _is_below(duty.place_path, there.place_path)
        ]
        nobody = [one.duty.key for one in answers if one.responsible is None]
        chainless = [one.duty.key for one in answers if not one.chain and one.responsible]
        path = there.place_path
        if nobody:
            keys = ", ".join(nobody)
            zh = f"{path} 无人负责:{keys}(物业、社区服务站、社区、街道、应急局均未登记)"
            en = f"nobody answers at {path} for {keys}"
            yield Finding(fault=Fault.DEAD_END, subject=path, sentence=Text(zh=zh, en=en))
        if chainless:
            keys = ", ".join(chainless)
            zh, en = f"{path} 的升级链无人:{keys}", f"the chain ends at nobody at {path}: {keys}"
            yield Finding(fault=Fault.NO_CHAIN, subject=path, sentence=Text(zh=zh, en=en))


def _is_below(path: str | None, above: str) -> bool:
    return path is not None and path.startswith(above + ".")


def unpublished_years(matrix: Matrix, today: date) -> tuple[int, ...]:
    """This year and the next, where calendars ask for holidays whose list is not known."""
    kinds = {kind for one in matrix.times.calendars.values() for kind in one.days}
    if not kinds:
        return ()
    years = (today.year, today.year + 1)
    return tuple(year for year in years if not matrix.times.holidays.knows(year))

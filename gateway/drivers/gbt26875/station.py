"""The centre's side of the protocol, core: who speaks, and what a broken frame gets.

A frame with data is confirmed only when its events are on disk, which is the shell's part: a turn
names both. What is broken is denied, so that the device sends it again; the same broken bytes
twice are no noise but a device that adds up in its own way, and are taken.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from ipaddress import ip_address, ip_network
from typing import Final

from gateway.code_systems import CodeSystem
from gateway.driver import Counted
from gateway.drivers.gbt26875.device import REPEATED_WITHIN_S, Device, Recent, Rules
from gateway.drivers.gbt26875.event import Meanings, Reader, evidence_of
from gateway.drivers.gbt26875.frame import (
    HEAD_BYTES,
    Address,
    Command,
    Flaw,
    Frame,
    head_of,
    read_frame,
)
from gateway.drivers.gbt26875.naming import DeviceKey, Named, Naming
from gateway.drivers.gbt26875.profile import Profile
from gateway.drivers.gbt26875.splitter import Piece
from gateway.drivers.gbt26875.turn import Now, Turn
from gateway.wire import WireEvent

MOST_DEVICES: Final = 5000
"""Devices that nobody announced are forgotten beyond this, the longest unheard first."""
MOST_KEPT: Final = 300_000
"""Things remembered of the assets of all devices, about 400 B each; then those who say most begin anew."""
_MOST_DENIED: Final = 1024


class Station:
    """All devices that speak to this centre.

    Args:
        names: Addresses of the configuration file.
        profiles: Profile of each device that does not write as the standard says.
        hosts: Where devices speak from, of those for which it is known: networks.
    """

    def __init__(
        self,
        rules: Rules,
        names: Mapping[str, Named],
        profiles: Mapping[DeviceKey, Profile],
        codes: CodeSystem,
        hosts: Mapping[DeviceKey, Sequence[str]] | None = None,
    ) -> None:
        self._rules = rules
        self._names = names
        self._profiles = profiles
        self._meanings = Meanings(codes)
        self._hosts = {
            key: [ip_network(text) for text in networks] for key, networks in (hosts or {}).items()
        }
        self._devices: OrderedDict[DeviceKey, Device] = OrderedDict()
        self._kept: dict[DeviceKey, int] = {}
        self._kept_in_all = 0
        self._expected: frozenset[DeviceKey] = frozenset()
        self._denied = Recent(_MOST_DENIED, REPEATED_WITHIN_S)
        self._untaken = Recent(_MOST_DENIED, REPEATED_WITHIN_S)

    @property
    def devices(self) -> list[DeviceKey]:
        """Every device that is expected or was heard."""
        return list(self._devices)

    @property
    def kept(self) -> int:
        """How many things are remembered of the assets of all devices."""
        return self._kept_in_all

    def expect(self, keys: Iterable[DeviceKey]) -> None:
        """Name devices that should be heard: one that never comes is silent too."""
        self._expected = self._expected.union(keys)
        for key in self._expected:
            self._devices.setdefault(key, self._new_device(key)).expect()

    def remember(self, notes: Iterable[tuple[str, str]], now: Now) -> None:
        """Take up what was kept of devices across a restart."""
        for key, word in notes:
            self._device(DeviceKey(key)).remember(word, now)

    def silence(self, now: Now) -> list[WireEvent]:
        """That no device which should be heard can be: the centre cannot listen."""
        return [self._devices[key].silence(now) for key in sorted(self._expected)]

    def hear(self, piece: Piece, host: str, now: Now) -> Turn | None:
        """Take a piece of what came from a host; None when nobody can be answered."""
        data = piece.data
        if len(data) < HEAD_BYTES:
            return None
        if piece.flaw is None:
            return self._hear(data, host, now)
        if piece.flaw is Flaw.CHECKSUM and self._denied.knows(data, now.steady_s):
            turn = self._hear(data, host, now)
            turn.problems.append(f"{turn.device}: the same wrong sum twice is taken as its way")
            return turn
        return self._deny(piece, host, now)

    def _hear(self, data: bytes, host: str, now: Now) -> Turn:
        frame = read_frame(data)
        key = _key_of(frame.source, host)
        networks = self._hosts.get(key)
        if networks is None or any(ip_address(host) in network for network in networks):
            device = self._device(key)
            turn = device.hear(frame, data, now)
            turn.events += device.come_from(host, now)
            self._weigh(key)
            return turn
        return self._hear_stranger(key, frame, host, now)

    def _hear_stranger(self, key: DeviceKey, frame: Frame, host: str, now: Now) -> Turn:
        """Take what comes in a device's name from elsewhere: its alarms, and nothing that ends one.

        It may be the device after a change of the network, or somebody who would have it quiet:
        it gets no question of ours, and is no sign that the device is alive.
        """
        heard = self._new_device(key).hear(frame, b"", now)
        return Turn(
            key,
            answer=heard.answer,
            events=[one for one in heard.events if one.state == "raise"],
            counted=[Counted.REFUSED],
            problems=[f"{key}: speaks from {host}, which is not its own: no alarm is ended by it"],
        )

    def keep(self, piece: Piece, host: str, reason: str, now: Now) -> Turn:
        """Keep a piece that cannot be taken, by no fault of its own, as evidence.

        It is confirmed when it comes again: a device that waits would send nothing behind it.
        """
        head = head_of(piece.data)
        key = _key_of(head.source, host)
        device = self._devices.get(key) or self._new_device(key)
        device.lost([])  # Half of it may have been noted as said.
        is_again = piece.flaw is None and self._untaken.knows(piece.data, now.steady_s)
        self._untaken.add(piece.data, now.steady_s)
        return Turn(
            key,
            answer=device.reply(head, Command.CONFIRM, b"", now) if is_again else b"",
            events=[evidence_of(device.naming, piece.data, reason, now.ms)],
            counted=[Counted.REFUSED],
            problems=[f"{key}: a frame could not be taken: {reason}"],
        )

    def duty_check(self, minutes: int, now: Now) -> None:
        """Ask every device whether anybody is there 查岗; so many minutes to answer."""
        for device in self._devices.values():
            device.check(minutes, now)

    def tick(self, now: Now) -> list[Turn]:
        """Let time pass; what is to be done for it."""
        turns = [device.tick(now) for device in self._devices.values()]
        return [turn for turn in turns if not turn.is_empty]

    def is_overtaken(self, turn: Turn) -> bool:
        """Whether something of the device was lost after this was heard.

        What the lost turn said was taken for known when this one was read, so it may say nothing
        of it: it must not be confirmed either, and is read anew when it comes again.
        """
        device = self._devices.get(turn.device)
        return turn.is_from and device is not None and device.losses != turn.losses

    def stored(self, turn: Turn, now: Now) -> None:
        """Note that a turn's events are on disk."""
        device = self._devices.get(turn.device)
        if device is not None and turn.data:
            device.stored(turn.data, now)

    def lost(self, turn: Turn) -> None:
        """Note that a turn's events could not be stored: nothing was said."""
        self._denied.forget()
        self._untaken.forget()
        device = self._devices.get(turn.device)
        if device is not None:
            device.lost(turn.events)

    def _deny(self, piece: Piece, host: str, now: Now) -> Turn:
        """Ask for a frame again. Its source may be what is broken: it makes no device known."""
        head = head_of(piece.data)
        key = _key_of(head.source, host)
        device = self._devices.get(key) or self._new_device(key)
        if piece.flaw is Flaw.CHECKSUM and (misheard := device.mishear(head, now)) is not None:
            self._denied.add(piece.data, now.steady_s)
            return misheard
        turn = Turn(
            key,
            answer=device.reply(head, Command.DENY, b"", now),
            counted=[Counted.REFUSED],
            problems=[f"{key}: frame {head.serial} is denied: {piece.flaw}"],
        )
        is_new = not self._denied.knows(piece.data, now.steady_s)
        self._denied.add(piece.data, now.steady_s)
        if piece.flaw is Flaw.COMMAND and is_new:
            reason = f"command {head.command}"
            turn.events.append(evidence_of(device.naming, piece.data, reason, now.ms))
        return turn

    def _device(self, key: DeviceKey) -> Device:
        """The device, and now the one that was heard last."""
        device = self._devices.get(key)
        if device is None:
            if len(self._devices) >= MOST_DEVICES:
                self._forget_one()
            device = self._devices[key] = self._new_device(key)
        else:
            self._devices.move_to_end(key)
        return device

    def _forget_one(self) -> None:
        oldest = next((key for key in self._devices if key not in self._expected), None)
        if oldest is not None:
            del self._devices[oldest]
            self._kept_in_all -= self._kept.pop(oldest, 0)

    def _weigh(self, key: DeviceKey) -> None:
        """Count what is remembered; where it is too much, those who say most are as after a start.

        Nothing is lost by it: their fires are raised again, and their next states end what is over.
        Whoever speaks in many names, or names many parts, costs others no memory of theirs while
        there are strangers to forget.
        """
        kept = self._devices[key].kept
        self._kept_in_all += kept - self._kept.get(key, 0)
        self._kept[key] = kept
        if self._kept_in_all <= MOST_KEPT:
            return
        by_weight = sorted(self._kept, key=lambda one: (one in self._expected, -self._kept[one]))
        for one in by_weight:
            if self._kept_in_all <= MOST_KEPT // 2:
                break
            self._devices[one].forget()
            self._kept_in_all -= self._kept.pop(one)

    def _new_device(self, key: DeviceKey) -> Device:
        profile = self._profiles.get(key) or Profile()
        naming = Naming(key, self._names, profile.part_address)
        reader = Reader(naming, profile, self._meanings)
        return Device(key, naming, reader, profile, self._rules)


def _key_of(source: Address, host: str) -> DeviceKey:
    """A device is known by its address; one that sends none, by its host."""
    return DeviceKey(str(source) if source else host)

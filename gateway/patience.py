"""How long to wait, core: back-off with jitter, and what an alarm without a receipt asks for."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a lane waits before it does more [s].

    Attributes:
        resend_s: Without a receipt, a message is sent again; then ever later, to `longest_s`.
        second_path_s: Without a receipt, alarms are also posted over HTTPS.
        sounder_s: Without a receipt, the local sounder is run.
        heartbeat_s: Pause between two states.
        unread_s: A broker that takes messages of which none gets a receipt for this long is left
            for the next of the list, where there is one: it may be cut off from the platform.
    """

    resend_s: float = 5.0
    longest_s: float = 60.0
    second_path_s: float = 15.0
    sounder_s: float = 30.0
    heartbeat_s: float = 15.0
    unread_s: float = 60.0

    def resend_pause(self, tries: int, noise: float) -> float:
        """Pause before a message is sent again [s]."""
        return backoff(tries, noise, self.resend_s, self.longest_s)


def backoff(tries: int, noise: float, first_s: float = 5.0, most_s: float = 60.0) -> float:
    """Pause before the next try [s]: doubles from `first_s` to `most_s`, spread by +-20 %.

    Args:
        tries: Tries made so far, 0 or more.
        noise: A random number of [0, 1); without it gateways would come back in step.
    """
    pause: float = min(first_s * 2.0 ** min(tries, 16), most_s)
    return pause * (0.8 + 0.4 * noise)


@dataclass(slots=True)
class Pace:
    """How fast what an outage left is posted: a first burst, then so many a second.

    An intake takes 1,200 posts of a gateway in a minute unless told otherwise, and whoever has used
    them up waits for the next one: a fire of this moment must find some left.
    """

    burst: float = 200.0
    per_s: float = 14.0
    _left: float = 200.0
    _asked_s: float = 0.0

    def pause(self, now_s: float) -> float:
        """Pause before the next one, which is taken as posted [s]."""
        earned = (now_s - self._asked_s) * self.per_s
        self._left = min(self._left + earned, self.burst) - 1.0
        self._asked_s = now_s
        return max(-self._left / self.per_s, 0.0)


@dataclass(slots=True)
class Escalation:
    """What a lane does beside MQTT while its oldest message has no receipt.

    Once the second path was needed, it stays in use for whatever waits until a receipt comes
    over MQTT again: a later alarm must not wait its own 15 s on a road known to be blocked.
    """

    patience: Patience = field(default_factory=Patience)
    is_second_path_needed: bool = False
    is_sounding: bool = False

    def advance(self, oldest_wait_s: float | None) -> None:
        """Judge anew from the wait of the oldest message [s]; None when nothing waits."""
        if oldest_wait_s is None:
            self.is_sounding = False
            return
        if oldest_wait_s >= self.patience.second_path_s:
            self.is_second_path_needed = True
        self.is_sounding = oldest_wait_s >= self.patience.sounder_s

    def receipt_came(self) -> None:
        """MQTT carried a message and its receipt: the first path works."""
        self.is_second_path_needed = False

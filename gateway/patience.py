"""How long to wait, core: back-off with jitter, and what an alarm without a receipt asks for."""

from dataclasses import dataclass

RESEND_S = 5.0
SECOND_PATH_S = 15.0
SOUNDER_S = 30.0
LONGEST_S = 60.0


def backoff(
    tries: int, noise: float, first_s: float = RESEND_S, most_s: float = LONGEST_S
) -> float:
    """Pause before the next try [s]: doubles from `first_s` to `most_s`, spread by +-20 %.

    Args:
        tries: Tries made so far, 0 or more.
        noise: A random number of [0, 1); without it gateways would come back in step.
    """
    pause: float = min(first_s * 2.0 ** min(tries, 16), most_s)
    return pause * (0.8 + 0.4 * noise)


@dataclass(slots=True)
class Escalation:
    """What a lane does beside MQTT while its oldest message has no receipt.

    Once the second path was needed, it stays in use for whatever waits until a receipt comes
    over MQTT again: a later alarm must not wait its own 15 s on a road known to be blocked.
    """

    is_second_path_needed: bool = False
    is_sounding: bool = False

    def advance(self, oldest_wait_s: float | None) -> None:
        """Judge anew from the wait of the oldest message [s]; None when nothing waits."""
        if oldest_wait_s is None:
            self.is_sounding = False
            return
        if oldest_wait_s >= SECOND_PATH_S:
            self.is_second_path_needed = True
        self.is_sounding = oldest_wait_s >= SOUNDER_S

    def receipt_came(self) -> None:
        """MQTT carried a message and its receipt: the first path works."""
        self.is_second_path_needed = False

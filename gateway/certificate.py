"""When certificates end, core: told while there is time to renew them, for one that is over is silence.

A gateway whose own certificate has ended is refused by the broker; a server whose certificate has
ended is refused by every gateway, on both paths at once.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509

from gateway.errors import BadCertificate
from gateway.trouble import Told

WARN_BEFORE: Final = timedelta(days=14)
"""A certificate that ends sooner is told of; those that are renewed by themselves are so before."""
_LAST_PART: Final = 6
"""One that lives for less than twelve weeks is told of in the last sixth of its life: whoever renews by
himself does so when a third is left (Caddy, `renewal_window_ratio`)."""
_MOST_TEXT: Final = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A certificate, and when it ends.

    Attributes:
        ends_at: With a zone.
        warn_at: From when on its end is told.
    """

    name: str
    ends_at: datetime
    warn_at: datetime

    def is_ending(self, now: datetime) -> bool:
        """Whether it is over or soon will be."""
        return now > self.warn_at

    def remaining_s(self, now: datetime) -> float:
        """Time until it ends [s]; negative: it is over."""
        return (self.ends_at - now).total_seconds()


def read_certificate(name: str, file: Path) -> Certificate:
    """The first certificate of a file (PEM), which is the one that is shown.

    Raises:
        BadCertificate: There is none that can be read.
    """
    try:
        found = x509.load_pem_x509_certificate(file.read_bytes())
    except (OSError, ValueError) as error:
        raise BadCertificate(f"{file}: {error}") from error
    return _certificate(name, found)


def parse_certificate(name: str, der: bytes) -> Certificate:
    """A certificate as a server shows it (DER).

    Raises:
        BadCertificate: The bytes are none.
    """
    try:
        found = x509.load_der_x509_certificate(der)
    except ValueError as error:
        raise BadCertificate(f"{name}: {error}") from error
    return _certificate(name, found)


def warn_at(begins_at: datetime, ends_at: datetime) -> datetime:
    """From when on the end of a certificate is told: two weeks before, or in the last sixth of its life."""
    return ends_at - min(WARN_BEFORE, (ends_at - begins_at) / _LAST_PART)


def _certificate(name: str, found: x509.Certificate) -> Certificate:
    begins_at, ends_at = found.not_valid_before_utc, found.not_valid_after_utc
    return Certificate(name=name, ends_at=ends_at, warn_at=warn_at(begins_at, ends_at))


def sentence(ending: Sequence[Certificate], now: datetime) -> str:
    """Which certificates end and when, the first of them first."""
    said = [
        f"{one.name}: {'已于' if one.ends_at <= now else ''}{one.ends_at:%Y-%m-%d %H:%M} UTC 到期"
        for one in sorted(ending, key=lambda one: (one.ends_at, one.name))
    ]
    return "; ".join(said)[:_MOST_TEXT]


class Endings:
    """The certificates that end soon, told as one condition that names them all.

    Args:
        is_raised: Whether it was said before a restart, and not taken back.
    """

    def __init__(self, *, is_raised: bool = False) -> None:
        self._is_raised = is_raised
        self._ending: frozenset[str] = frozenset()
        self._said: frozenset[str] = frozenset()

    def look(self, found: Sequence[Certificate], now: datetime) -> Told | None:
        """What one look at all certificates leads to; it is said again until `said` is called."""
        ending = [one for one in found if one.is_ending(now)]
        self._ending = frozenset(one.name for one in ending)
        if self._ending - self._said:
            return Told(state="raise", text=sentence(ending, now), is_more=bool(self._said))
        if self._is_raised and not ending:
            return Told(state="clear", text="证书均在有效期内")
        return None

    def said(self, told: Told) -> None:
        """Note that it is stored."""
        self._is_raised = told.state == "raise"
        self._said = self._ending if self._is_raised else frozenset()

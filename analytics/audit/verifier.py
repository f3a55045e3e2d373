"""Verifies the audit chain against the history: what was changed, deleted, inserted, re-ordered."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from analytics.audit import store as seal_store
from analytics.audit.seal import GENESIS, Finding, Seal, Wrong, check_seal
from ingest.database import Connection

_SEALS: Final = 200
"""Seals that are read at a time; memory stays flat however long the chain is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Anchor:
    """A seal that somebody noted elsewhere, so that its replacement is found."""

    number: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What a look at the whole chain found.

    Attributes:
        head: Newest seal; None: there is none yet.
        waiting: Rows that wait for a seal, counted up to 100,000.
    """

    seals: int
    rows: int
    waiting: int
    head: Seal | None
    findings: tuple[Finding, ...]

    @property
    def is_sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


def verify(connection: Connection, anchor: Anchor | None = None) -> Verdict:
    """Go over every seal and row as they are at one moment; nothing waits for it.

    Args:
        connection: Of any role that reads the history; outside a transaction.
        anchor: A head that was noted elsewhere.
    """
    with connection.transaction():
        seal_store.hold_still(connection)
        return _verify(connection, anchor)


def _verify(connection: Connection, anchor: Anchor | None) -> Verdict:
    findings: list[Finding] = []
    expected, previous, seals, count = 1, GENESIS, 0, 0
    head: Seal | None = None
    is_anchored = anchor is None
    while batch := seal_store.fetch_seals(connection, expected, limit=_SEALS):
        covered = seal_store.fetch_covered(connection, batch[0].number, batch[-1].number)
        keys = [(row.source, row.key) for rows in covered.values() for row in rows]
        found = seal_store.fetch_rows(connection, keys)
        for seal in batch:
            listed = covered.get(seal.number, [])
            findings += check_seal(expected, previous, seal, listed, found)
            expected, previous, head = seal.number + 1, seal.digest, seal
            if anchor is not None and (seal.number, seal.digest.hex()) == (
                anchor.number,
                anchor.digest,
            ):
                is_anchored = True
            seals, count = seals + 1, count + len(listed)
    if not is_anchored and anchor is not None:
        what = f"the noted head {anchor.number}"
        findings.append(Finding(wrong=Wrong.SEAL_MISSING, what=what, seal=anchor.number))
    findings += [
        Finding(wrong=Wrong.SEAL_MISSING, what=f"seal {number}", seal=number)
        for number in seal_store.fetch_stray(connection)
        if all(number != item.seal for item in findings)
    ]
    findings += [
        Finding(wrong=Wrong.INSERTED, what=f"{source} {key}")
        for source, key in seal_store.fetch_unsealed(connection)
    ]
    return Verdict(
        seals=seals,
        rows=count,
        waiting=seal_store.count_waiting(connection),
        head=head,
        findings=tuple(findings),
    )


def sentence(verdict: Verdict, at: datetime) -> str:
    """The verdict in one line; what it says of the head may be noted as an anchor."""
    head = verdict.head
    name = "none" if head is None else f"{head.number}:{head.digest.hex()}"
    state = "sound" if verdict.is_sound else f"{len(verdict.findings)} findings"
    return (
        f"{at:%Y-%m-%d %H:%M:%S} UTC: {verdict.seals} seals, {verdict.rows} rows,"
        f" {verdict.waiting} waiting, head {name}: {state}"
    )

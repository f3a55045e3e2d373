"""What the doctor says: one line about one thing, with what to do."""

from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """How bad it is."""

    GOOD = "good"
    NOTICE = "notice"
    BAD = "bad"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing that was looked at.

    Args:
        subject: What was looked at, in a word or two.
        verdict: How bad it is.
        says: What was found.
        do: What to do about it; empty when nothing is to be done.
    """

    subject: str
    verdict: Verdict
    says: str
    do: str = ""


def good(subject: str, says: str) -> Finding:
    """Return a finding that needs nothing."""
    return Finding(subject=subject, verdict=Verdict.GOOD, says=says)


def notice(subject: str, says: str, do: str) -> Finding:
    """Return a finding that is worth knowing and stops nothing."""
    return Finding(subject=subject, verdict=Verdict.NOTICE, says=says, do=do)


def bad(subject: str, says: str, do: str) -> Finding:
    """Return a finding that keeps the platform from working."""
    return Finding(subject=subject, verdict=Verdict.BAD, says=says, do=do)


def status(findings: tuple[Finding, ...]) -> int:
    """Return the exit status: 1 when something is bad."""
    return 1 if any(one.verdict is Verdict.BAD for one in findings) else 0


_MARKS = {Verdict.GOOD: " ok ", Verdict.NOTICE: "note", Verdict.BAD: "BAD "}


def describe(findings: tuple[Finding, ...]) -> str:
    """Write findings as people read them, the action on a line of its own."""
    lines: list[str] = []
    for one in findings:
        lines.append(f"{_MARKS[one.verdict]}  {one.subject:<12} {one.says}")
        if one.do:
            lines.append(f"                   -> {one.do}")
    return "\n".join(lines)

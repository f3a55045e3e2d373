"""The judgements: values in, findings out. Nothing here touches the machine."""

from collections.abc import Mapping

from towerwatch.doctor.finding import Finding, bad, good, notice

DISK_LOW = 0.20
DISK_VERY_LOW = 0.10
"""Shares of free disk at which to warn and to alarm; a full volume is invisible to MQTT clients."""
CLOCK_TOLERANCE_S = 5.0
"""GB 50440's bar for one time base (unverified); more is an alarm of its own."""
OLDEST_POSTGRES = 160000
OLDEST_TIMESCALE = (2, 19)
_GIB = 1024**3


def judge_disk(free: int, total: int, path: str) -> Finding:
    """Judge the room on the volume of the data [B]."""
    share = free / total if total else 0.0
    says = f"{free / _GIB:.1f} GiB free of {total / _GIB:.1f} GiB ({share:.0%}) at {path}"
    if share < DISK_VERY_LOW:
        return bad("disk", says, "Make room now: when it is full nothing can be stored.")
    if share < DISK_LOW:
        return notice("disk", says, "Make room soon, or move TOWERWATCH_HOME to a larger disk.")
    return good("disk", says)


def judge_database_clock(offset_s: float) -> Finding:
    """Judge the database's clock against ours; offset = theirs - ours [s]."""
    says = f"the database's clock differs by {offset_s:+.2f} s"
    if abs(offset_s) > CLOCK_TOLERANCE_S:
        return bad("clock", says, "Set both machines by the same time server (timedatectl).")
    return good("clock", says)


def judge_synchronised(is_synchronised: bool | None) -> Finding:
    """Judge whether a time service keeps the clock right; None when nobody knows."""
    if is_synchronised:
        return good("time service", "the kernel says that the clock is synchronised")
    says = "nothing says that this clock is kept right"
    return notice(
        "time service", says, "Install one: `apt-get install systemd-timesyncd` (or chrony)."
    )


def judge_jump(wall_s: float, steady_s: float) -> Finding:
    """Judge whether the wall clock went as fast as the steady one between two looks [s]."""
    jump = wall_s - steady_s
    if abs(jump) > 0.5:
        says = f"the wall clock jumped by {jump:+.1f} s while we looked"
        return bad("clock jump", says, "Something sets the clock again and again; find out what.")
    return good("clock jump", "the wall clock runs steadily")


def judge_ports(taken: Mapping[str, int]) -> Finding:
    """Judge ports that people expect and that another program holds."""
    if not taken:
        return good("ports", "the usual ports are free, or held by Towerwatch itself")
    named = ", ".join(f"{port} ({name})" for name, port in sorted(taken.items()))
    return notice(
        "ports",
        f"taken by another program: {named}",
        "Nothing has to be done: free ports are chosen and shown by `towerwatch status`.",
    )


def judge_postgres(version: int) -> Finding:
    """Judge PostgreSQL's version number as the server says it (170002 is 17.2)."""
    says = f"PostgreSQL {version // 10000}.{version % 10000}"
    if version < OLDEST_POSTGRES:
        return bad("database", says, "PostgreSQL 16 or newer is needed.")
    return good("database", says)


def judge_timescale(version: str | None, licence: str | None) -> Finding:
    """Judge TimescaleDB's version and edition."""
    if version is None:
        return bad(
            "edition",
            "the database has no TimescaleDB",
            "Install TimescaleDB on that server, or use the private one.",
        )
    says = f"TimescaleDB {version}, licence {licence}"
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if numbers < OLDEST_TIMESCALE:
        return bad("edition", says, "2.19 or newer is needed: older ones lose rows on conflicts.")
    if licence != "timescale":
        return notice(
            "edition",
            says,
            "Complete, but without compression: about 8 times the disk. For production see"
            " deploy/compose.yaml.",
        )
    return good("edition", says)


def judge_memory(total: int) -> Finding:
    """Judge the machine's memory [B]."""
    says = f"{total / _GIB:.1f} GiB of memory"
    if total < 1.5 * _GIB:
        return notice("memory", says, "2 GiB are needed for a compound, 8 GiB for a city.")
    return good("memory", says)


def judge_pages(*, has_browser: bool, has_letters: bool) -> Finding:
    """Judge what only the tests of pages need."""
    missing = [] if has_browser else ["chromium"]
    missing += [] if has_letters else ["fonts-noto-cjk"]
    if missing:
        return notice(
            "page tests",
            f"missing: {', '.join(missing)} (only `make test` needs them)",
            f"apt-get install {' '.join(missing)}",
        )
    return good("page tests", "Chromium and Chinese letters are there")


def judge_locale(encoding: str) -> Finding:
    """Judge whether Chinese text can be printed here."""
    if encoding.lower().replace("-", "") == "utf8":
        return good("locale", "UTF-8")
    return notice("locale", f"texts are written as {encoding}", "Set LANG=C.UTF-8 in this shell.")

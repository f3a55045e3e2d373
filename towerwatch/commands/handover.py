"""`towerwatch handover`: a compound passes to another organisation at a date 交接."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Final

import typer

from analytics.handover import store
from analytics.handover.checklist import Checklist, parse_checklist, template
from analytics.handover.model import (
    Handover,
    HandoverId,
    Side,
    incomplete,
    missing_sides,
    sign,
)
from analytics.handover.store import Compound, Wish
from ingest.database import Connection, in_transaction
from ingest.registry.errors import RegistryRefused
from ingest.registry.handing import Handing, hand_over, take_back
from ingest.registry.model import ManagementKind
from towerwatch.commands.duties import ROLE, moment
from towerwatch.duty import handover_words, registered, words
from towerwatch.duty.handover_page import page
from towerwatch.duty.registered import operator
from towerwatch.errors import WrongSettings
from towerwatch.named_file import read_text
from towerwatch.reach import database

NOBODY: Final = "nobody"
REGISTRY_ROLE: Final = "tw_ingest"

app = typer.Typer(
    help="Pass a compound to another organisation at a date 交接.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

CompoundOption = Annotated[str, typer.Option("--compound", help="Code of the compound.")]
ToOption = Annotated[str, typer.Option("--to", help="Code of the new organisation, or `nobody`.")]
AtOption = Annotated[str, typer.Option("--at", help='From when, such as "2026-12-01 10:00".')]
KindOption = Annotated[
    ManagementKind | None,
    typer.Option("--kind", help="Kind of the management; else it follows from the organisation."),
]
ListOption = Annotated[
    Path | None, typer.Option("--checklist", help="The check list of equipment (YAML).")
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer as JSON.")]
Number = Annotated[int, typer.Argument(help="Number, from `handover list`.")]


@app.command()
def checklist(
    compound: CompoundOption,
    output: Annotated[Path | None, typer.Option(help="File to write; else the screen.")] = None,
) -> None:
    """Write a check list to be filled in, with every asset of the compound."""
    with database(ROLE) as connection:
        there = _compound(connection, compound)
        text = template(compound, store.equipment_of(connection, there.path))
    if output is None:
        typer.echo(text, nl=False)
        return
    try:
        output.write_text(text, encoding="utf-8")
    except OSError as error:
        raise WrongSettings(f"{output} cannot be written: {error}") from error
    typer.echo(str(output))


@app.command()
def plan(  # noqa: PLR0913 - the options of the command
    compound: CompoundOption,
    to: ToOption,
    at: AtOption,
    *,
    kind: KindOption = None,
    checklist: ListOption = None,
    as_json: AsJson = False,
) -> None:
    """Say what would pass and what is still missing; nothing is written."""
    found = None if checklist is None else _read(checklist, compound)
    with database(ROLE) as connection:
        handing, wish = _wish(connection, compound, to, at, kind)
        outlook = handover_words.outlook(connection, wish, found)
        names = registered.names_of(connection, (wish.from_id, outlook.to_id))
    if as_json:
        words.print_json(handover_words.outlook_json(outlook, handing, names))
    else:
        typer.echo(handover_words.outlook_text(outlook, handing, names))


@app.command("apply")
def apply_command(  # noqa: PLR0913 - the options of the command
    compound: CompoundOption,
    to: ToOption,
    at: AtOption,
    checklist: Annotated[Path, typer.Option("--checklist", help="The check list (YAML).")],
    *,
    kind: KindOption = None,
    reason: Annotated[str, typer.Option(help="Why the compound changes hands.")] = "交接",
    unsigned: Annotated[
        str, typer.Option(help="Why it goes ahead without complete list and both signatures.")
    ] = "",
) -> None:
    """Plan the hand-over: at its time what is open passes by itself, new alarms go to the new one."""
    found, now = _read(checklist, compound), datetime.now(UTC)
    with database(ROLE) as connection, database(REGISTRY_ROLE) as registry:
        handing, wish = _wish(connection, compound, to, at, kind, reason, unsigned)
        if handing.at < now:
            raise WrongSettings(
                "交接时间已过，历史不改写 (the time has passed, and history is not rewritten)."
            )
        _require_signed(connection, wish, found)
        try:
            hand_over(registry, handing)
        except RegistryRefused as error:
            raise WrongSettings(str(error)) from error
        number = in_transaction(connection, lambda held: store.add_handover(held, wish, found, now))
    if number is None:
        typer.echo("已安排，未作更改 it is planned already, nothing was changed.")
        return
    typer.echo(
        f"交接 #{number} 已安排，{handover_words.local(handing.at)} 自动生效"
        " (planned; it takes effect by itself)"
    )


def _require_signed(connection: Connection, wish: Wish, found: Checklist) -> None:
    if wish.unsigned_reason:
        return
    codes = [one.code for one in store.equipment_of(connection, wish.compound.path)]
    left = incomplete(found.items, codes)
    sides = missing_sides(found.signatures)
    if left:
        raise WrongSettings(
            f"清单未查验 {len(left)} 台设备 (not looked at): {', '.join(left[:20])};"
            " 特殊情况用 --unsigned 说明原因 (or say why with --unsigned)."
        )
    if sides:
        raise WrongSettings(
            f"缺少签字 (not signed): {', '.join(map(str, sides))};"
            " 特殊情况用 --unsigned 说明原因 (or say why with --unsigned)."
        )


@app.command("sign")
def sign_command(
    number: Number,
    *,
    side: Annotated[Side, typer.Option(help="For whom.")],
    signer: Annotated[str, typer.Option(help="Who signs.")],
    role: Annotated[str, typer.Option(help="In which role.")],
) -> None:
    """Sign the check list of a planned hand-over."""
    now = datetime.now(UTC)
    with database(ROLE) as connection:
        found = _one(connection, number)
        signature = sign(found.checklist_digest, side, signer, role, now)
        is_new = in_transaction(
            connection, lambda held: store.add_signature(held, found.id, signature)
        )
    if not is_new:
        raise WrongSettings(f"{side} 已签字 (has signed already).")
    typer.echo(f"#{number} {side}: {signature.digest.hex()}")


@app.command("list")
def list_command(*, as_json: AsJson = False) -> None:
    """List hand-overs, the newest first."""
    with database(ROLE) as connection:
        found = store.handovers(connection)
        names = registered.names_of(
            connection, [one for item in found for one in (item.from_id, item.to_id)]
        )
    if as_json:
        words.print_json([handover_words.handover_json(one, names) for one in found])
        return
    for one in found:
        typer.echo(handover_words.handover_line(one, names))


@app.command()
def show(
    number: Number,
    *,
    print_to: Annotated[
        Path | None, typer.Option("--print", help="Write a page (HTML) for the printer.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show one hand-over: what passed when, the check list, who signed."""
    with database(ROLE) as connection:
        found = handover_words.record(connection, _one(connection, number))
        ids = [one for item in found.passed for one in (item.from_id, item.to_id)]
        names = registered.names_of(
            connection, (*ids, found.handover.from_id, found.handover.to_id)
        )
    if print_to is not None:
        try:
            print_to.write_text(page(found, names), encoding="utf-8")
        except OSError as error:
            raise WrongSettings(f"{print_to} cannot be written: {error}") from error
        typer.echo(str(print_to))
    elif as_json:
        words.print_json(handover_words.record_json(found, names))
    else:
        typer.echo(handover_words.record_text(found, names))


@app.command()
def cancel(number: Number) -> None:
    """Call off a hand-over that has not come; the former organisation goes on."""
    now = datetime.now(UTC)
    with database(ROLE) as connection, database(REGISTRY_ROLE) as registry:
        found = _one(connection, number)
        if found.state != "planned" or found.at <= now:
            raise WrongSettings(f"#{number} 不能取消 (cannot be called off any more).")
        code = registered.manager_code(connection, found.place_id, found.at)
        kind = ManagementKind(found.kind)
        handing = Handing(compound=found.compound, kind=kind, organisation=code, at=found.at)
        try:
            take_back(registry, handing)
        except RegistryRefused as error:
            raise WrongSettings(str(error)) from error
        in_transaction(connection, lambda held: store.cancel(held, found.id, now))
    typer.echo(f"#{number} 已取消 called off.")


def _compound(connection: Connection, code: str) -> Compound:
    found = store.compound_of(connection, code)
    if found is None:
        raise WrongSettings(f"没有小区 {code} (there is no compound {code}).")
    return found


def _one(connection: Connection, number: int) -> Handover:
    found = store.handovers(connection, HandoverId(number))
    if not found:
        raise WrongSettings(f"没有交接 #{number} (there is no hand-over #{number}).")
    return found[0]


def _wish(  # noqa: PLR0913, PLR0917 - the options of the command
    connection: Connection,
    compound: str,
    to: str,
    at: str,
    kind: ManagementKind | None,
    reason: str = "",
    unsigned: str = "",
) -> tuple[Handing, Wish]:
    there, when = _compound(connection, compound), moment(at)
    organisation = None if to == NOBODY else registered.organisation(connection, to)
    chosen = kind or handover_words.management_of(organisation)
    if chosen.needs_organisation and organisation is None:
        raise WrongSettings(f"{chosen} 需要单位 (needs an organisation).")
    wish = Wish(
        compound=there,
        at=when,
        kind=str(chosen),
        from_id=store.stand_in(connection, there.path, when),
        to_id=None if organisation is None else organisation.id,
        reason=reason,
        planned_by=operator(),
        unsigned_reason=unsigned,
    )
    code = None if organisation is None else organisation.code
    return Handing(compound=compound, kind=chosen, organisation=code, at=when), wish


def _read(path: Path, compound: str) -> Checklist:
    found = parse_checklist(read_text(path))
    if found.compound != compound:
        raise WrongSettings(
            f"清单属于 {found.compound}，不是 {compound} (the list is of another compound)."
        )
    return found

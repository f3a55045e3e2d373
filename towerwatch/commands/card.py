"""`towerwatch card`: the triage card 研判卡 of an alarm, in the terminal."""

import json
from collections.abc import Callable
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from analytics.triage.card import Card
from analytics.triage.gather import fetch_card
from dashboards.console.store.pool import WHOLE_TREE, Store
from gateway.catalogue import Text
from towerwatch.errors import WrongSettings
from towerwatch.reach import database_url


def command(
    alarm_id: Annotated[int, typer.Argument(help="Number of the alarm.")],
    *,
    english: Annotated[bool, typer.Option("--en", help="In English.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Answer as JSON.")] = False,
) -> None:
    """Show what an alarm means, why it probably came, what to do first, and whom to call."""
    with closing(Store(database_url("tw_console"), size=1)) as store:
        store.open()
        with store.scoped(WHOLE_TREE) as connection:
            card = fetch_card(connection, alarm_id, datetime.now(UTC))
    if card is None:
        raise WrongSettings(f"There is no alarm {alarm_id}.")
    if as_json:
        typer.echo(json.dumps(asdict(card), ensure_ascii=False, indent=1))
    else:
        typer.echo("\n".join(lines_of(card, english=english)))


def lines_of(card: Card, *, english: bool) -> list[str]:
    """The card as lines of text."""
    say: Callable[[Text], str] = (lambda text: text.en) if english else (lambda text: text.zh)
    heads = Text(
        zh="先做什么 可能原因 历史与周边 时限 联系谁 还不清楚的",
        en="First Causes Surroundings Limits Contacts Unknown",
    )
    first, causes, around, limits, contacts, unknown = say(heads).split()
    lines = [f"#{card.alarm_id} {say(card.title)}: {say(card.meaning)}", "", first]
    lines += [f"  {number}. {say(step)}" for number, step in enumerate(card.first, start=1)]
    lines += ["", causes]
    for cause in card.causes:
        lines.append(f"  [{say(cause.confidence_words)}] {say(cause.label)}")
        lines += [f"      + {say(one)}" for one in cause.support]
        lines += [f"      - {say(one)}" for one in cause.against]
    lines += ["", around, *(f"  {say(line)}" for line in card.surroundings)]
    lines += ["", limits]
    lines += [f"  {say(clock.step)} {say(clock.length)}" for clock in card.clocks]
    lines += [f"  {card.basis}", "", contacts]
    lines += [f"  {say(one.role)}: {say(one.name)} {one.phone}" for one in card.contacts]
    if card.gaps:
        lines += ["", unknown, *(f"  {say(gap)}" for gap in card.gaps)]
    return lines

"""Carry acts on assets and proposals to the alarm process: out of service, approve, decline."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final

from analytics.act import ActKind
from analytics.act.hold_kind import (
    ApproveProposal,
    DeclineProposal,
    ProposeTakeOut,
    ReturnToService,
)
from analytics.alarms.alarm import AssetId
from analytics.holds.hold import ProposalId
from dashboards.console.act import Asked, Outcome, carry, id_of, kind_of, person
from dashboards.console.errors import NotFound
from dashboards.console.role import User
from dashboards.console.store import hold as holds
from dashboards.console.store.pool import Store

_OF_PROPOSAL: Final[Mapping[ActKind, type[ApproveProposal | DeclineProposal]]] = {
    item.kind: item for item in (ApproveProposal, DeclineProposal)
}


def act_on_asset(pool: Store, user: User, asset_id: int, asked: Asked) -> Outcome:
    """Propose to take an asset out of service, or return it.

    Raises:
        NotFound: No such act, or the scope shows no such asset.
        NotAllowed: The role may not do it.
        BadRequest: A reason or a length is needed, or the key is no UUID.
    """
    kind = kind_of(asked, user)
    with pool.scoped(user.scope) as connection:
        path = holds.fetch_place(connection, asset_id)
    if path is None:
        raise NotFound(f"no asset {asset_id}")
    by, asset = person(user, path), AssetId(asset_id)
    if kind is ActKind.TAKE_OUT_PROPOSE:
        return carry(
            pool,
            lambda: ProposeTakeOut(
                id=id_of(asked),
                by=by,
                text=asked.text.strip(),
                asset_id=asset,
                minutes=asked.minutes or 0,
            ),
        )
    if kind is ActKind.RETURN_TO_SERVICE:
        return carry(
            pool,
            lambda: ReturnToService(
                id=id_of(asked), by=by, text=asked.text.strip(), asset_id=asset
            ),
        )
    raise NotFound(f"no act {asked.kind!r} on an asset")


def act_on_proposal(
    pool: Store, user: User, proposal_id: int, asked: Asked, now: datetime
) -> Outcome:
    """Approve or decline what somebody else proposed.

    Raises:
        NotFound: No such act, or no open proposal of the scope.
        NotAllowed: The role may not do it.
        BadRequest: The key is no UUID.
    """
    kind = kind_of(asked, user)
    made = _OF_PROPOSAL.get(kind)
    with pool.scoped(user.scope) as connection:
        lines = holds.fetch_proposals(connection, now, limit=1, only=proposal_id)
    if made is None or not lines:
        raise NotFound(f"no open proposal {proposal_id}")
    return carry(
        pool,
        lambda: made(
            id=id_of(asked),
            by=person(user, lines[0].place_path),
            text=asked.text.strip(),
            proposal_id=ProposalId(proposal_id),
        ),
    )

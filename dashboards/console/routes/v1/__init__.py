"""The API for machines, version 1: the same reads and acts as the pages, as JSON."""

from fastapi import APIRouter

from dashboards.console.routes.v1 import (
    alarm,
    asset,
    case,
    duty,
    exchange,
    hold,
    incident,
    notice,
    order,
    plan,
    safety,
    session,
    supervision,
)

router = APIRouter(prefix="/api/v1")
for _module in (
    session,
    alarm,
    incident,
    safety,
    hold,
    order,
    plan,
    duty,
    notice,
    supervision,
    case,
    asset,
    exchange,
):
    router.include_router(_module.router)

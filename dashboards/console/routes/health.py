"""Whether the process lives, and whether it makes progress."""

from fastapi import APIRouter
from starlette.responses import JSONResponse

from dashboards.console.problem import problem
from dashboards.console.store import platform
from dashboards.console.web import ServicesOf
from gateway.canary import LATE_S

router = APIRouter(prefix="/health", tags=["health"])


@router.get("/live", summary="The process answers")
def is_alive() -> dict[str, str]:
    """Nothing but the process itself is looked at."""
    return {"status": "alive"}


@router.get("/ready", summary="The console makes progress", response_model=None)
def is_ready(services: ServicesOf) -> JSONResponse | dict[str, str]:
    """The database answers, the schema is there, and the live stream was read a moment ago."""
    with services.store.transaction() as connection:
        platform.check_ready(connection)
    if not services.hub.is_fresh:
        return problem(503, "the live stream has not been read for a while")
    return {"status": "ready"}


@router.get("/line", summary="An alarm would come through", response_model=None)
def is_line_whole(services: ServicesOf) -> JSONResponse | dict[str, object]:
    """The path's self-test came by broker, ingest, analytics and live stream a moment ago."""
    age_s = services.hub.canary_age_s
    if age_s is None:
        return problem(503, "no self-test of the path has come through since the start")
    if not services.hub.is_fresh or age_s > LATE_S:
        return problem(503, f"the last self-test of the path was sent {age_s:.0f} s ago")
    return {"status": "whole", "canary_age_s": round(age_s, 1)}

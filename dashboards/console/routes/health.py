"""Whether the process lives, and whether it makes progress."""

from fastapi import APIRouter
from starlette.responses import JSONResponse

from dashboards.console.problem import problem
from dashboards.console.store import platform
from dashboards.console.web import ServicesOf

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

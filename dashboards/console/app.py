"""Put the console together: services, routes, guards; nothing here touches the world by itself."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files

from fastapi import FastAPI
from starlette.middleware.gzip import GZipMiddleware
from starlette.staticfiles import StaticFiles

from dashboards.console import openapi, problem
from dashboards.console.guard import BodyLimit, Guard
from dashboards.console.librarian import Librarian
from dashboards.console.live import Hub
from dashboards.console.people import Directory
from dashboards.console.routes import (
    admin,
    alarm,
    asset,
    binding,
    board,
    bureau,
    card,
    coverage,
    edit,
    evidence,
    feed,
    health,
    hold,
    limit,
    live,
    login,
    message,
    order,
    overview,
    person,
    phone,
    platform,
    registry,
    report,
    resident,
    safety,
    search,
    shift,
    sign_in,
    site,
    supervise,
    v1,
    warning,
)
from dashboards.console.settings import Settings
from dashboards.console.store.pool import Store
from dashboards.console.web import Services

_STOP_S = 3.0
_COMPRESS_FROM_BYTES = 1024
_PARTS = (
    login,
    overview,
    alarm,
    card,
    phone,
    board,
    bureau,
    supervise,
    order,
    asset,
    warning,
    platform,
    admin,
    registry,
    edit,
    person,
    limit,
    hold,
    safety,
    site,
    coverage,
    search,
    shift,
    live,
    v1,
    feed,
    message,
    health,
    report,
    resident,
    evidence,
    sign_in,
    binding,
)
"""Whose routes there are; of two that fit an address the first answers."""


def create_app(settings: Settings) -> FastAPI:
    """The application; its lifespan opens the pool and starts the live stream."""
    store = Store(settings.database_url.get_secret_value())
    services = Services(settings=settings, store=store, hub=Hub(store), people=Directory(store))
    app = FastAPI(
        title="Towerwatch console",
        version="1",
        summary="Alarms, orders and measurements of lifts and fire equipment",
        lifespan=_lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/v1/openapi.json",
        generate_unique_id_function=lambda route: route.name,
    )
    app.state.services = services
    for module in _PARTS:
        app.include_router(module.router)
    app.mount("/static", StaticFiles(directory=str(files("dashboards.console") / "static")))
    problem.install(app)
    openapi.describe(app)
    app.add_middleware(GZipMiddleware, minimum_size=_COMPRESS_FROM_BYTES)
    app.add_middleware(BodyLimit)
    app.add_middleware(Guard, behind_tls=settings.console_behind_tls)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    services: Services = app.state.services
    services.store.open()
    services.hub.start()
    librarian = Librarian(services.store)
    librarian.start()
    try:
        yield
    finally:
        services.hub.stop()
        librarian.stop(_STOP_S)
        services.hub.join(_STOP_S)
        services.store.close()

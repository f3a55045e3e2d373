"""Every route with whatever its own description permits, and with what it does not."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from pydantic import SecretStr
from schemathesis.config import SchemathesisConfig
from schemathesis.core.result import Ok
from schemathesis.generation.feedback import FeedbackSources
from schemathesis.pytest._test_builder import build_operation_test
from schemathesis.schemas import BaseSchema
from schemathesis.transport import requests as transport

from dashboards.console.app import create_app
from dashboards.console.exchange import KeyGate
from dashboards.console.settings import Settings
from tests.contract.api.conftest import Api

_MOST_OBJECTS = 4
"""Numbers are folded to these, so that many requests meet something that is there."""
_SETTINGS = Settings.model_construct(database_url=SecretStr("postgresql:///none"))
_FEWEST_ROUTES = 50
_ANY_NUMBER = 1_000_000
_QUIET = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much]
_CHECKS = {
    # What fits the schema may still not fit the state: 404, 409, 412, 428 and 422 are words of the
    # loop, each documented, and told by tests of their own.
    "positive_data_acceptance": {"enabled": False},
    "ensure_resource_availability": {"enabled": False},
}


def described(*, every_edge: bool) -> BaseSchema:
    """The routes to try; with every edge of every parameter, or with a few values."""
    config = {"checks": _CHECKS, "phases": {"coverage": {"enabled": every_edge}}}
    schema = schemathesis.openapi.from_dict(
        create_app(_SETTINGS).openapi(), config=SchemathesisConfig.from_dict(config)
    )
    return schema.exclude(path=["/api/v1/live", "/health/line", "/health/ready"])


@pytest.fixture(autouse=True)
def _without_a_count_of_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """It looks into the pools of urllib3, in whose place niquests brings one that is made otherwise."""
    monkeypatch.setattr(transport, "_count_opened_connections", lambda _session: 0)


def token_for(api: Api, path: str) -> str:
    match path.removeprefix("/api/v1/").split("/"):
        case ["exchange", "export"]:
            return api.tokens["reader"]
        case ["exchange", *_]:
            return api.tokens["sender"]
        case ["cap", *_]:
            return api.tokens["bureau"]
        case ["measures" | "inspections" | "agreements" | "calls", *_]:
            return api.tokens["supervisor"]
        case _:
            return api.tokens["project_manager"]


def meet_something(values: dict[str, Any] | None) -> None:
    for name, value in (values or {}).items():
        if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31:
            values[name] = 1 + value % _MOST_OBJECTS  # type: ignore[index]


def call(api: Api, case: schemathesis.Case[Any]) -> None:
    meet_something(case.path_parameters)
    token = token_for(api, case.operation.path)
    case.call_and_validate(
        base_url=api.console.address,
        headers={"Authorization": f"Bearer {token}"},
        timeout=20,
    )


def let_anybody_guess(api: Api) -> None:
    """Wrong keys are refused as such, however many there are: the limit has tests of its own."""
    app: Any = api.console.server.config.app
    app.state.key_gate = KeyGate(guesses=_ANY_NUMBER, uses=_ANY_NUMBER)


def try_routes(
    api: Api, subtests: pytest.Subtests, routes: BaseSchema, few_or_many: settings
) -> None:
    """Build each route's requests where they are sent: built when collected, they cost every worker
    seconds, and all routes have one id, of which workers run one.
    """
    tried = 0
    for found in routes.get_all_operations():
        assert isinstance(found, Ok), found
        route = found.ok()

        @few_or_many
        def trial(case: schemathesis.Case[Any]) -> None:
            call(api, case)

        with subtests.test(route.label):
            build_operation_test(
                config=routes.config,
                operation=route,
                test_func=trial,
                given_kwargs={},
                feedback=FeedbackSources(),
            )()
            tried += 1
    assert tried > _FEWEST_ROUTES


@pytest.mark.timeout(300)
def test_every_route_keeps_to_its_description(api: Api, subtests: pytest.Subtests) -> None:
    few = settings(
        max_examples=2,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=_QUIET,
        phases=[Phase.explicit, Phase.generate],
    )
    try_routes(api, subtests, described(every_edge=False), few)


@pytest.mark.long
@pytest.mark.timeout(7200)
def test_every_route_keeps_to_its_description_whatever_is_sent(
    api: Api, subtests: pytest.Subtests
) -> None:
    let_anybody_guess(api)
    many = settings(max_examples=50, deadline=None, suppress_health_check=_QUIET)
    try_routes(api, subtests, described(every_edge=True), many)

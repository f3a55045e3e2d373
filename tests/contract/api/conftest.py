"""One console with its alarm process and a site full of records, for every test of the API."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta

import pytest
import structlog
from argon2 import PasswordHasher

from analytics.alarms.report import PlacePath
from analytics.duties.matrix import OrganisationId
from analytics.exchange import agreement_store
from analytics.exchange.agreement import Agreement, AgreementCode, Grant
from analytics.exchange.case import CaseSystem, SystemCode
from analytics.exchange.case_store import put_system
from analytics.exchange.dataset import dataset_of
from analytics.exchange.key import Party, give_key
from analytics.supervision.measure import Kind
from analytics.supervision.store import Proposal, propose
from dashboards.console import password
from ingest.database import Connection, connect, trusted_sql
from tests.integration.dashboards.console import ConsoleServer, serving
from tests.integration.dashboards.site import GARDEN, Site, build_site, now
from tests.integration.dashboards.test_holds import alarm_process
from tests.services import TestDatabase

ROLES = ("project_manager", "supervisor", "bureau", "technician", "community")


@dataclass(frozen=True, slots=True, kw_only=True)
class Api:
    """A console with its alarm process, and whoever may call it.

    Attributes:
        tokens: Role or use to its bearer token: those of people, `sender` and `reader`.
    """

    console: ConsoleServer
    tokens: dict[str, str]

    @property
    def site(self) -> Site:
        return self.console.site


@pytest.fixture(scope="module")
def api(database_server: TestDatabase, template: str) -> Iterator[Api]:
    structlog.configure(processors=[structlog.processors.KeyValueRenderer()])
    urls = database_server.make(template)
    site = build_site(urls)
    with pytest.MonkeyPatch.context() as patch:
        cheap = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
        patch.setattr(password, "_HASHER", cheap)
        with alarm_process(site), serving(site) as console:
            fill(site)
            yield Api(console=console, tokens=log_in(console) | give_keys(site))
    database_server.drop(urls)
    structlog.reset_defaults()


def fill(site: Site) -> None:
    """Something of each kind, in the garden and in the foreign yard."""
    site.measure_lift()
    site.warn()
    for asset in ("L-1", "L-9"):
        alarm_id = site.raise_alarm(asset, "overspeed")
        firm = "lift_firm"
        site.open_order(alarm_id, firm, "限速器动作", f"W-{alarm_id:04}")
    site.raise_alarm("D-1", "fire_alarm")
    site.raise_alarm("L-1", "entrapment")
    with site.writing(site.urls.analytics_url) as connection:
        company = organisation(connection, "property")
        for place in (GARDEN, "other.yard"):
            proposal = Proposal(
                kind=Kind.RECTIFICATION,
                company=company,
                place_path=PlacePath(place),
                subject="消防通道 13800001234",
            )
            propose(connection, proposal, now())


def organisation(connection: Connection, code: str) -> OrganisationId:
    row = connection.execute(
        trusted_sql("SELECT id FROM organisations WHERE code = %s"), [code]
    ).fetchone()
    assert row is not None
    return OrganisationId(int(str(row[0])))


def log_in(console: ConsoleServer) -> dict[str, str]:
    tokens = {}
    for role in ROLES:
        firm = "lift_firm" if role == "technician" else "property"
        console.site.add_user(role.replace("_", "-"), role, organisation=firm)
        tokens[role] = console.log_in(role.replace("_", "-")).token
    return tokens


def give_keys(site: Site) -> dict[str, str]:
    """Keys of a hotline and of a reader of work orders, both for the garden alone."""
    with closing(connect(site.urls.analytics_url, application="test keys")) as connection:
        with connection.transaction():
            system = CaseSystem(
                code=SystemCode("hotline"),
                name_zh="12345热线",
                name_en="",
                place_path="",
                callback_url="",
                undertake=timedelta(hours=2),
                feedback=timedelta(hours=24),
            )
            assert put_system(connection, system, "garden")
            sender = give_key(connection, Party(system=system.code), "test", now())
        reader = agree(connection, "orders")
    return {"sender": sender.text, "reader": reader}


def agree(
    connection: Connection, dataset: str, *, unmasked: tuple[str, ...] = (), days: int = 30
) -> str:
    """An agreement on all fields of a dataset in the garden; its key."""
    found = dataset_of(dataset)
    assert found is not None
    code = AgreementCode(f"{dataset}-{now().timestamp():.6f}".replace(".", "-"))
    agreement = Agreement(
        grant=Grant(
            code=code,
            dataset=dataset,
            fields=tuple(found.names),
            unmasked=unmasked,
            place_path="",
            begins_at=now() - timedelta(days=60),
            ends_at=now() + timedelta(days=days),
        ),
        party="示范街道办",
        purpose="督办",
        legal_basis="数据共享协议 2026-7",
    )
    with connection.transaction():
        agreement_store.add_agreement(connection, agreement, "garden", "test", now())
        return give_key(connection, Party(agreement=code), "test", now()).text

"""The wiring: which processes make the platform, with which settings, ports and secrets."""

import os
import socket
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

from gateway.canary import CANARY_GATEWAY
from ingest.migrate import migrate
from towerwatch import outside
from towerwatch.canary import write_canary
from towerwatch.errors import WrongSettings
from towerwatch.gateways import GatewayKeys, keys_file, private_broker
from towerwatch.home import Home, make_folder, require_reachable, service_user
from towerwatch.options import Options
from towerwatch.outside import keep_authority
from towerwatch.ports import PREFERRED, choose_ports
from towerwatch.process import Launch, answers_http, is_listening
from towerwatch.runtime.install import require_runtime
from towerwatch.services.access import GatewayCredentials, gateway_users
from towerwatch.services.broker import STOP_SIGNAL as BROKER_STOP
from towerwatch.services.broker import BrokerPorts, OutsideListener, PrivateBroker
from towerwatch.services.certificate import TlsFiles, ensure_tls
from towerwatch.services.database import (
    ROLES,
    DatabaseUrls,
    Server,
    answers,
    ensure_database,
    ensure_roles,
    urls_of,
)
from towerwatch.services.postgres import STOP_SIGNAL as DATABASE_STOP
from towerwatch.services.postgres import PrivatePostgres
from towerwatch.services.secrets import Secrets
from towerwatch.supervise.child import ChildSpec, Stage
from towerwatch.supervise.movement import is_recent, is_young
from towerwatch.supervise.state import read_state

DATABASE = "towerwatch"
_CHECKOUT = Path(__file__).resolve().parent.parent
_INGEST = "towerwatch_ingest_"
_ANALYTICS = "towerwatch_analytics_"
_NICER = ("nice", "-n", "10")
_ANSWERS = partial(answers_http, path="/metrics")
_OURS = frozenset(
    {"TOWERWATCH_HOME", "TOWERWATCH_PORTS", "TOWERWATCH_DATABASE_URL", "TOWERWATCH_MQTT_URL"}
)
"""Settings of the command line that no process shall take for its own."""


def _preferred(environ: Mapping[str, str]) -> Mapping[str, int]:
    """Ports tried first: the well-known ones, or none where TOWERWATCH_PORTS is `any`."""
    is_any = environ.get("TOWERWATCH_PORTS", "") == "any"
    return {} if is_any else {**PREFERRED, **outside.PREFERRED}


class Platform:
    """One installation: knows every process and prepares what they need.

    Making it touches the disk (folders, secrets, certificate) and installs the runtime when
    a private server is needed and the runtime is absent.
    """

    def __init__(self, home: Home, options: Options) -> None:
        self.home = home
        self.options = options
        self.user = service_user()
        for folder in (home.root, home.data, home.logs):
            make_folder(folder)
        require_reachable(home.data, self.user)
        self.secrets = Secrets(home.secrets)
        former = read_state(home)
        self.ports = choose_ports(
            self._port_names(), former.ports if former else {}, preferred=_preferred(os.environ)
        )
        hosts = ["127.0.0.1", "localhost", socket.gethostname()]
        self.tls: TlsFiles = ensure_tls(
            home.secrets / "tls",
            hosts if options.outside is None else [*hosts, options.outside.host],
            now=datetime.now(UTC),
        )
        keep_authority(home, options.outside)
        self._postgres = self._private_postgres()
        self.broker = self._private_broker()
        self.server = self._server()
        self.urls = self._urls()
        keys = GatewayKeys(home)
        keys.keep_only(self.broker.gateways() if self.broker else keys.hashes())

    @property
    def console_url(self) -> str:
        """The address that people open."""
        return f"http://{self.options.console_host}:{self.ports['console']}/"

    @property
    def outside_host(self) -> str:
        """How other machines call this one; empty: they do not."""
        return "" if self.options.outside is None else self.options.outside.host

    @property
    def outside_url(self) -> str:
        """The address that people on other machines open; empty without one."""
        host = self.outside_host
        return f"https://{outside.in_url(host)}:{self.ports[outside.CONSOLE]}" if host else ""

    @property
    def gateway_broker_url(self) -> str:
        """The address that gateways connect to, without secrets."""
        if self.options.mqtt_url:
            parts = urlsplit(self.options.mqtt_url.split()[0])
            return f"{parts.scheme}://{parts.hostname}:{parts.port or 1883}"
        return f"mqtt://127.0.0.1:{self.ports['gateways']}"

    @property
    def intake_url(self) -> str:
        """The address of the second path."""
        return f"https://127.0.0.1:{self.ports['intake']}"

    def install_schema(self) -> None:
        """Make roles and database, and bring the schema up to date."""
        ensure_roles(self.server)
        if self._postgres is not None:
            ensure_database(self.server, DATABASE)
        migrate(self.urls.owner_url)

    def specs(self) -> list[ChildSpec]:
        """Return every process of the platform."""
        found: list[ChildSpec] = []
        if self._postgres is not None:
            found.append(self._database_spec(self._postgres))
        if self.broker is not None:
            found.append(self._broker_spec(self.broker))
        found += [*self._ingest_specs(), *self._analytics_specs(), self._console_spec()]
        gateways = [
            self._unwatched(f"gateway-{path.stem}", ["gateway", "run", str(path)], {})
            for path in self.options.gateways
        ]
        return [*found, *gateways, *self._watch_specs()]

    def admit_gateways(self, gateways: Sequence[str]) -> tuple[GatewayCredentials, ...]:
        """Let gateways in, at the broker and at the intake; the broker starts afterwards."""
        if self.broker is None:
            raise WrongSettings(
                "Gateways are admitted by whoever runs the broker of TOWERWATCH_MQTT_URL."
            )
        made = self.broker.add_gateways(gateways)
        GatewayKeys(self.home).admit(made)
        return made

    def python_spec(
        self,
        name: str,
        stage: Stage,
        words: Sequence[str],
        environment: Mapping[str, str],
        *,
        before: Sequence[str] = (),
    ) -> ChildSpec:
        """Return one of our own processes; it is ready when its metrics answer."""
        port = self.ports[f"metrics.{name}"]
        settings = {**environment, "TOWERWATCH_METRICS_PORT": str(port)}
        launch = self.python_launch(words, settings, before=before)
        return ChildSpec(
            name=name, stage=stage, launch=lambda: launch, is_ready=lambda: is_listening(port)
        )

    def _watched(self, spec: ChildSpec, moves: Callable[[int], bool]) -> ChildSpec:
        """The same process, ready when it makes progress and watched for it.

        Args:
            moves: Tells from the port of its metrics whether it makes progress.
        """
        asked = partial(moves, self.ports[f"metrics.{spec.name}"])
        return replace(spec, is_ready=asked, is_moving=asked)

    def _port_names(self) -> list[str]:
        workers = [f"ingest-data-{n}" for n in range(self.options.data_workers)]
        ours = ["ingest-alarm", *workers, "ingest-intake"]
        ours += [*self._alarm_names(), "analytics-messages", "analytics-orders"]
        ours += ["analytics-warnings"]
        ours += ["console", "bureau", "gateway"]
        fixed = ["console", "intake", "gateways", "broker", "database", "bureau"]
        if self.options.outside is not None:
            fixed += [outside.BROKER, outside.INTAKE, outside.CONSOLE]
            ours += [outside.INTAKE_NAME, outside.CONSOLE_NAME]
        return [*fixed, *(f"metrics.{name}" for name in ours)]

    def _private_postgres(self) -> PrivatePostgres | None:
        if self.options.database_url:
            return None
        made = PrivatePostgres(
            require_runtime(self.home), self.home.data / "database", self.secrets, user=self.user
        )
        made.archive = self.options.archive
        return made

    def _private_broker(self) -> PrivateBroker | None:
        if self.options.mqtt_url:
            return None
        require_runtime(self.home)
        return private_broker(self.home)

    def _server(self) -> Server:
        if self._postgres is not None:
            return self._postgres.server(self.ports["database"])
        passwords = {role: self.secrets.get(f"database.{role}") for role in ROLES}
        return Server(admin_url=self.options.database_url, passwords=passwords)

    def _urls(self) -> DatabaseUrls:
        chosen = self.options.database_url
        if not chosen:
            return urls_of(self.server, DATABASE)
        return urls_of(self.server, urlsplit(chosen).path.strip("/"), owner_url=chosen)

    @property
    def _broker_ports(self) -> BrokerPorts:
        return BrokerPorts(platform=self.ports["broker"], gateway=self.ports["gateways"])

    def _mqtt_url(self, user: str) -> str:
        if self.broker is not None:
            return self.broker.url(user, self._broker_ports)
        login = f"{user}:{self.secrets.get(f'mqtt.{user}')}"
        parts = map(urlsplit, self.options.mqtt_url.split())
        return " ".join(one._replace(netloc=f"{login}@{one.netloc}").geturl() for one in parts)

    def _database_spec(self, postgres: PrivatePostgres) -> ChildSpec:
        port = self.ports["database"]
        return ChildSpec(
            name="database",
            stage=Stage.DATABASE,
            prepare=lambda: postgres.prepare(port),
            launch=postgres.launch,
            is_ready=lambda: answers(self.server.admin_url),
            stop_signal=DATABASE_STOP,
            grace_s=30.0,
            ready_within_s=120.0,
            is_required=True,
        )

    def _broker_spec(self, broker: PrivateBroker) -> ChildSpec:
        ports = self._broker_ports

        def is_ready() -> bool:
            if not (is_listening(ports.platform) and is_listening(ports.gateway)):
                return False
            broker.forget_store()
            return True

        return ChildSpec(
            name="broker",
            stage=Stage.BROKER,
            prepare=lambda: broker.prepare(ports, self._outside_listener()),
            launch=broker.launch,
            is_ready=is_ready,
            stop_signal=BROKER_STOP,
            is_required=True,
        )

    def _outside_listener(self) -> OutsideListener | None:
        chosen = self.options.outside
        if chosen is None:
            return None
        shown = chosen.tls or self.tls
        return OutsideListener(
            address=chosen.address,
            port=self.ports[outside.BROKER],
            certificate=shown.certificate,
            key=shown.key,
        )

    def intake_settings(self, host: str, port: int) -> dict[str, str]:
        """Return the settings of a process of the intake."""
        return {
            "TOWERWATCH_DATABASE_URL": self.urls.ingest_url,
            "TOWERWATCH_INTAKE_HOST": host,
            "TOWERWATCH_INTAKE_PORT": str(port),
            "TOWERWATCH_TLS_CERT": str(self.tls.certificate),
            "TOWERWATCH_TLS_KEY": str(self.tls.key),
            "TOWERWATCH_GATEWAY_KEYS": str(keys_file(self.home)),
        }

    def _ingest_specs(self) -> list[ChildSpec]:
        database = {"TOWERWATCH_DATABASE_URL": self.urls.ingest_url}
        intake = self.intake_settings("127.0.0.1", self.ports["intake"])
        more = os.environ.get("TOWERWATCH_TLS_DOORS", "")
        alarm = {
            **database,
            "TOWERWATCH_MQTT_URL": self._mqtt_url("tw-ingest-alarm"),
            "TOWERWATCH_TLS_DOORS": outside.tls_doors(
                self.options.outside, self.ports, self.options.mqtt_url, more
            ),
            "TOWERWATCH_WATCHED_FOLDERS": self._watched_folders(),
        }
        found = [
            self.ingest_spec("ingest-alarm", ["ingest", "alarm"], alarm),
            replace(
                self.ingest_spec("ingest-intake", ["ingest", "intake"], intake),
                is_ready=lambda: is_listening(self.ports["intake"]),
            ),
        ]
        for number in range(self.options.data_workers):
            user = f"tw-ingest-data-{number}"
            words = ["ingest", "data", "--worker", str(number)]
            settings = {**database, "TOWERWATCH_MQTT_URL": self._mqtt_url(user)}
            found.append(self.ingest_spec(f"ingest-data-{number}", words, settings))
        return found

    def _watched_folders(self) -> str:
        """The disks that must not fill: ours, the archive's, and those that the operator names."""
        archive = [] if self.options.archive is None else [str(self.options.archive)]
        more = os.environ.get("TOWERWATCH_WATCHED_FOLDERS", "")
        return os.pathsep.join(filter(None, [str(self.home.root), *archive, more]))

    def ingest_spec(
        self, name: str, words: Sequence[str], settings: Mapping[str, str]
    ) -> ChildSpec:
        """Return a process of ingest, watched for its progress."""
        moves = partial(is_young, age_name=f"{_INGEST}progress_age_seconds")
        return self._watched(self.python_spec(name, Stage.INGEST, words, settings), moves)

    def _analytics_specs(self) -> list[ChildSpec]:
        decides = partial(is_recent, timestamp_name=f"{_ANALYTICS}round_timestamp_seconds")
        bureau = self._bureau_settings()
        alarms = [
            self._analytics_spec(
                name, "alarms", bureau | {"TOWERWATCH_ALARM_WORKER": str(number)}, moves=decides
            )
            for number, name in enumerate(self._alarm_names())
        ]
        return [
            *alarms,
            self._analytics_spec("analytics-messages", "messages", self._message_settings()),
            self._analytics_spec("analytics-orders", "orders", self._order_settings()),
            self._analytics_spec("analytics-warnings", "warnings", {}, before=_NICER),
        ]

    def _analytics_spec(
        self,
        name: str,
        word: str,
        settings: Mapping[str, str],
        *,
        moves: Callable[[int], bool] = _ANSWERS,
        before: Sequence[str] = (),
    ) -> ChildSpec:
        environment = {"TOWERWATCH_DATABASE_URL": self.urls.analytics_url, **settings}
        words = ["analytics", word]
        made = self.python_spec(name, Stage.ANALYTICS, words, environment, before=before)
        return self._watched(made, moves)

    def _bureau_settings(self) -> dict[str, str]:
        found = {"TOWERWATCH_BUREAU_URL": self.options.bureau_url}
        if self.options.bureau_secret_file is not None:
            found["TOWERWATCH_BUREAU_SECRET_FILE"] = str(self.options.bureau_secret_file)
        return found

    def _alarm_names(self) -> list[str]:
        more = [f"analytics-alarms-{n}" for n in range(1, self.options.alarm_workers)]
        return ["analytics-alarms", *more]

    def _message_settings(self) -> dict[str, str]:
        found = {"TOWERWATCH_PUBLIC_URL": self.options.public_url}
        if self.options.addresses_file is not None:
            found["TOWERWATCH_ADDRESSES_FILE"] = str(self.options.addresses_file)
        return found

    def _order_settings(self) -> dict[str, str]:
        file = self.options.case_secrets_file
        return {} if file is None else {"TOWERWATCH_CASE_SECRETS_FILE": str(file)}

    def console_settings(self, name: str, host: str, port: int) -> dict[str, str]:
        """Return the settings of a process of the console."""
        return {
            "TOWERWATCH_DATABASE_URL": self.urls.console_url,
            "TOWERWATCH_CONSOLE_HOST": host,
            "TOWERWATCH_PHOTO_FOLDER": str(self.home.data / "photos"),
            "TOWERWATCH_CONSOLE_PORT": str(port),
            "TOWERWATCH_METRICS_PORT": str(self.ports[f"metrics.{name}"]),
        }

    def _console_spec(self) -> ChildSpec:
        port = self.ports["console"]
        settings = self.console_settings("console", self.options.console_host, port)
        launch = self.python_launch(["dashboards.console"], settings)
        return ChildSpec(
            name="console",
            stage=Stage.CONSOLE,
            launch=lambda: launch,
            is_ready=lambda: answers_http(port, "/health/ready"),
            is_moving=lambda: answers_http(port, "/health/live"),
        )

    def _watch_specs(self) -> list[ChildSpec]:
        """The path's self-test, and the sign of life to an outsider while it comes through."""
        found = []
        credentials = self._canary_credentials()
        if credentials is not None:
            folder = self.home.data / "canary"
            authority = os.environ.get("TOWERWATCH_MQTT_CA", "") if self.broker is None else ""
            config = write_canary(folder, credentials, self.gateway_broker_url, authority)
            words = ["gateway", "canary", str(config)]
            found.append(self._unwatched("canary", words, {}, before=_NICER))
        if self.options.deadman_url:
            settings = {
                "TOWERWATCH_DEADMAN_URL": self.options.deadman_url,
                "TOWERWATCH_CONSOLE_URL": f"http://127.0.0.1:{self.ports['console']}",
            }
            found.append(self._unwatched("deadman", ["dashboards.feeds"], settings, before=_NICER))
        return found

    def _canary_credentials(self) -> GatewayCredentials | None:
        """What the self-test logs in with; None at an existing broker that was not told of it."""
        if self.broker is not None:
            return self.admit_gateways([CANARY_GATEWAY])[0]
        alarm, lane = gateway_users(CANARY_GATEWAY)
        files = [self.secrets.path(f"mqtt.{user.name}") for user in (alarm, lane)]
        if not all(file.is_file() for file in files):
            return None
        return GatewayCredentials(
            gateway=CANARY_GATEWAY,
            alarm_user=alarm.name,
            alarm_password=self.secrets.get(f"mqtt.{alarm.name}"),
            data_user=lane.name,
            data_password=self.secrets.get(f"mqtt.{lane.name}"),
            intake_secret="",
        )

    def _unwatched(
        self,
        name: str,
        words: Sequence[str],
        settings: Mapping[str, str],
        *,
        before: Sequence[str] = (),
    ) -> ChildSpec:
        """A process at the left end of the line, or beside it: nothing waits for it here."""
        launch = self.python_launch(words, settings, before=before)
        return ChildSpec(
            name=name, stage=Stage.GATEWAY, launch=lambda: launch, is_ready=lambda: True
        )

    def python_launch(
        self, words: Sequence[str], settings: Mapping[str, str], *, before: Sequence[str] = ()
    ) -> Launch:
        """Return how a module of ours is started: with this Python, in the home's data folder."""
        inherited = {key: value for key, value in os.environ.items() if key not in _OURS}
        path = os.pathsep.join(filter(None, (str(_CHECKOUT), inherited.get("PYTHONPATH", ""))))
        environment = {
            "TOWERWATCH_LOG_FORMAT": "console",
            **inherited,
            **settings,
            **self.options.extra_environment,
            "PYTHONPATH": path,
            "PYTHONUNBUFFERED": "1",
            "NO_COLOR": "1",
        }
        return Launch(
            command=[*before, sys.executable, "-m", *words],
            environment=environment,
            folder=self.home.data,
        )

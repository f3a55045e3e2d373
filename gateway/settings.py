"""The gateway's configuration file: one YAML file, checked completely before anything starts."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from gateway import topic
from gateway.catalogue import ASSET_CLASSES
from gateway.driver import DriverSettings
from gateway.errors import BadSettings
from gateway.mistake import broken_yaml, repeated_keys, sentence
from gateway.secret_file import UnsafeSecret, read_secret_file
from gateway.topic import GatewayId, Lane

_CLASSES = frozenset(item.name for item in ASSET_CLASSES)


def _checked_gateway(text: str) -> str:
    return topic.gateway_id(text)


def _checked_class(name: str) -> str:
    if name not in _CLASSES:
        raise ValueError(f"{name!r} is no asset class; there are {', '.join(sorted(_CLASSES))}")
    return name


def _checked_url(*schemes: str) -> AfterValidator:
    def check(url: str) -> str:
        parts = urlsplit(url)
        if parts.scheme not in schemes or not parts.hostname:
            raise ValueError(f"{url!r} is not of the form {schemes[-1]}://host:port")
        if parts.username or parts.password:
            raise ValueError("secrets stand in files, never in the address")
        return url.rstrip("/")

    return AfterValidator(check)


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class BrokerSection(_Section):
    """The platform's broker."""

    urls: list[Annotated[str, _checked_url("mqtt", "mqtts")]] = Field(
        min_length=1, description="mqtt:// or mqtts:// addresses, tried in turn"
    )
    alarm_secret_file: Path = Field(description="file with the password of {gateway}.alarm")
    data_secret_file: Path = Field(description="file with the password of {gateway}.data")
    ca_file: Path | None = Field(
        default=None, description="authority of the broker's certificate; absent: the system's"
    )
    alarm_certificate_file: Path | None = Field(
        default=None, description="certificate and key (PEM) of {gateway}.alarm, if asked for"
    )
    data_certificate_file: Path | None = Field(
        default=None, description="certificate and key (PEM) of {gateway}.data, if asked for"
    )


class IntakeSection(_Section):
    """The second path of alarms, HTTPS."""

    url: Annotated[str, _checked_url("https")] = Field(description="https://host:port")
    secret_file: Path = Field(description="file with the gateway's secret for the intake")
    ca_file: Path | None = Field(
        default=None, description="authority of the intake's certificate; absent: the system's"
    )


class OutboxSection(_Section):
    """How much may wait."""

    alarm_bytes: int = Field(
        default=256 * 1024**2, ge=1024**2, description="most bytes of events that wait [B]"
    )
    data_bytes: int = Field(
        default=1024**3, ge=1024**2, description="most bytes of samples that wait [B]"
    )
    disk_reserve_bytes: int = Field(
        default=512 * 1024**2,
        ge=0,
        description="free disk that samples leave to alarms and the system [B]",
    )


class AssetSection(_Section):
    """An asset that this gateway watches."""

    code: str = Field(min_length=1, max_length=64, description="unique within the gateway")
    asset_class: Annotated[str, AfterValidator(_checked_class)] = Field(
        alias="class", description="class of the catalogue"
    )
    driver: str | None = Field(default=None, description="name of the driver that reads it")
    address: str = Field(default="", description="where the driver finds it, in its own words")


class DriverSection(BaseModel):
    """A driver; keys beside name and driver are the driver's own options."""

    model_config = ConfigDict(extra="allow", frozen=True)

    name: str = Field(
        pattern=r"^[a-z0-9_-]{1,40}$", description="unique; stands in logs and metrics"
    )
    driver: str = Field(min_length=1, description="its name in the group towerwatch.drivers")


class GatewaySettings(_Section):
    """Everything the gateway's process is told."""

    gateway: Annotated[str, AfterValidator(_checked_gateway)] = Field(
        description="id of the gateway, [a-z0-9-]{3,40}"
    )
    data_folder: Path = Field(description="folder of the outboxes")
    broker: BrokerSection
    intake: IntakeSection | None = Field(default=None, description="absent: no second path")
    outbox: OutboxSection = OutboxSection()
    sounder: list[str] = Field(
        default=[], description="command run when alarms have no receipt for 30 s"
    )
    duty_check: list[str] = Field(
        default=[], description="command run on a duty check (查岗); gets the minutes as last word"
    )
    metrics_port: int = Field(
        default=0, ge=0, le=65535, description="Prometheus on 127.0.0.1; 0 is off"
    )
    page_port: int = Field(
        default=0, ge=0, le=65535, description="page with the last values on 127.0.0.1; 0 is off"
    )
    log_format: Literal["json", "console"] = Field(default="json", description="json or console")
    assets: list[AssetSection] = Field(default=[], description="assets this gateway watches")
    drivers: list[DriverSection] = Field(min_length=1, description="what reads the devices")

    @property
    def gateway_id(self) -> GatewayId:
        """The gateway's id."""
        return GatewayId(self.gateway)

    def driver_settings(self) -> list[DriverSettings]:
        """Each driver's part, with the assets that name it under the option `assets`."""
        return [
            DriverSettings(name=driver.name, driver=driver.driver, options=self._options(driver))
            for driver in self.drivers
        ]

    def _options(self, driver: DriverSection) -> dict[str, Any]:
        assets = [
            {"code": asset.code, "class": asset.asset_class, "address": asset.address}
            for asset in self.assets
            if asset.driver == driver.name
        ]
        options = dict(driver.model_extra or {})
        return options | {"assets": assets} if assets else options


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A checked configuration.

    Attributes:
        fingerprint: First 16 hexadecimal digits of the file's SHA-256, for the heartbeat.
        root: The file as it is written, to find lines in.
    """

    settings: GatewaySettings
    path: Path
    fingerprint: str
    root: yaml.Node | None = None

    def line(self, where: tuple[int | str, ...]) -> int:
        """The line of a field, or of the nearest section that is there."""
        return _line(self.root, where)


def load(path: Path) -> Loaded:
    """Read and check a configuration file.

    Raises:
        BadSettings: Names file, line and field of every mistake.
    """
    try:
        content = path.read_bytes()
        root = yaml.compose(content, Loader=yaml.SafeLoader)
        values = yaml.safe_load(content)
    except OSError as error:
        raise BadSettings(f"{path}: cannot be read: {error.strerror}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        line, text = broken_yaml(error)
        raise BadSettings(f"{path}:{line}: {text}") from error
    if values is None:
        raise BadSettings(f"{path}: is empty; deploy/gateway/gateway.yaml is an example")
    mistakes = [f"{path}:{line}: {text}" for line, text in repeated_keys(root)]
    found: list[tuple[tuple[int | str, ...], str]]
    try:
        settings = GatewaySettings.model_validate(values)
    except ValidationError as error:
        found = [(one["loc"], sentence(one)) for one in error.errors()]
    else:
        found = list(_contradictions(settings))
    mistakes += [
        f"{path}:{_line(root, loc)}: {'.'.join(map(str, loc)) or 'file'}: {text}"
        for loc, text in found
    ]
    if mistakes:
        raise BadSettings("\n".join(mistakes))
    digest = hashlib.sha256(content).hexdigest()[:16]
    resolved = _resolved(settings, path.parent.absolute())
    return Loaded(settings=resolved, path=path, fingerprint=digest, root=root)


def read_secret(path: Path) -> str:
    """The secret in a file.

    Raises:
        BadSettings: The file cannot be read, is open to everybody, or the secret is short.
    """
    try:
        return read_secret_file(path)
    except UnsafeSecret as error:
        raise BadSettings(str(error)) from error


def lane_secret(settings: GatewaySettings, lane: Lane) -> str:
    """The password of the lane's user."""
    broker = settings.broker
    path = broker.alarm_secret_file if lane is Lane.ALARM else broker.data_secret_file
    return read_secret(path)


def secrets_digest(settings: GatewaySettings) -> str:
    """Changes when a secret, certificate or authority of the file changes; says nothing of them."""
    broker, intake = settings.broker, settings.intake
    digest = hashlib.sha256()
    for path in (
        broker.alarm_secret_file,
        broker.data_secret_file,
        broker.ca_file,
        broker.alarm_certificate_file,
        broker.data_certificate_file,
        intake.secret_file if intake else None,
        intake.ca_file if intake else None,
    ):
        try:
            digest.update(hashlib.sha256(path.read_bytes() if path else b"").digest())
        except OSError:
            digest.update(b"unreadable")
    return digest.hexdigest()


def _resolved(settings: GatewaySettings, folder: Path) -> GatewaySettings:
    """Paths of the file are relative to the file."""
    broker = settings.broker.model_copy(
        update={
            name: folder / value
            for name in (
                "alarm_secret_file",
                "data_secret_file",
                "ca_file",
                "alarm_certificate_file",
                "data_certificate_file",
            )
            if (value := getattr(settings.broker, name)) is not None
        }
    )
    intake = settings.intake and settings.intake.model_copy(
        update={
            name: folder / value
            for name in ("secret_file", "ca_file")
            if (value := getattr(settings.intake, name)) is not None
        }
    )
    return settings.model_copy(
        update={"broker": broker, "intake": intake, "data_folder": folder / settings.data_folder}
    )


def _contradictions(settings: GatewaySettings) -> Iterator[tuple[tuple[int | str, ...], str]]:
    """Where each part is right and two do not go together."""
    drivers: dict[str, int] = {}
    for place, driver in enumerate(settings.drivers):
        if driver.name in drivers:
            yield ("drivers", place, "name"), f"{driver.name!r} stands more than once"
        drivers.setdefault(driver.name, place)
    codes: set[str] = set()
    for place, asset in enumerate(settings.assets):
        if asset.code in codes:
            yield ("assets", place, "code"), f"{asset.code!r} stands more than once"
        codes.add(asset.code)
        if asset.driver is not None and asset.driver not in drivers:
            known = ", ".join(drivers)
            yield ("assets", place, "driver"), f"there is no driver {asset.driver!r}, only {known}"


def _line(root: yaml.Node | None, where: tuple[int | str, ...]) -> int:
    """The line of a field, or of the nearest section that is there."""
    node, line = root, root.start_mark.line + 1 if root else 1
    for part in where:
        match node:
            case yaml.MappingNode():
                found = next(((k, v) for k, v in node.value if k.value == str(part)), None)
                if found is None:
                    return line
                line, node = found[0].start_mark.line + 1, found[1]
            case yaml.SequenceNode() if isinstance(part, int) and part < len(node.value):
                node = node.value[part]
                line = node.start_mark.line + 1
            case _:
                return line
    return line

"""What the publisher of the path's self-test needs: its credentials and its file."""

from pathlib import Path

import yaml

from gateway.canary import CANARY_GATEWAY
from towerwatch.home import make_folder
from towerwatch.services.access import GatewayCredentials
from towerwatch.services.secrets import write_private


def write_canary(
    folder: Path, credentials: GatewayCredentials, broker_url: str, authority: str = ""
) -> Path:
    """Write the publisher's folder; returns its YAML file.

    There is no second path in it: an event that came round the broker would prove nothing.

    Args:
        folder: Where to; closed to others.
        credentials: From admitting the gateway that is kept for it.
        broker_url: The gateways' listener.
        authority: Certificate that a broker with TLS is recognised by; empty: the system's.
    """
    make_folder(folder, mode=0o700)
    write_private(folder / "alarm.secret", credentials.alarm_password + "\n")
    write_private(folder / "data.secret", credentials.data_password + "\n")
    content = {
        "gateway": str(CANARY_GATEWAY),
        "data_folder": "outbox",
        "broker": {
            "urls": [broker_url],
            "alarm_secret_file": "alarm.secret",
            "data_secret_file": "data.secret",
            **({"ca_file": authority} if authority else {}),
        },
        "outbox": {"disk_reserve_bytes": 0},
        "assets": [],
        "drivers": [{"name": "canary", "driver": "canary"}],
    }
    path = folder / f"{CANARY_GATEWAY}.yaml"
    write_private(path, yaml.safe_dump(content, sort_keys=False))
    return path

"""The intake's and the console's doors to other machines: a second process of each."""

from dataclasses import replace
from functools import partial

from towerwatch import outside
from towerwatch.outside import answers_https
from towerwatch.platform import Platform
from towerwatch.process import is_listening
from towerwatch.supervise.child import ChildSpec, Stage


def door_specs(platform: Platform) -> list[ChildSpec]:
    """Return what runs beside the platform for other machines; nothing without `--listen`."""
    chosen = platform.options.outside
    if chosen is None:
        return []
    shown = chosen.tls or platform.tls
    tls = {"TOWERWATCH_TLS_CERT": str(shown.certificate), "TOWERWATCH_TLS_KEY": str(shown.key)}
    ports = platform.ports[outside.INTAKE], platform.ports[outside.CONSOLE]
    intake = platform.intake_settings(chosen.address, ports[0]) | tls
    console = platform.console_settings(outside.CONSOLE_NAME, chosen.address, ports[1]) | tls
    console |= {
        "TOWERWATCH_CONSOLE_BEHIND_TLS": "true",
        "TOWERWATCH_CONSOLE_PUBLIC_URL": platform.outside_url,
    }
    launch = platform.python_launch(["dashboards.console"], console)
    asked = partial(answers_https, chosen.reachable, ports[1], certificate=shown.certificate)
    return [
        replace(
            platform.ingest_spec(outside.INTAKE_NAME, ["ingest", "intake"], intake),
            is_ready=lambda: is_listening(ports[0], chosen.reachable),
        ),
        ChildSpec(
            name=outside.CONSOLE_NAME,
            stage=Stage.CONSOLE,
            launch=lambda: launch,
            is_ready=lambda: asked(path="/health/ready"),
            is_moving=lambda: asked(path="/health/live"),
        ),
    ]

"""The page of metrics: what Prometheus finds at each process."""  # noqa: INP001

from collections.abc import Iterable, Iterator
from typing import Final

from prometheus_client import REGISTRY
from prometheus_client.metrics_core import Metric

import analytics.metrics  # noqa: F401 - importing it fills the registry
import dashboards.console.metrics  # noqa: F401
from gateway.metrics import Metrics as GatewayMetrics
from ingest.metrics import Metrics as IngestMetrics

_HEAD: Final = """\
# Metrics

Written from the code by `python docs/generate.py`.

Every process serves Prometheus metrics on 127.0.0.1 (or `TOWERWATCH_METRICS_HOST`; in containers on the inner network)
at the port `TOWERWATCH_METRICS_PORT` (0 is off; the gateway: `metrics_port` in its file). Names carry their unit. Judge
health by progress: a queue that shrinks, an age that stays small. `connected` proves nothing.
"""

_OWN: Final = "towerwatch_"


def metrics_page() -> str:
    """The whole page."""
    parts = (
        ("gateway", GatewayMetrics().registry.collect()),
        ("ingest", IngestMetrics().registry.collect()),
        ("analytics", REGISTRY.collect()),
        ("console", REGISTRY.collect()),
    )
    return "\n".join([_HEAD, *(line for part in parts for line in _section(*part))])


def _section(title: str, metrics: Iterable[Metric]) -> Iterator[str]:
    yield f"## {title}\n"
    yield "| metric | kind | meaning |"
    yield "|---|---|---|"
    for metric in sorted(metrics, key=lambda one: str(one.name)):
        if metric.name.startswith(f"{_OWN}{title}_"):
            name = f"{metric.name}_total" if metric.type == "counter" else metric.name
            yield f"| `{name}` | {metric.type} | {metric.documentation} |"
    yield ""

"""A second gateway process beside the line's own: a clone, or one with a small disk."""

import json
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.faults.driver import Orders
from tests.faults.stage import Stage, run_gateway
from towerwatch.process import stop


@dataclass(frozen=True, slots=True, kw_only=True)
class Second:
    """Where the second gateway keeps its things."""

    folder: Path

    @property
    def record(self) -> Path:
        """What its source took."""
        return self.folder / "record.jsonl"

    @property
    def outboxes(self) -> Path:
        """The folder of its outboxes."""
        return self.folder / "outbox"

    def order(self, orders: Orders) -> None:
        """Tell its source what to do from now on."""
        fresh = self.folder / "orders.new"
        fresh.write_text(json.dumps(asdict(orders)))
        fresh.rename(self.folder / "orders.json")


@contextmanager
def second_gateway(
    line: Stage,
    folder: Path,
    image: Path | None = None,
    changes: Mapping[str, Any] | None = None,
    *,
    broker_url: str = "",
    around: Sequence[str] = (),
) -> Iterator[Second]:
    """The same gateway once more, with an image of the other's outboxes, for the time of a block.

    Args:
        changes: Sections of the configuration that are otherwise than the line's.
        broker_url: Another address of the broker.
        around: A program, with its arguments, that runs it.
    """
    second = Second(folder=folder)
    folder.mkdir(parents=True, exist_ok=True)
    if image is not None:
        shutil.copytree(image, second.outboxes, dirs_exist_ok=True)
    line.others.append(second.record)
    second.order(Orders())
    configuration = yaml.safe_load((line.folder / "gateway.yaml").read_text())
    configuration["data_folder"] = str(second.outboxes)
    for name in ("alarm_secret_file", "data_secret_file"):
        configuration["broker"][name] = str(line.folder / configuration["broker"][name])
    if broker_url:
        configuration["broker"]["urls"] = [broker_url]
    intake = configuration["intake"]
    intake["secret_file"] = str(line.folder / intake["secret_file"])
    configuration["drivers"][0] |= {
        "record": str(second.record),
        "orders": str(folder / "orders.json"),
        "mark": f"second-{len(line.others)}",
    }
    configuration |= dict(changes or {})
    path = folder / "gateway.yaml"
    path.write_text(yaml.safe_dump(configuration))
    process = run_gateway(line.folder, path, around)
    try:
        yield second
    finally:
        stop(process, grace_s=10)

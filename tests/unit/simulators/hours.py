"""Plays one asset second by second, through the gateway's report by exception, into its hours."""

from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from gateway.report import FrameGate
from gateway.sample import Sample
from simulators.building import Asset
from simulators.faults import Fault
from simulators.history import HOURLY_METRICS
from simulators.model import Model, Moment

Hours = dict[str, list[float]]


def played_hours(
    asset: Asset, model: Model, start_ms: int, hours: int, faults: Sequence[Fault] = ()
) -> Hours:
    """Columns of the hourly view, a value an hour, as the database would compute them."""
    gate, found = FrameGate(asset.kind), defaultdict(list)
    for hour in range(hours):
        frames = []
        for second in range(3600 * hour, 3600 * (hour + 1)):
            at_ms = start_ms + 1000 * second
            acting = [fault for fault in faults if fault.is_acting(second)]
            values = model.step(Moment(elapsed_s=second, at_ms=at_ms), acting).values
            if values is None:
                continue
            frame = gate.take(Sample(asset=asset.code, at_ms=at_ms, values=values))
            if frame is not None:
                frames.append(frame.values)
        found["samples"].append(float(len(frames)))
        for metric in HOURLY_METRICS[asset.class_name]:
            read = [value for frame in frames if (value := frame.get(metric)) is not None]
            for name, one in (("mean", np.mean), ("min", np.min), ("max", np.max)):
                found[f"{metric}_{name}"].append(float(one(read)) if read else np.nan)
    return dict(found)

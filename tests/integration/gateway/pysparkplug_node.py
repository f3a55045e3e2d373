"""An edge node that is all pysparkplug's own: run by `test_sparkplug_peer.py` in a process of its own.

Words on its standard input: `raise`, `clear`, `leave`, `return`. It says `born` when it was asked
to say everything anew.
"""

import queue
import sys
import threading
from typing import Any

from pysparkplug import Client, DataType, Device, EdgeNode, Metric, get_current_timestamp

ALARM = "Alarms/Overspeed"


def metric(name: str, datatype: Any, value: object) -> Any:
    return Metric(timestamp=get_current_timestamp(), name=name, datatype=datatype, value=value)


def lift() -> Any:
    return Device(
        device_id="lift7",
        metrics=[metric("Speed", DataType.FLOAT, 1.5), metric(ALARM, DataType.BOOLEAN, False)],
    )


def read(words: "queue.Queue[str]") -> None:
    for line in sys.stdin:
        words.put(line.strip())
    words.put("end")


def main(port: int) -> None:
    words: queue.Queue[str] = queue.Queue()
    node = EdgeNode(
        group_id="site",
        edge_node_id="gw1",
        metrics=[metric("Node Control/Rebirth", DataType.BOOLEAN, False)],
        client=Client(client_id="gw1"),
        cmd_callback=lambda _node, _message: words.put("rebirth"),
    )
    node.register(lift())
    node.connect("127.0.0.1", port=port)
    threading.Thread(target=read, args=(words,), daemon=True).start()
    while (word := words.get()) != "end":
        if word == "rebirth":
            node.disconnect()
            node.connect("127.0.0.1", port=port)
            print("born", flush=True)
        elif word == "leave":
            node.deregister("lift7")
        elif word == "return":
            node.register(lift())
        else:
            node.update_device("lift7", [metric(ALARM, DataType.BOOLEAN, word == "raise")])


if __name__ == "__main__":
    main(int(sys.argv[1]))

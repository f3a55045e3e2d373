"""What a user would write in an hour: paho, `json.loads`, `executemany` of one row a value.

It runs as `python -m tests.benchmarks.baseline` with the platform's settings, on the same
broker, the same database and the same messages as the platform. It gets what a first version
seldom has: it commits once a message and answers with a receipt, so that the load can wait.
"""

import json
import os
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

import paho.mqtt.client as mqtt
import psycopg
from paho.mqtt.enums import CallbackAPIVersion

TABLE = os.environ["BASELINE_TABLE"]
INSERT = f"INSERT INTO {TABLE} (at, gateway, asset, metric, value) VALUES (%s, %s, %s, %s, %s)"


def on_message(
    client: mqtt.Client, database: psycopg.Connection, message: mqtt.MQTTMessage
) -> None:
    gateway = message.topic.split("/")[2]
    batch = json.loads(message.payload)
    rows = []
    for frame in batch["frames"]:
        times = [datetime.fromtimestamp(at / 1000, UTC) for at in frame["t"]]
        for metric, values in frame["m"].items():
            for at, value in zip(times, values, strict=True):
                if value is not None:
                    rows.append((at, gateway, frame["asset"], metric, value))
    with database.cursor() as cursor:
        cursor.executemany(INSERT, rows)
    database.commit()
    receipt = {"stream": batch["stream"], "through": batch["seq"]}
    client.publish(f"tw/1/{gateway}/receipt/data", json.dumps(receipt))


def on_connect(client: mqtt.Client, _data: Any, _flags: Any, _code: Any, _more: Any) -> None:
    client.subscribe("tw/1/+/data/+", qos=1)


def on_subscribe(*_: Any) -> None:
    print("ready", flush=True)


def main() -> None:
    """Read messages for ever."""
    database = psycopg.connect(os.environ["TOWERWATCH_DATABASE_URL"])
    broker = urlsplit(os.environ["TOWERWATCH_MQTT_URL"])
    client = mqtt.Client(CallbackAPIVersion.VERSION2, client_id="baseline", protocol=mqtt.MQTTv5)
    client.user_data_set(database)
    client.username_pw_set(broker.username, broker.password)
    client.on_connect = on_connect
    client.on_subscribe = on_subscribe
    client.on_message = on_message
    client.connect(broker.hostname or "", broker.port or 1883)
    client.loop_forever()


if __name__ == "__main__":
    main()

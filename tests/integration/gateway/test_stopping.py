"""A process that is told to stop: it hears it whatever it does, and ends whatever holds it up."""

import signal
import subprocess
import sys

import pytest

BUSY = """
import sys
from gateway.stopping import stop_on_signal
stopping = stop_on_signal()
print("ready", flush=True)
while not stopping.wait(0):
    pass
"""
"""Looks at its event all the time, so that the signal finds it with the event's lock in hand."""
STUCK = """
import threading
from gateway.stopping import stop_on_signal
stop_on_signal(within_s=2.5)
print("ready", flush=True)
threading.Event().wait()
"""
ALSO = """
import threading
from gateway.stopping import stop_on_signal
said = threading.Event()
def also():
    print("also", flush=True)
    said.set()
stopping = stop_on_signal(also=also)
print("ready", flush=True)
stopping.wait()
said.wait(5)
"""
AGAIN = """
import time
from gateway.stopping import end_within
print("ready", flush=True)
end_within(0.5)
while True:
    time.sleep(0.05)
    end_within(0.5)
"""


def started(code: str) -> "subprocess.Popen[str]":
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_is_heard_while_the_main_thread_looks_at_its_event(
    number: signal.Signals,
) -> None:
    for _ in range(3):
        process = started(BUSY)
        process.send_signal(number)
        process.communicate(timeout=30)
        assert process.returncode == 0


def test_a_process_that_is_held_up_is_ended_and_says_where_it_stood() -> None:
    process = started(STUCK)
    process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=30)
    assert process.returncode == -signal.SIGALRM
    assert "Timeout" in said
    assert "in wait" in said


def test_what_else_is_to_stop_is_told_as_well() -> None:
    process = started(ALSO)
    process.send_signal(signal.SIGTERM)
    said, _ = process.communicate(timeout=30)
    assert said == "also\n"
    assert process.returncode == 0


def test_whoever_tells_it_again_and_again_gives_it_no_more_time() -> None:
    process = started(AGAIN)
    process.communicate(timeout=30)
    assert process.returncode == -signal.SIGALRM

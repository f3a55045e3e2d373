"""Told to stop, a process hears it at once and is gone soon, whatever its peers do.

Python runs a signal handler in the main thread, between any two of its steps: also while that
thread holds the lock of the very event that the handler would set, and then it waits for itself
for ever (tried: 24 of 40 processes that did nothing but look at their event). So the handler does
nothing here. The interpreter writes the signal's number into a pipe the moment it comes
(`signal.set_wakeup_fd`), and a thread that reads the pipe sets the event.

From then on time runs: a thread that waits for a peer which does not answer would hold up the
exit. Nothing is lost by an end that is cut short, for what is not committed is not acknowledged.
"""

import faulthandler
import os
import signal
import sys
import threading
from collections.abc import Callable, Collection
from typing import Final

STOP_WITHIN_S: Final = 9.0
"""A process is gone so long after it was told to stop; a supervisor kills after 10 s [s]."""
TELL_S: Final = 2.0
"""So long before, it says where each of its threads stands [s]."""
_WORDS: Final = (signal.SIGTERM, signal.SIGINT)


def stop_on_signal(
    also: Callable[[], None] = lambda: None, *, within_s: float = STOP_WITHIN_S
) -> threading.Event:
    """An event that SIGTERM and SIGINT set; from then on the process has a limited time to end.

    Args:
        also: Called once, after the event is set, in a thread of its own.
        within_s: How long the process then has; the kernel ends it after that [s].
    """
    stopping = threading.Event()

    def tell() -> None:
        if not stopping.is_set():
            stopping.set()
            end_within(within_s)
            also()

    hear(_WORDS, tell)
    return stopping


def hear(numbers: Collection[int], tell: Callable[[], None]) -> Callable[[], None]:
    """Call something whenever a signal comes, in a thread of its own; returns what ends that.

    For the main thread. One process hears by one such pipe at a time.
    """
    heard, told = os.pipe()
    os.set_blocking(told, False)
    former_pipe = signal.set_wakeup_fd(told, warn_on_full_buffer=False)
    # Something must stand here: the default action would end the process at once.
    former = {number: signal.signal(number, lambda _number, _frame: None) for number in numbers}

    def listen() -> None:
        while came := os.read(heard, 64):
            if not former.keys().isdisjoint(came):
                tell()
        os.close(heard)

    def end() -> None:
        signal.set_wakeup_fd(former_pipe)
        for number, handler in former.items():
            signal.signal(number, handler)
        os.close(told)

    threading.Thread(target=listen, name="signals", daemon=True).start()
    return end


def end_within(limit_s: float) -> None:
    """Let the kernel end this process after a time [s], whatever its threads wait for.

    Shortly before, every thread's stack goes to standard error. Told again, it changes nothing: the
    time runs from the first word.
    """
    if signal.getitimer(signal.ITIMER_REAL)[0]:
        return
    # First of all: the stacks need a thread, and a process that is held up may get none.
    signal.setitimer(signal.ITIMER_REAL, limit_s)
    if limit_s > TELL_S and sys.stderr is not None:
        faulthandler.dump_traceback_later(limit_s - TELL_S, file=2)

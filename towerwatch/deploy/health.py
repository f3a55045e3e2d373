"""`python -m towerwatch.deploy.health PORT WHAT`: status 0 when a process here makes progress.

WHAT is a path that must answer (`/health/live`), a gauge of an age that must be small
(`.._age_seconds`), or one of a time that must be recent (`.._timestamp_seconds`). For health
checks of containers: it imports little and asks loopback alone.
"""

import sys
from functools import partial

from towerwatch.process import answers_http, is_listening
from towerwatch.supervise.movement import is_recent, is_young

_USAGE = "usage: python -m towerwatch.deploy.health PORT (/PATH | GAUGE | listening)"


def is_well(port: int, what: str) -> bool:
    """Whether what is asked for holds on a port of loopback."""
    if what.startswith("/"):
        asked = partial(answers_http, path=what)
    elif what.endswith("_age_seconds"):
        asked = partial(is_young, age_name=what)
    elif what.endswith("_timestamp_seconds"):
        asked = partial(is_recent, timestamp_name=what)
    else:
        asked = partial(is_listening)
    return asked(port)


def main(arguments: list[str]) -> int:
    """Ask once; 0: well, 1: not, 2: asked wrongly."""
    if len(arguments) != 2 or not arguments[0].isdecimal():
        sys.stderr.write(_USAGE + "\n")
        return 2
    return 0 if is_well(int(arguments[0]), arguments[1]) else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

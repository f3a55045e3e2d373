"""`python -m dashboards.feeds [settings]`: the sign of life to an outsider."""

import sys

from dashboards.feeds.deadman import Deadman
from dashboards.feeds.errors import BadSettings
from dashboards.feeds.settings import read_settings
from gateway.stopping import stop_on_signal

_WRONG = 2


def main(arguments: list[str]) -> int:
    """Run until told to stop; the exit code."""
    try:
        settings = read_settings()
    except BadSettings as error:
        sys.stderr.write(f"{error}\n")
        return _WRONG
    if arguments == ["settings"]:
        print(*(f"TOWERWATCH_{name.upper()}={value}" for name, value in settings), sep="\n")
        return 0
    Deadman(settings).run(stop_on_signal())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

"""TCP ports on loopback: the former ones when they are free, any free one otherwise."""

from collections.abc import Callable, Iterable, Mapping

from towerwatch.process import free_port, is_bindable

PREFERRED: Mapping[str, int] = {"console": 8080, "intake": 8443, "gateways": 1883}
"""What people expect, tried first."""


def choose_ports(
    names: Iterable[str],
    former: Mapping[str, int],
    *,
    preferred: Mapping[str, int] = PREFERRED,
    is_free: Callable[[int], bool] = is_bindable,
    draw: Callable[[], int] = free_port,
) -> dict[str, int]:
    """Return a port for each name.

    Args:
        names: What needs a port.
        former: Ports of the last run, kept so that bookmarks and gateways stay right.
        preferred: What is tried before any free port.
        is_free: Whether nothing uses a port.
        draw: Returns a free port.
    """
    chosen: dict[str, int] = {}
    for name in names:
        wishes = [wish for wish in (former.get(name), preferred.get(name)) if wish is not None]
        good = (wish for wish in wishes if wish not in chosen.values() and is_free(wish))
        port = next(good, None)
        while port is None:
            drawn = draw()
            port = drawn if drawn not in chosen.values() else None
        chosen[name] = port
    return chosen

"""Whether the silence of gateways is a failure of the network that they share: a pure judgement."""

from dataclasses import dataclass
from typing import Final

MANY: Final = 5
"""Fewer silent gateways are failures of their own (site rule, unverified)."""
FEW: Final = 3
"""Fewer silent gateways are no failure of the network any more."""
RAISE_SHARE: Final = 0.5
CLEAR_SHARE: Final = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """The gateways of one telecom operator in one area.

    Attributes:
        area_id: District, or the root of the tree where there is none.
        known: Gateways in service that were ever heard.
        silent: Those of them that stand raised as silent.
        stands: Whether the network stands raised already.
    """

    operator_id: int
    operator_code: str
    operator_zh: str
    area_id: int
    area_code: str
    area_path: str
    area_zh: str
    known: int
    silent: int
    stands: bool

    @property
    def own_code(self) -> str:
        """Code of the asset that stands for it."""
        return f"@net/{self.operator_code}/{self.area_code}"

    @property
    def name_zh(self) -> str:
        """What it is called."""
        return f"{self.operator_zh}网络({self.area_zh})"


def holds(network: Network) -> bool:
    """Whether the network is to stand raised; between the two limits it stays as it is."""
    if network.stands:
        return network.silent >= FEW and network.silent >= CLEAR_SHARE * network.known
    return network.silent >= MANY and network.silent >= RAISE_SHARE * network.known

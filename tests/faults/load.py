"""How much the source takes while faults strike."""

from typing import Final

from tests.faults.driver import Orders

LOAD: Final = Orders(alarms_per_s=25, frames_per_s=60)

"""What can go wrong in the simulators.

SimulatorError
├── UnknownCompound   no compound of that name is declared
├── BadScenario       a scenario file is missing or says something that cannot be played
├── BadHistory        a folder holds no history that can be read, or one already
└── TruthUnwritable   the truth file cannot be opened or written
"""


class SimulatorError(Exception):
    """Base of everything the simulators raise on purpose."""


class UnknownCompound(SimulatorError):
    """No compound of that name is declared; the message lists those that are."""


class BadScenario(SimulatorError):
    """A scenario cannot be played; the message names the file, the fault and the field."""


class BadHistory(SimulatorError):
    """A history cannot be read, or would be written over another; the message names the folder."""


class TruthUnwritable(SimulatorError):
    """The truth file cannot be opened or written; the message names it."""

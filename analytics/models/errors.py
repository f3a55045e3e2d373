"""What can go wrong with models.

AnalyticsError
└── ModelError
    ├── TooLittleHistory    nothing can be learned from so few days
    ├── BadModel            an artefact is not what it says, or says what no model says
    ├── NoModel             there is none of this number, or none to go back to
    └── UnfitModel          a model failed while it was asked, or may not be activated
"""

from analytics.errors import AnalyticsError


class ModelError(AnalyticsError):
    """A model cannot be used; alarms do not depend on it."""


class TooLittleHistory(ModelError):
    """Nothing can be learned from so few days."""


class BadModel(ModelError):
    """An artefact is not what it says, or says what no model says."""


class NoModel(ModelError):
    """There is no model of this number, or none to go back to."""


class UnfitModel(ModelError):
    """A model failed while it was asked, or may not be activated."""

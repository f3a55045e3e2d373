"""What can go wrong in the feeds.

FeedError
└── BadSettings   a setting is absent or wrong: refuse to start
"""


class FeedError(Exception):
    """Base of all."""


class BadSettings(FeedError):
    """A setting is absent or wrong."""

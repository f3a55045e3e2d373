"""What can go wrong when reports are drawn.

BulletinError
└── NoChineseFont   no font with Chinese letters is installed
"""


class BulletinError(Exception):
    """Base of everything that reports raise on purpose."""


class NoChineseFont(BulletinError):
    """No font with Chinese letters is installed."""

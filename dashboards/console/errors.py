"""What can go wrong between a person at a page and the platform.

ConsoleError
├── BadSettings     the environment is wrong; the program refuses to start
├── NotLoggedIn     there is no session, or it has ended
├── WrongPassword   the name or the password is wrong (which one is never said)
├── TooManyTries    too many failed log-ins; the message says how long to wait
├── NotAllowed      the user's role may not do this, or the request came from another site
├── NotFound        there is no such thing in the user's scope
├── BadRequest      the request itself is wrong; the message says what was expected
└── BadUser         a user cannot be made as asked; the message says why
"""


class ConsoleError(Exception):
    """Base of everything that the console raises on purpose."""


class BadSettings(ConsoleError):
    """The environment is wrong; the program refuses to start."""


class NotLoggedIn(ConsoleError):
    """There is no session, or it has ended."""


class WrongPassword(ConsoleError):
    """The name or the password is wrong."""


class TooManyTries(ConsoleError):
    """Too many failed log-ins from one place or on one name.

    Attributes:
        wait_s: How long to wait before the next try [s].
    """

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"too many failed log-ins: wait {wait_s} s")
        self.wait_s = wait_s


class NotAllowed(ConsoleError):
    """The user's role may not do this, or the request came from another site."""


class NotFound(ConsoleError):
    """There is no such thing in the user's scope."""


class BadRequest(ConsoleError):
    """The request itself is wrong; the message says what was expected."""


class BadUser(ConsoleError):
    """A user cannot be made as asked; the message says why."""

"""What can go wrong between a person at a page and the platform.

ConsoleError
├── BadSettings     the environment is wrong; the program refuses to start
├── NotLoggedIn     there is no session, or it has ended
├── WrongPassword   the name or the password is wrong (which one is never said)
├── NotBound        somebody of the provider is tied to no user yet
├── TooManyTries    too many failed log-ins; the message says how long to wait
│   └── TooOften     a key was used, or guessed, too often; the message says how long to wait
├── NotAllowed      the user's role may not do this, or the request came from another site
├── NotFound        there is no such thing in the user's scope
├── BadRequest      the request itself is wrong; the message says what was expected
│   └── BadCursor   the cursor of a list is none of ours
├── VersionNeeded   the act needs the version that was seen
├── Refused         the act was not carried out; the attributes say why
└── BadUser         a user cannot be made as asked; the message says why
"""

from datetime import datetime


class ConsoleError(Exception):
    """Base of everything that the console raises on purpose.

    Attributes:
        sentence: What a page says of it, to be translated; None: what it says of all of its kind.
        values: What stands in the sentence, by name.
    """

    def __init__(self, message: str = "", *, sentence: str | None = None, **values: object) -> None:
        super().__init__(message)
        self.sentence = sentence
        self.values = values


class BadSettings(ConsoleError):
    """The environment is wrong; the program refuses to start."""


class NotLoggedIn(ConsoleError):
    """There is no session, or it has ended."""


class WrongPassword(ConsoleError):
    """The name or the password is wrong."""


class NotBound(ConsoleError):
    """Somebody of the provider is tied to no user yet: an administrator may do it."""


class TooManyTries(ConsoleError):
    """Too many failed log-ins from one place or on one name.

    Attributes:
        wait_s: How long to wait before the next try [s].
    """

    def __init__(self, wait_s: int, of_what: str = "failed log-ins") -> None:
        super().__init__(f"too many {of_what}: wait {wait_s} s")
        self.wait_s = wait_s


class TooOften(TooManyTries):
    """A key was used, or guessed, too often."""


class NotAllowed(ConsoleError):
    """The user's role may not do this, or the request came from another site."""


class NotFound(ConsoleError):
    """There is no such thing in the user's scope."""


class BadRequest(ConsoleError):
    """The request itself is wrong; the message says what was expected."""


class BadCursor(BadRequest):
    """The cursor of a list is none of ours."""

    def __init__(self) -> None:
        super().__init__("cursor: take it from `next` of the page before")


class VersionNeeded(ConsoleError):
    """The act needs the version that was seen."""


class Refused(ConsoleError):
    """The act was not carried out.

    Attributes:
        status: The HTTP status that says so.
        code: Why, in one word.
        first_by: Who came first, when the subject had changed.
        first_at: When that was.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int,
        code: str,
        first_by: str | None = None,
        first_at: datetime | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.first_by = first_by
        self.first_at = first_at


class BadUser(ConsoleError):
    """A user cannot be made as asked; the message says why."""

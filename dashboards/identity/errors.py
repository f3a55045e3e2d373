"""What goes wrong where somebody else says who a person is.

IdentityError
├── ProviderAway    the provider does not answer, or not as the standard says
└── NotBelieved     an answer or a key that proves nothing; the message says what is wrong
"""


class IdentityError(Exception):
    """Base of all errors of this package."""


class ProviderAway(IdentityError):
    """The provider does not answer, or not as the standard says: sign in by password."""


class NotBelieved(IdentityError):
    """What was shown proves nothing of who the person is."""

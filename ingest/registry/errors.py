"""What can go wrong when a registry is applied or a place is merged, split or moved.

RegistryError (an IngestError)
├── RegistryRefused   what was asked for would rewrite history or break the tree
└── PlanOutdated      the database changed since the plan was made: make a new one
"""

from gateway.catalogue import Text
from ingest.errors import IngestError


class RegistryError(IngestError):
    """Base of what the registry raises on purpose.

    Attributes:
        text: The sentence in Chinese and English.
    """

    def __init__(self, text: Text) -> None:
        super().__init__(f"{text.zh} ({text.en})")
        self.text = text


class RegistryRefused(RegistryError):
    """What was asked for would rewrite history or break the tree; nothing was written."""


class PlanOutdated(RegistryError):
    """The database changed since the plan was made; nothing was written."""

    def __init__(self) -> None:
        super().__init__(
            Text(
                zh="数据库在检查之后已有变化，未写入任何内容，请重新执行",
                en="the database changed since the plan was made, nothing was written: run it again",
            )
        )

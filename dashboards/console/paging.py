"""Lists by pages: a bounded limit, an opaque cursor, and what a page says of the next one."""

from collections.abc import Callable, Sequence
from typing import Annotated, Final, Generic, TypeVar

from fastapi import Path, Query
from pydantic import BaseModel, ConfigDict, Field

MOST: Final = 500
_LONGEST_CURSOR: Final = 400
_MOST_SMALL: Final = 2**31 - 1
MOST_ID: Final = 2**63 - 1

Limit = Annotated[int, Query(ge=1, le=MOST, description="Items on a page")]
After = Annotated[
    str | None,
    Query(max_length=_LONGEST_CURSOR, description="`next` of the page before; opaque"),
]
Id = Annotated[int, Path(ge=1, le=MOST_ID, examples=[4711])]
SmallId = Annotated[int, Path(ge=1, le=_MOST_SMALL, examples=[12])]
AssetQuery = Annotated[
    int | None, Query(ge=1, le=_MOST_SMALL, description="Only of this asset", examples=[12])
]

Item = TypeVar("Item", bound=BaseModel)
Line = TypeVar("Line")


class Page(BaseModel, Generic[Item]):
    """Some items of a list; what is added meanwhile moves none of them to another page."""

    model_config = ConfigDict(frozen=True)

    items: list[Item] = Field(description="In the order of the list")
    next: str | None = Field(description="Cursor of the next page; null: this was the last")


def page_of(
    lines: Sequence[Line],
    limit: int,
    model: Callable[[Line], Item],
    cursor: Callable[[Line], str],
) -> Page[Item]:
    """A page from lines that were read with one more than the limit.

    Args:
        lines: At most `limit + 1`.
        limit: Items on the page.
        model: What a machine gets of a line.
        cursor: The position after a line.
    """
    kept = lines[:limit]
    return Page(
        items=[model(line) for line in kept],
        next=cursor(kept[-1]) if len(lines) > limit else None,
    )

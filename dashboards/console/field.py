"""Fields that several models of the API have, each described once.

The values of a closed set are written from its enumeration, so that a description cannot fall
behind it. Names that end in `_zh` are shown to people and are Chinese, `_en` English.
"""

from collections.abc import Iterable
from typing import Annotated, Final

from pydantic import Field

PATH_EXAMPLE: Final = "city.district.street.community.garden.b3.f02"


def one_of(words: Iterable[str]) -> str:
    """The words of a closed set, as a description lists them."""
    return ", ".join(words)


PlacePath = Annotated[
    str,
    Field(description="Path of the place: codes from the city down", examples=[PATH_EXAMPLE]),
]
PlaceNames = Annotated[
    list[str],
    Field(
        description="Names of compound, building and floor, as far as the place reaches",
        examples=[["示范花园小区", "3号楼", "2层"]],
    ),
]
AssetCode = Annotated[str, Field(description="Code of the asset", examples=["P1-2-014"])]
MaybeAssetCode = Annotated[
    str, Field(description="Code of the asset; empty: it is about the place", examples=["L-0007"])
]
AssetClass = Annotated[
    str, Field(description="Class of the asset in the catalogue", examples=["lift"])
]
Zone = Annotated[str, Field(description="Fire zone or loop; empty: none", examples=["loop-3"])]
CompanyCode = Annotated[str, Field(description="Code of the company", examples=["property"])]
CompanyName = Annotated[
    str, Field(description="Name of the company, Chinese", examples=["示范物业服务公司"])
]
NameZh = Annotated[str, Field(description="Name, Chinese", examples=["1号梯"])]
NameEn = Annotated[str, Field(description="Name, English; empty: it has none", examples=["Lift 1"])]
OfAlarm = Annotated[
    int | None, Field(description="Number of the alarm; null: of none", examples=[4711])
]
OfOrder = Annotated[
    int | None, Field(description="Number of the work order; null: of none", examples=[12])
]
Version = Annotated[int, Field(description="Grows with every change", examples=[3])]
Attempts = Annotated[int, Field(description="How often it was sent", examples=[1])]

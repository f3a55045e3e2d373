"""An asset of the configuration file, as a driver is given it."""

from pydantic import Field

from gateway.drivers.options import Options


class AssetAddress(Options):
    """An asset and the name under which its device speaks."""

    code: str
    asset_class: str = Field(alias="class")
    address: str = ""

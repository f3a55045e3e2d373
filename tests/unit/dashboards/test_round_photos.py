"""A photo that cannot be kept holds up no alarm of life safety."""

from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
from fastapi import UploadFile

from analytics.orders.report import LIFE_SAFETY, Category
from dashboards.console.errors import BadRequest
from dashboards.console.routes.report import photos_of
from dashboards.console.web import Services

_PNG = b"\x89PNG\r\n\x1a\n"


def _services(folder: Path | None) -> Services:
    return cast("Services", SimpleNamespace(settings=SimpleNamespace(photo_folder=folder)))


def _sent(content: bytes = _PNG) -> list[UploadFile]:
    return [UploadFile(BytesIO(content), filename="x.png")]


def _no_folder(folder: Path) -> Path:
    """Where nothing can be written, for root neither: a file stands in its place."""
    (folder / "taken").write_bytes(b"")
    return folder / "taken"


@pytest.mark.parametrize("category", LIFE_SAFETY)
def test_a_fire_is_reported_although_the_disk_takes_no_photo(
    category: Category, tmp_path: Path
) -> None:
    assert photos_of(_services(_no_folder(tmp_path)), _sent(), category) == []
    assert photos_of(_services(tmp_path), _sent(b"no photo"), category) == []
    assert len(photos_of(_services(tmp_path), _sent(), category)) == 1


def test_a_lesser_report_says_what_is_wrong_with_its_photo(tmp_path: Path) -> None:
    with pytest.raises(BadRequest):
        photos_of(_services(tmp_path), _sent(b"no photo"), Category.OTHER)
    with pytest.raises(OSError, match="taken"):
        photos_of(_services(_no_folder(tmp_path)), _sent(), Category.OTHER)

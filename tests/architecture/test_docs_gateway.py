"""The configurations that the pages of field protocols show are ones that a gateway takes."""

import re
from pathlib import Path

import pytest

from gateway.configuration import load_whole

ROOT = Path(__file__).parents[2]
PAGES = sorted((ROOT / "docs" / "field_protocols").glob("*.md"))
_HEAD = """\
gateway: gw-of-the-page
data_folder: {folder}
broker:
  urls: ["mqtts://broker.example.org:8883"]
  alarm_secret_file: {folder}/lane.secret
  data_secret_file: {folder}/lane.secret
"""
_ELSEWHERE = "/etc/towerwatch-gateway"
_STAND_INS = {
    "acme_smoke.csv": ROOT / "gateway" / "code_systems" / "gbt26875.csv",
    "acme_monitor.yaml": ROOT
    / "gateway"
    / "drivers"
    / "modbus"
    / "maps"
    / "residual_current_monitor.yaml",
}
"""Files that a page supposes at the site."""


def _blocks() -> list[tuple[str, str]]:
    return [
        (page.stem, block)
        for page in PAGES
        for block in re.findall(
            r"^```yaml\n(.*?)^```", page.read_text("utf-8"), re.DOTALL | re.MULTILINE
        )
    ]


@pytest.mark.parametrize(("page", "block"), _blocks(), ids=[name for name, _ in _blocks()])
def test_a_gateway_takes_what_a_page_shows(page: str, block: str, tmp_path: Path) -> None:
    secret = tmp_path / "lane.secret"
    secret.write_text("a secret of the page, long enough\n")
    secret.chmod(0o600)
    for name, source in _STAND_INS.items():
        own_name = f"\n{Path(name).stem},"
        text = source.read_text("utf-8").replace(f"\n{source.stem},", own_name)
        (tmp_path / name).write_text(text, "utf-8")
    config = tmp_path / "gateway.yaml"
    here = block.replace(_ELSEWHERE, str(tmp_path))
    config.write_text(_HEAD.format(folder=tmp_path) + here, "utf-8")
    loaded, drivers = load_whole(config)
    assert [one.name for one in drivers] == [one.name for one in loaded.settings.drivers], page

"""The view of coverage holds to the catalogue: which classes may be silent while they are well."""

import re
from importlib.resources import files

from dashboards.console.section import REPORTING
from gateway.catalogue import ASSET_CLASSES

_UNWATCHED = {"gateway", "network", "unknown"}
_VIEW = (files("ingest") / "migrations" / "0014_coverage_behind_gateways.sql").read_text("utf-8")


def _listed(words: str) -> set[str]:
    found = re.search(rf"assets\.class {words} \(([^)]*)\)", _VIEW)
    assert found is not None
    return set(re.findall(r"'(\w+)'", found[1]))


def test_classes_that_may_be_silent_for_long_are_heard_through_their_gateway() -> None:
    quiet = {
        kind.name for kind in ASSET_CLASSES if kind.silence_s > REPORTING.total_seconds()
    } - _UNWATCHED
    assert _listed("IN") == quiet


def test_the_console_and_the_view_agree_on_how_long_lately_is() -> None:
    minutes = int(REPORTING.total_seconds() / 60)
    assert set(re.findall(r"INTERVAL '(\d+) minutes'", _VIEW)) == {str(minutes)}


def test_the_watching_is_not_counted_as_the_watched() -> None:
    assert _listed("NOT IN") == _UNWATCHED
    assert {kind.name for kind in ASSET_CLASSES} >= _UNWATCHED

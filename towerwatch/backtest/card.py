"""The table of a backtest in a page, between two markers: nobody types a figure."""

from pathlib import Path
from typing import Final

import msgspec

from analytics.backtest.report import Report, words_of
from towerwatch.errors import WrongSettings

BEGIN: Final = "<!-- backtest: begin; written by towerwatch backtest --card PAGE -->"
END: Final = "<!-- backtest: end -->"


def read_report(path: Path) -> Report:
    """The report that a backtest left.

    Raises:
        WrongSettings: There is none, or it is something else.
    """
    try:
        return msgspec.json.decode(path.read_bytes(), type=Report)
    except (OSError, msgspec.MsgspecError) as error:
        raise WrongSettings(f"{path} is no report of a backtest: {error}") from error


def write_card(page: Path, report: Report) -> None:
    """Put the table between the markers of a page.

    Raises:
        WrongSettings: The page has no such markers.
    """
    text = page.read_text("utf-8")
    if BEGIN not in text or END not in text:
        raise WrongSettings(f"{page} has no place for the table: {BEGIN} ... {END}")
    before, rest = text.split(BEGIN, 1)
    after = rest.split(END, 1)[1]
    page.write_text(f"{before}{BEGIN}\n\n{words_of(report)}\n\n{END}{after}", "utf-8")

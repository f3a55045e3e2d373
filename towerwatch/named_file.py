"""Files that a person names on the command line: read, or told in a sentence why not."""

from pathlib import Path

from towerwatch.errors import WrongSettings


def read_text(file: Path) -> str:
    """The file as text; the mark that spreadsheets and Windows put before it is left out.

    Raises:
        WrongSettings: It is not there, may not be read, or is no text in UTF-8.
    """
    try:
        return file.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        raise WrongSettings(f"{file} is not text in UTF-8 (byte {error.start})") from error
    except OSError as error:
        raise WrongSettings(f"{file} cannot be read: {error.strerror}") from error


def read_bytes(file: Path) -> bytes:
    """The file as it is.

    Raises:
        WrongSettings: It is not there or may not be read.
    """
    try:
        return file.read_bytes()
    except OSError as error:
        raise WrongSettings(f"{file} cannot be read: {error.strerror}") from error

"""The whole configuration, drivers included: every mistake of the file with its line."""

from collections.abc import Iterator
from pathlib import Path

from gateway.agent import open_driver
from gateway.crew import NamedDriver
from gateway.door import doors_of
from gateway.driver import Door
from gateway.errors import BadOptions, BadSettings
from gateway.foreign_outbox import at_home, foreign_in, sentences
from gateway.former_folder import note_of
from gateway.settings import Loaded, load, read_secret


def load_whole(path: Path) -> tuple[Loaded, list[NamedDriver]]:
    """The checked file and its drivers, opened; nothing outside is touched.

    Raises:
        BadSettings: Names file, line and field of every mistake, those of all drivers together.
    """
    loaded = load(path)
    drivers: list[NamedDriver] = []
    mistakes: list[str] = []
    for place, one in enumerate(loaded.settings.driver_settings()):
        try:
            drivers.append(NamedDriver(name=one.name, driver=open_driver(one), settings=one))
        except BadOptions as error:
            mistakes += [
                f"{path}:{loaded.line(_where(loaded, place, loc))}: "
                f"driver {one.name!r}: {'.'.join(map(str, loc)) or 'content'}: {text}"
                for loc, text in error.mistakes
            ]
        except BadSettings as error:
            line = loaded.line(("drivers", place))
            mistakes += [f"{path}:{line}: {sentence}" for sentence in str(error).splitlines()]
    mistakes += _shared_doors(loaded, drivers)
    if mistakes:
        raise BadSettings("\n".join(mistakes))
    return loaded, drivers


def check_secrets(loaded: Loaded) -> None:
    """Read every secret that the file names. Raises BadSettings, with the line of each mistake."""
    broker, intake = loaded.settings.broker, loaded.settings.intake
    files = [
        (("broker", "alarm_secret_file"), broker.alarm_secret_file),
        (("broker", "data_secret_file"), broker.data_secret_file),
        *([(("intake", "secret_file"), intake.secret_file)] if intake is not None else []),
    ]
    mistakes = []
    for where, file in files:
        try:
            read_secret(file)
        except BadSettings as error:
            mistakes.append(f"{loaded.path}:{loaded.line(where)}: {'.'.join(where)}: {error}")
    if mistakes:
        raise BadSettings("\n".join(mistakes))


def _shared_doors(loaded: Loaded, drivers: list[NamedDriver]) -> Iterator[str]:
    """Where two drivers would listen on one address: the second never could."""
    holders: dict[Door, str] = {}
    places = {one.name: place for place, one in enumerate(loaded.settings.drivers)}
    for one in drivers:
        for door in doors_of([one.driver]):
            holder = holders.setdefault(door, one.name)
            if door.port and holder != one.name:
                line = loaded.line(("drivers", places[one.name]))
                yield f"{loaded.path}:{line}: driver {one.name!r}: {holder!r} listens on {door} already"


def warnings_of(loaded: Loaded, service_folder: str = "") -> list[str]:
    """What is no mistake of the file, and should be known before it is started."""
    found = note_of(loaded.path, loaded.settings, service_folder).former(loaded.settings)
    folder, gateway = loaded.settings.data_folder, loaded.settings.gateway
    foreign = "; ".join(sentences([*at_home(folder, gateway), *foreign_in(folder)]).values())
    line = loaded.line(("data_folder",))
    alone = "1: intake is not said: alarms have no second path when the broker is not reached"
    return [
        *([alone] if loaded.settings.intake is None else []),
        *(
            f"{line}: data_folder: {one.sentence}"
            + ("; the start takes them along" if one.outboxes else "")
            for one in found
        ),
        *([f"{line}: data_folder: {foreign}; 以原编号启动网关即可补发"] if foreign else []),
    ]


def _where(loaded: Loaded, place: int, loc: tuple[int | str, ...]) -> tuple[int | str, ...]:
    """Where a driver's option stands in the file; its assets stand in the file's own list."""
    match loc:
        case ("assets", int(number), *rest):
            name = loaded.settings.drivers[place].name
            mine = [
                index for index, asset in enumerate(loaded.settings.assets) if asset.driver == name
            ]
            return ("assets", mine[number], *rest) if number < len(mine) else ("assets",)
    return ("drivers", place, *loc)

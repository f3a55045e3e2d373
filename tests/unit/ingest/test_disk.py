"""When a disk of the platform is an alarm, and when it is over."""

from ingest.disk import Room, findings_of, low_of
from ingest.disk_watch import folders_of
from ingest.platform_event import PLATFORM

GIB = 1024**3


def room(free_gib: float, total_gib: float, folder: str = "/data") -> Room:
    return Room(folder=folder, free=round(free_gib * GIB), total=round(total_gib * GIB))


def test_a_small_disk_fills_by_its_share_and_a_large_one_by_what_is_left() -> None:
    assert low_of([room(11, 100), room(21, 4000)], ()) == []
    assert len(low_of([room(9, 100), room(19, 4000)], ())) == 2


def test_it_is_over_with_clearly_more_room() -> None:
    assert low_of([room(11, 100)], {"/data"})
    assert low_of([room(13, 100)], {"/data"}) == []


def test_the_platform_says_which_disk() -> None:
    [told] = findings_of(low_of([room(9, 100)], ()), None)
    assert (told.gateway, told.kind.name, told.holds) == (PLATFORM, "disk_filling", True)
    assert told.detail == "/data: 剩余 9.0 GiB / 100.0 GiB"
    [over] = findings_of([], {"/data"})
    assert not over.holds


def test_a_disk_more_begins_the_alarm_anew() -> None:
    both = low_of([room(9, 100), room(1, 50, "/archive")], ())
    assert [one.holds for one in findings_of(both, {"/data"})] == [False, True]
    [after_a_start] = findings_of(both, None)
    assert after_a_start.holds


def test_folders_are_separated_as_in_path() -> None:
    assert folders_of("/data:/srv/my disk::/data") == ("/data", "/srv/my disk")

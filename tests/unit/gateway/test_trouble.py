"""A driver that keeps failing is told by name, once, and taken back when all are well."""

from gateway.trouble import WELL_S, Names, Seen, Told, Troubles


def failing(name: str, *failed_s: float) -> Seen:
    return Seen(name=name, failed_s=failed_s, running_s=None, reason="no route")


def well(name: str, running_s: float = WELL_S) -> Seen:
    return Seen(name=name, failed_s=(1.0, 2.0, 3.0), running_s=running_s)


def told(troubles: Troubles, *drivers: Seen) -> Told | None:
    found = troubles.look(drivers)
    if found is not None:
        troubles.said(found)
    return found


def test_one_failure_or_few_far_apart_are_nobodys_trouble() -> None:
    troubles = Troubles()
    assert told(troubles, failing("pump", 1.0, 2.0)) is None
    assert told(troubles, failing("pump", 1.0, 400.0, 700.0)) is None


def test_a_driver_that_keeps_failing_is_told_once_by_its_name() -> None:
    troubles = Troubles()
    found = told(troubles, failing("pump", 1.0, 2.0, 3.0), well("door"))
    assert found is not None
    assert (found.state, found.text) == ("raise", "驱动 pump: no route")
    assert told(troubles, failing("pump", 2.0, 3.0, 9.0), well("door")) is None


def test_a_second_driver_is_told_with_the_first() -> None:
    troubles = Troubles()
    first = told(troubles, failing("pump", 1.0, 2.0, 3.0), well("door"))
    assert first is not None
    assert first.states == ("raise",)
    found = told(troubles, failing("pump", 1.0, 2.0, 3.0), failing("door", 4.0, 5.0, 6.0))
    assert found is not None
    assert found.states == ("clear", "raise"), "whoever has acknowledged the first must see it"
    assert found.text == "驱动 door: no route; 驱动 pump: no route"


def test_it_is_over_when_every_driver_has_run_for_a_while() -> None:
    troubles = Troubles()
    told(troubles, failing("pump", 1.0, 2.0, 3.0))
    assert told(troubles, well("pump", WELL_S - 1)) is None
    found = told(troubles, well("pump"))
    assert found is not None
    assert found.state == "clear"
    assert told(troubles, well("pump")) is None


def test_one_that_fails_every_few_minutes_is_not_well_between_two_failures() -> None:
    troubles = Troubles()
    assert told(troubles, failing("pump", 0.0, 200.0, 400.0)) is not None
    running = Seen(name="pump", failed_s=(0.0, 200.0, 400.0), running_s=199.0)
    assert told(troubles, running) is None
    assert told(troubles, failing("pump", 200.0, 400.0, 600.0)) is None
    long = Seen(name="pump", failed_s=(200.0, 400.0, 600.0), running_s=400.0)
    found = told(troubles, long)
    assert found is not None
    assert found.state == "clear"


def test_a_driver_that_is_taken_out_of_the_file_ends_its_trouble() -> None:
    troubles = Troubles()
    told(troubles, failing("pump", 1.0, 2.0, 3.0), well("door"))
    found = told(troubles, well("door"))
    assert found is not None
    assert found.state == "clear"


def test_what_could_not_be_stored_is_said_again() -> None:
    troubles = Troubles()
    assert troubles.look([failing("pump", 1.0, 2.0, 3.0)]) == troubles.look(
        [failing("pump", 1.0, 2.0, 3.0)]
    )


def test_a_trouble_from_before_a_restart_ends_only_when_all_have_run() -> None:
    troubles = Troubles(is_raised=True)
    assert told(troubles, Seen(name="pump", running_s=1.0), well("door")) is None
    found = told(troubles, well("pump"), well("door"))
    assert found is not None
    assert found.state == "clear"


def test_a_name_more_begins_the_condition_anew_and_the_last_that_goes_ends_it() -> None:
    names = Names("nothing is left")
    assert names.look({}) is None
    first = names.look({"a": "A is here"})
    assert first == Told(state="raise", text="A is here")
    names.said(first)
    assert names.look({"a": "A is here"}) is None
    more = names.look({"a": "A is here", "b": "B too"})
    assert more == Told(state="raise", text="A is here; B too", is_more=True)
    names.said(more)
    assert names.look({"b": "B too"}) is None
    over = names.look({})
    assert over == Told(state="clear", text="nothing is left")
    names.said(over)
    assert names.look({}) is None


def test_what_stood_before_a_restart_is_over_when_nothing_is_found() -> None:
    assert Names("over", is_raised=True).look({}) == Told(state="clear", text="over")

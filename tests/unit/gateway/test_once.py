"""What nothing reads is told now and then: neither each time nor once for ever."""

from gateway.drivers.once import OnceInAWhile


def test_a_thing_is_told_again_after_a_while_and_not_before() -> None:
    told: OnceInAWhile[str] = OnceInAWhile(again_s=10.0)
    assert told.is_due("a", 0.0)
    told.told("a", 0.0)
    assert not told.is_due("a", 9.9)
    assert told.is_due("b", 9.9)
    assert told.is_due("a", 10.0)


def test_of_too_many_the_one_told_longest_ago_is_forgotten() -> None:
    told: OnceInAWhile[int] = OnceInAWhile(again_s=10.0, most=2)
    for key in (1, 2, 1, 3):
        told.told(key, 0.0)
    assert [told.is_due(key, 1.0) for key in (1, 2, 3)] == [False, True, False]

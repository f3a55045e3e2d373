"""Several parts of one asset, and frames that were heard before a loss."""

from gateway.drivers.gbt26875.splitter import Piece
from tests.unit.gateway.gbt26875.builders import (
    FAULT,
    FIRE,
    HOST,
    NORMAL,
    at,
    heard,
    part,
    parts,
    said,
    station,
)

RAISED = [("fire_alarm", "raise")]


class TestSharedAssets:
    ELECTRICAL = ("E-1", "electrical_monitor", "10021/1.1/3-17=temp_1 10021/1.1/3-18=temp_2")

    def test_one_probe_does_not_end_the_alarm_of_another(self) -> None:
        where = station(None, self.ELECTRICAL)
        told = said(heard(where, parts(part(FIRE), part(NORMAL, 18))))
        assert RAISED[0] in told
        assert ("fire_alarm", "clear") not in told
        assert said(heard(where, parts(part(NORMAL, 18), serial=8), 1)) == []
        assert ("fire_alarm", "clear") in said(heard(where, parts(part(NORMAL), serial=9), 2))

    def test_what_stood_before_a_restart_ends_when_all_its_probes_were_heard(self) -> None:
        where = station(None, self.ELECTRICAL)
        assert said(heard(where, parts(part(NORMAL)))) == []
        assert ("fire_alarm", "clear") in said(heard(where, parts(part(NORMAL, 18), serial=8), 1))


class TestLosses:
    def test_what_was_heard_before_a_loss_is_not_confirmed_with_it(self) -> None:
        where = station()
        first, again = (where.hear(Piece(parts(part(FAULT))), HOST, at(s)) for s in (0, 10))
        assert first is not None
        assert again is not None
        where.lost(first)
        assert ("fault", "raise") not in said(again)
        assert where.is_overtaken(again)
        third = heard(where, parts(part(FAULT)), 20)
        assert ("fault", "raise") in said(third)
        assert not where.is_overtaken(third)

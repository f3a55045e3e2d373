"""Plates on site: one for each thing, the address of its page in its code."""

import segno

from analytics.orders.checkpoint import Plate
from dashboards.bulletin.code import qr_svg
from dashboards.bulletin.plates import plates_page

LIFT = Plate(kind="asset", code="L-1/东", name_zh="1号<梯>", name_en="", place_zh="1号楼")
POINT = Plate(
    kind="checkpoint", code="lane-1", name_zh="消防通道", name_en="Fire lane", place_zh="花园"
)
ADDRESS = "https://tower.example.org/"


def test_each_plate_holds_the_address_of_its_page() -> None:
    assert LIFT.path == "/report?asset=L-1%2F%E4%B8%9C"
    assert POINT.path == "/round/lane-1"
    page = plates_page("花园小区", [LIFT, POINT], ADDRESS)
    for plate in (LIFT, POINT):
        assert qr_svg("https://tower.example.org" + plate.path) in page
    assert "1号&lt;梯&gt;" in page
    assert page == plates_page("花园小区", [LIFT, POINT], ADDRESS)


def test_a_code_survives_a_scratch() -> None:
    address = "https://tower.example.org/report?asset=L-1"
    assert segno.make_qr(address, error="m").error in ("M", "Q", "H")
    assert qr_svg(address) != qr_svg(address + "2")

"""The pages of everyday work: the main path of each, and that each fits a wall and a telephone.

With TOWERWATCH_SHOTS set to a folder, every page that is looked at is kept there as a picture.
"""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from analytics.orders.checkpoint import Checkpoint, put_checkpoint
from tests.e2e.pages.conftest import Desk, sitting
from tests.integration.dashboards.console import ConsoleServer
from tests.integration.dashboards.site import Site

pytestmark = pytest.mark.browser
WIDE, PHONE = (1280, 720), (360, 740)
_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_LABELS = "h1, h2, h3, label, button, th, summary, option, .empty"
_OVERFLOWS = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
_PAGES = (
    "/held",
    "/load",
    "/drills",
    "/posts",
    "/report?place=garden",
    "/round/g1-fire-lane",
)


@contextmanager
def at_desk(
    console: ConsoleServer, chromium: Browser, name: str, size: tuple[int, int] = WIDE
) -> Iterator[Desk]:
    with sitting(chromium, console.address, name, size) as desk:
        yield desk
        assert desk.troubles == []


def look(page: Page, name: str) -> None:
    """The page fits its screen; it is kept as a picture where somebody wants to see it."""
    if folder := os.environ.get("TOWERWATCH_SHOTS"):
        page.screenshot(path=str(Path(folder) / f"{name}.png"), full_page=True)
    assert page.evaluate(_OVERFLOWS) <= 0, f"{name} is wider than its screen"


def labels(page: Page) -> list[str]:
    """What the page itself says, not what the database does."""
    found = page.locator("main").locator(_LABELS)
    return [text.strip() for text in found.all_inner_texts() if text.strip()]


@pytest.fixture
def staff(console: ConsoleServer, alarm_process: None) -> Site:
    """Everybody who has work to do, a point of a round, and a lift with a fault."""
    site = console.site
    site.add_user("zhiban", organisation="property")
    site.add_user("zhuren", role="project_manager", organisation="property")
    site.add_user("shequ", role="community", places=("comm",))
    site.add_user("wanggeyuan", role="grid_member")
    with site.writing(site.urls.analytics_url) as connection:
        point = Checkpoint(
            code="g1-fire-lane", place="b1", name_zh="1号楼消防通道", name_en="Fire lane 1"
        )
        assert put_checkpoint(connection, point)
    return site


def test_two_people_take_a_lift_out_of_service_and_bring_it_back(
    staff: Site, console: ConsoleServer, chromium: Browser
) -> None:
    alarm = staff.raise_alarm("L-1", "door_open_fault")
    with at_desk(console, chromium, "zhiban") as first:
        page = first.open(f"/alarms/{alarm}")
        page.locator("a[href^='/assets/']").first.click()
        form = page.locator("form[data-act=take_out_propose]")
        form.locator("[name=minutes]").select_option("60")
        form.locator("[name=text]").fill("更换门机")
        form.locator("button").click()
        expect(page.locator("#toast")).to_be_visible()
        first.open("/held")
        expect(page.locator("#held")).to_contain_text("更换门机")
        assert page.locator("form[data-act=proposal_approve]").count() == 0, "not by the same"
        with at_desk(console, chromium, "zhuren", PHONE) as second:
            second.open("/held")
            look(second.page, "held-proposed-phone")
            second.page.click("form[data-act=proposal_approve] button")
            expect(second.page.locator("#held")).to_contain_text("退出运行")
        expect(page.locator("#held table")).to_contain_text("更换门机")
        look(page, "held-running")


@pytest.mark.long
def test_a_drill_is_proposed_approved_seen_everywhere_and_ended(
    staff: Site, console: ConsoleServer, chromium: Browser
) -> None:
    with at_desk(console, chromium, "zhiban") as first:
        page = first.open("/drills")
        page.select_option("[name=scope]", "lift")
        page.fill("[name=subject]", "L-1")
        page.fill("form[data-act=drill_propose] [name=text]", "月度困人演练")
        page.click("form[data-act=drill_propose] button")
        expect(page.locator("#drills")).to_contain_text("月度困人演练")
        with at_desk(console, chromium, "zhuren") as second:
            second.open("/drills")
            second.page.click("form[data-act=drill_approve] button")
            expect(second.page.locator("#drills .drill")).to_be_visible()
            look(second.page, "drills-running")
            overview = second.open("/")
            expect(overview.locator("body")).to_contain_text("演练")
            second.open("/drills")
            second.page.click("form[data-act=drill_end] button")
            expect(second.page.locator("#drills .drill")).to_have_count(0)


def test_a_desk_is_asked_whether_somebody_is_there_and_answers(
    staff: Site, console: ConsoleServer, chromium: Browser
) -> None:
    with at_desk(console, chromium, "zhiban") as first:
        page = first.open("/")
        with at_desk(console, chromium, "zhuren", PHONE) as second:
            second.open("/posts")
            second.page.click("form[data-act=post_ask] button")
            answer = page.locator("form[data-act=post_answer] button")
            expect(answer).to_be_visible()
            look(page, "post-asked")
            answer.click()
            expect(answer).to_have_count(0)
            expect(second.page.locator("#posts table")).to_contain_text("zhiban")
            look(second.page, "posts-answered-phone")


def test_a_resident_reports_and_rates_without_an_account_and_a_grid_member_walks_by(
    staff: Site, console: ConsoleServer, chromium: Browser
) -> None:
    with at_desk(console, chromium, "wanggeyuan", PHONE) as walker:
        page = walker.open("/round/g1-fire-lane")
        look(page, "round-phone")
        page.click("form:has([name=is_fine]) button")
        expect(page.locator("main [role=status]")).to_contain_text("已收到")
    with at_desk(console, chromium, "shequ") as community:
        page = community.open("/call")
        page.fill("[name=place]", "garden")
        page.check("[name=parties][value=bureau]")
        page.fill("[name=text]", "消防通道堵塞需联合处置")
        look(page, "call")
        page.click("main button.primary")
        expect(page.locator("main")).to_contain_text("社区吹哨")
    context = chromium.new_context(viewport={"width": 360, "height": 740}, locale="zh-CN")
    try:
        page = context.new_page()
        page.goto(f"{console.address}/report?place=garden")
        page.select_option("[name=category]", "other")
        page.fill("[name=text]", "楼道堆物")
        look(page, "report-phone")
        page.click("main button.primary")
        expect(page.locator("main [role=status]")).to_contain_text("已收到")
    finally:
        context.close()


@pytest.mark.parametrize(
    "size", [pytest.param(WIDE, id="wide", marks=pytest.mark.long), pytest.param(PHONE, id="phone")]
)
def test_every_work_page_fits_its_screen_in_both_languages(
    staff: Site, console: ConsoleServer, chromium: Browser, size: tuple[int, int]
) -> None:
    staff.raise_alarm("L-1", "door_open_fault")
    screen = "wide" if size == WIDE else "phone"
    with at_desk(console, chromium, "zhuren", size) as desk:
        for language in ("zh", "en"):
            if language == "en":
                desk.open("/held")
                desk.page.evaluate(
                    "document.querySelector('form[action=\"/language/en\"]').submit()"
                )
                desk.page.wait_for_selector("html[lang=en]")
            for path in _PAGES:
                desk.page.goto(f"{desk.address}{path}")
                name = path.strip("/").split("/")[0].split("?")[0]
                look(desk.page, f"{name}-{screen}-{language}")
                if language == "en":
                    said = [text for text in labels(desk.page) if _CHINESE.search(text)]
                    assert said == [], f"{path} says in Chinese: {said}"

"""What the live page promises: heard when hidden, honest about sound, one voice, nothing missed."""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Final

import pytest
from playwright.sync_api import APIResponse, Page, Route, expect

from tests.e2e.pages.conftest import Desk
from tests.e2e.pages.seat import console, desk, end, garden, seat
from tests.integration.dashboards.console import ConsoleServer, until

__all__ = ["console", "desk", "garden", "seat"]
pytestmark = pytest.mark.browser
_SLOWED: Final = """() => {
  // What browsers do to the timers of a hidden page: once a minute. Those of a worker go on.
  const { setInterval, setTimeout } = window;
  window.setInterval = (call, ms, ...rest) => {
    let ranAt = performance.now();
    return setInterval(() => {
      if (document.hidden && performance.now() - ranAt < 60_000) return;
      ranAt = performance.now();
      call(...rest);
    }, ms);
  };
  window.setTimeout = (call, ms, ...rest) => setTimeout(call, document.hidden ? Math.max(ms, 60_000) : ms, ...rest);
}"""
_HIDE: Final = """() => {
  Object.defineProperty(document, "visibilityState", { get: () => "hidden" });
  Object.defineProperty(document, "hidden", { get: () => true });
  document.dispatchEvent(new Event("visibilitychange"));
}"""
_PLAYED: Final = "document.body.dataset.played"
_NOTE_PLAYS: Final = """() => {
  window.plays = [];
  new MutationObserver(() => window.plays.push(document.body.dataset.played))
    .observe(document.body, { attributeFilter: ["data-played"] });
}"""


@contextmanager
def tab(desk: Desk, script: str = "", path: str = "/") -> Iterator[Page]:
    """A further tab of the seat's browser, with the sound on."""
    page = desk.context.new_page()
    if script:
        page.add_init_script(f"({script})()")
    page.goto(f"{desk.address}{path}")
    page.wait_for_selector("body.live")
    page.click("#sound")
    expect(page.locator("[data-sound-state]")).to_have_text("声音已开")
    try:
        yield page
    finally:
        page.close()


def test_a_hidden_tab_still_alarms_with_sound(console: ConsoleServer, desk: Desk) -> None:
    desk.page.goto("about:blank")
    with tab(desk, _SLOWED) as page:
        # The strip and a list read anew would tell of it too, later: the stream alone is asked here.
        page.route("**/strip", lambda route: route.abort())
        page.route(f"{desk.address}/", lambda route: route.abort())
        page.evaluate(_HIDE)
        page.evaluate(_NOTE_PLAYS)
        alarm_id = console.site.raise_alarm()
        assert until(lambda: page.evaluate("window.plays").count("fire") >= 3), "and goes on"
        assert until(lambda: "火警" in page.title())
        assert page.locator(f"#alarm-{alarm_id}").get_attribute("data-seen") == "0"
        page.unroute_all()
    end(console, alarm_id)


def test_sound_that_stops_after_consent_says_so(console: ConsoleServer, desk: Desk) -> None:
    page = desk.open()
    page.click("#sound")
    expect(page.locator("[data-sound-state]")).to_have_text("声音已开")
    expect(page.locator("#deaf")).to_be_hidden()
    page.evaluate("""() => {
      const state = Object.getOwnPropertyDescriptor(BaseAudioContext.prototype, "state");
      window.giveBack = () => Object.defineProperty(BaseAudioContext.prototype, "state", state);
      Object.defineProperty(BaseAudioContext.prototype, "state", { get: () => "suspended", configurable: true });
    }""")
    expect(page.locator("#deaf")).to_be_visible(timeout=6000)
    page.evaluate("giveBack()")
    expect(page.locator("#deaf")).to_be_hidden(timeout=6000)
    # It says that it runs, and its clock stands: nothing is heard either.
    page.evaluate("""() => {
      const clock = Object.getOwnPropertyDescriptor(BaseAudioContext.prototype, "currentTime");
      window.giveBack = () => Object.defineProperty(BaseAudioContext.prototype, "currentTime", clock);
      Object.defineProperty(BaseAudioContext.prototype, "currentTime", { get: () => 7, configurable: true });
    }""")
    expect(page.locator("#deaf")).to_be_visible(timeout=6000)
    expect(page.locator("[data-sound-state]")).to_have_text("静音")
    page.evaluate("giveBack()")
    expect(page.locator("#deaf")).to_be_hidden(timeout=6000)


def test_on_duty_any_key_gives_a_page_its_voice_back(desk: Desk) -> None:
    desk.page.goto("about:blank")
    with tab(desk) as page:
        page.goto("about:blank")
        page.goto(f"{desk.address}/")
        page.wait_for_selector("body.live")
        expect(page.locator("[data-sound-state]")).to_have_text("静音")
        page.keyboard.press("k")
        expect(page.locator("[data-sound-state]")).to_have_text("声音已开")


def test_of_several_tabs_one_speaks_and_another_takes_over(
    console: ConsoleServer, desk: Desk
) -> None:
    desk.page.goto("about:blank")
    with tab(desk) as first, tab(desk) as second:
        for page in (first, second):
            page.evaluate(_NOTE_PLAYS)
        alarm_id = console.site.raise_alarm()
        assert until(lambda: first.evaluate("window.plays").count("fire") >= 2)
        expect(second.locator(f"#alarm-{alarm_id}")).to_be_visible()
        assert second.evaluate("window.plays") == []
        first.close()
        assert until(lambda: "fire" in second.evaluate("window.plays"))
    end(console, alarm_id)


def test_a_tab_that_opens_late_is_given_what_the_leader_has_heard(
    console: ConsoleServer, desk: Desk
) -> None:
    desk.open()
    held: list[tuple[Route, APIResponse]] = []
    page = desk.context.new_page()
    page.route(f"{desk.address}/", lambda route: held.append((route, route.fetch())))
    page.evaluate("address => { location.href = address; }", f"{desk.address}/")
    assert until(lambda: desk.page.evaluate("1") == 1 and len(held) == 1)
    alarm_id = console.site.raise_alarm("L-1", "overspeed")
    expect(desk.page.locator(f"#alarm-{alarm_id}")).to_be_visible()
    route, older = held[0]
    route.fulfill(response=older)
    expect(page.locator(f"#alarm-{alarm_id}")).to_be_visible()
    assert len(held) == 1, "nothing was read anew"
    page.close()
    end(console, alarm_id)


_TIMELINE: Final = """async (steps) => {
  const { Sound } = await import("/static/sound.js");
  const sound = new Sound();
  const began = Date.now();
  let at = 0;
  const now = Date.now;
  Date.now = () => began + at * 1000;
  try {
    sound.isVoice = true;
    sound.context = { state: "running", get currentTime() { return at; } };
    const heard = [];
    sound.play = (name) => heard.push([name, at]);
    for (const [until, act] of steps) {
      for (; at < until; at += 0.25) sound.tick();
      if (act === "mute") sound.mute();
      else if (act) sound.change({ open: true, life_safety: true, ...act });
    }
    return heard;
  } finally {
    Date.now = now;
  }
}"""


def _heard(page: Page, *steps: tuple[float, object]) -> list[tuple[str, float]]:
    """What a sound with a clock of the test plays while acts are done at their times [s]."""
    found: list[list[object]] = page.evaluate(_TIMELINE, list(steps))
    return [(str(name), float(str(at))) for name, at in found]


def _alarm(number: int, sound: str, *, unacknowledged: bool = True) -> dict[str, object]:
    return {"id": number, "sound": sound, "unacknowledged": unacknowledged}


def test_silence_ends_after_two_minutes_and_a_new_alarm_ends_it_at_once(desk: Desk) -> None:
    page = desk.open()
    fire, trapped = _alarm(1, "fire"), _alarm(2, "entrapment")
    at = [when for _, when in _heard(page, (1, fire), (10, "mute"), (140, None))]
    assert at[0] == 1.0
    assert all(near <= 1.5 for near in _gaps([one for one in at if one < 10])), (
        "until somebody acts"
    )
    assert [one for one in at if 10 < one < 129] == []
    assert 129.5 <= min(one for one in at if one > 10) <= 131.5
    ended = _heard(page, (1, trapped), (2, "mute"), (30, fire), (40, None))
    assert next(name for name, when in ended if when >= 2) == "fire"
    assert min(when for _, when in ended if when > 2) == 30.0
    over = _heard(page, (1, fire), (5, _alarm(1, "fire", unacknowledged=False)), (60, None))
    assert max(when for _, when in over) <= 5.0, "an acknowledged one is heard no more"


def test_the_worst_alarm_is_the_one_that_is_heard(desk: Desk) -> None:
    page = desk.open()
    fire, trapped = _alarm(1, "fire"), _alarm(2, "entrapment")
    heard = _heard(
        page, (1, trapped), (5, fire), (20, _alarm(1, "fire", unacknowledged=False)), (30, None)
    )
    assert {name for name, when in heard if when < 5} == {"entrapment"}
    assert {name for name, when in heard if 5 <= when < 20} == {"fire"}
    assert {name for name, when in heard if when >= 20} == {"entrapment"}


def _gaps(times: list[float]) -> list[float]:
    return [later - one for one, later in pairwise(times)]


def test_after_five_minutes_without_a_line_nothing_is_missing(
    console: ConsoleServer, desk: Desk
) -> None:
    desk.page.goto("about:blank")
    console.site.number("platform", 1)
    page = desk.context.new_page()
    page.clock.install()
    page.goto(f"{desk.address}/")
    page.wait_for_selector("body.live")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    known = int(str(page.locator("body").get_attribute("data-stream-from")))
    desk.context.set_offline(True)
    missed = console.site.raise_alarm("L-1", "overspeed")
    page.clock.run_for(300_000)
    expect(page.locator("#stale")).to_contain_text("数据停止于")
    desk.context.set_offline(False)
    page.clock.run_for(10_000)
    expect(page.locator(f"#alarm-{missed}")).to_be_visible(timeout=10_000)
    page.clock.run_for(2_000)
    assert page.locator(f"#alarm-{missed}").count() == 1
    resumed = [url for url in asked if "/live" in url]
    assert int(resumed[-1].partition("after=")[2] or 0) >= known, "it goes on where it was cut"
    assert f"{desk.address}/" not in asked, "what was missed came by replay"
    page.close()
    end(console, missed)

"""Notices against a bureau that fails, is slow or is away: once in effect, never lost."""

import base64
import hashlib
import hmac
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Thread
from time import monotonic

import pytest

from analytics.notices import post
from analytics.notices.notify import LEASE, Asked, Courier, take_notice
from analytics.notices.post import Endpoint
from ingest.database import Connection, connect
from tests.integration.analytics.site import NOW, Said, Site, rows, say
from tests.integration.analytics.test_alarm_process import running, shown, wait_for
from tests.integration.analytics.test_desk import decide_all

KEY = b"a secret of the bureau, 32 bytes"


@dataclass
class Bureau:
    """An endpoint that answers as told: a status, or seconds to wait before 200."""

    answers: list[int | float] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)
    taken: dict[str, bytes] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def bureau() -> Iterator[Bureau]:
    told = Bureau()
    release = threading.Event()

    class Exchange(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            name, at = self.headers["webhook-id"], self.headers["webhook-timestamp"]
            signed = hmac.digest(KEY, f"{name}.{at}.".encode() + body, hashlib.sha256)
            if self.headers["webhook-signature"] != "v1," + base64.b64encode(signed).decode():
                told.wrong.append("signature")
            if told.taken.get(name, body) != body:
                told.wrong.append("another body")
            told.tried.append(name)
            answer = told.answers.pop(0) if told.answers else 200
            if isinstance(answer, float):
                release.wait(answer)
            status = answer if isinstance(answer, int) else 200
            if status == 200:
                told.taken[name] = body
            content = json.dumps({"receipt": f"R-{name[:8]}"}).encode()
            self.send_response(status)
            self.send_header("content-length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Exchange)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    told.url = f"http://127.0.0.1:{server.server_port}/in"
    yield told
    release.set()
    server.shutdown()
    thread.join()
    server.server_close()


class Hands:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def courier(site: Site, bureau: Bureau, hands: Hands) -> Courier:
    return courier_of(site, bureau.url, hands)


def courier_of(site: Site, url: str, hands: Hands) -> Courier:
    return Courier(
        lambda: connect(site.urls.analytics_url, application="test notices"),
        Endpoint(url=url, key=KEY),
        hands,
    )


@pytest.fixture
def told(site: Site, ingest: Connection, analytics: Connection) -> Connection:
    """A database in which one notice of an entrapment waits for the bureau."""
    say(ingest, Said(seq=1))
    decide_all(analytics)
    return analytics


STATE = "SELECT state, attempts, receipt IS NOT NULL FROM notices WHERE target = 'bureau'"


def test_a_notice_is_signed_delivered_and_its_receipt_kept(
    told: Connection, courier: Courier, bureau: Bureau
) -> None:
    assert courier.turn(told)
    assert not courier.turn(told)
    assert rows(told, STATE) == [("delivered", 1, True)]
    assert bureau.wrong == []
    (body,) = bureau.taken.values()
    said = json.loads(body)
    assert said["type"] == "alarm.opened"
    assert said["data"]["label"]["zh"] == "电梯困人"
    assert said["data"]["place"]["zh"] == "示范花园 1号楼"


def test_failures_are_tried_again_with_the_same_id_and_body(
    told: Connection,
    courier: Courier,
    bureau: Bureau,
    hands: Hands,
) -> None:
    bureau.answers = [500, 503, 429, 400]
    for _ in range(5):
        courier.turn(told)
        hands.now += timedelta(minutes=1)
    assert rows(told, STATE) == [("delivered", 5, True)]
    assert len(set(bureau.tried)) == 1
    assert len(bureau.tried) == 5
    assert bureau.wrong == []


def test_a_slow_bureau_gets_the_same_notice_again_and_holds_it_once(
    told: Connection,
    courier: Courier,
    bureau: Bureau,
    hands: Hands,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(post, "ANSWER_LIMIT_S", 0.2)
    bureau.answers = [1.0]
    courier.turn(told)
    assert rows(told, STATE) == [("waiting", 1, False)]
    hands.now += timedelta(minutes=1)
    courier.turn(told)
    assert rows(told, STATE) == [("delivered", 2, True)]
    assert len(bureau.taken) == 1


@contextmanager
def dripping() -> Iterator[str]:
    """An endpoint that answers without end, a byte at a time: no limit between bytes is passed."""
    stop = Event()
    server = socket.create_server(("127.0.0.1", 0))

    def drip() -> None:
        taken, _ = server.accept()
        with taken:
            taken.recv(65_536)
            while not stop.wait(0.02):
                taken.send(b"x")

    thread = Thread(target=drip, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.getsockname()[1]}/in"
    finally:
        stop.set()
        server.close()
        thread.join(5)


def test_an_answer_without_end_holds_up_no_other_notice(
    site: Site, told: Connection, bureau: Bureau, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as shorter, dripping() as url:
        shorter.setattr(post, "WHOLE_LIMIT_S", 0.3)
        begun = monotonic()
        assert courier_of(site, url, hands).turn(told)
        assert monotonic() - begun < 5
    assert rows(told, STATE) == [("waiting", 1, False)]
    hands.now += timedelta(minutes=1)
    assert courier_of(site, bureau.url, hands).turn(told)
    assert rows(told, STATE) == [("delivered", 2, True)]


def test_a_clock_that_is_set_back_delays_no_notice(
    site: Site, told: Connection, bureau: Bureau, hands: Hands
) -> None:
    away = courier_of(site, "http://127.0.0.1:9/in", hands)
    for _ in range(5):
        assert away.turn(told)
        hands.now += timedelta(minutes=1)
    hands.now -= timedelta(hours=1)
    assert away.turn(told)
    back = courier_of(site, bureau.url, hands)
    hands.now -= timedelta(hours=1)
    assert back.turn(told)
    assert rows(told, STATE) == [("delivered", 7, True)]


def test_a_bureau_that_is_away_is_left_alone_and_life_safety_is_never_given_up(
    site: Site, told: Connection, bureau: Bureau, hands: Hands
) -> None:
    away = courier_of(site, "http://127.0.0.1:9/in", hands)
    for _ in range(5):
        assert away.turn(told)
        hands.now += timedelta(minutes=1)
    hands.now -= timedelta(seconds=55)
    assert not away.turn(told)
    hands.now += timedelta(days=30)
    assert away.turn(told)
    assert rows(told, STATE) == [("waiting", 6, False)]
    back = courier_of(site, bureau.url, hands)
    hands.now += timedelta(minutes=1)
    assert back.turn(told)
    assert rows(told, STATE) == [("delivered", 7, True)]


def test_a_fresh_fire_goes_before_what_an_outage_has_left(
    site: Site, told: Connection, ingest: Connection, hands: Hands
) -> None:
    away = courier_of(site, "http://127.0.0.1:9/in", hands)
    assert away.turn(told)
    hands.now += timedelta(minutes=1)
    say(ingest, Said(seq=2, asset="D-1", event="fire_alarm"))
    decide_all(told)
    rows(told, f"UPDATE notices SET next_at = '{hands.now}' WHERE attempts = 0 RETURNING id")
    taken = [take_notice(told, Asked(now=hands.now)) for _ in range(2)]
    assert [one.alarm_id for one in taken if one is not None] == [2, 1]


def test_a_notice_whose_sender_died_is_sent_again_after_its_lease(
    site: Site, told: Connection, courier: Courier, hands: Hands
) -> None:
    with closing(connect(site.urls.analytics_url, application="dead")) as dead:
        assert take_notice(dead, Asked(now=hands.now)) is not None
    assert not courier.turn(told)
    hands.now += timedelta(seconds=61)
    assert courier.turn(told)


def test_a_notice_on_its_way_is_given_back_when_the_process_is_told_to_stop(
    site: Site,
    told: Connection,
    bureau: Bureau,
    hands: Hands,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("analytics.notices.notify.LAST_WORD_S", 0.3)
    monkeypatch.setattr("analytics.notices.notify.RENEW_S", 0.1)
    bureau.answers = [20.0]
    stop = Event()
    thread = Thread(target=courier_of(site, bureau.url, hands).run, args=(stop,))
    thread.start()
    assert wait_for(lambda: len(bureau.tried) == 1)
    hands.now += timedelta(seconds=3)
    next_at = "SELECT attempts, next_at FROM notices WHERE target = 'bureau'"
    assert wait_for(lambda: rows(told, next_at) == [(1, hands.now + LEASE)]), "it is renewed"
    stop.set()
    thread.join(10)
    assert not thread.is_alive()
    assert rows(told, next_at) == [(0, hands.now)]
    assert courier_of(site, bureau.url, hands).turn(told)
    assert rows(told, STATE) == [("delivered", 1, True)]
    assert len(set(bureau.tried)) == 1


def test_a_slow_bureau_delays_no_alarm(
    site: Site, ingest: Connection, analytics: Connection, bureau: Bureau
) -> None:
    bureau.answers = [5.0, 5.0]
    courier = Courier(
        lambda: connect(site.urls.analytics_url, application="test notices"),
        Endpoint(url=bureau.url, key=KEY),
    )
    stop = Event()
    thread = Thread(target=courier.run, args=(stop,), daemon=True)
    thread.start()
    with running(site):
        say(ingest, Said(seq=1))
        assert wait_for(lambda: len(bureau.tried) == 1)
        begun = monotonic()
        say(ingest, Said(seq=2, asset="D-1", event="fire_alarm"))
        assert wait_for(shown(analytics, 2))
        assert monotonic() - begun < 2
    stop.set()


def test_a_bureau_that_takes_long_for_each_hears_many_fires_together(
    site: Site, ingest: Connection, analytics: Connection, bureau: Bureau
) -> None:
    """One after another, 24 fires would take 12 s at half a second each."""
    for seq in range(1, 25):
        say(ingest, Said(seq=seq, asset="L-1", event="entrapment", condition=f"entrapment:{seq}"))
    decide_all(analytics)
    bureau.answers = [0.5] * 24
    courier = Courier(
        lambda: connect(site.urls.analytics_url, application="test notices"),
        Endpoint(url=bureau.url, key=KEY),
    )
    stop = Event()
    thread = Thread(target=courier.run, args=(stop,), daemon=True)
    begun = monotonic()
    thread.start()
    delivered = "SELECT count(*) FROM notices WHERE target = 'bureau' AND state = 'delivered'"
    assert wait_for(lambda: rows(analytics, delivered) == [(24,)], 30)
    assert monotonic() - begun < 24 * 0.5 * 0.7
    stop.set()
    thread.join(10)
    assert bureau.wrong == []
    assert len(set(bureau.tried)) == len(bureau.tried) == 24
    own = "SELECT id::text, receipt FROM notices WHERE target = 'bureau'"
    assert {(name, f"R-{name[:8]}") for name in bureau.tried} == set(rows(analytics, own))


def test_what_is_told_of_one_alarm_stays_in_its_order_however_slow_the_first_is(
    site: Site, told: Connection, bureau: Bureau, hands: Hands
) -> None:
    again = """
    INSERT INTO notices (alarm_id, place_path, target, kind, body, is_life_safety, created_at, next_at)
    SELECT alarm_id, place_path, target, 'alarm.confirmed', body, true, created_at + interval '1 s', next_at
    FROM notices WHERE target = 'bureau'
    RETURNING id::text
    """
    (second,) = rows(told, again)[0]
    hands.now += timedelta(seconds=2)
    bureau.answers = [0.5]
    courier = courier_of(site, bureau.url, hands)
    assert courier.turn(told)
    assert courier.turn(told)
    assert bureau.tried[-1] == second
    assert len(bureau.tried) == 2
    assert {state for (state, _, _) in rows(told, STATE)} == {"delivered"}


def test_a_notice_that_the_bureau_refuses_holds_up_no_later_one_of_its_alarm(
    site: Site, told: Connection, courier: Courier, bureau: Bureau, hands: Hands
) -> None:
    again = """
    INSERT INTO notices (alarm_id, place_path, target, kind, body, is_life_safety, created_at, next_at)
    SELECT alarm_id, place_path, target, 'alarm.confirmed', body, true, created_at + interval '1 s', next_at
    FROM notices WHERE target = 'bureau'
    RETURNING id::text
    """
    (second,) = rows(told, again)[0]
    bureau.answers = [400]
    courier.turn(told)
    assert courier.turn(told)
    assert list(bureau.taken) == [second]

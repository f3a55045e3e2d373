"""A page of the gateway itself, on the loopback address: what was last heard of every device.

For the person at the cabinet. It changes nothing, holds no secret, and answers only to the names of
this machine, so that no page of another site can read it through a browser.
"""

import threading
from collections.abc import Callable
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

import msgspec

from gateway.view import ShownAsset, ShownDriver, ShownLane, View

_NAMES: Final = ("127.0.0.1", "localhost")
_HEADERS: Final = (
    ("Cache-Control", "no-store"),
    ("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'"),
    ("X-Content-Type-Options", "nosniff"),
)
_MOST_UNHEARD: Final = 200
_WORK: Final = {"running": "运行", "failing": "故障重试", "finished": "已读完", "stuck": "卡死"}
_LANES: Final = {"alarm": "报警通道", "data": "数据通道"}
_STYLE: Final = """body{font:16px/1.5 sans-serif;margin:1.5rem;color:#16202b;background:#fff}
h1{font-size:1.3rem}h2{font-size:1.1rem;margin:1.2rem 0 .3rem}
table{border-collapse:collapse;width:100%}td,th{border:1px solid #b9c3cd;padding:.25rem .5rem;
text-align:left;vertical-align:top}th{background:#eef2f5}.bad{color:#a40000;font-weight:bold}
.en{color:#586675;font-size:.85em}"""


class LocalPage:
    """Serves the page in threads of its own until closed."""

    def __init__(self, port: int, look: Callable[[], View]) -> None:
        """Listen. Raises OSError when the port is taken."""

        class Handler(BaseHTTPRequestHandler):
            server_version = "towerwatch"
            sys_version = ""

            def do_GET(self) -> None:
                _answer(self, look)

            def log_message(self, *_: object) -> None:
                """Nothing is logged: the page is asked every few seconds."""

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="local page", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(5.0)


def page(view: View) -> str:
    """The whole page, Chinese first."""
    parts = [
        '<!doctype html><html lang="zh-CN"><meta charset="utf-8">',
        '<meta http-equiv="refresh" content="5">',
        f"<title>{escape(view.gateway)}</title><style>{_STYLE}</style>",
        f"<h1>网关 {escape(view.gateway)} <span class=en>gateway</span></h1>",
        f"<p>软件 {escape(view.software)} · 配置 {escape(view.configuration)} ",
        '<span class="en">software · configuration</span></p>',
        "<table><tr><th>通道 lane<th>连接 connected<th>待确认 waiting<th>最久 oldest [s]",
        *map(_lane, view.lanes),
        "</table>",
        *map(_driver, view.drivers),
        "</html>",
    ]
    return "".join(parts)


def _lane(lane: ShownLane) -> str:
    is_up = "已连接 yes" if lane.is_connected else '<span class="bad">断开 no</span>'
    name = _LANES.get(lane.lane, lane.lane)
    return f"<tr><td>{name} {lane.lane}<td>{is_up}<td>{lane.waiting}<td>{lane.oldest_s:g}"


def _driver(driver: ShownDriver) -> str:
    is_bad = driver.work in ("failing", "stuck")
    work = f"{_WORK.get(driver.work, driver.work)} {driver.work}"
    shown = f'<span class="bad">{work}</span> {escape(driver.reason)}' if is_bad else work
    counted = " · ".join(f"{escape(what)} {number}" for what, number in driver.counted.items())
    rows = "".join(map(_asset, driver.assets)) or "<tr><td colspan=5>尚无数据 nothing yet"
    return (
        f"<h2>{escape(driver.name)} <span class=en>{escape(driver.driver)}</span></h2>"
        f"<p>{shown} · {driver.since_s:.0f} s · {counted}</p>{_unheard(driver)}"
        "<table><tr><th>设备 asset<th>类别 class<th>多久前 age [s]<th>数值 values<th>最近事件 event"
        f"{rows}</table>"
    )


def _unheard(driver: ShownDriver) -> str:
    """Who is listed and said nothing yet: what an installer looks for."""
    if not driver.unheard:
        return ""
    names = escape(", ".join(driver.unheard[:_MOST_UNHEARD]))
    more = " …" if len(driver.unheard) > _MOST_UNHEARD else ""
    count = len(driver.unheard)
    return f'<p class="bad">尚未听到 not heard yet ({count}): {names}{more}</p>'


def _asset(asset: ShownAsset) -> str:
    values = " · ".join(
        f"{escape(name)} {'无 absent' if value is None else f'{value:g}'}"
        f"{' ' + escape(asset.units.get(name, '')) if value is not None else ''}"
        for name, value in asset.values.items()
    )
    state = {"raise": "发生", "clear": "恢复"}.get(asset.event_state, "")
    is_bad = ' class="bad"' if asset.event_state == "raise" else ""
    return (
        f"<tr><td>{escape(asset.asset)}<td>{escape(asset.label)} {escape(asset.asset_class)}"
        f"<td>{asset.age_s:.0f}<td>{values}<td{is_bad}>{escape(asset.event_label)} {state}"
    )


def _answer(request: BaseHTTPRequestHandler, look: Callable[[], View]) -> None:
    host = (request.headers.get("Host") or "").rsplit(":", 1)[0]
    if host not in _NAMES:
        _send(request, HTTPStatus.MISDIRECTED_REQUEST, "text/plain", b"not a name of this machine")
    elif request.path == "/":
        _send(request, HTTPStatus.OK, "text/html; charset=utf-8", page(look()).encode())
    elif request.path == "/values.json":
        _send(request, HTTPStatus.OK, "application/json", msgspec.json.encode(look()))
    else:
        _send(request, HTTPStatus.NOT_FOUND, "text/plain", b"/ and /values.json are all there is")


def _send(request: BaseHTTPRequestHandler, status: HTTPStatus, kind: str, body: bytes) -> None:
    request.send_response(status)
    for name, value in (("Content-Type", kind), ("Content-Length", str(len(body))), *_HEADERS):
        request.send_header(name, value)
    request.end_headers()
    request.wfile.write(body)

"""A browser lets go of a cookie only when it is told so with the attributes that it came with."""

from types import SimpleNamespace
from typing import cast

import pytest
from starlette.responses import Response

from dashboards.console.auth import cookie_name
from dashboards.console.routes.login import forget_cookie, set_session_cookie
from dashboards.console.web import Services


@pytest.mark.parametrize("behind_tls", [True, False])
def test_a_session_is_taken_from_the_browser_as_it_was_given(*, behind_tls: bool) -> None:
    services = cast(
        "Services",
        SimpleNamespace(
            settings=SimpleNamespace(console_behind_tls=behind_tls),
            cookie=cookie_name(behind_tls=behind_tls),
            session_length=SimpleNamespace(total_seconds=lambda: 60.0),
        ),
    )
    given, taken = Response(), Response()
    set_session_cookie(given, services, "token")
    forget_cookie(taken, services, services.cookie)
    changing = ("expires", "max-age", services.cookie.lower())
    first, second = (
        {
            part.strip().lower()
            for part in one.headers["set-cookie"].split(";")
            if not part.strip().lower().startswith(changing)
        }
        for one in (given, taken)
    )
    assert first == second
    assert ("secure" in second) is behind_tls
    assert "max-age=0" in taken.headers["set-cookie"].lower()

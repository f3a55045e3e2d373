"""An alarm process that is away takes no page with it, however many people act meanwhile."""

from concurrent.futures import ThreadPoolExecutor

import niquests
import pytest

from tests.integration.dashboards.console import ConsoleServer, until

PEOPLE = 10
"""More than the console has connections."""


def test_acts_that_wait_keep_no_page_from_the_database(
    console: ConsoleServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboards.console.act.WAIT_S", 6.0)
    console.site.add_user("duty")
    person = console.log_in("duty")
    alarm_id = console.site.raise_alarm("L-1", "overspeed")
    token, url = person.token, f"{console.address}/api/v1/alarms/{alarm_id}/acts"

    def comment(number: int) -> int:
        answer = niquests.post(
            url,
            json={"kind": "comment", "text": f"说明 {number}"},
            headers={"Authorization": f"Bearer {token}", "If-Match": '"1"'},
            timeout=30,
        )
        return answer.status_code or 0

    def filed() -> int:
        with console.site.writing(console.site.urls.analytics_url) as connection:
            row = connection.execute("SELECT count(*) FROM acts").fetchone()
        return 0 if row is None else int(str(row[0]))

    with ThreadPoolExecutor(PEOPLE) as people:
        waiting = [people.submit(comment, number) for number in range(PEOPLE)]
        assert until(lambda: filed() == PEOPLE, within_s=20)
        assert not any(one.done() for one in waiting), "all of them are kept before one is answered"
        assert person.get("/").status_code == 200
        assert {one.result() for one in waiting} == {202}

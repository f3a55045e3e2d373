"""A notice as mail, to a real mail server: once in effect, whatever the server answers first."""

from datetime import timedelta

from analytics.notices import message_store
from analytics.notices.contact import Channel
from analytics.notices.contact_file import Address
from analytics.notices.messenger import Messenger, Reach
from ingest.database import Connection, connect, in_transaction
from tests.integration.analytics.mailbox import mailbox
from tests.integration.analytics.site import NOW, Said, Site, rows, say
from tests.integration.analytics.test_desk import decide_all
from tests.integration.analytics.test_messages import Hands, contact


def test_a_mail_says_what_and_where_and_goes_once_after_a_refusal(
    site: Site, ingest: Connection, analytics: Connection
) -> None:
    to = contact("desk", Channel.MAIL, "desk")
    in_transaction(analytics, lambda held: message_store.replace_contacts(held, (to,), NOW))
    say(ingest, Said(seq=1))
    decide_all(analytics)
    hands = Hands()
    with mailbox() as box:
        box.refusals = 1
        url = f"mailto://127.0.0.1:{box.port}?from=tower@example.org&to=desk@example.org&mode=insecure"
        telling = Messenger(
            lambda: connect(site.urls.analytics_url, application="test mail"),
            Reach(addresses={"desk": Address(url=url)}, public_url="https://tower.example.org"),
            clock=hands,
        )
        for _ in range(5):
            telling.drain(analytics, 10)
            hands.now += timedelta(minutes=2)
    (mail,) = box.mails
    assert set(box.recipients) == {"desk@example.org"}
    assert "tower@example.org" in str(mail["from"])
    assert "电梯困人" in str(mail["subject"])
    body = mail.get_body(("html", "plain"))
    assert body is not None
    assert "示范花园 1号楼 1号梯" in body.get_content()
    assert "https://tower.example.org/n/" in body.get_content()
    assert rows(analytics, "SELECT state, attempts FROM notice_messages") == [("delivered", 2)]

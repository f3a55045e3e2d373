"""CAP 1.2: what we write keeps every rule, and each broken rule is found."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.cap.document import Document, Former, Point, Saying, write
from analytics.cap.word import MsgType, Status
from analytics.notices.notice import NoticeId, NoticeKind
from tests.oracles.cap_rule import breaches
from tests.oracles.xml_reading import MAX_BYTES, Unreadable, read_xml
from tests.unit.analytics.builders import notice_body

NOW = datetime(2026, 11, 22, 3, 0, tzinfo=UTC)


def saying(**changed: object) -> Saying:
    built = Saying(
        notice_id=NoticeId("0c6a5b1e-6f0e-4c8e-9d39-0d6a3f1b2c4d"),
        kind=NoticeKind.OPENED,
        body=notice_body(),
        sent_at=NOW,
        sender="tower.example",
        point=Point(latitude=31.82, longitude=117.22),
    )
    return replace(built, **changed)  # type: ignore[arg-type]


def former(number: int, msg_type: MsgType = MsgType.ALERT) -> Former:
    return Former(
        identifier=f"TW-{number}", msg_type=msg_type, sent_at=NOW - timedelta(minutes=9 - number)
    )


def texts(document: Document, name: str) -> list[str]:
    return re.findall(rf"<{name}>([^<]*)</{name}>", document.xml)


def test_the_first_word_is_an_alert_in_chinese_and_english() -> None:
    document = write(saying())
    assert breaches(document.xml.encode()) == []
    assert document.msg_type is MsgType.ALERT
    assert texts(document, "language") == ["zh-CN", "en-US"]
    assert texts(document, "sent") == ["2026-11-22T11:00:00+08:00"]
    assert texts(document, "status") == ["Actual"]
    assert texts(document, "scope") == ["Restricted"]
    assert texts(document, "category") == ["Fire", "Fire"]
    assert texts(document, "certainty") == ["Possible", "Possible"]
    assert texts(document, "circle")[0] == "31.820000,117.220000 0.2"
    assert document.headline == "火警: 示范花园 1号楼 走廊感烟 (未确认)"


def test_what_follows_is_an_update_that_names_all_before_it() -> None:
    document = write(
        saying(
            kind=NoticeKind.CONFIRMED,
            body=notice_body(confirmation="real"),
            formers=[former(1), former(2, MsgType.UPDATE)],
        )
    )
    assert breaches(document.xml.encode()) == []
    assert document.msg_type is MsgType.UPDATE
    assert document.number == 3
    assert texts(document, "references") == [
        "tower.example,TW-1,2026-11-22T10:52:00+08:00 tower.example,TW-2,2026-11-22T10:53:00+08:00"
    ]
    assert texts(document, "certainty") == ["Observed", "Observed"]
    assert texts(document, "severity") == ["Extreme", "Extreme"]
    assert texts(document, "responseType") == ["Evacuate", "Evacuate"]


@pytest.mark.parametrize("kind", [NoticeKind.CLOSED, NoticeKind.REFUTED])
def test_the_end_is_a_cancel_and_a_raise_after_it_begins_anew(kind: NoticeKind) -> None:
    end = write(saying(kind=kind, formers=[former(1)]))
    assert end.msg_type is MsgType.CANCEL
    assert texts(end, "urgency") == ["Past", "Past"]
    again = write(
        saying(kind=NoticeKind.RAISED_AGAIN, formers=[former(1), former(2, MsgType.CANCEL)])
    )
    assert again.msg_type is MsgType.ALERT
    assert texts(again, "references") == []
    assert breaches(end.xml.encode()) == breaches(again.xml.encode()) == []


@pytest.mark.parametrize(("status", "mark"), [("Exercise", "【演练】"), ("Test", "【测试】")])
def test_a_drill_is_never_actual_and_says_so_first(status: str, mark: str) -> None:
    document = write(saying(body=notice_body(drill=True, status=status)))
    assert breaches(document.xml.encode()) == []
    assert document.status is Status(status)
    assert document.headline.startswith(mark)
    assert texts(document, "scope") == ["Private"]


def test_the_same_notice_is_the_same_document_byte_for_byte() -> None:
    assert write(saying()) == write(saying())


@settings(deadline=None)  # the machine may be busy
@given(text=st.text(max_size=200), place=st.text(max_size=60), note=st.text(max_size=60))
def test_whatever_a_device_says_the_document_keeps_the_rules(
    text: str, place: str, note: str
) -> None:
    body = notice_body(text=text, place_zh=place, note=note)
    assert breaches(write(saying(body=body)).xml.encode()) == []


def good() -> str:
    return write(
        saying(
            formers=[former(1)],
            polygon=[Point(latitude=31.0, longitude=117.0 + n % 2) for n in range(4)],
        )
    ).xml


def test_the_document_that_is_broken_below_is_whole() -> None:
    assert breaches(good().encode()) == []


BROKEN = [
    ("<status>Actual", "<status>Real", "is none of Actual"),
    ("<status>Actual</status>", "", "status stands 0 times"),
    ("<msgType>Update", "<msgType>update", "is none of Alert"),
    ("<scope>Restricted", "<scope>Secret", "is none of Public"),
    ("<scope>Restricted", "<scope>Private", "Private needs addresses"),
    ("<scope>Restricted", "<scope>Public", "restriction belongs to"),
    (r"<restriction>.*?</restriction>", "", "Restricted needs restriction"),
    (r"<references>.*?</references>", "", "Update needs references"),
    (r"<references>", "<references>half,", "is not sender,identifier,sent"),
    ("<identifier>TW-", "<identifier>TW ", "has a space"),
    ("<identifier>TW-", "<identifier>TW,", "has a space, comma"),
    ("<identifier>TW-", "<identifier>TW&amp;", "has a space, comma"),
    ("<sender>tower", "<sender>&lt;tower", "has a space, comma"),
    (r"<sender>[^<]*</sender>", "<sender> </sender>", "it is empty"),
    (r"(<sent>)[^<]*", r"\g<1>2026-11-22T03:00:00Z", "Z is not permitted"),
    (r"(<sent>)[^<]*", r"\g<1>2026-11-22T03:00:00+00:00", "UTC is written -00:00"),
    (r"(<sent>)[^<]*", r"\g<1>2026-11-22T03:00:00.5+08:00", "is no date"),
    (r"(<sent>)[^<]*", r"\g<1>2026-13-22T03:00:00+08:00", "is no day or hour"),
    (r"(<sent>[^<]*</sent>)(<status>[^<]*</status>)", r"\2\1", "sent stands after status"),
    (r"(<urgency>[^<]*</urgency>)(<severity>[^<]*</severity>)", r"\2\1", "urgency stands after"),
    ("<urgency>Immediate</urgency>", "", "urgency stands 0 times"),
    ("<urgency>Immediate", "<urgency>Now", "is none of Immediate"),
    ("<severity>Severe", "<severity>Bad", "is none of Extreme"),
    ("<certainty>Possible", "<certainty>Very Likely", "is none of Observed"),
    ("<category>Fire", "<category>fire", "is none of Geo"),
    ("<category>Fire</category>", "", "category stands 0 times"),
    (r"(<event>[^<]*</event>)", r"\1\1", "event stands 2 times"),
    ("<responseType>Assess", "<responseType>Run", "is none of Shelter"),
    ("<language>zh-CN", "<language>zh_CN", "is no language"),
    (r"<areaDesc>[^<]*</areaDesc>", "", "areaDesc stands 0 times"),
    (r"(<circle>)[^<]*", r"\g<1>31.8,117.2", "is not latitude,longitude radius"),
    (r"(<circle>)[^<]*", r"\g<1>91,117.2 1", "is not on the earth"),
    (r"(<circle>)[^<]*", r"\g<1>31,117.2 -1", "is no radius"),
    (r"(<polygon>)[^<]*", r"\g<1>31,117 31,118 32,118", "four points at least"),
    (r"(<polygon>)[^<]*", r"\g<1>31,117 31,118 32,118 32,117", "is its first"),
    (r"<valueName>[^<]*</valueName>", "", "valueName stands 0 times"),
    ("</alert>", "<extra>1</extra></alert>", "does not belong here"),
    ("<event>", "<event><b/>", "an element inside"),
    ("cap:1.2", "cap:1.1", "not CAP 1.2's alert"),
    ("</alert>", "", "not well formed"),
    ("</area>", "<ceiling>9</ceiling></area>", "ceiling needs altitude"),
    (
        "</info>",
        "<resource><resourceDesc>x</resourceDesc></resource></info>",
        "mimeType stands 0 times",
    ),
]


@pytest.mark.parametrize(("pattern", "instead", "said"), BROKEN, ids=[one[2] for one in BROKEN])
def test_a_broken_document_is_found_out(pattern: str, instead: str, said: str) -> None:
    broken = re.sub(pattern, instead, good(), count=1)
    assert broken != good()
    assert said in " | ".join(breach.sentence for breach in breaches(broken.encode()))


BOMB = (
    "<?xml version='1.0'?><!DOCTYPE a [<!ENTITY x 'xx'><!ENTITY y '&x;&x;'>]>"
    "<alert xmlns='urn:oasis:names:tc:emergency:cap:1.2'>&y;</alert>"
)


@pytest.mark.parametrize(
    "hostile",
    [
        BOMB.encode(),
        b"<a>" * 20 + b"</a>" * 20,
        b"<a>" + b"<b/>" * 6000 + b"</a>",
        b" " * (MAX_BYTES + 1),
        b"\xff\xfe<",
        b"",
    ],
    ids=["entities", "deep", "many", "large", "no text", "nothing"],
)
def test_hostile_xml_is_not_read(hostile: bytes) -> None:
    with pytest.raises(Unreadable):
        read_xml(hostile)

"""The record of a hand-over as a page for the printer: list, signatures, what has passed."""

from collections.abc import Iterable, Iterator, Sequence
from html import escape

from analytics.duties.matrix import OrganisationId
from analytics.handover.model import Handover, is_genuine, missing_sides
from towerwatch.duty.handover_words import (
    CONDITION_WORDS,
    SIDE_WORDS,
    STATE_WORDS,
    Record,
    local,
)
from towerwatch.duty.words import NOBODY, Names

_PAGE = """\
<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<title>{title}</title>
<style>
@page {{ size: A4; margin: 18mm; }}
body {{ font: 12pt/1.5 "Noto Serif CJK SC", "SimSun", serif; color: #000; }}
h1 {{ font-size: 18pt; text-align: center; }}
table {{ border-collapse: collapse; width: 100%; margin: 4mm 0; }}
th, td {{ border: 1px solid #000; padding: 1mm 2mm; text-align: left; vertical-align: top; }}
thead {{ display: table-header-group; }}
tr {{ break-inside: avoid; }}
code {{ font-size: 8pt; overflow-wrap: anywhere; }}
</style>
</head>
<body>
<h1>小区物业交接单 Record of hand-over #{number}</h1>
{facts}
<h2>设备清单 Equipment</h2>
{items}
<h2>签字 Signatures</h2>
{signatures}
<h2>移交的报警与工单 What passed</h2>
{passed}
<p>清单指纹 fingerprint of the list (SHA-256): <code>{digest}</code></p>
</body>
</html>
"""


def page(found: Record, names: Names) -> str:
    """The whole page; everything from outside is escaped."""
    one = found.handover
    return _PAGE.format(
        title=escape(f"交接单 {one.compound_zh} {local(one.at)}"),
        number=one.id,
        facts=_table((), _facts(one, names)),
        items=_table(
            ("序号", "编码 asset", "名称 item", "状态 condition", "备注 note"),
            (
                (str(n), item.asset, item.item, CONDITION_WORDS[item.condition], item.note)
                for n, item in enumerate(found.items, start=1)
            ),
        ),
        signatures=_table(
            ("方 side", "签字人 signer", "职务 role", "时间 at", "指纹 digest", "核验 verified"),
            _signatures(found),
        ),
        passed=_table(
            ("类别", "编号", "移交方 former", "承接方 new", "时限 clocks", "移交时间 moved at"),
            _passed(found, names),
        ),
        digest=one.checklist_digest.hex(),
    )


def _name(organisation: OrganisationId | None, names: Names) -> str:
    known = None if organisation is None else names.get(organisation)
    return NOBODY if known is None else known.name_zh


def _facts(one: Handover, names: Names) -> Sequence[Sequence[str]]:
    late = "—" if one.delay is None else f"{one.delay.total_seconds():.1f} s"
    return (
        ("小区 compound", f"{one.compound_zh} ({one.compound})"),
        ("交接时间 at", local(one.at)),
        ("移交方 former", _name(one.from_id, names)),
        ("承接方 new", f"{_name(one.to_id, names)} [{one.kind}]"),
        ("原因 reason", one.reason),
        ("状态 state", STATE_WORDS[one.state]),
        ("执行延迟 delay", late),
        ("未签齐原因 unsigned", one.unsigned_reason or "—"),
    )


def _signatures(found: Record) -> Iterator[Sequence[str]]:
    """Who signed; for a side that has not, room for a pen."""
    digest = found.handover.checklist_digest
    for one in found.signatures:
        verified = "有效 genuine" if is_genuine(digest, one) else "无效 NOT genuine"
        when = local(one.signed_at)
        yield SIDE_WORDS[one.side], one.signer, one.role, when, one.digest.hex(), verified
    for side in missing_sides(found.signatures):
        yield SIDE_WORDS[side], "", "", "", "", ""


def _passed(found: Record, names: Names) -> Iterator[Sequence[str]]:
    for one in found.passed:
        former, new = _name(one.from_id, names), _name(one.to_id, names)
        when = local(one.moved_at)
        yield one.what, str(one.subject_id), former, new, str(one.clocks), when


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "\n".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{top}</tr></thead><tbody>\n{body}\n</tbody></table>"

"""The record of a hand-over as a page for the printer: list, signatures, what has passed."""

from collections.abc import Iterable, Sequence
from html import escape

from analytics.handover.model import is_genuine
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
    late = "—" if one.delay is None else f"{one.delay.total_seconds():.1f} s"

    def name(organisation: int | None) -> str:
        known = {int(key): value.name_zh for key, value in names.items()}
        return NOBODY if organisation is None else known.get(organisation, NOBODY)

    facts = (
        ("小区 compound", f"{one.compound_zh} ({one.compound})"),
        ("交接时间 at", local(one.at)),
        ("移交方 former", name(one.from_id)),
        ("承接方 new", f"{name(one.to_id)} [{one.kind}]"),
        ("原因 reason", one.reason),
        ("状态 state", STATE_WORDS[one.state]),
        ("执行延迟 delay", late),
        ("未签齐原因 unsigned", one.unsigned_reason or "—"),
    )
    signatures = [
        (
            SIDE_WORDS[sign.side],
            sign.signer,
            sign.role,
            local(sign.signed_at),
            sign.digest.hex(),
            "有效 genuine" if is_genuine(one.checklist_digest, sign) else "无效 NOT genuine",
        )
        for sign in found.signatures
    ]
    blank = [(SIDE_WORDS[side], "", "", "", "", "") for side in SIDE_WORDS if not signatures]
    return _PAGE.format(
        title=escape(f"交接单 {one.compound_zh} {local(one.at)}"),
        number=one.id,
        facts=_table((), facts),
        items=_table(
            ("序号", "编码 asset", "名称 item", "状态 condition", "备注 note"),
            (
                (str(n), item.asset, item.item, CONDITION_WORDS[item.condition], item.note)
                for n, item in enumerate(found.items, start=1)
            ),
        ),
        signatures=_table(
            ("方 side", "签字人 signer", "职务 role", "时间 at", "指纹 digest", "核验 verified"),
            signatures or blank,
        ),
        passed=_table(
            ("类别", "编号", "移交方 former", "承接方 new", "时限 clocks", "移交时间 moved at"),
            (
                (
                    one_passed.what,
                    str(one_passed.subject_id),
                    name(one_passed.from_id),
                    name(one_passed.to_id),
                    str(one_passed.clocks),
                    local(one_passed.moved_at),
                )
                for one_passed in found.passed
            ),
        ),
        digest=one.checklist_digest.hex(),
    )


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "\n".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    return f"<table><thead><tr>{top}</tr></thead><tbody>\n{body}\n</tbody></table>"

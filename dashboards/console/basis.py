"""What a rule rests on, in Chinese: the catalogue and the matrix cite their sources in English.

Titles of laws stand there in Chinese already. Of the rest a reader of the desk needs the number of the
standard, its article, and whether anybody has read the original.
"""

import re
from typing import Final

_PHRASES: Final = (
    ("times are a site rule", "时限为现场规定"),
    ("time is a site rule", "时限为现场规定"),
    ("60 s is a site rule", "60秒为现场规定"),
    ("responsible unit of the county plan", "县级方案列明的责任单位"),
    ("of the county plan", "（县级方案）"),
    ("arrival within 30 min in cities with districts", "设区的市30分钟内到场"),
    ("arrival within 30 min (cities with districts) or 1 h", "设区的市30分钟内到场，其他1小时内"),
    ("Local fire rules on e-bikes", "当地电动自行车消防规定"),
    ("Local fire rules against e-bikes in buildings", "当地电动自行车消防规定"),
    (
        "Local rules on the use of the special maintenance fund in emergencies",
        "当地住宅专项维修资金应急使用规定",
    ),
    ("check the city's own list", "以当地清单为准"),
    ("GB/T 24476 service modes", "GB/T 24476 服务模式"),
    ("the supplier repairs its network's failures", "供电企业负责抢修"),
    ("every call is answered", "每次呼叫须有应答"),
    ("by itself at least every 72 h", "至少每72小时自检一次"),
    ("50 %LEL high alarm", "高限报警 50 %LEL"),
    ("latching as GB 4717 asks of panels", "按 GB 4717 锁定"),
    ("asks for two people on duty", "要求双人值班"),
    ("component types", "部件类型"),
    ("component type", "部件类型"),
    (" type ", " 部件类型 "),
    ("control room", "消防控制室"),
    ("Platform rule (site rule)", "平台规定"),
    ("Platform rule", "平台规定"),
    ("Site rule", "现场规定"),
    ("site rule", "现场规定"),
    ("secondary source", "未核实原文"),
    ("direction unverified", "未核实原文"),
    ("unverified", "未核实原文"),
)
_ARTICLE: Final = re.compile(r"\bart\. (\d+)(?:\((\d+)\))?")
_CLAUSE: Final = re.compile(r"\bclause (\d+)")
_REMARK: Final = re.compile(r" ?\(([^()]*)\)")
_FOREIGN: Final = re.compile(r"\b(?!MPa|kPa|degC|min\b)(?!EN\b)[A-Za-z]*[a-z]{2,}")
_PARTS: Final = re.compile(r"([;:,] )")
_MARKS: Final = {"; ": "；", ": ": "：", ", ": "，"}


def in_chinese(basis: str) -> str:
    """A source as a Chinese reader needs it; what explains it in English is left out."""
    said = basis
    for english, chinese in _PHRASES:
        said = said.replace(english, chinese)
    said = _ARTICLE.sub(_article, said)
    said = _CLAUSE.sub(r"第\1章", said).replace(" and ", "、").replace("degC", "°C")
    return _chinese_of(_REMARK.sub(_remark, said)) or basis


def _article(found: re.Match[str]) -> str:
    part = f"第{found[2]}项" if found[2] else ""
    return f"第{found[1]}条{part}"


def _remark(found: re.Match[str]) -> str:
    said = _chinese_of(found[1])
    return f"（{said}）" if said else ""


def _chinese_of(text: str) -> str:
    """Its parts without those that are English, joined by the marks before them."""
    pieces = _PARTS.split(text)
    marks, parts = ["", *pieces[1::2]], pieces[::2]
    kept = [
        (mark, part) for mark, part in zip(marks, parts, strict=True) if not _FOREIGN.search(part)
    ]
    return "".join(
        f"{_MARKS.get(mark, '') if at else ''}{part.strip()}"
        for at, (mark, part) in enumerate(kept)
    )

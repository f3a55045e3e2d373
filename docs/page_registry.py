"""The page of the registry's files: tables, columns, words."""  # noqa: INP001

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import Final

from ingest.registry.chinese import (
    CLASS_OF,
    COLUMN_WORDS,
    LEVEL_OF,
    MANAGEMENT_OF,
    ORGANISATION_OF,
)
from ingest.registry.table import COLUMNS, NEEDED

_HEAD: Final = """\
# 登记表 The registry's files

Written from the code by `python docs/generate.py`.

登记表说明“什么在哪里、谁负责、哪个网关的哪个编码代表哪台设备”。一个文件夹,六个 CSV 文件(UTF-8 或 GB18030,
Excel 直接另存即可),或一个 YAML 文件(同名六个列表)。列名与固定取值可用英文,也可用中文。

What stands where, who answers for it, and which code of which gateway means it: a folder of CSV files (UTF-8
with or without a mark, or GB18030) or one YAML file with lists of the same names. Headings and fixed values may
be English or Chinese.

```
towerwatch registry check  FOLDER             逐行检查,只说问题,不连数据库 (every problem, by file and line)
towerwatch registry apply  FOLDER --dry-run   预演:会新建、更改、移动、停用什么 (what would change)
towerwatch registry apply  FOLDER             写入;重复执行不会产生变化 (one transaction; again does nothing)
towerwatch registry show   PLACE              下级、管理方、责任人、沿革 (below it, who runs it, its history)
towerwatch registry merge  A B --into C --reason TEXT
towerwatch registry split  A --part NEW:NAME:CHILD,CHILD --reason TEXT
```

## 规则 Rules

- 文件只对其中列出的**小区**负责:这些小区里数据库有而文件没有的楼栋、楼层、设备、网关将被关闭或停用;其他小区不受影响。
  The files speak for the compounds they list, and for nothing beside them. A table that is left away says nothing.
- **历史不改写。** 更换设备、移交小区、换责任人时,旧记录在生效时刻结束,新记录从该时刻开始;报警和工单保留发生时的路径。
  A changed binding, management or person ends the old span and begins a new one; alarms that
  are over keep the path of their time, open ones go with their asset. Scopes of log-ins and readers and lines of the matrix
  go with a moved place; a split-off part is seen by whoever saw the whole; a merged place is seen by its successor's people.
- **拆分、合并后无需重新载入文件。** 新小区沿用原小区的权责清单、到场时限、值班排班和已计划的交接;合并时两边要求不一致的,取最严
  (时限取短、通知取全),并通知新管理单位。
  Nothing is reloaded after a split or a merger: the next alarm finds the lines of the matrix, the limits of arrival of the
  life-safety plan and the rosters; a planned hand-over passes the parts too. Where merged places disagree, the successor's
  line asks for all that either asked for, and its manager is told. Lines of a street or a city do not follow a place that
  leaves it.
- 新编码的第一次绑定对登记之前的数据也有效,网关补传的旧数据因此能找到设备。
  The first binding of a code also stands for the time before it.
- 日期按中国时间;“截止日期”当天仍有效。没有物业的小区请写明“无人管理”。
  Days are days in China; the last day still counts. A compound that nobody runs says `nobody`.
- 以 `@` 开头的设备编码、网关 `platform`、地点 `unregistered` 由平台保留。
  Asset codes that begin with `@`, the gateway `platform` and the place `unregistered` are the platform's own.
- `apply` 之后各进程立即重新读取登记表。 Running processes read the registry again at once.
"""

_MEANING: Final[Mapping[str, str]] = {
    "places.code": "A-Z a-z 0-9 _, 1 to 60; unique",
    "places.level": "see below; a place stands under a higher level",
    "places.parent": "code of the place above; empty for a city only",
    "places.latitude": "degrees, WGS 84, -90 to 90",
    "places.longitude": "degrees, WGS 84, -180 to 180",
    "places.access_note": "entrance and fire lane, for those who come from outside",
    "organisations.code": "A-Z a-z 0-9 _, 1 to 60; unique",
    "organisations.kind": "see below",
    "organisations.place": "the place that a public body serves; empty for companies",
    "managements.compound": "code of a place of level compound",
    "managements.kind": "see below",
    "managements.organisation": "needed unless self_managed or nobody",
    "responsible_persons.role": "free text; one person per place, role and time",
    "gateways.gateway": "3 to 40 of a-z, 0-9 and hyphen",
    "gateways.place": "where unknown alarms of the gateway belong",
    "gateways.operator": "code of the telecom operator by whose network it reports",
    "assets.code": "1 to 64 characters; unique",
    "assets.class": "see below, and the [catalogue](catalogue.md)",
    "assets.gateway": "empty while nothing reports the asset (a warning)",
    "assets.gateway_code": "its code on the gateway; empty: the same as code",
    "assets.maintainer": "code of an organisation",
    "assets.contract_until": "last day of the maintenance contract; past: a warning",
    "assets.zone": "fire zone or loop",
    "assets.attributes": "a JSON object",
    "assets.commissioned_at": "walk test passed; before it the asset does not count as monitored",
}


def registry_page() -> str:
    """The whole page."""
    words = (
        ("级别 level", LEVEL_OF),
        ("单位类别 organisations.kind", ORGANISATION_OF),
        ("管理方式 managements.kind", MANAGEMENT_OF),
        ("设备类别 assets.class", CLASS_OF),
    )
    parts = [_HEAD, *("\n".join(_table(name)) for name in COLUMNS)]
    return "\n".join([*parts, *("\n".join(_values(*pair)) for pair in words)])


def _table(name: str) -> Iterator[str]:
    yield f"## {name}.csv\n"
    yield "| column | 列名 | needed | content |"
    yield "|---|---|---|---|"
    for column in COLUMNS[name]:
        needed = "yes" if column in NEEDED[name] and column != "parent" else ""
        meaning = _MEANING.get(f"{name}.{column}", _DATES.get(column, ""))
        yield f"| `{column}` | {COLUMN_WORDS[column]} | {needed} | {meaning} |"
    yield ""


_DATES: Final[Mapping[str, str]] = {
    "from": "first day, 2026-03-01; empty: since ever",
    "until": "last day, which still counts; empty: open",
    "place": "code of a place",
}


def _values(title: str, words: Mapping[str, str | StrEnum]) -> Iterator[str]:
    yield f"## {title}\n"
    yield ", ".join(f"`{value}` {word}" for word, value in words.items() if value != "unknown")
    yield ""

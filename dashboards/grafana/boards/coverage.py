"""Coverage: registered, commissioned, reporting, in contract; what is not monitored is not normal."""

from typing import Final

from dashboards.grafana.boards.columns import (
    ASSET,
    CLASS,
    COVERAGE_STATE,
    MAINTAINER,
    MISSING_SHARE,
    NAME,
    PLACE_CHOICE,
    SOME,
    TO_PLACE,
    count,
    hidden,
    moment,
    share,
    word,
)
from dashboards.grafana.panels import Dashboard, Field, Kind, Panel, Steps, row, stat
from dashboards.grafana.words import MANAGEMENTS, said

_NOTHING: Final = said("没有登记设备", "Nothing registered")
_REPORTING: Final = Steps(amber=0.95, red=0.8, is_floor=True)

_STATS: Final = (
    stat(
        "registered",
        said("登记设备", "Registered"),
        said(
            "登记册中未注销的设备，不含网关。",
            "Equipment in the registry that is not retired, gateways left out.",
        ),
    ),
    stat(
        "commissioned",
        said("已验收", "Commissioned"),
        said(
            "通过走测(逐点实测报警能到值班台)的比例。未验收的设备不算被监测。",
            "Share that passed the walk test: its alarm was seen to reach the desk. Before that it does"
            " not count as monitored.",
        ),
        steps=_REPORTING,
        unit="percentunit",
        digits=1,
        width=5,
        empty=_NOTHING,
    ),
    stat(
        "reporting",
        said("在线", "Reporting"),
        said("已验收且现在有消息的比例。", "Share that was commissioned and is heard now."),
        steps=_REPORTING,
        unit="percentunit",
        digits=1,
        width=5,
        empty=_NOTHING,
    ),
    stat(
        "in_contract",
        said("有有效维保合同", "In contract"),
        said(
            "今天(北京时间)维保合同仍有效的比例。",
            "Share whose maintenance contract is in force today (UTC+8).",
        ),
        steps=_REPORTING,
        unit="percentunit",
        digits=1,
        width=5,
        empty=_NOTHING,
    ),
    stat(
        "unmanaged",
        said("无人管理的小区", "Compounds without a manager"),
        said(
            "登记为无人管理、或没有登记由谁管理的小区数。",
            "Compounds that nobody runs, or of which the registry does not say who does.",
        ),
        steps=SOME,
        width=5,
    ),
)

_BY_CLASS: Final = Panel(
    title=said("按设备类别", "By class of equipment"),
    kind=Kind.TABLE,
    note=said("在线比例低的在前。", "The lowest share of reporting first."),
    query="by_class",
    fields=(
        CLASS,
        count("registered", "登记", "Registered"),
        count("commissioned", "已验收", "Commissioned"),
        count("reporting", "在线", "Reporting"),
        share("share", "在线比例", "Share", _REPORTING),
    ),
    width=10,
    empty=_NOTHING,
)

_BY_COMPOUND: Final = Panel(
    title=said("未被监测最多的小区", "Compounds with the most that is not monitored"),
    kind=Kind.TABLE,
    note=said(
        "按未被监测的比例排序，比例相同按件数。",
        "By the share that is not monitored, then by number.",
    ),
    query="by_compound",
    fields=(
        word("compound", "小区", "Compound", TO_PLACE),
        hidden("path"),
        Field(key="management", title=said("管理方式", "Run by"), words=MANAGEMENTS),
        word("organisation", "管理单位", "Organisation"),
        count("registered", "登记", "Registered"),
        count("missing", "未被监测", "Not monitored"),
        share("unmonitored", "比例", "Share", MISSING_SHARE),
    ),
    width=14,
    empty=_NOTHING,
)

_BY_MANAGEMENT: Final = Panel(
    title=said("按管理方式", "By who runs the compound"),
    kind=Kind.TABLE,
    note=said(
        "无人管理和仅保洁的小区往往没有登记设备：没有登记就没有监测。",
        "Compounds without a manager often have nothing registered: what is not registered is not"
        " monitored either.",
    ),
    query="by_management",
    fields=(
        Field(key="management", title=said("管理方式", "Run by"), words=MANAGEMENTS),
        count("compounds", "小区", "Compounds"),
        count("registered", "登记设备", "Registered"),
        share("share", "在线比例", "Reporting", _REPORTING),
    ),
    width=10,
    empty=said("没有登记小区", "No compound registered"),
)

_BY_MAINTAINER: Final = Panel(
    title=said("按维保单位", "By maintenance firm"),
    kind=Kind.TABLE,
    note=said(
        "未被监测的和合同已到期(或未登记合同)的设备数。",
        "Equipment not monitored, and without a contract in force.",
    ),
    query="by_maintainer",
    fields=(
        MAINTAINER,
        count("registered", "登记", "Registered"),
        count("missing", "未被监测", "Not monitored", SOME),
        count("without_contract", "无有效合同", "No contract", SOME),
    ),
    width=14,
    empty=_NOTHING,
)

_LIST: Final = Panel(
    title=said("未被监测的设备", "Equipment that is not monitored"),
    kind=Kind.TABLE,
    note=said(
        "失联最久的在前，最多 500 条。“自”：失联为最后一次消息的时间，从未上报和未验收为登记的时间。",
        "The longest silent first, at most 500. Since: the last sign of life, or the registration of"
        " what was never heard or commissioned.",
    ),
    query="not_monitored",
    fields=(
        ASSET,
        hidden("asset_id"),
        CLASS,
        NAME,
        COVERAGE_STATE,
        moment("since", "自", "Since"),
        MAINTAINER,
        Field(
            key="contract_until",
            title=said("合同至", "Contract until"),
            unit="dateTimeAsIso",
            width=170,
        ),
    ),
    height=12,
    empty=said("全部设备都在监测中", "Everything is monitored"),
)

COVERAGE_BOARD: Final = Dashboard(
    uid="tw-coverage",
    title=said("监测覆盖", "Coverage"),
    note=said(
        "登记、验收、在线、合同。没有被监测的永远不显示为正常。",
        "Registered, commissioned, reporting, in contract. What is not monitored is never shown as normal.",
    ),
    sql_file="coverage.sql",
    variables=(PLACE_CHOICE,),
    panels=(
        *_STATS,
        row("哪些", "Which"),
        _BY_CLASS,
        _BY_COMPOUND,
        _BY_MANAGEMENT,
        _BY_MAINTAINER,
        row("清单", "List"),
        _LIST,
    ),
    refresh="5m",
)

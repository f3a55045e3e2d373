"""The platform itself: the ledger of messages, gateways, notices to the bureau, the sealed history."""

from typing import Final

from dashboards.grafana.boards.columns import ANY, PLACE_CHOICE, SOME, count, moment, seconds, word
from dashboards.grafana.panels import Dashboard, Field, Kind, Panel, Steps, row, stat
from dashboards.grafana.words import said

_STATS: Final = (
    stat(
        "missing",
        said("丢失的消息", "Messages lost"),
        said(
            "网关发出而平台从未收到的消息，自启用以来累计。0 是唯一正常的数。",
            "Sent by a gateway and never come, since its first day. 0 is the only normal number.",
        ),
        steps=ANY,
    ),
    stat(
        "silent_gateways",
        said("失联的网关", "Silent gateways"),
        said(
            "30 秒以上没有心跳的网关：其下设备的报警此刻到不了。",
            "Without a heartbeat for 30 s: alarms behind them cannot come now.",
        ),
        steps=ANY,
    ),
    stat(
        "waiting_notices",
        said("等待送达应急局", "Waiting for the bureau"),
        said("还没有收到应急局回执的通知。", "Notices without the bureau's receipt."),
        steps=SOME,
    ),
    stat(
        "waiting_longest",
        said("最久等待", "Longest wait"),
        said("其中最久的已等待多久。", "How long the oldest has waited."),
        steps=Steps(amber=30, red=120),
        unit="s",
        digits=0,
        empty=said("没有等待", "None waits"),
    ),
    stat(
        "refused",
        said("隔离的消息", "Kept aside"),
        said(
            "所选时间内无法接收而留存待查的消息，没有丢弃。",
            "Could not be admitted in the chosen time; kept with the reason, not dropped.",
        ),
        steps=SOME,
    ),
    stat(
        "unsealed",
        said("最近一次封存", "Last seal"),
        said(
            "历史记录防篡改封存的最近时间；没有新记录时不封存。",
            "When the history was last sealed; nothing new, no seal.",
        ),
        unit="s",
        digits=0,
        empty=said("还没有记录", "No history yet"),
    ),
)

_SAMPLES: Final = Panel(
    title=said("每秒入库的测量值", "Values stored per second"),
    kind=Kind.TIME_SERIES,
    note=said(
        "按小时统计；“拒收”为超出物理范围等的值，已留存。",
        "From whole hours; refused are impossible values, kept aside.",
    ),
    query="samples",
    fields=(
        Field(key="samples", title=said("入库", "Stored"), unit="cps"),
        Field(key="refused", title=said("拒收", "Refused"), unit="cps"),
    ),
    width=12,
)

_NOT_STORED: Final = Panel(
    title=said("没有入库的消息", "Messages not stored"),
    kind=Kind.TIME_SERIES,
    note=said(
        "隔离：留存待查；丢弃：网关存满后主动放弃并计数(只限测量值)；缺失：发出而未收到。",
        "Kept aside; given up and counted by a full gateway (measurements only); missing: never came.",
    ),
    query="not_stored",
    fields=(
        count("quarantined", "隔离", "Kept aside"),
        count("shed", "丢弃", "Given up"),
        count("missing", "缺失", "Missing"),
    ),
    width=12,
    has_bars=True,
    is_stacked=True,
)

_EVENTS: Final = Panel(
    title=said("收到的事件", "Events received"),
    kind=Kind.TIME_SERIES,
    note=said(
        "按接收时间；“慢”为 10 秒以上才到(GB 26875.1 要求火警 10 秒内)。",
        "By receipt; slow took more than 10 s (GB 26875.1 asks for 10 s for a fire).",
    ),
    query="events",
    fields=(count("events", "事件", "Events"), count("slow", "慢", "Slow")),
    width=12,
    has_bars=True,
)

_SEALED: Final = Panel(
    title=said("封存(按日)", "Sealed by day"),
    kind=Kind.TIME_SERIES,
    note=said(
        "报警、工单和人员操作的历史行，封存后任何改动都能被查出。",
        "Rows of the history of alarms, orders and acts; any change after the seal shows.",
    ),
    query="sealed",
    fields=(count("seals", "封存次数", "Seals"), count("rows", "记录", "Rows")),
    width=12,
    has_bars=True,
)

_GATEWAYS: Final = Panel(
    title=said("网关", "Gateways"),
    kind=Kind.TABLE,
    note=said(
        "失联最久的在前。“积压”为网关里还没有回执的消息，“时钟偏差”超过 5 秒会报警。",
        "The longest silent first. Waiting: messages without a receipt; a clock more than 5 s wrong raises an alarm.",
    ),
    query="gateways",
    fields=(
        word("gateway", "网关", "Gateway"),
        word("place", "位置", "Place"),
        seconds("silence", "静默", "Silent for", Steps(amber=30, red=300)),
        count("depth", "积压", "Waiting"),
        seconds("skew", "时钟偏差", "Clock skew", Steps(amber=5, red=60)),
        word("software", "软件", "Software"),
    ),
    width=12,
    height=11,
    empty=said("没有登记网关", "No gateway registered"),
)

_LEDGER: Final = Panel(
    title=said(
        "账本：已发 = 入库 + 隔离 + 丢弃 + 缺失 + 在途",
        "Ledger: sent = stored + kept aside + given up + missing + in flight",
    ),
    kind=Kind.TABLE,
    note=said(
        "每个网关和通道的消息数。“差额”不为 0 说明账不平，请立即通知平台运维。",
        "Messages by gateway and lane. A difference other than 0 means that the books do not balance: call the engineer.",
    ),
    query="ledger",
    fields=(
        word("gateway", "网关", "Gateway"),
        word("lane", "通道", "Lane"),
        count("sent", "已发", "Sent"),
        count("stored", "入库", "Stored"),
        count("quarantined", "隔离", "Kept aside"),
        count("shed", "丢弃", "Given up"),
        count("missing", "缺失", "Missing", ANY),
        count("in_flight", "在途", "In flight"),
        count("difference", "差额", "Difference", ANY),
    ),
    height=11,
    empty=said("还没有收到消息", "Nothing received yet"),
)

_CERTIFICATES: Final = Panel(
    title=said("各入口的证书", "Certificates of the doors"),
    kind=Kind.TABLE,
    note=said(
        "平台各入口实际出示的证书，每十分钟查看一次。到期后网关两条通道同时中断；到期前 14 天报警，"
        "有效期短于 12 周的证书在剩余六分之一有效期时报警(certificate_ending)。",
        "What each door of the platform shows, looked at every ten minutes. When one ends, gateways are refused on"
        " both paths at once; an alarm comes 14 days before, or in the last sixth of a life of less than twelve"
        " weeks (certificate_ending).",
    ),
    query="certificates",
    fields=(
        word("door", "入口", "Door"),
        moment("ends_at", "到期", "Ends"),
        Field(
            key="days",
            title=said("剩余天数", "Days left"),
            digits=1,
        ),
        Field(
            key="to_alarm",
            title=said("距报警天数", "Days to the alarm"),
            digits=1,
            steps=Steps(red=0, is_floor=True),
        ),
        moment("looked_at", "最近查看", "Looked at"),
    ),
    width=12,
    height=11,
    empty=said("没有可看的证书，或不在您的管辖范围", "None was seen, or it is outside your places"),
)

PLATFORM: Final = Dashboard(
    uid="tw-platform",
    title=said("平台与账本", "Platform and ledger"),
    note=said(
        "平台自身是否可靠：消息有没有丢、网关在不在、应急局收到没有。",
        "Whether the platform itself can be relied on.",
    ),
    sql_file="platform.sql",
    variables=(PLACE_CHOICE,),
    panels=(
        *_STATS,
        row("消息", "Messages"),
        _SAMPLES,
        _NOT_STORED,
        _EVENTS,
        _SEALED,
        row("网关", "Gateways"),
        _GATEWAYS,
        _CERTIFICATES,
        _LEDGER,
    ),
    since="now-7d",
)

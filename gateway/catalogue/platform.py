"""What the platform says about itself and about what it could not understand."""

from gateway.catalogue.model import AssetClass, Ending, EventKind, Group, Severity, Text

_ENGINEER = Text(zh="通知平台运维人员", en="Call the platform's engineer")
_CONTACT = Text(
    zh="电话确认现场情况,安排人员现场值守直至恢复",
    en="Phone the site; keep watch there in person until it is back",
)
_LOOK = Text(
    zh="按最坏情况处理:派人到现场核实,并通知平台运维人员",
    en="Assume the worst: send someone to look, and call the platform's engineer",
)


def _event(  # noqa: PLR0913 - one row of the catalogue
    name: str,
    severity: Severity,
    label: Text,
    action: Text,
    *,
    group: Group = Group.CONTACT,
    ending: Ending = Ending.CLEARS,
) -> EventKind:
    return EventKind(
        name=name,
        group=group,
        severity=severity,
        label=label,
        action=action,
        basis="Platform rule",
        ending=ending,
    )


UNKNOWN_EVENT = _event(
    "unknown_event",
    Severity.MAJOR,
    Text(zh="未知代码的报警", en="Alarm with an unknown code"),
    _LOOK,
    group=Group.SAFETY,
)
GATEWAY_SILENT = _event(
    "gateway_silent", Severity.MAJOR, Text(zh="网关失联", en="Gateway silent"), _CONTACT
)
NETWORK_SILENT = _event(
    "network_silent",
    Severity.MAJOR,
    Text(zh="同一通信网络多个网关失联", en="Many gateways of one network silent"),
    Text(
        zh="通知通信运营商排查;恢复前电话逐一确认各小区现场",
        en="Call the telecom operator; phone the sites one by one until it is back",
    ),
)
ASSET_SILENT = _event(
    "asset_silent", Severity.MINOR, Text(zh="设备失联", en="Asset silent"), _CONTACT
)
DRIVER_FAILING = _event(
    "driver_failing",
    Severity.MAJOR,
    Text(
        zh="网关接入驱动失效,其下设备的报警到不了平台",
        en="A gateway's driver keeps failing; its devices are not heard",
    ),
    _CONTACT,
)
CLOCK_SKEW = _event(
    "clock_skew",
    Severity.MINOR,
    Text(zh="网关时钟偏差超过5秒", en="Gateway clock off by more than 5 s"),
    _ENGINEER,
    group=Group.FAULT,
)
PLATFORM_CLOCK = _event(
    "platform_clock",
    Severity.MAJOR,
    Text(zh="平台时钟与多数网关不一致", en="Platform clock differs from most gateways"),
    Text(
        zh="核对平台服务器时间与对时服务;校准前所有报警时间和时限均不可信",
        en="Check the platform's clock and its time service; until it is right, distrust all times and deadlines",
    ),
    group=Group.FAULT,
)
CERTIFICATE_ENDING = _event(
    "certificate_ending",
    Severity.MAJOR,
    Text(
        zh="证书即将到期,到期后报警到不了平台", en="A TLS certificate ends soon; then alarms stop"
    ),
    Text(
        zh="到期前更换证书:到期后网关被拒绝连接,两条通道可能同时中断",
        en="Renew it before it ends: afterwards gateways are refused, perhaps on both paths at once",
    ),
    group=Group.FAULT,
)
DISK_FILLING = _event(
    "disk_filling",
    Severity.MAJOR,
    Text(
        zh="平台磁盘将满,满后报警无法入库",
        en="A disk of the platform is nearly full; then no alarm is stored",
    ),
    Text(
        zh="通知平台运维人员立即腾出空间;不要删除 data/database 下的文件",
        en="Call the platform's engineer to make room now; never delete files below data/database",
    ),
    group=Group.FAULT,
)
ALARM_UNREADABLE = _event(
    "alarm_unreadable",
    Severity.MAJOR,
    Text(zh="报警报文无法解析", en="Alarm message that cannot be read"),
    _LOOK,
    group=Group.SAFETY,
)
IDENTITY_CONFLICT = _event(
    "identity_conflict",
    Severity.MAJOR,
    Text(zh="报文编号冲突", en="Two messages with one identity"),
    _ENGINEER,
    group=Group.SAFETY,
    ending=Ending.MOMENT,
)
OUTBOX_FULL = _event(
    "outbox_full",
    Severity.MAJOR,
    Text(zh="网关缓存已满,遥测开始丢弃", en="Outbox full, telemetry is being shed"),
    _ENGINEER,
    group=Group.FAULT,
)
OUTBOX_AWAY = _event(
    "outbox_away",
    Severity.MAJOR,
    Text(
        zh="网关数据盘无法写入,报警暂存于临时位置",
        en="A gateway cannot write its disk; alarms wait in a spare place",
    ),
    Text(
        zh="尽快更换或修复网关的存储卡;此前网关断电会丢失未送达的报警",
        en="Replace or repair the gateway's disk soon: until then a power cut loses alarms that wait",
    ),
    group=Group.FAULT,
)
OUTBOX_FOREIGN = _event(
    "outbox_foreign",
    Severity.MAJOR,
    Text(
        zh="网关里存有其他网关编号的未发报文",
        en="A gateway keeps unsent messages of another gateway's id",
    ),
    Text(
        zh="逐条电话核实正文所列报警;再用原编号和原密钥启动网关一次,补发这些报文",
        en="Phone the sites of the alarms in the text; then start a gateway once with the former id and secrets to send them",
    ),
    group=Group.SAFETY,
)
SECOND_PATH = _event(
    "second_path_used",
    Severity.MINOR,
    Text(zh="报警改走备用通道", en="Alarm came by the second path"),
    _ENGINEER,
    group=Group.FAULT,
    ending=Ending.MOMENT,
)
MESSAGES_MISSING = _event(
    "messages_missing",
    Severity.MAJOR,
    Text(zh="报文缺失", en="Messages missing"),
    _ENGINEER,
    group=Group.FAULT,
)
QUARANTINE_FULL = _event(
    "quarantine_full",
    Severity.MINOR,
    Text(zh="隔离区达到上限", en="Quarantine cap reached"),
    _ENGINEER,
    group=Group.FAULT,
)
CANARY = _event(
    "canary",
    Severity.NONE,
    Text(zh="通路自检", en="Path self-test"),
    _ENGINEER,
    group=Group.RECORD,
    ending=Ending.MOMENT,
)
CANARY_LATE = _event(
    "canary_late",
    Severity.MAJOR,
    Text(
        zh="通路自检超时:报警可能到不了平台", en="Path self-test late: alarms may not come through"
    ),
    Text(
        zh="立即通知平台运维人员;恢复前按各小区电话表主动询问现场",
        en="Call the platform's engineer at once; until it is back phone the sites by their lists",
    ),
    group=Group.FAULT,
)
PART_FAILING = _event(
    "part_failing",
    Severity.MAJOR,
    Text(
        zh="报警处理环节持续失败:相关时限或流程可能停住",
        en="A part of alarm processing keeps failing: deadlines or steps may stand still",
    ),
    Text(
        zh="立即通知平台运维人员;恢复前由值班员人工跟踪未结的报警、救援和工单",
        en="Call the platform's engineer at once; until it is back follow open alarms, rescues and orders by hand",
    ),
    group=Group.FAULT,
)
EARLY_WARNING = _event(
    "early_warning",
    Severity.WARNING,
    Text(zh="预警", en="Early warning"),
    Text(zh="查看依据,安排检查", en="Look at the reason, plan a check"),
    group=Group.WARNING,
)

GATEWAY = AssetClass(
    name="gateway",
    label=Text(zh="网关", en="Gateway"),
    interval_s=15.0,
    silence_s=30.0,
    metrics=(),
    events=(
        GATEWAY_SILENT,
        ASSET_SILENT,
        DRIVER_FAILING,
        CLOCK_SKEW,
        PLATFORM_CLOCK,
        CERTIFICATE_ENDING,
        DISK_FILLING,
        ALARM_UNREADABLE,
        IDENTITY_CONFLICT,
        OUTBOX_FULL,
        OUTBOX_AWAY,
        OUTBOX_FOREIGN,
        SECOND_PATH,
        MESSAGES_MISSING,
        QUARANTINE_FULL,
        CANARY,
        CANARY_LATE,
        PART_FAILING,
    ),
)

NETWORK = AssetClass(
    name="network",
    label=Text(zh="通信网络", en="Telecom network"),
    interval_s=86400.0,
    silence_s=172800.0,
    metrics=(),
    events=(NETWORK_SILENT,),
)
"""A telecom operator's network in an area; the platform makes such an asset when it has to."""

UNKNOWN = AssetClass(
    name="unknown",
    label=Text(zh="未登记设备", en="Asset not in the registry"),
    interval_s=86400.0,
    silence_s=172800.0,
    metrics=(),
    events=(UNKNOWN_EVENT,),
)

"""Fire alarm and fire-stopping equipment: GB/T 26875.3-2011 types."""

from gateway.catalogue.model import (
    AssetClass,
    Ending,
    EventKind,
    Gap,
    Group,
    Metric,
    Severity,
    Text,
)

_GB26875 = "GB/T 26875.3-2011 clause 8.2 (status bits)"
SITE = Text(
    zh="立即派人到现场核实,确认后拨打119,启动应急预案",
    en="Send someone to look at once; if confirmed call 119 and start the plan",
)
_CALL_FIRM = Text(zh="通知消防维保单位处理", en="Call the fire maintenance firm")
PUMP_ROOM = Text(
    zh="派人到消防泵房检查,恢复自动状态", en="Send someone to the pump room, restore automatic mode"
)
_WATCH = Text(zh="记录并持续观察", en="Note it and keep watching")


def event(  # noqa: PLR0913, PLR0917 - one row of the catalogue
    name: str,
    group: Group,
    severity: Severity,
    label: Text,
    action: Text = _CALL_FIRM,
    basis: str = _GB26875,
    on_delay_s: float = 0.0,
) -> EventKind:
    """An event of fire equipment; its text and basis are the fire firm's unless said."""
    return EventKind(
        name=name,
        group=group,
        severity=severity,
        label=label,
        action=action,
        basis=basis,
        on_delay_s=on_delay_s,
    )


FIRE_ALARM = EventKind(
    name="fire_alarm",
    group=Group.FIRE,
    severity=Severity.CRITICAL,
    label=Text(zh="火警", en="Fire alarm"),
    action=SITE,
    basis=_GB26875 + ", bit 1; latching as GB 4717 asks of panels (unverified)",
    ending=Ending.LATCHES,
)
MANUAL_CALL_POINT = EventKind(
    name="manual_fire_alarm",
    group=Group.FIRE,
    severity=Severity.CRITICAL,
    label=Text(zh="手动火灾报警", en="Manual call point pressed"),
    action=SITE,
    basis=_GB26875 + ", component type 23",
    ending=Ending.LATCHES,
)
PRE_ALARM = event(
    "fire_pre_alarm", Group.SAFETY, Severity.MAJOR, Text(zh="火灾预警", en="Fire pre-alarm"), SITE
)
FAULT = event("fault", Group.FAULT, Severity.MINOR, Text(zh="故障", en="Fault"))
SHIELDED = event("shielded", Group.DISABLED, Severity.MINOR, Text(zh="屏蔽", en="Disabled"))
SUPERVISORY = event(
    "supervisory", Group.SUPERVISORY, Severity.MINOR, Text(zh="监管", en="Supervisory")
)
STARTED = event("started", Group.RECORD, Severity.NONE, Text(zh="启动", en="Started"), _WATCH)
FEEDBACK = event("feedback", Group.RECORD, Severity.NONE, Text(zh="反馈", en="Feedback"), _WATCH)
DELAYED = event("delayed", Group.RECORD, Severity.NONE, Text(zh="延时", en="Delay running"), _WATCH)
TEST = event("test", Group.RECORD, Severity.NONE, Text(zh="测试", en="Test"), _WATCH)
MAIN_POWER_FAULT = event(
    "main_power_fault", Group.FAULT, Severity.MAJOR, Text(zh="主电故障", en="Main power fault")
)
STANDBY_POWER_FAULT = event(
    "standby_power_fault",
    Group.FAULT,
    Severity.MAJOR,
    Text(zh="备电故障", en="Standby power fault"),
)
LOW_BATTERY = event(
    "low_battery", Group.FAULT, Severity.MINOR, Text(zh="电池电量低", en="Low battery")
)
SENSOR_FAULT = event(
    "sensor_fault", Group.FAULT, Severity.MINOR, Text(zh="传感器故障", en="Sensor fault")
)

_POINT_EVENTS = (FAULT, SHIELDED, SUPERVISORY, STARTED, FEEDBACK, DELAYED, TEST)

FIRE_PANEL = AssetClass(
    name="fire_panel",
    label=Text(zh="火灾报警控制器", en="Fire alarm panel"),
    interval_s=60.0,
    silence_s=200.0,
    metrics=(),
    events=(
        FIRE_ALARM,
        MANUAL_CALL_POINT,
        PRE_ALARM,
        *_POINT_EVENTS,
        MAIN_POWER_FAULT,
        STANDBY_POWER_FAULT,
        event("bus_fault", Group.FAULT, Severity.MAJOR, Text(zh="总线故障", en="Bus fault")),
        event(
            "line_fault",
            Group.FAULT,
            Severity.MAJOR,
            Text(zh="监测连接线路故障", en="Monitored line fault"),
        ),
        event(
            "panel_reset",
            Group.RECORD,
            Severity.NONE,
            Text(zh="控制器复位", en="Panel reset"),
            _WATCH,
        ),
        event(
            "panel_silenced",
            Group.RECORD,
            Severity.NONE,
            Text(zh="控制器消音", en="Panel silenced"),
            _WATCH,
        ),
        event(
            "alarm_dismissed",
            Group.RECORD,
            Severity.NONE,
            Text(zh="警情消除", en="Alarm dismissed at the panel"),
            _WATCH,
        ),
        event(
            "alarm_confirmed",
            Group.RECORD,
            Severity.NONE,
            Text(zh="报警确认", en="Alarm confirmed at the panel"),
            _WATCH,
        ),
        event(
            "self_test",
            Group.RECORD,
            Severity.NONE,
            Text(zh="自检", en="Self-test"),
            _WATCH,
        ),
        event(
            "panel_manual_mode",
            Group.SUPERVISORY,
            Severity.MINOR,
            Text(zh="控制器手动状态", en="Panel in manual mode"),
        ),
        event(
            "configuration_changed",
            Group.RECORD,
            Severity.NONE,
            Text(zh="配置改变", en="Configuration changed"),
            _WATCH,
        ),
        event(
            "duty_check_answer",
            Group.RECORD,
            Severity.NONE,
            Text(zh="查岗应答", en="Duty check answered"),
            _WATCH,
        ),
        event(
            "duty_check_unanswered",
            Group.CONTACT,
            Severity.MINOR,
            Text(zh="查岗无应答", en="Duty check not answered"),
            Text(
                zh="电话联系消防控制室,确认有人值班",
                en="Phone the fire control room: is anybody on duty?",
            ),
            "GB/T 26875.3-2011 type 91; GB 25201 asks for two people on duty (unverified)",
        ),
    ),
)

DETECTOR = AssetClass(
    name="detector",
    label=Text(zh="火灾探测器", en="Fire detector"),
    table="detector_samples",
    interval_s=600.0,
    silence_s=172800.0,
    events=(
        FIRE_ALARM,
        PRE_ALARM,
        *_POINT_EVENTS,
        LOW_BATTERY,
        SENSOR_FAULT,
        event(
            "contaminated",
            Group.FAULT,
            Severity.MINOR,
            Text(zh="迷宫污染", en="Chamber contaminated"),
        ),
        event("tamper", Group.FAULT, Severity.MAJOR, Text(zh="探测器被拆", en="Detector removed")),
    ),
    metrics=(
        Metric(
            name="smoke",
            unit="%/m",
            low=0,
            high=100,
            deadband=0.1,
            label=Text(zh="烟雾浓度", en="Smoke obscuration"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="temperature",
            unit="degC",
            low=-50,
            high=300,
            deadband=0.5,
            label=Text(zh="温度", en="Temperature"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="contamination",
            unit="%",
            low=0,
            high=100,
            deadband=0.5,
            label=Text(zh="污染度", en="Contamination"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="battery",
            unit="%",
            low=0,
            high=100,
            deadband=1,
            label=Text(zh="电量", en="Battery"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="humidity",
            unit="%",
            low=0,
            high=100,
            deadband=2,
            label=Text(zh="湿度", en="Humidity"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="signal",
            unit="dBm",
            low=-150,
            high=20,
            deadband=3,
            label=Text(zh="信号强度", en="Signal strength"),
            gap=Gap.ABSENT,
        ),
    ),
)

CALL_POINT = AssetClass(
    name="manual_call_point",
    label=Text(zh="手动火灾报警按钮", en="Manual call point"),
    interval_s=86400.0,
    silence_s=172800.0,
    metrics=(),
    events=(MANUAL_CALL_POINT, FAULT, SHIELDED, TEST, FEEDBACK),
)

GAS_DETECTOR = AssetClass(
    name="gas_detector",
    label=Text(zh="可燃气体探测器", en="Combustible gas detector"),
    table="gas_samples",
    interval_s=60.0,
    silence_s=600.0,
    events=(
        EventKind(
            name="gas_alarm",
            group=Group.FIRE,
            severity=Severity.CRITICAL,
            label=Text(zh="燃气泄漏报警", en="Gas leak"),
            action=Text(
                zh="禁止动火和开关电器,疏散人员,关闭阀门,通知燃气公司",
                en="No flames or switches, move people out, close the valve, call the gas company",
            ),
            basis="GB/T 26875.3-2011 component types 10-13; 50 %LEL high alarm (unverified)",
            ending=Ending.LATCHES,
        ),
        event(
            "gas_low_alarm",
            Group.SAFETY,
            Severity.MAJOR,
            Text(zh="燃气低限报警", en="Gas low alarm"),
            SITE,
        ),
        *_POINT_EVENTS,
        SENSOR_FAULT,
    ),
    metrics=(
        Metric(
            name="gas",
            unit="%LEL",
            low=0,
            high=100,
            deadband=0.5,
            label=Text(zh="可燃气体浓度", en="Gas concentration"),
        ),
        Metric(
            name="temperature",
            unit="degC",
            low=-50,
            high=150,
            deadband=0.5,
            label=Text(zh="温度", en="Temperature"),
            gap=Gap.ABSENT,
        ),
    ),
)

FIRE_OUTPUT = AssetClass(
    name="fire_output",
    label=Text(zh="消防联动设备", en="Fire control output"),
    interval_s=86400.0,
    silence_s=172800.0,
    metrics=(),
    events=(
        FAULT,
        SHIELDED,
        SUPERVISORY,
        STARTED,
        FEEDBACK,
        DELAYED,
        TEST,
        event(
            "valve_closed",
            Group.SAFETY,
            Severity.MAJOR,
            Text(zh="信号阀关闭", en="Supervised valve closed"),
            PUMP_ROOM,
            "GB/T 26875.3-2011 component type 97",
        ),
        event(
            "water_flow",
            Group.SUPERVISORY,
            Severity.MAJOR,
            Text(zh="水流指示器动作", en="Water flow"),
            SITE,
            "GB/T 26875.3-2011 component type 96",
        ),
        event(
            "door_open",
            Group.SUPERVISORY,
            Severity.MINOR,
            Text(zh="防火门未关闭", en="Fire door open"),
            _CALL_FIRM,
            "GB/T 26875.3-2011 component types 102, 118; people pass for up to a minute (site rule)",
            60.0,
        ),
    ),
)

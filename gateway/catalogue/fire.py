"""Fire alarm, fire water and fire-stopping equipment: GB/T 26875.3-2011 types, GB 50974 limits."""

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
_GB50974 = "GB 50974-2014"
_SITE = Text(
    zh="立即派人到现场核实,确认后拨打119,启动应急预案",
    en="Send someone to look at once; if confirmed call 119 and start the plan",
)
_CALL_FIRM = Text(zh="通知消防维保单位处理", en="Call the fire maintenance firm")
_PUMP_ROOM = Text(
    zh="派人到消防泵房检查,恢复自动状态", en="Send someone to the pump room, restore automatic mode"
)
_WATCH = Text(zh="记录并持续观察", en="Note it and keep watching")


def _event(
    name: str,
    group: Group,
    severity: Severity,
    label: Text,
    action: Text = _CALL_FIRM,
    basis: str = _GB26875,
) -> EventKind:
    return EventKind(
        name=name, group=group, severity=severity, label=label, action=action, basis=basis
    )


FIRE_ALARM = EventKind(
    name="fire_alarm",
    group=Group.FIRE,
    severity=Severity.CRITICAL,
    label=Text(zh="火警", en="Fire alarm"),
    action=_SITE,
    basis=_GB26875 + ", bit 1; latching as GB 4717 asks of panels (unverified)",
    ending=Ending.LATCHES,
)
MANUAL_CALL_POINT = EventKind(
    name="manual_fire_alarm",
    group=Group.FIRE,
    severity=Severity.CRITICAL,
    label=Text(zh="手动火灾报警", en="Manual call point pressed"),
    action=_SITE,
    basis=_GB26875 + ", component type 23",
    ending=Ending.LATCHES,
)
PRE_ALARM = _event(
    "fire_pre_alarm", Group.SAFETY, Severity.MAJOR, Text(zh="火灾预警", en="Fire pre-alarm"), _SITE
)
FAULT = _event("fault", Group.FAULT, Severity.MINOR, Text(zh="故障", en="Fault"))
SHIELDED = _event("shielded", Group.DISABLED, Severity.MINOR, Text(zh="屏蔽", en="Disabled"))
SUPERVISORY = _event(
    "supervisory", Group.SUPERVISORY, Severity.MINOR, Text(zh="监管", en="Supervisory")
)
STARTED = _event("started", Group.RECORD, Severity.NONE, Text(zh="启动", en="Started"), _WATCH)
FEEDBACK = _event("feedback", Group.RECORD, Severity.NONE, Text(zh="反馈", en="Feedback"), _WATCH)
DELAYED = _event(
    "delayed", Group.RECORD, Severity.NONE, Text(zh="延时", en="Delay running"), _WATCH
)
TEST = _event("test", Group.RECORD, Severity.NONE, Text(zh="测试", en="Test"), _WATCH)
MAIN_POWER_FAULT = _event(
    "main_power_fault", Group.FAULT, Severity.MAJOR, Text(zh="主电故障", en="Main power fault")
)
STANDBY_POWER_FAULT = _event(
    "standby_power_fault",
    Group.FAULT,
    Severity.MAJOR,
    Text(zh="备电故障", en="Standby power fault"),
)
LOW_BATTERY = _event(
    "low_battery", Group.FAULT, Severity.MINOR, Text(zh="电池电量低", en="Low battery")
)
SENSOR_FAULT = _event(
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
        _event("bus_fault", Group.FAULT, Severity.MAJOR, Text(zh="总线故障", en="Bus fault")),
        _event(
            "line_fault",
            Group.FAULT,
            Severity.MAJOR,
            Text(zh="监测连接线路故障", en="Monitored line fault"),
        ),
        _event(
            "panel_reset",
            Group.RECORD,
            Severity.NONE,
            Text(zh="控制器复位", en="Panel reset"),
            _WATCH,
        ),
        _event(
            "panel_silenced",
            Group.RECORD,
            Severity.NONE,
            Text(zh="控制器消音", en="Panel silenced"),
            _WATCH,
        ),
        _event(
            "panel_manual_mode",
            Group.SUPERVISORY,
            Severity.MINOR,
            Text(zh="控制器手动状态", en="Panel in manual mode"),
        ),
        _event(
            "configuration_changed",
            Group.RECORD,
            Severity.NONE,
            Text(zh="配置改变", en="Configuration changed"),
            _WATCH,
        ),
        _event(
            "duty_check_answer",
            Group.RECORD,
            Severity.NONE,
            Text(zh="查岗应答", en="Duty check answered"),
            _WATCH,
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
        _event(
            "contaminated",
            Group.FAULT,
            Severity.MINOR,
            Text(zh="迷宫污染", en="Chamber contaminated"),
        ),
        _event("tamper", Group.FAULT, Severity.MAJOR, Text(zh="探测器被拆", en="Detector removed")),
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
        _event(
            "gas_low_alarm",
            Group.SAFETY,
            Severity.MAJOR,
            Text(zh="燃气低限报警", en="Gas low alarm"),
            _SITE,
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

FIRE_WATER = AssetClass(
    name="fire_water",
    label=Text(zh="消防水压/水位监测点", en="Fire water gauge"),
    table="water_samples",
    interval_s=60.0,
    silence_s=600.0,
    events=(
        _event(
            "pressure_low_critical",
            Group.SAFETY,
            Severity.MAJOR,
            Text(zh="消火栓压力严重不足", en="Hydrant pressure critically low"),
            _PUMP_ROOM,
            _GB50974 + " 5.2.2: 0.07 MPa, high-rise residential",
        ),
        _event(
            "pressure_low",
            Group.FAULT,
            Severity.MINOR,
            Text(zh="消火栓压力偏低", en="Hydrant pressure low"),
            _PUMP_ROOM,
            _GB50974 + " 5.3.3: 0.15 MPa (direction unverified)",
        ),
        _event(
            "pressure_high",
            Group.FAULT,
            Severity.MINOR,
            Text(zh="消火栓压力过高", en="Hydrant pressure high"),
            _PUMP_ROOM,
            _GB50974 + " 6.2.1: 1.0 MPa (unverified)",
        ),
        _event(
            "level_low",
            Group.SAFETY,
            Severity.MAJOR,
            Text(zh="消防水箱水位低", en="Fire tank level low"),
            _PUMP_ROOM,
            _GB50974 + " 4.3.9 (unverified)",
        ),
        _event(
            "level_high",
            Group.FAULT,
            Severity.MINOR,
            Text(zh="消防水箱水位高", en="Fire tank level high"),
            _PUMP_ROOM,
            _GB50974 + " 4.3.9 (unverified)",
        ),
        _event(
            "water_release",
            Group.SUPERVISORY,
            Severity.MINOR,
            Text(zh="消火栓放水", en="Water drawn from the hydrant"),
        ),
        _event(
            "impact", Group.SUPERVISORY, Severity.MINOR, Text(zh="消火栓撞击", en="Hydrant hit")
        ),
        _event(
            "tilt", Group.SUPERVISORY, Severity.MINOR, Text(zh="消火栓倾斜", en="Hydrant tilted")
        ),
        LOW_BATTERY,
        SENSOR_FAULT,
        FAULT,
    ),
    metrics=(
        Metric(
            name="pressure",
            unit="kPa",
            low=-100,
            high=6000,
            deadband=5,
            label=Text(zh="压力", en="Pressure"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="level",
            unit="m",
            low=0,
            high=320,
            deadband=0.02,
            label=Text(zh="水位", en="Level"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="flow",
            unit="L/s",
            low=0,
            high=3200,
            deadband=0.2,
            label=Text(zh="流量", en="Flow"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="temperature",
            unit="degC",
            low=-50,
            high=120,
            deadband=0.5,
            label=Text(zh="温度", en="Temperature"),
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

PUMP = AssetClass(
    name="pump",
    label=Text(zh="消防泵", en="Fire pump"),
    table="pump_samples",
    interval_s=60.0,
    silence_s=300.0,
    events=(
        _event(
            "pump_started",
            Group.SUPERVISORY,
            Severity.MINOR,
            Text(zh="消防泵启动", en="Fire pump running"),
            _PUMP_ROOM,
            "GB/T 26875.3-2011 component type 91, status bit 5",
        ),
        _event(
            "pump_start_failed",
            Group.SAFETY,
            Severity.MAJOR,
            Text(zh="消防泵启动失败", en="Fire pump did not start"),
            _PUMP_ROOM,
            _GB50974 + " 11.0.3: running within 2 min (unverified)",
        ),
        _event(
            "pump_not_automatic",
            Group.SAFETY,
            Severity.MAJOR,
            Text(zh="消防泵未在自动状态", en="Fire pump not in automatic mode"),
            _PUMP_ROOM,
            _GB50974 + " 11.0.1 (unverified)",
        ),
        _event(
            "pump_power_lost",
            Group.SAFETY,
            Severity.MAJOR,
            Text(zh="消防泵失电", en="Fire pump without power"),
            _PUMP_ROOM,
        ),
        _event(
            "pump_fault",
            Group.FAULT,
            Severity.MAJOR,
            Text(zh="消防泵故障", en="Fire pump fault"),
            _PUMP_ROOM,
        ),
        _event(
            "jockey_starts_often",
            Group.FAULT,
            Severity.MINOR,
            Text(zh="稳压泵频繁启动", en="Jockey pump starts too often"),
            _PUMP_ROOM,
            _GB50974 + " 5.3.4: at most 15 starts per hour (unverified)",
        ),
        SENSOR_FAULT,
        FAULT,
        FEEDBACK,
    ),
    metrics=(
        Metric(
            name="running",
            unit="",
            low=0,
            high=1,
            deadband=0,
            label=Text(zh="运行", en="Running"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="automatic",
            unit="",
            low=0,
            high=1,
            deadband=0,
            label=Text(zh="自动状态", en="Automatic"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="current",
            unit="A",
            low=0,
            high=2000,
            deadband=0.1,
            label=Text(zh="电流", en="Current"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="voltage",
            unit="V",
            low=0,
            high=1200,
            deadband=2,
            label=Text(zh="电压", en="Voltage"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="pressure",
            unit="bar",
            low=-2,
            high=60,
            deadband=0.05,
            label=Text(zh="出口压力", en="Outlet pressure"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="flow",
            unit="L/min",
            low=0,
            high=200000,
            deadband=1,
            label=Text(zh="流量", en="Flow"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="motor_temp",
            unit="degC",
            low=-50,
            high=250,
            deadband=0.5,
            label=Text(zh="电机温度", en="Motor temperature"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="fluid_temp",
            unit="degC",
            low=-50,
            high=150,
            deadband=0.2,
            label=Text(zh="介质温度", en="Fluid temperature"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="vibration_drive",
            unit="g",
            low=0,
            high=100,
            deadband=0.005,
            label=Text(zh="驱动端振动", en="Vibration, drive end"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="vibration_free",
            unit="g",
            low=0,
            high=100,
            deadband=0.005,
            label=Text(zh="非驱动端振动", en="Vibration, free end"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="starts",
            unit="",
            low=0,
            high=16777216,
            deadband=0,
            label=Text(zh="启动次数", en="Starts"),
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
        _event(
            "valve_closed",
            Group.SAFETY,
            Severity.MAJOR,
            Text(zh="信号阀关闭", en="Supervised valve closed"),
            _PUMP_ROOM,
            "GB/T 26875.3-2011 component type 97",
        ),
        _event(
            "water_flow",
            Group.SUPERVISORY,
            Severity.MAJOR,
            Text(zh="水流指示器动作", en="Water flow"),
            _SITE,
            "GB/T 26875.3-2011 component type 96",
        ),
        _event(
            "door_open",
            Group.SUPERVISORY,
            Severity.MINOR,
            Text(zh="防火门未关闭", en="Fire door open"),
            _CALL_FIRM,
            "GB/T 26875.3-2011 component types 102, 118",
        ),
    ),
)

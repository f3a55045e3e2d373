"""Lifts and escalators: items and events in the manner of GB/T 24476.

The standard's own text was not read; names, items and codes follow the public code bases named
in the project's reference notes and are marked unverified where the source is secondary.
"""

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

_GB24476 = "GB/T 24476-2017 clause 11 (codes inferred, unverified)"
_CALL_CAR = Text(
    zh="立即用对讲安抚轿厢内人员,确认人数与伤情,通知维保单位救援",
    en="Call the car, ask how many people and whether anyone is hurt, send the rescue firm",
)
_STOP_USE = Text(
    zh="停用电梯并放置警示牌,通知维保单位", en="Stop the lift, put up a sign, call the firm"
)
_CALL_FIRM = Text(zh="通知维保单位检查", en="Call the maintenance firm")
_WATCH = Text(zh="记录并持续观察", en="Note it and keep watching")
_STOP_ESCALATOR = Text(
    zh="停用扶梯并围挡,通知维保单位", en="Stop and fence off the escalator, call the firm"
)


def _entrapment(name: str, zh: str, en: str) -> EventKind:
    return EventKind(
        name=name,
        group=Group.ENTRAPMENT,
        severity=Severity.CRITICAL,
        label=Text(zh=zh, en=en),
        action=_CALL_CAR,
        basis="TSG T5002-2017 art. 5(4): arrival within 30 min (cities with districts) or 1 h",
    )


def _safety(name: str, zh: str, en: str, action: Text = _STOP_USE) -> EventKind:
    return EventKind(
        name=name,
        group=Group.SAFETY,
        severity=Severity.MAJOR,
        label=Text(zh=zh, en=en),
        action=action,
        basis=_GB24476,
    )


def _fault(  # noqa: PLR0913 - one row of the catalogue
    name: str,
    zh: str,
    en: str,
    severity: Severity = Severity.MINOR,
    *,
    on_delay_s: float = 0.0,
    off_delay_s: float = 0.0,
) -> EventKind:
    return EventKind(
        name=name,
        group=Group.FAULT,
        severity=severity,
        label=Text(zh=zh, en=en),
        action=_CALL_FIRM,
        basis=_GB24476,
        on_delay_s=on_delay_s,
        off_delay_s=off_delay_s,
    )


def _mode(name: str, zh: str, en: str) -> EventKind:
    return EventKind(
        name=name,
        group=Group.MODE,
        severity=Severity.NONE,
        label=Text(zh=zh, en=en),
        action=_WATCH,
        basis=_GB24476,
    )


ENTRAPMENT = _entrapment("entrapment", "电梯困人", "People trapped in the lift")

LIFT_EVENTS = (
    ENTRAPMENT,
    EventKind(
        name="car_alarm_button",
        group=Group.ENTRAPMENT,
        severity=Severity.CRITICAL,
        label=Text(zh="轿厢报警按钮", en="Alarm button pressed in the car"),
        action=_CALL_CAR,
        basis="GB/T 24475 and EN 81-28: every call is answered (unverified)",
        ending=Ending.MOMENT,
    ),
    _safety(
        "lift_must_be_checked",
        "困人后待检查",
        "To be checked after an entrapment",
        Text(
            zh="电梯停用,持证人员检查合格并登记后才能恢复运行",
            en="Keep the lift stopped until a qualified person has checked it and said so",
        ),
    ),
    EventKind(
        name="alarm_test_call",
        group=Group.RECORD,
        severity=Severity.NONE,
        label=Text(zh="紧急报警装置试呼", en="Test call of the alarm system"),
        action=_WATCH,
        basis="EN 81-28:2022: by itself at least every 72 h (secondary source)",
        ending=Ending.MOMENT,
    ),
    _safety("safety_circuit_open", "安全回路断路", "Safety circuit open"),
    _safety("door_lock_circuit_open", "门锁回路断路", "Door lock circuit open"),
    _safety("unintended_movement", "轿厢意外移动", "Unintended car movement"),
    _safety("door_open_while_running", "运行中开门", "Door open while running"),
    _safety("overtravel_top", "冲顶", "Overtravel at the top"),
    _safety("overtravel_bottom", "蹲底", "Overtravel at the bottom"),
    _safety("overspeed", "超速", "Overspeed"),
    _safety("brake_fault", "制动系统故障", "Brake fault"),
    _safety("stop_outside_door_zone", "门区外停梯", "Stopped outside the door zone", _CALL_CAR),
    _fault("door_close_fault", "关门故障", "Door does not close"),
    _fault("door_open_fault", "开门故障", "Door does not open", Severity.MAJOR),
    _fault("door_cycling", "反复开关门", "Door opens and closes again and again", off_delay_s=60.0),
    _fault("door_blocked", "关门受阻", "Door blocked"),
    _fault("door_motor_stall", "门电机堵转", "Door motor stalled"),
    _fault("motor_run_time_limit", "运转时间限制器动作", "Run-time limiter acted", Severity.MAJOR),
    _fault("position_lost", "楼层位置丢失", "Floor position lost"),
    _fault("restart_prevented", "防止再运行故障", "Restart prevented", Severity.MAJOR),
    _fault("run_timeout", "运行超时", "Run timed out"),
    _fault("button_stuck", "按钮粘连", "Button stuck"),
    _fault(
        "vibration_abnormal", "异常振动", "Abnormal vibration", on_delay_s=30.0, off_delay_s=60.0
    ),
    _fault("suspected_stop", "疑似故障停梯", "Suspected standstill by a fault", Severity.MAJOR),
    _fault("long_dwell", "长时间停层", "Stays at one floor for long", on_delay_s=60.0),
    _fault("main_power_off", "主电源断电", "Main power off", Severity.MAJOR),
    _fault("lift_other_fault", "其他故障", "Other fault"),
    EventKind(
        name="ebike_in_car",
        group=Group.SUPERVISORY,
        severity=Severity.MINOR,
        label=Text(zh="电动车入梯", en="E-bike in the lift"),
        action=Text(zh="语音劝离并通知保安到场", en="Ask them out by voice, send a guard"),
        basis="Local fire rules against e-bikes in buildings (unverified)",
    ),
    _mode("mode_auto", "恢复自动运行", "Back to automatic service"),
    _mode("mode_out_of_service", "停止服务", "Out of service"),
    _mode("mode_inspection", "检修模式", "Inspection mode"),
    _mode("mode_fire_return", "消防返回", "Fire return"),
    _mode("mode_firefighter", "消防员运行", "Firefighter service"),
    _mode("mode_emergency_power", "应急电源运行", "Emergency power"),
    _mode("mode_earthquake", "地震运行", "Earthquake mode"),
)

LIFT = AssetClass(
    name="lift",
    label=Text(zh="电梯", en="Lift"),
    table="lift_samples",
    interval_s=10.0,
    silence_s=60.0,
    events=LIFT_EVENTS,
    metrics=(
        Metric(
            name="floor", unit="", low=-20, high=250, deadband=0, label=Text(zh="楼层", en="Floor")
        ),
        Metric(
            name="speed",
            unit="m/s",
            low=-20,
            high=20,
            deadband=0.05,
            label=Text(zh="速度", en="Speed"),
        ),
        Metric(
            name="direction",
            unit="",
            low=-1,
            high=1,
            deadband=0,
            label=Text(zh="方向", en="Direction"),
        ),
        Metric(
            name="mode",
            unit="",
            low=0,
            high=7,
            deadband=0,
            label=Text(zh="服务模式", en="Service mode"),
        ),
        Metric(
            name="door_closed",
            unit="",
            low=0,
            high=1,
            deadband=0,
            label=Text(zh="关门到位", en="Door closed"),
        ),
        Metric(
            name="door_zone",
            unit="",
            low=0,
            high=1,
            deadband=0,
            label=Text(zh="门区", en="In door zone"),
        ),
        Metric(
            name="person",
            unit="",
            low=0,
            high=1,
            deadband=0,
            label=Text(zh="轿厢有人", en="Person in car"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="load",
            unit="kg",
            low=0,
            high=10000,
            deadband=20,
            label=Text(zh="载重", en="Load"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="motor_current",
            unit="A",
            low=0,
            high=500,
            deadband=0.5,
            label=Text(zh="曳引机电流", en="Motor current"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="motor_temp",
            unit="degC",
            low=-40,
            high=250,
            deadband=0.5,
            label=Text(zh="曳引机温度", en="Motor temperature"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="door_current",
            unit="A",
            low=0,
            high=50,
            deadband=0.1,
            label=Text(zh="门机电流", en="Door motor current"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="vibration",
            unit="m/s2",
            low=0,
            high=100,
            deadband=0.02,
            label=Text(zh="垂直振动", en="Vertical vibration"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="vibration_horizontal",
            unit="m/s2",
            low=0,
            high=100,
            deadband=0.02,
            label=Text(zh="水平振动", en="Horizontal vibration"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="levelling_error",
            unit="mm",
            low=-1000,
            high=1000,
            deadband=1,
            label=Text(zh="平层误差", en="Levelling error"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="machine_room_temp",
            unit="degC",
            low=-40,
            high=120,
            deadband=0.5,
            label=Text(zh="机房温度", en="Machine room temperature"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="run_count",
            unit="",
            low=0,
            high=16777216,
            deadband=0,
            label=Text(zh="运行次数", en="Runs"),
        ),
        Metric(
            name="run_hours",
            unit="h",
            low=0,
            high=1000000,
            deadband=0.1,
            label=Text(zh="运行时间", en="Running time"),
            gap=Gap.ABSENT,
        ),
    ),
)

ESCALATOR = AssetClass(
    name="escalator",
    label=Text(zh="自动扶梯", en="Escalator"),
    table="escalator_samples",
    interval_s=10.0,
    silence_s=60.0,
    events=(
        _safety(
            "escalator_safety_open",
            "扶梯安全回路断路",
            "Escalator safety circuit open",
            _STOP_ESCALATOR,
        ),
        _safety("escalator_overspeed", "扶梯超速", "Escalator overspeed", _STOP_ESCALATOR),
        _safety("escalator_reversal", "扶梯非操纵逆转", "Escalator reversal", _STOP_ESCALATOR),
        _safety("escalator_step_missing", "梯级缺失", "Step missing", _STOP_ESCALATOR),
        _fault(
            "escalator_restart_prevented",
            "扶梯防止再运行",
            "Escalator restart prevented",
            Severity.MAJOR,
        ),
        _fault("escalator_stopped", "扶梯停止运行", "Escalator stopped"),
        _mode("escalator_mode_auto", "扶梯恢复运行", "Escalator back in service"),
        _mode("escalator_mode_inspection", "扶梯检修模式", "Escalator inspection mode"),
    ),
    metrics=(
        Metric(
            name="speed",
            unit="m/s",
            low=-2,
            high=2,
            deadband=0.02,
            label=Text(zh="速度", en="Speed"),
        ),
        Metric(
            name="direction",
            unit="",
            low=-1,
            high=1,
            deadband=0,
            label=Text(zh="方向", en="Direction"),
        ),
        Metric(
            name="mode",
            unit="",
            low=0,
            high=7,
            deadband=0,
            label=Text(zh="服务模式", en="Service mode"),
        ),
        Metric(
            name="handrail_speed",
            unit="m/s",
            low=-2,
            high=2,
            deadband=0.02,
            label=Text(zh="扶手带速度", en="Handrail speed"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="motor_current",
            unit="A",
            low=0,
            high=500,
            deadband=0.5,
            label=Text(zh="电机电流", en="Motor current"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="motor_temp",
            unit="degC",
            low=-40,
            high=250,
            deadband=0.5,
            label=Text(zh="电机温度", en="Motor temperature"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="vibration",
            unit="m/s2",
            low=0,
            high=100,
            deadband=0.02,
            label=Text(zh="振动", en="Vibration"),
            gap=Gap.ABSENT,
        ),
    ),
)

"""Electrical fire monitors: residual current and cable temperature (GB 50116-2013 clause 9)."""

from gateway.catalogue.fire import FAULT, SENSOR_FAULT, SHIELDED, TEST
from gateway.catalogue.model import AssetClass, EventKind, Gap, Group, Metric, Severity, Text

_ELECTRICIAN = Text(zh="通知电工检查该回路", en="Send an electrician to the circuit")


def _alarm(
    name: str, zh: str, en: str, basis: str, severity: Severity = Severity.MAJOR
) -> EventKind:
    return EventKind(
        name=name,
        group=Group.SAFETY,
        severity=severity,
        label=Text(zh=zh, en=en),
        action=_ELECTRICIAN,
        basis=basis,
    )


_CALL_GRID = Text(
    zh="通知供电公司抢修;检查电梯是否困人、消防电源是否切换",
    en="Call the grid company; look for people in lifts, check the standby supply",
)

ELECTRICAL = AssetClass(
    name="electrical_monitor",
    label=Text(zh="电气火灾监控探测器", en="Electrical fire monitor"),
    table="electrical_samples",
    interval_s=60.0,
    silence_s=600.0,
    events=(
        _alarm(
            "residual_current_high",
            "剩余电流超限",
            "Residual current too high",
            "GB 50116-2013 9.2.3: set at 300-500 mA",
        ),
        _alarm(
            "cable_temp_high",
            "线缆温度超限",
            "Cable too hot",
            "GB 14287.3-2014: settable 45-140 degC (unverified)",
        ),
        _alarm("arc_fault", "故障电弧", "Arc fault", "GB 14287.4 (unverified)"),
        _alarm("overcurrent", "过电流", "Overcurrent", "Site rule", Severity.MINOR),
        _alarm("phase_lost", "缺相", "Phase lost", "Site rule"),
        EventKind(
            name="building_power_lost",
            group=Group.SAFETY,
            severity=Severity.MAJOR,
            label=Text(zh="楼栋市电失电", en="Building without mains power"),
            action=_CALL_GRID,
            basis="供电营业规则: the supplier repairs its network's failures (unverified)",
            off_delay_s=60.0,
        ),
        FAULT,
        SHIELDED,
        TEST,
        SENSOR_FAULT,
    ),
    metrics=(
        Metric(
            name="residual_current",
            unit="mA",
            low=0,
            high=30000,
            deadband=5,
            label=Text(zh="剩余电流", en="Residual current"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="temp_1",
            unit="degC",
            low=-50,
            high=300,
            deadband=0.5,
            label=Text(zh="A相温度", en="Temperature, phase A"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="temp_2",
            unit="degC",
            low=-50,
            high=300,
            deadband=0.5,
            label=Text(zh="B相温度", en="Temperature, phase B"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="temp_3",
            unit="degC",
            low=-50,
            high=300,
            deadband=0.5,
            label=Text(zh="C相温度", en="Temperature, phase C"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="temp_4",
            unit="degC",
            low=-50,
            high=300,
            deadband=0.5,
            label=Text(zh="箱体温度", en="Temperature, cabinet"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="current_1",
            unit="A",
            low=0,
            high=10000,
            deadband=1,
            label=Text(zh="A相电流", en="Current, phase A"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="current_2",
            unit="A",
            low=0,
            high=10000,
            deadband=1,
            label=Text(zh="B相电流", en="Current, phase B"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="current_3",
            unit="A",
            low=0,
            high=10000,
            deadband=1,
            label=Text(zh="C相电流", en="Current, phase C"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="voltage_1",
            unit="V",
            low=0,
            high=1200,
            deadband=2,
            label=Text(zh="A相电压", en="Voltage, phase A"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="voltage_2",
            unit="V",
            low=0,
            high=1200,
            deadband=2,
            label=Text(zh="B相电压", en="Voltage, phase B"),
            gap=Gap.ABSENT,
        ),
        Metric(
            name="voltage_3",
            unit="V",
            low=0,
            high=1200,
            deadband=2,
            label=Text(zh="C相电压", en="Voltage, phase C"),
            gap=Gap.ABSENT,
        ),
    ),
)

"""The catalogue is whole: names, words, limits, columns, and what the standards ask for.

Left of each pair stands an item as the field names it (GB/T 24476 style lists, GB/T 26875.3 status
bits, GB 50974, GB 50116); right stands the catalogue's name. Items whose source is secondary are
said to be so in the catalogue itself.
"""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing

import pytest

from gateway.catalogue import (
    ASSET_CLASSES,
    EVENT_KINDS,
    AssetClass,
    EventKind,
    Metric,
    Severity,
    asset_class,
    event_kind,
)
from ingest.database import connect
from towerwatch.services.database import DatabaseUrls

SNAKE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
CHINESE = re.compile(r"[一-鿿]")
SAMPLED = [kind for kind in ASSET_CLASSES if kind.table is not None]

LIFT_ITEMS = {
    "Service_Mode 服务模式": "mode",
    "Car_Status 运行状态": "speed",
    "Car_Direction 运行方向": "direction",
    "Door_Zone 门区": "door_zone",
    "Car_Position 楼层": "floor",
    "Door_Status 关门到位": "door_closed",
    "Passenger_Status 轿厢有人": "person",
    "Total_Running_Time 累计运行时间": "run_hours",
    "Present_Counter_Value 运行次数": "run_count",
    "vibration 垂直振动": "vibration",
    "vibration 水平振动": "vibration_horizontal",
    "levelling accuracy 平层准确度": "levelling_error",
    "machine room temperature 机房温度": "machine_room_temp",
    "load 载重": "load",
}
ESCALATOR_ITEMS = {
    "run state 运行状态": "speed",
    "direction 运行方向": "direction",
    "service mode 服务模式": "mode",
}
LIFT_EVENTS = {
    "1 安全回路断路": "safety_circuit_open",
    "2 关门故障": "door_close_fault",
    "3 开门故障": "door_open_fault",
    "4 门区外停梯": "stop_outside_door_zone",
    "5 轿厢意外移动": "unintended_movement",
    "6 电动机运转时间限制器动作": "motor_run_time_limit",
    "7 楼层位置丢失": "position_lost",
    "8 防止电梯再运行故障": "restart_prevented",
    "运行中开门": "door_open_while_running",
    "冲顶": "overtravel_top",
    "蹲底": "overtravel_bottom",
    "困人(平层、非平层)": "entrapment",
    "超速": "overspeed",
    "运行超时": "run_timeout",
    "反复开关门": "door_cycling",
    "90 轿厢报警按钮": "car_alarm_button",
    "40 恢复自动运行": "mode_auto",
    "41 主电源断电": "main_power_off",
    "42 停止服务": "mode_out_of_service",
    "43 检修": "mode_inspection",
    "44 消防返回": "mode_fire_return",
    "45 消防员运行": "mode_firefighter",
    "46 应急电源": "mode_emergency_power",
    "47 地震": "mode_earthquake",
    "门锁回路断路": "door_lock_circuit_open",
    "制动系统故障": "brake_fault",
    "按钮粘连": "button_stuck",
    "关门受阻": "door_blocked",
    "门电机阻塞": "door_motor_stall",
    "异常震动": "vibration_abnormal",
    "电动车入梯": "ebike_in_car",
    "疑似故障停梯": "suspected_stop",
    "长时间停层": "long_dwell",
    "其他": "lift_other_fault",
}
ESCALATOR_EVENTS = {
    "61 安全回路": "escalator_safety_open",
    "62 超速": "escalator_overspeed",
    "63 逆转": "escalator_reversal",
    "64 梯级缺失": "escalator_step_missing",
    "65 防重启": "escalator_restart_prevented",
}
PANEL_EVENTS = {
    "bit 0 测试": "test",
    "bit 1 火警": "fire_alarm",
    "bit 2 故障": "fault",
    "bit 3 屏蔽": "shielded",
    "bit 4 监管": "supervisory",
    "bit 5 启动": "started",
    "bit 6 反馈": "feedback",
    "bit 7 延时": "delayed",
    "bit 8 主电故障": "main_power_fault",
    "bit 9 备电故障": "standby_power_fault",
    "bit 10 总线故障": "bus_fault",
    "bit 11 手动状态": "panel_manual_mode",
    "bit 12 配置改变": "configuration_changed",
    "bit 13 复位": "panel_reset",
    "监测连接线路故障": "line_fault",
    "操作:消音": "panel_silenced",
    "操作:手动报警": "manual_fire_alarm",
    "操作:警情消除": "alarm_dismissed",
    "操作:自检": "self_test",
    "操作:确认": "alarm_confirmed",
    "查岗应答": "duty_check_answer",
    "查岗无应答": "duty_check_unanswered",
}
DETECTOR_EVENTS = {
    "alarm 火警": "fire_alarm",
    "pre-alarm 预警": "fire_pre_alarm",
    "fault 故障": "fault",
    "contaminated 迷宫污染": "contaminated",
    "low battery 低电量": "low_battery",
    "detached 拆除": "tamper",
    "test 测试": "test",
    "shielded 屏蔽": "shielded",
    "sensor open or short 传感器故障": "sensor_fault",
}
GAS_EVENTS = {"low 低限": "gas_low_alarm", "high 高限": "gas_alarm"}
WATER_EVENTS = {
    "GB 50974 5.2.2 static pressure, critical": "pressure_low_critical",
    "GB 50974 5.3.3 static pressure, low": "pressure_low",
    "GB 50974 6.2.1 static pressure, high": "pressure_high",
    "GB 50974 4.3.9 tank low": "level_low",
    "GB 50974 4.3.9 tank high": "level_high",
    "hydrant impact 撞击": "impact",
    "hydrant tilt 倾斜": "tilt",
    "hydrant water release 放水": "water_release",
    "terminal battery": "low_battery",
    "terminal sensor": "sensor_fault",
}
PUMP_EVENTS = {
    "start by pressure or flow switch 11.0.4": "pump_started",
    "running within 2 min 11.0.3": "pump_start_failed",
    "control cabinet in AUTO 11.0.1": "pump_not_automatic",
    "supply": "pump_power_lost",
    "fault": "pump_fault",
    "jockey starts 5.3.4": "jockey_starts_often",
}
OUTPUT_EVENTS = {
    "96 flow indicator 水流指示器": "water_flow",
    "97 signal valve 信号阀": "valve_closed",
    "102 fire door 防火门": "door_open",
    "bit 5 启动": "started",
    "bit 6 反馈": "feedback",
}
ELECTRICAL_EVENTS = {
    "GB 50116 9.2.3 residual current 剩余电流": "residual_current_high",
    "GB 14287.3 temperature 线缆温度": "cable_temp_high",
    "arc 故障电弧": "arc_fault",
    "fault 故障": "fault",
    "shielded 屏蔽": "shielded",
}
OFFLINE_EVENTS = {"设备长时间离线": "asset_silent", "终端失联": "gateway_silent"}

WANTED_EVENTS = {
    "lift": LIFT_EVENTS,
    "escalator": ESCALATOR_EVENTS,
    "fire_panel": PANEL_EVENTS,
    "detector": DETECTOR_EVENTS,
    "manual_call_point": {"23 手动火灾报警按钮": "manual_fire_alarm"},
    "gas_detector": GAS_EVENTS,
    "fire_water": WATER_EVENTS,
    "pump": PUMP_EVENTS,
    "fire_output": OUTPUT_EVENTS,
    "electrical_monitor": ELECTRICAL_EVENTS,
    "gateway": OFFLINE_EVENTS,
}
WANTED_METRICS = {
    "lift": LIFT_ITEMS,
    "escalator": ESCALATOR_ITEMS,
    "fire_water": {"4, 5 pressure": "pressure", "2 level": "level", "10 flow": "flow"},
    "pump": {"running": "running", "automatic": "automatic", "9 current": "current"},
    "gas_detector": {"6 gas %LEL": "gas"},
    "detector": {"3 temperature": "temperature", "smoke": "smoke", "battery": "battery"},
    "electrical_monitor": {
        "17 residual current": "residual_current",
        "18 temperature": "temp_1",
        "9 current": "current_1",
        "8 voltage": "voltage_1",
    },
}


def _metrics() -> Iterator[tuple[AssetClass, Metric]]:
    return ((kind, metric) for kind in ASSET_CLASSES for metric in kind.metrics)


@pytest.mark.parametrize("name", WANTED_EVENTS)
def test_every_event_that_the_standards_name_is_there(name: str) -> None:
    declared = {event.name for event in asset_class(name).events}
    missing = {item: want for item, want in WANTED_EVENTS[name].items() if want not in declared}
    assert not missing


@pytest.mark.parametrize("name", WANTED_METRICS)
def test_every_quantity_that_the_standards_name_is_there(name: str) -> None:
    declared = {metric.name for metric in asset_class(name).metrics}
    missing = {item: want for item, want in WANTED_METRICS[name].items() if want not in declared}
    assert not missing


def test_names_are_unique_words_of_the_wire() -> None:
    classes = [kind.name for kind in ASSET_CLASSES]
    assert len(set(classes)) == len(classes)
    names = [*classes, *(event.name for event in EVENT_KINDS)]
    names += [metric.name for _, metric in _metrics()]
    assert [name for name in names if not SNAKE.fullmatch(name) or len(name) > 64] == []
    for kind in ASSET_CLASSES:
        for words in (kind.metrics, kind.events):
            counted = Counter(word.name for word in words)
            assert max(counted.values(), default=1) == 1, kind.name


def test_one_event_name_means_one_thing_in_every_class() -> None:
    meaning: dict[str, EventKind] = {}
    for kind in ASSET_CLASSES:
        for event in kind.events:
            assert meaning.setdefault(event.name, event) == event, event.name
            assert event_kind(event.name) == event


def test_every_word_stands_in_chinese_and_english() -> None:
    texts = [kind.label for kind in ASSET_CLASSES]
    texts += [metric.label for _, metric in _metrics()]
    texts += [text for event in EVENT_KINDS for text in (event.label, event.action)]
    assert [text for text in texts if not CHINESE.search(text.zh)] == []
    assert [text for text in texts if not text.en or CHINESE.search(text.en)] == []


def test_life_safety_has_no_on_delay_is_critical_and_says_on_what_basis() -> None:
    safety = [event for event in EVENT_KINDS if event.is_life_safety]
    assert {"fire_alarm", "manual_fire_alarm", "entrapment", "car_alarm_button"} <= {
        event.name for event in safety
    }
    for event in safety:
        assert event.on_delay_s == 0
        assert event.severity is Severity.CRITICAL
        assert event.basis


def test_only_life_safety_is_critical() -> None:
    assert {
        e.name for e in EVENT_KINDS if e.severity is Severity.CRITICAL and not e.is_life_safety
    } == (set())


def test_every_event_has_a_basis() -> None:
    assert [event.name for event in EVENT_KINDS if not event.basis] == []


def test_a_deadband_is_smaller_than_the_range() -> None:
    wrong = [
        f"{kind.name}.{metric.name}"
        for kind, metric in _metrics()
        if metric.deadband >= (metric.high - metric.low) / 2
    ]
    assert wrong == []


def test_a_class_is_silent_only_after_missed_reports() -> None:
    assert [kind.name for kind in ASSET_CLASSES if kind.silence_s < 2 * kind.interval_s] == []


def test_what_nobody_declared_is_an_alarm() -> None:
    assert event_kind("never heard of").opens_alarm
    assert asset_class("never heard of").name == "unknown"


def test_every_metric_is_a_column_with_its_unit_and_no_column_is_anything_else(
    database: DatabaseUrls,
) -> None:
    with closing(connect(database.owner_url, application="test catalogue")) as connection:
        rows = connection.execute(
            "SELECT pg_class.relname, attname, format_type(atttypid, NULL),"
            " col_description(attrelid, attnum)"
            " FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid"
            " WHERE relnamespace = 'public'::regnamespace AND relname = ANY (%(tables)s)"
            " AND attnum > 0 AND NOT attisdropped",
            {"tables": [kind.table for kind in SAMPLED]},
        ).fetchall()
    found = {(str(row[0]), str(row[1])): (row[2], row[3]) for row in rows}
    wanted: dict[tuple[str, str], tuple[object, object]] = {}
    for kind in SAMPLED:
        assert kind.table is not None
        wanted[kind.table, "at"] = ("timestamp with time zone", None)
        wanted[kind.table, "asset_id"] = ("integer", None)
        for metric in kind.metrics:
            wanted[kind.table, metric.name] = ("real", metric.unit or "count or code")
    assert found == wanted


def test_classes_that_share_a_table_have_the_same_metrics() -> None:
    metrics = {kind.table: kind.metrics for kind in SAMPLED}
    assert [kind.name for kind in SAMPLED if kind.metrics != metrics[kind.table]] == []

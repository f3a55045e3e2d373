"""Chinese words for the files' columns and values: either may stand in a file."""

from collections.abc import Mapping
from typing import Final

from gateway.catalogue import ASSET_CLASSES
from ingest.registry.model import Level, ManagementKind, OrganisationKind

COLUMN_WORDS: Final[Mapping[str, str]] = {
    "code": "编码",
    "level": "级别",
    "parent": "上级编码",
    "name_zh": "名称",
    "name_en": "英文名称",
    "address": "地址",
    "latitude": "纬度",
    "longitude": "经度",
    "access_note": "进入说明",
    "kind": "类别",
    "phone": "电话",
    "place": "地点编码",
    "compound": "小区编码",
    "organisation": "单位编码",
    "from": "起始日期",
    "until": "截止日期",
    "role": "职责",
    "name": "姓名",
    "gateway": "网关编号",
    "note": "备注",
    "operator": "通信运营商编码",
    "class": "设备类别",
    "gateway_code": "网关内编码",
    "maintainer": "维保单位编码",
    "contract_until": "合同截止日期",
    "zone": "分区",
    "attributes": "属性",
    "commissioned_at": "投用日期",
}
"""Column -> its heading in Chinese."""

COLUMN_OF: Final[Mapping[str, str]] = {word: column for column, word in COLUMN_WORDS.items()}

ORGANISATION_WORDS: Final[Mapping[OrganisationKind, str]] = {
    OrganisationKind.PROPERTY_COMPANY: "物业公司",
    OrganisationKind.MAINTENANCE_FIRM: "电梯维保单位",
    OrganisationKind.FIRE_MAINTENANCE_FIRM: "消防维保单位",
    OrganisationKind.BUREAU: "应急局",
    OrganisationKind.COMMUNITY: "社区居委会",
    OrganisationKind.COMMUNITY_STATION: "社区物业服务站",
    OrganisationKind.STREET: "街道办事处",
    OrganisationKind.OWNERS_COMMITTEE: "业主委员会",
    OrganisationKind.WATER_COMPANY: "供水公司",
    OrganisationKind.POWER_COMPANY: "供电公司",
    OrganisationKind.TELECOM_OPERATOR: "通信运营商",
    OrganisationKind.FIRE_SERVICE: "消防救援机构",
    OrganisationKind.HOUSING_BUREAU: "住房主管部门",
    OrganisationKind.WORK_UNIT: "产权单位",
    OrganisationKind.RESCUE_STATION: "应急救援站",
}
MANAGEMENT_WORDS: Final[Mapping[ManagementKind, str]] = {
    ManagementKind.COMPANY: "物业公司管理",
    ManagementKind.WORK_UNIT: "单位自管",
    ManagementKind.ENTRUSTED: "社区代管",
    ManagementKind.SELF_MANAGED: "业主自管",
    ManagementKind.CLEANING_ONLY: "仅保洁",
    ManagementKind.NOBODY: "无人管理",
}

LEVEL_OF: Final[Mapping[str, str]] = {level.zh: level.value for level in Level}
ORGANISATION_OF: Final[Mapping[str, str]] = {
    word: kind.value for kind, word in ORGANISATION_WORDS.items()
}
MANAGEMENT_OF: Final[Mapping[str, str]] = {
    word: kind.value for kind, word in MANAGEMENT_WORDS.items()
}
CLASS_OF: Final[Mapping[str, str]] = {kind.label.zh: kind.name for kind in ASSET_CLASSES}
"""Chinese word -> the value that it stands for."""

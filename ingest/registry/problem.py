"""What is wrong with the files of a registry, said by file and line in Chinese and English."""

from dataclasses import dataclass
from enum import StrEnum

from gateway.catalogue import Text
from ingest.registry.chinese import COLUMN_WORDS
from ingest.registry.model import Registry


class Rule(StrEnum):
    """Which rule a line breaks."""

    NOT_FOUND = "not_found"
    NO_PLACES = "no_places"
    UNKNOWN_FILE = "unknown_file"
    ENCODING = "encoding"
    SYNTAX = "syntax"
    UNKNOWN_COLUMN = "unknown_column"
    MISSING_COLUMN = "missing_column"
    TOO_MANY_CELLS = "too_many_cells"
    EMPTY = "empty"
    TOO_LONG = "too_long"
    CHOICE = "choice"
    CODE = "code"
    RESERVED = "reserved"
    GATEWAY_ID = "gateway_id"
    NUMBER = "number"
    RANGE = "range"
    HALF_POSITION = "half_position"
    DATE = "date"
    ATTRIBUTES = "attributes"
    SPAN = "span"
    DUPLICATE = "duplicate"
    NO_SUCH_PLACE = "no_such_place"
    NO_SUCH_ORGANISATION = "no_such_organisation"
    NO_SUCH_GATEWAY = "no_such_gateway"
    NO_PARENT = "no_parent"
    CITY_WITH_PARENT = "city_with_parent"
    WRONG_PARENT = "wrong_parent"
    SKIPPED_LEVEL = "skipped_level"
    CYCLE = "cycle"
    NOT_A_COMPOUND = "not_a_compound"
    ORGANISATION_NEEDED = "organisation_needed"
    ORGANISATION_REFUSED = "organisation_refused"
    OVERLAP = "overlap"
    UNKNOWN_CLASS = "unknown_class"
    CODE_WITHOUT_GATEWAY = "code_without_gateway"
    SAME_GATEWAY_CODE = "same_gateway_code"
    NOT_A_MAINTAINER = "not_a_maintainer"
    NO_MANAGEMENT = "no_management"
    CONTRACT_ENDED = "contract_ended"
    NOT_REPORTED = "not_reported"


WARNINGS = frozenset(
    {
        Rule.UNKNOWN_FILE,
        Rule.SKIPPED_LEVEL,
        Rule.NOT_A_MAINTAINER,
        Rule.NO_MANAGEMENT,
        Rule.CONTRACT_ENDED,
        Rule.NOT_REPORTED,
    }
)
"""Rules whose breach is said but does not keep the registry from being applied."""

_MESSAGES: dict[Rule, Text] = {
    Rule.NOT_FOUND: Text(
        zh="找不到 {value}：请给出含 places.csv 的文件夹，或一个 YAML 文件",
        en="{value} not found: name a folder with places.csv, or one YAML file",
    ),
    Rule.NO_PLACES: Text(
        zh="没有任何地点：缺少地点表 places，或表中没有内容",
        en="there is no place: the table places is missing or has no rows",
    ),
    Rule.UNKNOWN_FILE: Text(
        zh="不认识的表“{value}”，未读取；可用的表：{allowed}",
        en="unknown table {value!r}, not read; tables are {allowed}",
    ),
    Rule.ENCODING: Text(
        zh="文字编码无法识别：请另存为 UTF-8 或 GB18030 的 CSV",
        en="unknown text encoding: save it as CSV in UTF-8 or GB18030",
    ),
    Rule.SYNTAX: Text(zh="格式错误：{value}", en="cannot be read: {value}"),
    Rule.UNKNOWN_COLUMN: Text(
        zh="不认识的列“{value}”；可用的列：{allowed}",
        en="unknown column {value!r}; columns are {allowed}",
    ),
    Rule.MISSING_COLUMN: Text(zh="缺少列“{column}”", en="column {column!r} is missing"),
    Rule.TOO_MANY_CELLS: Text(
        zh="本行有 {value} 格，标题只有 {allowed} 列",
        en="the line has {value} cells, the header has {allowed}",
    ),
    Rule.EMPTY: Text(zh="“{column}”不能为空", en="{column} must not be empty"),
    Rule.TOO_LONG: Text(
        zh="“{column}”超过 {allowed} 个字符", en="{column} is longer than {allowed} characters"
    ),
    Rule.CHOICE: Text(
        zh="“{column}”不能是“{value}”；可填：{allowed}",
        en="{column} cannot be {value!r}; it is one of {allowed}",
    ),
    Rule.CODE: Text(
        zh="编码“{value}”不合规：{column} 只能由 {allowed} 组成",
        en="{column} {value!r} must consist of {allowed}",
    ),
    Rule.RESERVED: Text(
        zh="{column}“{value}”由平台保留，请换一个编码",
        en="{column} {value!r} is the platform's own: choose another",
    ),
    Rule.GATEWAY_ID: Text(
        zh="网关编号“{value}”不合规：只能是 3 到 40 个小写字母、数字或连字符",
        en="gateway id {value!r} must be 3 to 40 lower-case letters, digits or hyphens",
    ),
    Rule.NUMBER: Text(zh="“{column}”不是数字：{value}", en="{column} is no number: {value!r}"),
    Rule.RANGE: Text(
        zh="“{column}”= {value}，应在 {allowed} 之间", en="{column} = {value} is not in {allowed}"
    ),
    Rule.HALF_POSITION: Text(
        zh="经纬度必须同时填写", en="latitude and longitude are given together or not at all"
    ),
    Rule.DATE: Text(
        zh="“{column}”不是日期：{value}（写作 2026-03-01，或带时区的时间 2026-03-01T08:00+08:00）",
        en="{column} is no date: {value!r} (2026-03-01, or a time with its zone)",
    ),
    Rule.ATTRIBUTES: Text(
        zh="attributes 必须是 JSON 对象：{value}", en="attributes must be a JSON object: {value}"
    ),
    Rule.SPAN: Text(zh="截止日期早于起始日期（{value}）", en="it ends before it begins ({value})"),
    Rule.DUPLICATE: Text(
        zh="{column}“{value}”重复，已在第 {allowed} 行出现",
        en="{column} {value!r} stands already on line {allowed}",
    ),
    Rule.NO_SUCH_PLACE: Text(
        zh="{column} 指向的地点“{value}”不在 places 表中",
        en="{column} {value!r} is not among the places",
    ),
    Rule.NO_SUCH_ORGANISATION: Text(
        zh="{column} 指向的单位“{value}”不在 organisations 表中",
        en="{column} {value!r} is not among the organisations",
    ),
    Rule.NO_SUCH_GATEWAY: Text(
        zh="网关“{value}”不在 gateways 表中", en="gateway {value!r} is not among the gateways"
    ),
    Rule.NO_PARENT: Text(
        zh="“{value}”没有上级地点；只有市可以没有上级",
        en="{value!r} has no parent; only a city may stand alone",
    ),
    Rule.CITY_WITH_PARENT: Text(
        zh="市“{value}”不能有上级地点", en="the city {value!r} cannot have a parent"
    ),
    Rule.WRONG_PARENT: Text(
        zh="“{value}”不能放在“{allowed}”之下", en="a {value} cannot stand under a {allowed}"
    ),
    Rule.SKIPPED_LEVEL: Text(
        zh="“{value}”直接放在“{allowed}”之下，中间缺了级别",
        en="a {value} stands directly under a {allowed}: levels in between are missing",
    ),
    Rule.CYCLE: Text(zh="地点“{value}”是自己的上级", en="the place {value!r} is its own ancestor"),
    Rule.NOT_A_COMPOUND: Text(
        zh="“{value}”不是小区：只有小区有管理方式",
        en="{value!r} is not a compound: only compounds have a management",
    ),
    Rule.ORGANISATION_NEEDED: Text(
        zh="管理方式 {value} 必须写明单位", en="management {value} must name an organisation"
    ),
    Rule.ORGANISATION_REFUSED: Text(
        zh="管理方式 {value} 不能写单位", en="management {value} cannot name an organisation"
    ),
    Rule.OVERLAP: Text(
        zh="“{value}”的时间段与第 {allowed} 行重叠（截止日当天仍有效）",
        en="the time of {value!r} overlaps line {allowed} (the last day still counts)",
    ),
    Rule.UNKNOWN_CLASS: Text(
        zh="不认识的设备类别“{value}”；可填：{allowed}",
        en="unknown asset class {value!r}; classes are {allowed}",
    ),
    Rule.CODE_WITHOUT_GATEWAY: Text(
        zh="有网关内编码“{value}”却没有网关", en="gateway_code {value!r} without a gateway"
    ),
    Rule.SAME_GATEWAY_CODE: Text(
        zh="网关内编码“{value}”已被第 {allowed} 行的设备使用",
        en="gateway code {value!r} already belongs to the asset on line {allowed}",
    ),
    Rule.NOT_A_MAINTAINER: Text(
        zh="维保单位“{value}”的类别是 {allowed}", en="the maintainer {value!r} is a {allowed}"
    ),
    Rule.NO_MANAGEMENT: Text(
        zh="小区“{value}”没有写明管理方式（无人管理请写 nobody）",
        en="the compound {value!r} has no management (write `nobody` if nobody runs it)",
    ),
    Rule.CONTRACT_ENDED: Text(
        zh="设备“{value}”的维保合同已于 {allowed} 到期",
        en="the maintenance contract of {value!r} ended on {allowed}",
    ),
    Rule.NOT_REPORTED: Text(
        zh="设备“{value}”没有网关，不会被监测", en="no gateway reports the asset {value!r}"
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing that is wrong, and where.

    Attributes:
        file: Name of the file, without its folder.
        line: Line in it, from 1; 0 when the whole file is meant.
        column: Column that is meant; empty: none, or several.
    """

    file: str
    line: int
    rule: Rule
    message: Text
    column: str = ""

    @property
    def is_error(self) -> bool:
        """Whether the registry cannot be applied before this is mended."""
        return self.rule not in WARNINGS

    def sentence(self, language: str = "zh") -> str:
        """The problem as one line for a person: file, line, what is wrong."""
        text = self.message.zh if language == "zh" else self.message.en
        if language == "zh":
            kind = "错误" if self.is_error else "提醒"
        else:
            kind = "error" if self.is_error else "warning"
        where = f"{self.file}:{self.line}" if self.line else self.file
        return f"{where}: {kind}: {text}"


def problem(  # noqa: PLR0913 - the blanks of a sentence
    file: str,
    line: int,
    rule: Rule,
    *,
    column: str = "",
    value: object = "",
    allowed: object = "",
) -> Problem:
    """A problem with the blanks of its sentence filled in."""
    message = _MESSAGES[rule]
    word = f"{COLUMN_WORDS[column]} {column}" if column in COLUMN_WORDS else column
    blanks = {"value": value, "allowed": allowed}
    return Problem(
        file=file,
        line=line,
        rule=rule,
        message=Text(
            zh=message.zh.format(column=word, **blanks),
            en=message.en.format(column=column, **blanks),
        ),
        column=column,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What the checker found.

    Attributes:
        registry: All that the files say; None when there is an error.
        problems: Errors and warnings, by file and line.
    """

    registry: Registry | None
    problems: tuple[Problem, ...]

    @property
    def errors(self) -> tuple[Problem, ...]:
        """Problems that must be mended first."""
        return tuple(found for found in self.problems if found.is_error)

    @property
    def warnings(self) -> tuple[Problem, ...]:
        """Problems that a person should know of."""
        return tuple(found for found in self.problems if not found.is_error)

"""The check list of a hand-over as a file: YAML in, items and signatures out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from analytics.duties.calendar import CHINA
from analytics.duties.fault import FileFault, Lines, of_form, of_yaml
from analytics.errors import BadDuties
from analytics.handover.model import Condition, Item, Side, Signature, digest_of_list, sign

_Text = Annotated[str, Field(min_length=1, max_length=200)]
_Loader: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Item(_Section):
    item: _Text
    condition: Condition
    asset: Annotated[str, Field(max_length=64)] = ""
    note: Annotated[str, Field(max_length=500)] = ""


class _Signature(_Section):
    side: Side
    signer: _Text
    role: _Text
    at: datetime


class _File(_Section):
    compound: _Text
    items: Annotated[tuple[_Item, ...], Field(min_length=1)]
    signatures: tuple[_Signature, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checklist:
    """What a file says about the equipment of a compound, and who signed it."""

    compound: str
    items: tuple[Item, ...]
    signatures: tuple[Signature, ...]

    @property
    def digest(self) -> bytes:
        """The fingerprint of the list."""
        return digest_of_list(self.compound, self.items)


def parse_checklist(source: str) -> Checklist:
    """A check list from the text of its file.

    Raises:
        BadDuties: The text is no YAML or a field is wrong; each fault with the line of the file.
    """
    try:
        lines = Lines(yaml.compose(source, _Loader))
        file = _File.model_validate(yaml.load(source, _Loader))  # noqa: S506 - a safe loader
    except yaml.YAMLError as error:
        raise BadDuties(str(of_yaml(error))) from error
    except ValidationError as error:
        raise BadDuties(_told(of_form(error.errors(), lines))) from error
    if twice := list(lines.twice()):
        raise BadDuties(_told(twice))
    items = tuple(
        Item(item=one.item, condition=one.condition, asset=one.asset, note=one.note)
        for one in file.items
    )
    digest = digest_of_list(file.compound, items)
    signatures = tuple(
        sign(digest, one.side, one.signer, one.role, _zoned(one.at)) for one in file.signatures
    )
    return Checklist(compound=file.compound, items=items, signatures=signatures)


def _told(faults: Sequence[FileFault]) -> str:
    return "\n".join(str(one) for one in faults)


def _zoned(at: datetime) -> datetime:
    return at if at.tzinfo else at.replace(tzinfo=CHINA)


@dataclass(frozen=True, slots=True, kw_only=True)
class Equipment:
    """An asset that is to be handed over."""

    code: str
    name_zh: str
    class_zh: str
    open_alarms: int


_HEAD: Final = """\
# 交接设备清单 check list of a hand-over. condition: good 完好, defect 有缺陷, missing 缺失,
# not_checked 未查验 (nobody has looked; a list with such a line is not complete).
# 双方签字 signatures, for example:
#   signatures:
#     - {side: from, signer: 项目负责人, role: 移交方 former, at: 2026-12-01 09:30}
#     - {side: to, signer: 项目负责人, role: 承接方 new, at: 2026-12-01 09:40}
"""
_OTHERS: Final = ("消防控制室钥匙及值班记录", "电梯三角钥匙及机房钥匙", "图纸、技术档案、维保合同")


def template(compound: str, equipment: Sequence[Equipment]) -> str:
    """A check list to be filled in: every asset in service, and what belongs to it."""
    items = [
        {
            "asset": one.code,
            "item": f"{one.class_zh} {one.name_zh}",
            "condition": str(Condition.NOT_CHECKED),
            "note": f"未结束报警 {one.open_alarms} 条" if one.open_alarms else "",
        }
        for one in equipment
    ]
    items += [{"item": name, "condition": str(Condition.NOT_CHECKED)} for name in _OTHERS]
    body = yaml.safe_dump(
        {"compound": compound, "items": items}, allow_unicode=True, sort_keys=False, width=200
    )
    return _HEAD + body

"""A compound with one pump, for playing a recording of a real machine through the line."""

from datetime import date

from gateway.topic import GatewayId
from simulators.building import (
    Asset,
    AssetCode,
    Compound,
    Level,
    Management,
    ManagementKind,
    Organisation,
    OrganisationCode,
    OrganisationKind,
    Place,
    PlaceCode,
    PumpPlant,
    ResponsiblePerson,
    plain_places,
)

_SINCE = date(2020, 1, 1)
_COMPOUND, _BUILDING = PlaceCode("replay"), PlaceCode("replay_b1")
_PROPERTY, _FIRM = OrganisationCode("replay_property"), OrganisationCode("replay_fire_firm")


def replay() -> Compound:
    """One compound with the pump `P-REPLAY`, watched by the gateway `replay-gw-1`."""
    return Compound(
        name="replay",
        gateway=GatewayId("replay-gw-1"),
        gateway_place=_BUILDING,
        gateway_note="回放录制数据",
        places=_places(),
        organisations=(
            Organisation(
                code=_PROPERTY,
                kind=OrganisationKind.PROPERTY_COMPANY,
                name_zh="回放物业服务有限公司",
                name_en="Replay Property Services",
                phone="0000-8000301",
            ),
            Organisation(
                code=_FIRM,
                kind=OrganisationKind.FIRE_MAINTENANCE_FIRM,
                name_zh="回放消防技术服务有限公司",
                name_en="Replay Fire Services",
                phone="0000-8000302",
            ),
        ),
        managements=(
            Management(
                compound=_COMPOUND,
                kind=ManagementKind.COMPANY,
                organisation=_PROPERTY,
                since=_SINCE,
            ),
        ),
        persons=(
            ResponsiblePerson(
                place=_COMPOUND,
                role="消防安全责任人",
                name="物业项目负责人",
                phone="0000-8000303",
                since=_SINCE,
            ),
        ),
        assets=(_pump(),),
    )


def _places() -> tuple[Place, ...]:
    rows = (
        ("replay_city", Level.CITY, None, "回放市", "Replay City"),
        ("replay_dist", Level.DISTRICT, "replay_city", "回放区", "Replay District"),
        ("replay_str", Level.STREET, "replay_dist", "回放街道", "Replay Street"),
        ("replay_comm", Level.COMMUNITY, "replay_str", "回放社区", "Replay Community"),
        (_COMPOUND, Level.COMPOUND, "replay_comm", "回放小区", "Replay Compound"),
        (_BUILDING, Level.BUILDING, _COMPOUND, "泵房", "Pump house"),
    )
    return plain_places(rows)


def _pump() -> Asset:
    return Asset(
        code=AssetCode("P-REPLAY"),
        class_name="pump",
        place=_BUILDING,
        name_zh="回放水泵",
        name_en="Replayed pump",
        text="泵房 回放水泵",
        plant=PumpPlant(
            is_jockey=False,
            rated_current_a=3.0,
            rated_pressure_bar=1.0,
            rated_flow_l_per_min=130.0,
        ),
        maintainer=_FIRM,
        contract_until=date(2030, 12, 31),
        zone="pump",
        commissioned_at=_SINCE,
    )

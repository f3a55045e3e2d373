"""The file of technicians: who works where, with which certificates and on which days.

```yaml
technicians:
  - name: wang            # the name that he logs in with
    display_name: 王师傅
    organisation: lift_firm
    capacity: 3           # most open orders at a time
    home: [31.82, 117.23] # where he sets out from; optional
    certificates:
      - {skill: lift, number: T-0001, valid_until: 2027-06-30}
    shifts:
      - {days: [1, 2, 3, 4, 5], from: "08:00", until: "20:00"}
```
"""

from datetime import date, time
from typing import Annotated, Final

import msgspec
import yaml

from analytics.errors import BadTechnicians
from analytics.orders.technician import Position, Shift, Skill, TechnicianName
from analytics.orders.technician_store import Certificate, Entry

_CAPACITY: Final = 3
Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9._-]{2,40}$")]
Clock = Annotated[str, msgspec.Meta(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]
Day = Annotated[int, msgspec.Meta(ge=1, le=7)]


class _Certificate(msgspec.Struct, forbid_unknown_fields=True):
    skill: Skill
    number: str
    valid_until: date


class _Shift(msgspec.Struct, forbid_unknown_fields=True, rename={"starts_at": "from"}):
    days: Annotated[list[Day], msgspec.Meta(min_length=1)]
    starts_at: Clock
    until: Clock


class _Technician(msgspec.Struct, forbid_unknown_fields=True):
    name: Name
    display_name: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    organisation: str
    shifts: list[_Shift]
    certificates: list[_Certificate] = []
    capacity: Annotated[int, msgspec.Meta(ge=1, le=20)] = _CAPACITY
    home: tuple[float, float] | None = None


class _File(msgspec.Struct, forbid_unknown_fields=True):
    technicians: list[_Technician]


def parse_technicians(text: str) -> list[Entry]:
    """The technicians of a file.

    Raises:
        BadTechnicians: It is no such file; the message names the place.
    """
    try:
        said = msgspec.convert(yaml.safe_load(text), _File, strict=False)
    except (yaml.YAMLError, msgspec.ValidationError) as error:
        raise BadTechnicians(f"the file of technicians cannot be used: {error}") from error
    names = [item.name for item in said.technicians]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise BadTechnicians(f"named twice: {', '.join(twice)}")
    return [_entry(item) for item in said.technicians]


def _entry(item: _Technician) -> Entry:
    skills = [certificate.skill for certificate in item.certificates]
    if len(set(skills)) < len(skills):
        raise BadTechnicians(f"{item.name}: one certificate for each skill")
    if item.home is not None and not (abs(item.home[0]) <= 90 and abs(item.home[1]) <= 180):
        raise BadTechnicians(f"{item.name}: home is [latitude, longitude]")
    return Entry(
        name=TechnicianName(item.name),
        display_name=item.display_name,
        organisation=item.organisation,
        capacity=item.capacity,
        home=None if item.home is None else Position(*item.home),
        certificates=tuple(
            Certificate(skill=one.skill, number=one.number, valid_until=one.valid_until)
            for one in item.certificates
        ),
        shifts=tuple(
            Shift(
                weekday=day,
                starts_at=time.fromisoformat(shift.starts_at),
                ends_at=time.fromisoformat(shift.until),
            )
            for shift in item.shifts
            for day in sorted(set(shift.days))
        ),
    )

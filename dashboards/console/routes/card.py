"""The triage card 研判卡 of an alarm: a part of its page that comes by itself, and JSON.

The page of the alarm never waits for it: the card is asked for after the page stands, and what
cannot be gathered is said on the card.
"""

from collections.abc import Sequence
from typing import Self

import structlog
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from analytics.act import ActKind
from analytics.triage.card import NOT_KNOWN, Card
from analytics.triage.gather import fetch_card
from analytics.triage.rank import Confidence
from dashboards.console.errors import NotFound
from dashboards.console.field import one_of
from dashboards.console.openapi import problems
from dashboards.console.paging import Id
from dashboards.console.role import Ability, User
from dashboards.console.store.alarm import TimelineRow, fetch_timeline
from dashboards.console.web import Now, Services, ServicesOf, UserOf, page, require
from gateway.catalogue import Text

router = APIRouter()
_log = structlog.get_logger("console.card")


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True)


class TextModel(_Model):
    """A sentence in both languages."""

    zh: str = Field(description="Chinese", examples=["烹饪油烟或水蒸气"])
    en: str = Field(description="English", examples=["Cooking smoke or steam"])

    @classmethod
    def of(cls, text: Text) -> Self:
        """The model of a text."""
        return cls(zh=text.zh, en=text.en)


class CauseModel(_Model):
    """A possible cause."""

    cause: TextModel = Field(description="What it may be")
    confidence: str = Field(description=one_of(Confidence), examples=["medium"])
    confidence_words: TextModel = Field(description="How sure that is, in words")
    support: list[TextModel] = Field(description="What speaks for it")
    against: list[TextModel] = Field(description="What speaks against it")


class ClockModel(_Model):
    """How long a step may take."""

    step: TextModel = Field(description="What has to happen")
    length: TextModel = Field(description="Within how long, in words")


class ContactModel(_Model):
    """Whom to call."""

    role: TextModel = Field(description="What for: who answers, who works, the bureau, ...")
    name: TextModel = Field(description="Name of the organisation")
    phone: str = Field(description="Empty: not known", examples=["0000-8000301"])


class CardModel(_Model):
    """A triage card."""

    alarm_id: int = Field(description="Number of the alarm", examples=[4711])
    title: TextModel = Field(description="Event and asset")
    meaning: TextModel = Field(description="What the alarm means")
    is_known: bool = Field(description="Whether evidence speaks for a cause; false: it says so")
    causes: list[CauseModel] = Field(description="The likeliest first")
    first: list[TextModel] = Field(description="What to do, in order")
    surroundings: list[TextModel] = Field(description="History, neighbours, maintenance, trends")
    clocks: list[ClockModel] = Field(description="Deadlines by the responsibility matrix")
    basis: str = Field(description="Law, standard or rule behind the clocks")
    contacts: list[ContactModel] = Field(description="Whom to call, in this order")
    gaps: list[TextModel] = Field(description="What is not known")

    @classmethod
    def of(cls, card: Card) -> Self:
        """The model of a card."""
        texts = TextModel.of
        return cls(
            alarm_id=card.alarm_id,
            title=texts(card.title),
            meaning=texts(card.meaning),
            is_known=card.is_known,
            causes=[
                CauseModel(
                    cause=texts(one.label),
                    confidence=one.confidence.value,
                    confidence_words=texts(one.confidence_words),
                    support=[texts(text) for text in one.support],
                    against=[texts(text) for text in one.against],
                )
                for one in card.causes
            ],
            first=[texts(text) for text in card.first],
            surroundings=[texts(text) for text in card.surroundings],
            clocks=[
                ClockModel(step=texts(one.step), length=texts(one.length)) for one in card.clocks
            ],
            basis=card.basis,
            contacts=[
                ContactModel(role=texts(one.role), name=texts(one.name), phone=one.phone)
                for one in card.contacts
            ],
            gaps=[texts(text) for text in card.gaps],
        )


@router.get("/alarms/{alarm_id}/card", include_in_schema=False)
def show_card(
    request: Request, services: ServicesOf, user: UserOf, now: Now, alarm_id: int
) -> Response:
    """The card as a part of the alarm's page."""
    require(user, Ability.WATCH)
    card, done = None, {}
    try:
        card = _card(services, user, alarm_id, now)
        with services.store.scoped(user.scope) as connection:
            done = done_steps(fetch_timeline(connection, alarm_id))
    except NotFound:
        raise
    except Exception:  # noqa: BLE001 - the edge of a request: the page says so and goes on
        _log.exception("card_not_gathered", alarm=alarm_id)
    context = {
        "card": card,
        "alarm_id": alarm_id,
        "not_known": NOT_KNOWN,
        "steps_done": done,
        "step_mark": step_mark,
        "may_comment": user.may_act(ActKind.COMMENT),
    }
    return page(request, "alarm/card.html", context, user=user)


@router.get(
    "/api/v1/alarms/{alarm_id}/card",
    tags=["alarms"],
    summary="The triage card of an alarm",
    responses=problems(404),
)
def get_card(services: ServicesOf, user: UserOf, now: Now, alarm_id: Id) -> CardModel:
    """The triage card 研判卡: meaning, likely causes with evidence, first action, clocks, contacts."""
    require(user, Ability.WATCH)
    return CardModel.of(_card(services, user, alarm_id, now))


def step_mark(step: Text) -> str:
    """The line of the alarm's history that ticks a step: one for all languages."""
    return f"☑ {step.zh}"


def done_steps(timeline: Sequence[TimelineRow]) -> dict[str, TimelineRow]:
    """Ticks of an alarm's history to who set them first, and when."""
    found: dict[str, TimelineRow] = {}
    for row in timeline:
        if row.kind == "step" and row.note.startswith("☑ "):
            found.setdefault(row.note, row)
    return found


def _card(services: Services, user: User, alarm_id: int, now: Now) -> Card:
    with services.store.scoped(user.scope) as connection:
        card = fetch_card(connection, alarm_id, now)
    if card is None:
        raise NotFound(f"no alarm {alarm_id}")
    return card

"""Kinds of fields that several requests have, with the schema the documentation shows."""

from typing import Annotated, Any

from pydantic import Field, WithJsonSchema

from callcenter.domain.client_input import MOST_CONCURRENT
from callcenter.domain.hours import DAYS
from callcenter.domain.retry import MAX_AFTER_MINUTES, MAX_ATTEMPTS, RESULTS
from callcenter.domain.stopping import FEWEST, MOST

Text = Annotated[str, Field(max_length=10_000)]
Names = Annotated[list[Text], Field(max_length=1_000)]

_CLOCK = "([01][0-9]|2[0-3]):[0-5][0-9]"
_WINDOW: dict[str, Any] = {
    "type": "object",
    "required": ["days", "start", "end"],
    "properties": {
        "days": {"type": "array", "minItems": 1, "items": {"type": "string", "enum": list(DAYS)}},
        "start": {"type": "string", "pattern": f"^{_CLOCK}$"},
        "end": {"type": "string", "pattern": f"^({_CLOCK}|24:00)$"},
        "reason": {"type": "string", "description": "Why, when it goes beyond the calling rules."},
    },
    "example": {"days": ["mon", "tue", "wed", "thu", "fri"], "start": "09:00", "end": "20:00"},
}
Hours = Annotated[
    Any,
    WithJsonSchema(
        {
            "description": "Hours in each lead's own time zone: one window, or a list of them.",
            "anyOf": [_WINDOW, {"type": "array", "minItems": 1, "maxItems": 50, "items": _WINDOW}, {"type": "null"}],
        }
    ),
]
_MINUTES: dict[str, Any] = {"type": "integer", "minimum": 0, "maximum": MAX_AFTER_MINUTES}
_PER_RESULT: dict[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {"times": {"type": "integer", "minimum": 0, "maximum": MAX_ATTEMPTS - 1}, "afterMinutes": _MINUTES},
}
Retry = Annotated[
    Any,
    WithJsonSchema(
        {
            "description": "After which results a lead is tried again, and how long after.",
            "anyOf": [
                {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {
                        "on": {"type": "array", "items": {"type": "string", "enum": list(RESULTS)}},
                        "afterMinutes": _MINUTES,
                        "per": {
                            "type": "object",
                            "description": "Of single results of `on`: how many more tries in a chain, and how long after.",
                            "additionalProperties": False,
                            "properties": dict.fromkeys(RESULTS, _PER_RESULT),
                        },
                        "anotherTimeOfDay": {
                            "type": "boolean",
                            "description": "In another part of the lead's day (morning, afternoon, evening) than the last call.",
                        },
                    },
                    "example": {
                        "on": ["no_answer", "voicemail", "failed"],
                        "afterMinutes": 120,
                        "per": {"voicemail": {"times": 1, "afterMinutes": 1440}},
                    },
                },
                {"type": "null"},
            ],
        }
    ),
]
_PERCENT: dict[str, Any] = {"type": ["integer", "null"], "minimum": 1, "maximum": 100}
_OF: dict[str, Any] = {"type": "integer", "minimum": FEWEST, "maximum": MOST}
StopIf = Annotated[
    Any,
    WithJsonSchema(
        {
            "description": "When a batch pauses itself: at so many percent errors, or below so many percent answered, of its last"
            " calls. A percentage of null is never.",
            "anyOf": [
                {
                    "type": "object",
                    "additionalProperties": False,
                    "properties": {"errorPercent": _PERCENT, "errorOf": _OF, "answerPercent": _PERCENT, "answerOf": _OF},
                    "example": {"errorPercent": 50, "errorOf": 20, "answerPercent": None, "answerOf": 50},
                },
                {"type": "null"},
            ],
        }
    ),
]
Variables = Annotated[
    Any,
    WithJsonSchema(
        {
            "description": "What the agent may be told, by name: strings, numbers and booleans.",
            "anyOf": [
                {
                    "type": "object",
                    "additionalProperties": {"type": ["string", "number", "boolean"]},
                    "example": {"product": "cleaning"},
                },
                {"type": "null"},
            ],
        }
    ),
]
Cap = Annotated[int, Field(strict=True, ge=1, le=MOST_CONCURRENT)]
When = Annotated[
    Text | None,
    Field(description="RFC 3339; a day or a time without a zone is the client's.", examples=["2027-01-15T15:00:00Z"]),
]

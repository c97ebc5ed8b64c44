"""JSON as our values: what the bodies of requests may hold, and how they are read."""

import math
from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any, cast
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field, StrictBool, StrictInt, model_validator
from pydantic.alias_generators import to_camel

from callcenter.api.fields import Cap, Hours, Names, Retry, StopIf, Text, Variables, When
from callcenter.api.shapes import MASK
from callcenter.domain.call import Priority
from callcenter.domain.client_input import ClientInput
from callcenter.domain.errors import Invalid
from callcenter.domain.hours import windows_from
from callcenter.domain.lead_input import LeadInput
from callcenter.domain.lead_search import LeadFilter, strict_lead_filter_from
from callcenter.domain.query import Params
from callcenter.domain.retry import RetryPolicy, max_attempts_from, policy_from
from callcenter.domain.search import read_instant
from callcenter.domain.stopping import StopRule, stop_from
from callcenter.domain.variables import variables_from
from callcenter.services.batching import LaunchBatch
from callcenter.services.calling import ScheduleCall

#: What may stand in `leadFilter`: the query of the list of leads. Anything else would silently call more people.
LEAD_FILTERS = ("q", "tag", "phone", "externalId", "lastOutcome", "doNotCall")


class Wish(BaseModel):
    """The body of a request. A field nobody knows is a mistake worth telling."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=False, extra="forbid")

    @model_validator(mode="before")
    @classmethod
    def _storable(cls, value: Any) -> Any:
        """Refuses what no database can store and no number can be: NUL, halves of characters, infinities."""
        waiting: list[Any] = [value]
        while waiting:
            each = waiting.pop()
            if isinstance(each, str) and not _is_storable(each):
                raise ValueError("Text has no NUL characters and no halves of characters.")
            if isinstance(each, float) and not math.isfinite(each):
                raise ValueError("Numbers are finite.")
            if isinstance(each, Mapping):
                waiting += [*cast("Mapping[Any, Any]", each).keys(), *cast("Mapping[Any, Any]", each).values()]
            elif isinstance(each, list):
                waiting += cast("list[Any]", each)
        return value


class RetellWish(Wish):
    """How a client reaches Retell. The key is write-only; null means the installation's default key."""

    api_key: Text | None = None
    agent_id: Text | None = None
    from_number: Text | None = Field(default=None, examples=["+14155550100"])
    is_active: StrictBool = True
    is_simulated: StrictBool = False


class _Client(Wish):
    """What new and changed clients have in common."""

    country: Text = Field(default="", examples=["US"])
    max_concurrent: Cap = 5
    retell: RetellWish | None = None
    calling_hours: Hours = None
    hours_note: Text = ""
    daily_budget: float | None = Field(default=None, strict=True, gt=0, le=1_000_000, description="USD")
    retry: Retry = None
    calls_back: StrictBool = Field(
        default=False, description="A wish to be called back at a sure time becomes a call; else a follow-up for a person."
    )
    variables: Variables = None

    def changes(self) -> dict[str, Any]:
        """Gives what was said, by the names of ClientInput. Raises Invalid."""
        same = ("name", "timezone", "country", "max_concurrent", "hours_note", "calls_back")
        said: dict[str, Any] = {name: getattr(self, name) for name in same if name in self.model_fields_set}
        if "daily_budget" in self.model_fields_set:
            said["daily_budget"] = None if self.daily_budget is None else Decimal(str(self.daily_budget))
        if "calling_hours" in self.model_fields_set and self.calling_hours is not None:
            said["calling_hours"] = windows_from(self.calling_hours, field="callingHours")
            said["hours_reason"] = reason_of(self.calling_hours)
        if "retry" in self.model_fields_set:
            said["retry"] = None if self.retry is None else policy_from(self.retry)
        if "variables" in self.model_fields_set:
            said["variables"] = self.variables or {}
        return said | self._of_retell()

    def _of_retell(self) -> dict[str, Any]:
        if self.retell is None:
            return {}
        said = {name: getattr(self.retell, name) for name in self.retell.model_fields_set}
        if str(said.get("api_key") or "").startswith(MASK):
            del said["api_key"]  # what we showed, sent back
        return said


class ClientChange(_Client):
    """What of a client to change; what is left out stays. `rev` is the one last seen, if that matters."""

    name: Text = ""
    timezone: Text = Field(default="", examples=["America/New_York"])
    rev: StrictInt | None = None


class ClientWish(_Client):
    """A new client."""

    name: Text
    timezone: Text = Field(examples=["America/New_York"])

    def read(self) -> ClientInput:
        """Gives what onboarding takes. Raises Invalid."""
        return ClientInput(**self.changes())


class _Lead(Wish):
    """What new and changed leads have in common."""

    name: Text = ""
    email: Text | None = None
    timezone: Text | None = None
    tags: Names | None = None
    external_id: Text | None = None
    do_not_call: StrictBool = False
    variables: Variables = None

    def changes(self) -> dict[str, Any]:
        """Gives what was said, by the names of LeadInput."""
        said = {name: getattr(self, name) for name in self.model_fields_set if name != "rev"}
        if "tags" in said:
            said["tags"] = tuple(said["tags"] or ())
        if "variables" in said:
            said["variables"] = said["variables"] or {}
        return said


class BlackoutWish(Wish):
    """A day to close: nobody is called while it is that day where the lead is."""

    on: Text = Field(examples=["2026-12-25"])
    name: Text = Field(examples=["Christmas Day"])


class LeadChange(_Lead):
    """What of a lead to change; what is left out stays, `variables` replaces them all."""

    phone: Text = Field(default="", examples=["+12125550123"])
    rev: StrictInt | None = None


class LeadWish(_Lead):
    """A new lead."""

    phone: Text = Field(examples=["+12125550123"])

    def read(self) -> LeadInput:
        """Gives what leading takes."""
        return LeadInput(**self.changes())


class _Calling(Wish):
    """What single calls and batches have in common."""

    priority: Text = Field(default="normal", examples=["low", "normal", "high", "urgent"])
    scheduled_at: When = None
    window: Hours = None
    retry: Retry = None
    max_attempts: StrictInt = Field(default=1, ge=1, le=10)
    variables: Variables = None
    agent_id: Text | None = None

    def _common(self, zone: str) -> dict[str, Any]:
        return {
            "priority": priority_from(self.priority),
            "scheduled_at": instant_from(self.scheduled_at, zone, field="scheduledAt"),
            "window": None if self.window is None else windows_from(self.window, field="window"),
            "window_reason": reason_of(self.window),
            "max_attempts": max_attempts_from(self.max_attempts),
            "variables": variables_from(self.variables),
            "agent_id": self.agent_id,
        }

    def _retry(self) -> RetryPolicy | None:
        return None if self.retry is None else policy_from(self.retry)


class CallWish(_Calling):
    """A call to a lead, or to a number without one."""

    lead_id: Text | None = None
    to_number: Text | None = Field(default=None, examples=["+12125550123"])
    from_number: Text | None = None

    def read(self, *, zone: str) -> ScheduleCall:
        """Gives what calling takes; times without a zone are in `zone`. Raises Invalid."""
        return ScheduleCall(
            lead_id=self.lead_id, to_number=self.to_number, from_number=self.from_number, retry=self._retry(),
            **self._common(zone),
        )  # fmt: skip


class BatchWish(_Calling):
    """Calls to these leads, or to all that a filter finds."""

    lead_ids: list[Text] | None = Field(default=None, max_length=100_000)
    lead_filter: dict[str, Any] | None = Field(
        default=None, description="The query of the list of leads, as an object.", examples=[{"tag": ["recall"]}]
    )
    name: Text = ""
    max_concurrent: Cap | None = None
    ends_at: When = None
    stop_if: StopIf = None

    def read(self, *, zone: str) -> LaunchBatch:
        """Gives what batching takes; times without a zone are in `zone`. Raises Invalid."""
        retry = self._retry()
        return LaunchBatch(
            lead_ids=self.lead_ids,
            lead_filter=None if self.lead_filter is None else lead_filter_from(self.lead_filter),
            name=self.name,
            max_concurrent=self.max_concurrent,
            ends_at=instant_from(self.ends_at, zone, field="endsAt"),
            stop=StopRule() if self.stop_if is None else stop_from(self.stop_if),
            **({} if retry is None else {"retry": retry}),
            **self._common(zone),
        )


class BatchChange(Wish):
    """What of a batch to change; what is left out stays. `rev` is the one last seen: with it, 409 if others changed it since."""

    name: Text = ""
    max_concurrent: Cap | None = Field(default=None, description="null: only the client's limit holds.")
    priority: Text = Field(default="normal", examples=["low", "normal", "high", "urgent"])
    window: Hours = None
    retry: Retry = None
    max_attempts: StrictInt = Field(default=1, ge=1, le=10)
    ends_at: When = None
    stop_if: StopIf = None
    rev: StrictInt | None = None

    def changes(self, *, zone: str) -> dict[str, Any]:
        """Gives what was said, by the names `editing` takes; times without a zone are in `zone`. Raises Invalid."""
        said: dict[str, Any] = {
            name: getattr(self, name) for name in ("name", "max_concurrent", "max_attempts") if name in self.model_fields_set
        }
        if "priority" in self.model_fields_set:
            said["priority"] = priority_from(self.priority)
        if "window" in self.model_fields_set:
            said["window"] = None if self.window is None else windows_from(self.window, field="window")
        if "retry" in self.model_fields_set:
            said["retry"] = RetryPolicy() if self.retry is None else policy_from(self.retry)
        if "ends_at" in self.model_fields_set:
            said["ends_at"] = instant_from(self.ends_at, zone, field="endsAt")
        if "stop_if" in self.model_fields_set:
            said["stop"] = StopRule() if self.stop_if is None else stop_from(self.stop_if)
        return said


def priority_from(text: str, *, field: str = "priority") -> Priority:
    """Reads a priority in any case. Raises Invalid."""
    try:
        return Priority[text.strip().upper()]
    except KeyError:
        raise Invalid("A priority is low, normal, high or urgent.", field=field) from None


def instant_from(text: str | None, zone: str, *, field: str) -> datetime | None:
    """Reads an instant; a day or a time without a zone is in `zone`. Raises Invalid."""
    if text is None:
        return None
    at = read_instant(text, tz=ZoneInfo(zone))
    if at is None or not 1970 <= at.year < 9000:
        raise Invalid("Write an instant like 2027-01-15T15:00:00Z.", field=field)
    return at


def reason_of(window: object) -> str:
    """Gives the `reason` beside the hours of a window, or of the first of several that has one."""
    several = cast("Sequence[object]", window) if isinstance(window, list) else [window]
    reasons = (cast("Mapping[str, Any]", each).get("reason") for each in several if isinstance(each, Mapping))
    return next((str(reason) for reason in reasons if reason), "")


def lead_filter_from(given: Mapping[str, Any]) -> LeadFilter:
    """Reads the query of the list of leads as an object; values may be lists. Raises Invalid, also for unknown names."""
    unknown = sorted(set(given) - set(LEAD_FILTERS))
    if unknown:
        raise Invalid(f"Leads cannot be filtered by {unknown[0][:40]}.", field=f"leadFilter.{unknown[0][:40]}")
    params: dict[str, Sequence[str]] = {}
    for name, value in given.items():
        values = cast("Sequence[object]", value) if isinstance(value, list) else [value]
        if not all(isinstance(each, str | bool | int) for each in values):
            raise Invalid("A filter is text, or a list of texts.", field=f"leadFilter.{name}")
        params[name] = [str(each).lower() if isinstance(each, bool) else str(each) for each in values]
    return strict_lead_filter_from(cast("Params", params))


def _is_storable(text: str) -> bool:
    return "\x00" not in text and not any("\ud800" <= char <= "\udfff" for char in text)

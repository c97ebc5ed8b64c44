"""What a person enters about a client, and how it becomes one."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal, InvalidOperation
from typing import Any

from callcenter.domain.client import Client
from callcenter.domain.errors import Invalid
from callcenter.domain.hours import Window, zone_info
from callcenter.domain.phone import normal
from callcenter.domain.retry import RetryPolicy
from callcenter.domain.variables import variables_from

#: What a manager may change; the rest of a client is for admins.
MANAGERS_MAY_CHANGE = frozenset({"max_concurrent", "daily_budget", "calling_hours", "hours_note", "hours_reason", "calls_back"})
MOST_CONCURRENT = 1_000
_MICROS = 1_000_000
_MOST_USD = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class ClientInput:
    """A client as a person enters it. `daily_budget` is in USD, `hours_reason` says why hours go beyond the rules.

    Without `api_key` the client uses the installation's default account.
    """

    name: str
    timezone: str
    country: str = ""
    max_concurrent: int = 5
    api_key: str | None = None
    agent_id: str | None = None
    from_number: str | None = None
    is_active: bool = True
    is_simulated: bool = False
    calling_hours: tuple[Window, ...] | None = None
    hours_note: str = ""
    hours_reason: str = ""
    daily_budget: Decimal | float | None = None
    retry: RetryPolicy | None = None
    calls_back: bool = False
    variables: Mapping[str, object] = field(default_factory=dict[str, object])


def filled(before: Client, given: Mapping[str, Any]) -> Client:
    """Gives the client with `given` (names and values of ClientInput) put in. Raises Invalid naming every wrong field.

    The account is not decided here: it follows from the key.
    """
    errors: list[tuple[str, str]] = []
    changes: dict[str, Any] = {}
    country = before.country
    if given.get("country"):
        country = str(given["country"]).strip().upper()
    for name, read in _READERS.items():
        if name not in given:
            continue
        try:
            changes[name] = read(given[name], country)
        except Invalid as error:
            errors += error.errors
    if errors:
        raise Invalid(errors[0][1], errors=tuple(errors))
    if changes.get("country") == "":
        del changes["country"]
    if "calling_hours" in changes and changes["calling_hours"] is None:
        del changes["calling_hours"]
    return replace(before, **changes)


def name_from(value: object, *, field: str = "name") -> str:
    """Reads a name: 1 to 120 characters that can be seen, spaces tidied."""
    name = " ".join(str(value or "").split())
    if not 1 <= len(name) <= 120 or not name.isprintable():
        raise Invalid("A name has 1 to 120 characters.", field=field)
    return name


def timezone_from(value: object, *, field: str = "timezone") -> str:
    """Reads the name of a time zone, as in Europe/Berlin."""
    if not isinstance(value, str) or zone_info(value) is None:
        raise Invalid(f"{str(value)[:60]} is no time zone. Write one like Europe/Berlin.", field=field)
    return value


def country_from(value: object, *, field: str = "country") -> str:
    """Reads a country as its two letters; nothing stays nothing."""
    country = str(value or "").strip().upper()
    if country and not (len(country) == 2 and country.isascii() and country.isalpha()):
        raise Invalid("A country is written with its two letters, as in US.", field=field)
    return country


def _cap(value: object, _country: str) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MOST_CONCURRENT:
        raise Invalid(f"Calls at the same time must be a whole number from 1 to {MOST_CONCURRENT:,}.", field="maxConcurrent")
    return value


def _budget(value: object, _country: str) -> int | None:
    if value is None:
        return None
    try:
        usd = Decimal(str(value))
    except InvalidOperation:
        usd = Decimal("NaN")
    if isinstance(value, bool) or not usd.is_finite() or not 0 < usd <= _MOST_USD:
        raise Invalid(f"A daily budget is an amount in USD above 0, up to {_MOST_USD:,}.", field="dailyBudget")
    return int((usd * _MICROS).to_integral_value())


def _number(value: object, country: str) -> str | None:
    if value in (None, ""):
        return None
    try:
        return normal(str(value), country=country).number
    except Invalid as error:
        raise Invalid(error.message, field="retell.fromNumber") from error


def _agent(value: object, _country: str) -> str | None:
    if value in (None, ""):
        return None
    agent = str(value).strip()
    if len(agent) > 200 or not agent.isprintable():
        raise Invalid("This is no agent id.", field="retell.agentId")
    return agent


def _yes_or_no(value: object, field: str) -> bool:
    if not isinstance(value, bool):
        raise Invalid("It is true or false.", field=field)
    return value


def _hours(value: object, _country: str) -> object:
    if value == ():
        raise Invalid("Calling hours need at least one window; to stop calling, pause the client.", field="callingHours")
    return value


_READERS: Mapping[str, Callable[[Any, str], object]] = {
    "name": lambda value, _: name_from(value),
    "timezone": lambda value, _: timezone_from(value),
    "country": lambda value, _: country_from(value),
    "max_concurrent": _cap,
    "agent_id": _agent,
    "from_number": _number,
    "is_active": lambda value, _: _yes_or_no(value, "retell.isActive"),
    "calling_hours": _hours,
    "hours_note": lambda value, _: " ".join(str(value or "").split())[:200],
    "daily_budget": _budget,
    "retry": lambda value, _: value,
    "calls_back": lambda value, _: _yes_or_no(value, "callsBack"),
    "variables": lambda value, _: variables_from(value or {}),
}

"""What people say about a lead, checked and brought into normal form."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from callcenter.domain.errors import Invalid
from callcenter.domain.hours import zone_info
from callcenter.domain.phone import e164
from callcenter.domain.variables import variables_from

LONGEST_NAME = 200
LONGEST_TAG = 60
MOST_TAGS = 50
_EMAIL = re.compile(r"^[^\s@,;<>]{1,64}@[^\s@,;<>]{1,190}$")


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadInput:
    """What somebody says about a lead, as they wrote it."""

    name: str = ""
    phone: str = ""
    email: str | None = None
    timezone: str | None = None
    tags: tuple[str, ...] = ()
    external_id: str | None = None
    variables: Mapping[str, object] = field(default_factory=dict[str, object])
    do_not_call: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFields:
    """The same, checked and in normal form."""

    name: str
    number: str
    phone_given: str
    email: str | None
    timezone: str | None
    tags: tuple[str, ...]
    external_id: str | None
    variables: Mapping[str, str]


def checked(given: LeadInput, *, country: str) -> LeadFields:
    """Gives a lead's fields in normal form; `country` reads a number without one. Raises Invalid with every field at fault."""
    errors: list[tuple[str, str]] = []
    checks = {
        "name": lambda: _short(given.name, "name", longest=LONGEST_NAME),
        "number": lambda: e164(given.phone, country=country),
        "email": lambda: _email(given.email),
        "timezone": lambda: zone_name(given.timezone),
        "tags": lambda: tag_set(given.tags),
        "external_id": lambda: _short(given.external_id or "", "externalId", longest=LONGEST_NAME) or None,
        "variables": lambda: {name: clean(value) for name, value in variables_from(given.variables).items()},
    }
    found: dict[str, object] = {"phone_given": clean(given.phone)[:60]}
    for name, check in checks.items():
        try:
            found[name] = check()
        except Invalid as error:
            errors += error.errors
    if errors:
        raise Invalid(errors[0][1], errors=tuple(errors))
    return LeadFields(**found)  # type: ignore[arg-type]


def tag_set(tags: object) -> tuple[str, ...]:
    """Gives tags without doubles, in alphabetical order; raises Invalid."""
    if not isinstance(tags, list | tuple) or not all(isinstance(tag, str) for tag in tags):  # type: ignore[misc]
        raise Invalid("Tags are a list of words.", field="tags")
    found = sorted({_short(tag.replace(";", " "), "tags", longest=LONGEST_TAG) for tag in tags} - {""})  # type: ignore[union-attr]
    if len(found) > MOST_TAGS:
        raise Invalid(f"A lead has {MOST_TAGS} tags at most.", field="tags")
    return tuple(found)


def zone_name(text: str | None) -> str | None:
    """Gives the time zone as the zone database spells it; raises Invalid for one it does not know."""
    name = clean(text or "")
    if not name:
        return None
    if zone_info(name) is None:
        raise Invalid(f"“{name[:60]}” is no time zone; write it like America/New_York.", field="timezone")
    return name


def clean(text: str) -> str:
    """Gives text without what no database takes (NUL, lone surrogates) and without blanks around it."""
    if not text.isascii():
        text = text.encode("utf-8", "ignore").decode("utf-8")
    return text.replace("\x00", "").strip()


def _short(text: str, field_name: str, *, longest: int) -> str:
    text = " ".join(clean(text).split())
    if len(text) > longest:
        raise Invalid(f"At most {longest} characters; this has {len(text)}.", field=field_name)
    return text


def _email(text: str | None) -> str | None:
    address = clean(text or "")
    if not address:
        return None
    if not _EMAIL.match(address):
        raise Invalid(f"“{address[:60]}” is no e-mail address.", field="email")
    return address

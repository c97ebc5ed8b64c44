"""What can be asked of leads, and of the provider's events; the same habits as for calls."""

from collections.abc import Mapping
from dataclasses import dataclass

from callcenter.domain.call import Outcome
from callcenter.domain.errors import Invalid
from callcenter.domain.query import UNKNOWN, Params, join_values, read_sort, split_values, write_query

LEAD_SORTS = ("created", "name")
DEFAULT_LEAD_SORT = "-created"
_OUTCOMES = frozenset({*(outcome.value for outcome in Outcome), UNKNOWN})
_REST_NAMES = {"externalId": "external", "lastOutcome": "outcome", "doNotCall": "dnc", "clientId": "client", "tags": "tag"}
_YES_NO = {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class LeadFilter:
    """Which leads. `phone` is as given (any way of writing); `last_outcomes` may hold "unknown" for never finished."""

    q: str = ""
    clients: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    not_tags: tuple[str, ...] = ()
    phone: str = ""
    external_id: str = ""
    last_outcomes: tuple[str, ...] = ()
    do_not_call: bool | None = None
    sort: str = DEFAULT_LEAD_SORT


def lead_filter_from(params: Params) -> tuple[LeadFilter, tuple[str, ...]]:
    """Gives the filter an address asks for and what of it was dropped; never fails."""
    given = {_REST_NAMES.get(name, name): [v for v in values if v.strip()] for name, values in params.items()}
    if params.get("new"):
        given.pop("client", None)
    ignored: list[str] = []
    tags, not_tags = split_values(given.get("tag", ()))
    outcomes = {value.lower() for value in split_values(given.get("outcome", ()))[0]}
    ignored += [f"outcome={value}" for value in sorted(outcomes - _OUTCOMES)]
    return LeadFilter(
        q=_text(given, "q"), clients=split_values(given.get("client", ()))[0], tags=tags, not_tags=not_tags,
        phone=_text(given, "phone"), external_id=_text(given, "external"),
        last_outcomes=tuple(sorted(outcomes & _OUTCOMES)), do_not_call=_yes_no(given, ignored), sort=_sort(given, ignored),
    ), tuple(ignored)  # fmt: skip


def strict_lead_filter_from(params: Params) -> LeadFilter:
    """The same for machines: raises Invalid, naming every field at fault."""
    asked, ignored = lead_filter_from(params)
    if ignored:
        pairs = [item.partition("=") for item in ignored]
        errors = tuple((name, f"“{value}” is not something “{name}” can be.") for name, _, value in pairs)
        raise Invalid(errors[0][1], errors=errors)
    return asked


def lead_query(asked: LeadFilter, *, keep: Mapping[str, str] | None = None) -> str:
    """Gives the one address of a filter."""
    yes_no = "" if asked.do_not_call is None else str(asked.do_not_call).lower()
    pairs = [
        ("q", asked.q), ("client", join_values(asked.clients)), ("tag", join_values(asked.tags, asked.not_tags)),
        ("phone", asked.phone), ("external", asked.external_id), ("outcome", join_values(asked.last_outcomes)),
        ("dnc", yes_no), ("sort", asked.sort if asked.sort != DEFAULT_LEAD_SORT else ""),
    ]  # fmt: skip
    return write_query([*((name, value) for name, value in pairs if value), *sorted((keep or {}).items())])


def _text(given: Params, name: str) -> str:
    return " ".join(" ".join(given.get(name, ())).replace("\x00", "").split())[:200].rstrip()


def _yes_no(given: Params, ignored: list[str]) -> bool | None:
    for value in given.get("dnc", ())[:1]:
        if value.lower() in _YES_NO:
            return _YES_NO[value.lower()]
        ignored.append(f"dnc={value}")
    return None


def _sort(given: Params, ignored: list[str]) -> str:
    for value in given.get("sort", ())[:1]:
        if sort := read_sort(value, allowed=LEAD_SORTS, rest_names={"createdAt": "created"}):
            return sort
        ignored.append(f"sort={value}")
    return DEFAULT_LEAD_SORT

"""What can be asked of calls: the filter, its round trip to an address, and its clear complaints."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from callcenter.domain.call import CallStatus, Outcome, Priority
from callcenter.domain.errors import Invalid
from callcenter.domain.lead_search import LeadFilter
from callcenter.domain.query import UNKNOWN, Params, join_values, read_sort, split_values, write_query

__all__ = [
    "CALL_SORTS", "DEFAULT_CALL_SORT", "RANGES", "UNKNOWN", "CallFilter", "LeadFilter", "call_filter_from", "day_range",
    "day_start", "read_instant", "strict_call_filter_from", "to_query",
]  # fmt: skip

#: Sorting by name of the address: which the store may order by. Newest first when nothing is said.
CALL_SORTS = ("started", "ended", "duration", "cost", "priority", "created")
DEFAULT_CALL_SORT = "-started"
RANGES = ("today", "yesterday", "7d", "28d", "month")
SENTIMENTS = ("negative", "neutral", "positive", "unknown")
HAS = ("recording", "followup", "error")
_OUTCOMES = frozenset({*(outcome.value for outcome in Outcome), UNKNOWN})
_STATUSES = frozenset(status.value for status in CallStatus)
_PRIORITIES = frozenset(priority.name.lower() for priority in Priority)

#: The wire's names for the same things.
_REST_NAMES = {"batchId": "batch", "leadId": "lead", "clientId": "client"}
_REST_SORTS = {
    "dialledAt": "started", "startedAt": "started", "endedAt": "ended", "createdAt": "created",
}  # fmt: skip
_MOST_SECONDS = 10_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """Which calls. Tuples are OR inside, AND between; `not_…` are left out; all are sorted, so equal views are equal.

    `start` ≤ occurred < `end` (UTC). `range` is the preset they came from, `from_on` and `to_on` the days a person chose
    (both included); the address keeps these. `q` is as typed, see search_words; `in_transcripts` looks for it there too.
    `min_s` and `max_s` are seconds of talk.
    """

    q: str = ""
    in_transcripts: bool = False
    statuses: tuple[str, ...] = ()
    not_statuses: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()
    not_outcomes: tuple[str, ...] = ()
    clients: tuple[str, ...] = ()
    not_clients: tuple[str, ...] = ()
    batches: tuple[str, ...] = ()
    not_batches: tuple[str, ...] = ()
    leads: tuple[str, ...] = ()
    agents: tuple[str, ...] = ()
    not_agents: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    not_numbers: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    sentiments: tuple[str, ...] = ()
    not_sentiments: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    not_tags: tuple[str, ...] = ()
    range: str = ""
    from_on: date | None = None
    to_on: date | None = None
    start: datetime | None = None
    end: datetime | None = None
    min_s: int | None = None
    max_s: int | None = None
    has: tuple[str, ...] = ()
    sort: str = DEFAULT_CALL_SORT

    @property
    def is_empty(self) -> bool:
        """True when nothing is filtered; the sort does not count."""
        return all(getattr(self, f.name) == f.default for f in fields(self) if f.name != "sort")


#: Address name → (field of what is wanted, field of what is not, allowed values or None for any).
_LISTS: Mapping[str, tuple[str, str | None, frozenset[str] | None]] = {
    "status": ("statuses", "not_statuses", _STATUSES),
    "outcome": ("outcomes", "not_outcomes", _OUTCOMES),
    "client": ("clients", "not_clients", None),
    "batch": ("batches", "not_batches", None),
    "lead": ("leads", None, None),
    "agent": ("agents", "not_agents", None),
    "number": ("numbers", "not_numbers", None),
    "priority": ("priorities", None, _PRIORITIES),
    "sentiment": ("sentiments", "not_sentiments", frozenset(SENTIMENTS)),
    "tag": ("tags", "not_tags", None),
    "has": ("has", None, frozenset(HAS)),
}

Found = dict[str, object]
Complain = Callable[[str, str], None]


def call_filter_from(params: Params, *, tz: ZoneInfo, now: datetime) -> tuple[CallFilter, tuple[str, ...]]:
    """Gives the filter an address asks for and what of it was dropped ("status=foo"); never fails.

    Days and presets are meant in `tz`. Names nobody knows are left alone: they belong to someone else on the page.
    """
    ignored: list[str] = []
    found = _read(params, tz=tz, now=now, complain=lambda name, value: ignored.append(f"{name}={value}"))
    return CallFilter(**found), tuple(ignored)  # type: ignore[arg-type]


def strict_call_filter_from(params: Params, *, tz: ZoneInfo, now: datetime) -> CallFilter:
    """The same for machines: raises Invalid, naming every field at fault."""
    errors: list[tuple[str, str]] = []

    def complain(name: str, value: str) -> None:
        errors.append((name, f"“{value}” is not something “{name}” can be."))

    found = _read(params, tz=tz, now=now, complain=complain)
    if errors:
        raise Invalid(errors[0][1], errors=tuple(errors))
    return CallFilter(**found)  # type: ignore[arg-type]


def to_query(asked: CallFilter, *, keep: Mapping[str, str] | None = None) -> str:
    """Gives the one address of a filter: fixed order, defaults left out, then what else the page wants to `keep`, sorted."""
    pairs: list[tuple[str, str]] = []
    if asked.q:
        pairs.append(("q", asked.q))
    if asked.in_transcripts:
        pairs.append(("in", "transcripts"))
    for name, (wanted, unwanted, _allowed) in _LISTS.items():
        text = join_values(getattr(asked, wanted), getattr(asked, unwanted) if unwanted else ())
        if text and name != "has":
            pairs.append((name, text))
    pairs += _range_pairs(asked)
    pairs += [(name, str(value)) for name, value in (("min_s", asked.min_s), ("max_s", asked.max_s)) if value is not None]
    if asked.has:
        pairs.append(("has", join_values(asked.has)))
    if asked.sort != DEFAULT_CALL_SORT:
        pairs.append(("sort", asked.sort))
    return write_query([*pairs, *sorted((keep or {}).items())])


def day_range(name: str, *, tz: ZoneInfo, now: datetime) -> tuple[datetime, datetime]:
    """Gives the first instant of a preset and the first after it. "7d" is today and the six days before it."""
    today = now.astimezone(tz).date()
    first, last = {
        "today": (today, today),
        "yesterday": (today - timedelta(days=1), today - timedelta(days=1)),
        "7d": (today - timedelta(days=6), today),
        "28d": (today - timedelta(days=27), today),
        "month": (today.replace(day=1), today),
    }[name]
    return day_start(first, tz=tz), day_start(last + timedelta(days=1), tz=tz)


def day_start(day: date, *, tz: ZoneInfo) -> datetime:
    """Gives the instant, in UTC, at which a local day begins."""
    return datetime.combine(day, time(), tzinfo=tz).astimezone(UTC)


def read_instant(text: str, *, tz: ZoneInfo) -> datetime | None:
    """Gives the UTC instant of RFC 3339 text, or of a day or a time without a zone in `tz`; None when it is neither."""
    text = text.strip().replace(" ", "+") if text.count(" ") == 1 and "T" in text else text.strip()
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=tz)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def _read(params: Params, *, tz: ZoneInfo, now: datetime, complain: Complain) -> Found:
    given = {_REST_NAMES.get(name, name): [v for v in values if v.strip()] for name, values in params.items()}
    if params.get("new"):  # a dialog over the page has its own `to` and `client`
        given = {name: values for name, values in given.items() if name not in ("to", "client")}
    found: Found = {}
    if q := " ".join(" ".join(given.get("q", ())).replace("\x00", "").split()):
        found["q"] = q[:200].rstrip()
    if "transcripts" in given.get("in", ()):
        found["in_transcripts"] = True
    for name in _LISTS:
        _read_list(name, given.get(name, ()), found, complain)
    _read_range(given, found, tz=tz, now=now, complain=complain)
    for name in ("min_s", "max_s"):
        for value in given.get(name, ())[:1]:
            if value.isascii() and value.isdigit() and int(value) <= _MOST_SECONDS:
                found[name] = int(value)
            else:
                complain(name, value)
    for value in given.get("sort", ())[:1]:
        if sort := read_sort(value, allowed=CALL_SORTS, rest_names=_REST_SORTS):
            found["sort"] = sort
        else:
            complain("sort", value)
    return found


def _read_list(name: str, values: Sequence[str], found: Found, complain: Complain) -> None:
    wanted_field, unwanted_field, allowed = _LISTS[name]
    for field_name, items, sign in zip((wanted_field, unwanted_field), split_values(values), ("", "!"), strict=True):
        if allowed is not None:  # any case is accepted, and what is unknown is told
            known = {item.lower().replace("-", "_") for item in items} & allowed
            unknown = [item for item in items if item.lower().replace("-", "_") not in allowed]
        else:
            known, unknown = {item[:200] for item in items}, []
        if field_name is None:
            known, unknown = set[str](), [*items]
        for item in unknown:
            complain(name, sign + item)
        if known and field_name is not None:
            found[field_name] = tuple(sorted(known))


def _read_range(given: Params, found: Found, *, tz: ZoneInfo, now: datetime, complain: Complain) -> None:
    preset = next(iter(given.get("range", ())), "")
    if preset in RANGES:
        found["range"] = preset
        found["start"], found["end"] = day_range(preset, tz=tz, now=now)
        return
    if preset and preset != "custom":
        complain("range", preset)
    is_custom = preset == "custom"  # a person chose days, and both ends are meant to be inside
    for name, edge in (("from", "start"), ("to", "end")):
        for value in given.get(name, ())[:1]:
            day = _read_day(value) if is_custom else None
            at = read_instant(value, tz=tz)
            if day is not None:
                found[f"{name}_on"] = day
                at = day_start(day + timedelta(days=edge == "end"), tz=tz)
            if at is None:
                complain(name, value)
            else:
                found[edge] = at
    if found.get("from_on") or found.get("to_on"):
        found["range"] = "custom"


def _read_day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return day if 1970 <= day.year <= 9000 else None


def _range_pairs(asked: CallFilter) -> list[tuple[str, str]]:
    if asked.range in RANGES:
        return [("range", asked.range)]
    days = [(name, day.isoformat()) for name, day in (("from", asked.from_on), ("to", asked.to_on)) if day]
    if days:
        return [("range", "custom"), *days]
    edges = (("from", asked.start), ("to", asked.end))
    return [(name, at.isoformat().replace("+00:00", "Z")) for name, at in edges if at]

"""The views over the list of calls: the tabs that are filters with a name, and how many calls each holds."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from callcenter.domain.search import DEFAULT_CALL_SORT, CallFilter, call_filter_from, to_query
from callcenter.domain.user import Actor
from callcenter.services import browsing
from callcenter.services.runtime import Runtime
from callcenter.ui import words
from callcenter.ui.pages.calls_filters import is_same_view

#: Word → the parameters it stands for, as in an address.
BUILT_IN: Sequence[tuple[str, Mapping[str, list[str]]]] = (
    ("All", {}),
    ("In progress", {"status": ["initiated,ringing,connected,in_progress"]}),
    ("Needs attention", {"has": ["error"]}),
    ("Reached today", {"status": ["completed"], "outcome": ["!failed,no_answer,voicemail,wrong_number"], "range": ["today"]}),
    ("Failed", {"status": ["failed"], "outcome": ["failed,wrong_number"]}),
)

#: A call that is due this very moment is listed, not planned.
_DUE_NOW = timedelta(seconds=1)


@dataclass(frozen=True)
class ViewTab:
    """A tab: `count` is "" while unknown and for All."""

    word: str
    href: str
    count: str = ""
    is_current: bool = False


def views_of(asked: CallFilter, *, tz: ZoneInfo, now: datetime) -> list[tuple[str, CallFilter]]:
    """The built-in views, narrowed to the clients in force."""
    views = _built_in(tz, now.astimezone(tz).date())
    return [(word, replace(view, clients=asked.clients, not_clients=asked.not_clients)) for word, view in views]


@lru_cache(maxsize=64)
def _built_in(tz: ZoneInfo, today: date) -> list[tuple[str, CallFilter]]:
    noon = datetime.combine(today, time(12), tz)
    return [(word, call_filter_from(params, tz=tz, now=noon)[0]) for word, params in BUILT_IN]


def tabs_of(asked: CallFilter, counts: Sequence[str], *, tz: ZoneInfo, now: datetime) -> list[ViewTab]:
    """The tabs for what is asked; `counts` are in the order of BUILT_IN, or empty while unknown."""
    views = views_of(asked, tz=tz, now=now)
    numbers = counts or [""] * len(views)
    current = next((word for word, view in views if is_same_view(asked, view)), "")
    return [ViewTab(word, address(view), number, word == current) for (word, view), number in zip(views, numbers, strict=True)]


async def counts_of(rt: Runtime, actor: Actor, asked: CallFilter, *, tz: ZoneInfo) -> tuple[str, ...]:
    """How many calls each view holds, in the order of BUILT_IN (All shows none); then today's, then those planned for later
    than now that the list leaves out ("" for none)."""
    now = rt.clock.now()
    views = views_of(asked, tz=tz, now=now)
    today = replace(views[0][1], **_today(tz=tz, now=now))
    found = [await browsing.count_of_calls(rt, actor, view) for _word, view in views[1:]]
    total = await browsing.count_of_calls(rt, actor, today)
    later = (
        await browsing.count_of_calls(rt, actor, later_than_now(asked, now=now))
        if until_now(asked, now=now) != asked
        else (0, False)
    )
    return ("", *(counted(*each) for each in found), counted(*total), counted(*later) if later[0] else "")


def until_now(asked: CallFilter, *, now: datetime) -> CallFilter:
    """What is listed for a filter: newest first would begin with what is planned for next week, so the list stops at now.

    Whoever asks for waiting calls, or for another order, gets all of them.
    """
    is_newest_first = asked.sort == DEFAULT_CALL_SORT and not asked.statuses and "scheduled" not in asked.not_statuses
    until = now + _DUE_NOW
    return replace(asked, end=until) if is_newest_first and (asked.end is None or asked.end > until) else asked


def later_than_now(asked: CallFilter, *, now: datetime) -> CallFilter:
    """What `until_now` leaves out."""
    since = now + _DUE_NOW
    return replace(asked, start=max(asked.start or since, since), statuses=("scheduled",))


def counted(number: int, is_capped: bool) -> str:
    """How many, or "10,000+" when nobody counted on."""
    return f"{words.count(number)}+" if is_capped else words.count(number)


@lru_cache(maxsize=1024)
def address(asked: CallFilter, **keep: str) -> str:
    """The list's address for a filter, with what else of the address is to stay."""
    query = to_query(asked, keep={name: value for name, value in keep.items() if value})
    return f"/calls?{query}" if query else "/calls"


def _today(*, tz: ZoneInfo, now: datetime) -> dict[str, object]:
    found, _ignored = call_filter_from({"range": ["today"]}, tz=tz, now=now)
    return {"range": "today", "start": found.start, "end": found.end}

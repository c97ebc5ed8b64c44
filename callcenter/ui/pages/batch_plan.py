"""A batch that is still being chosen: the choices as a draft keeps them, the request that follows, and its sum in words."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime, time
from typing import Any
from urllib.parse import parse_qs
from zoneinfo import ZoneInfo

from callcenter.domain.batch import Batch
from callcenter.domain.call import Priority
from callcenter.domain.client import Client
from callcenter.domain.errors import Invalid
from callcenter.domain.hours import DAYS, DEFAULT_HOURS, Window, goes_beyond, opens_at
from callcenter.domain.hours import words as hours_words
from callcenter.domain.lead_search import LeadFilter, lead_filter_from
from callcenter.domain.retry import MAX_AFTER_MINUTES, MAX_ATTEMPTS, RESULTS, PerResult, RetryPolicy
from callcenter.domain.stopping import FEWEST, MOST, StopRule
from callcenter.services.batching import LaunchBatch
from callcenter.services.rehearsing import BatchRehearsal, done_at
from callcenter.ui import words
from callcenter.ui.pages.calls_viewer import Viewer

#: Above either of these, the number of calls must be typed before they are launched.
MANY_CALLS, MUCH_MONEY = 500, 100_000_000


@dataclass(frozen=True)
class Choices:
    """What was chosen so far. `query` is the filter of leads as in an address; `cap` "" means the client's limit; `at` and
    `ends` are local to whoever chooses; `days` and `opens`–`closes` hold when `hours` is "own"; `errors` and `answers` are the
    percentages at which it stops by itself, "" for never. `times_…` is how many more tries a result may bring, "any" for as
    many as there are; `after_…` the minutes after it, "same" for those of all."""

    name: str = ""
    agent: str = "default"
    source: str = "filter"
    query: str = ""
    tag: str = ""
    file: str = ""
    lead_ids: list[str] = field(default_factory=list)
    ids_words: str = ""
    leave_lately: bool = True
    leave_unsure: bool = False
    leave_no_zone: bool = True
    cap: str = ""
    priority: str = "normal"
    start: str = "now"
    at: str = ""
    ends: str = ""
    hours: str = "client"
    days: list[str] = field(default_factory=lambda: list(DAYS[:5]))
    opens: str = "09:00"
    closes: str = "18:00"
    hours_reason: str = ""
    attempts: str = "1"
    retry_on: list[str] = field(default_factory=lambda: ["no_answer", "voicemail"])
    after: str = "120"
    times_no_answer: str = "any"
    times_voicemail: str = "any"
    times_failed: str = "any"
    after_no_answer: str = "same"
    after_voicemail: str = "same"
    after_failed: str = "same"
    other_time: bool = False
    errors: str = "50"
    errors_of: str = "20"
    answers: str = ""
    answers_of: str = "50"


#: What stands for no own limit, and for no own pause, of a result.
ANY, SAME = "any", "same"

_TEXT = {f.name for f in fields(Choices) if f.type in ("str", str)}
_FLAGS = {f.name for f in fields(Choices) if f.type in ("bool", bool)}
_ONE_OF = {
    "source": ("filter", "file", "ids"),
    "priority": tuple(each.name.lower() for each in Priority),
    "start": ("now", "later"),
    "hours": ("client", "own", "kept"),
}


def choices_from(data: Mapping[str, Any]) -> Choices:
    """What a draft holds; what is not as it should be is left at its start."""
    known = {f.name for f in fields(Choices)}
    given = {name: value for name, value in data.items() if name in known}
    good: dict[str, Any] = {}
    for name, value in given.items():
        if name in _TEXT and isinstance(value, str):
            good[name] = value if value in _ONE_OF.get(name, (value,)) else getattr(Choices(), name)
        elif (name in _FLAGS and isinstance(value, bool)) or (
            isinstance(value, list) and name in ("lead_ids", "days", "retry_on")
        ):
            good[name] = value
    return Choices(**good)


def data_of(choices: Choices) -> dict[str, Any]:
    """The same for a draft."""
    return asdict(choices)


def with_text(choices: Choices, name: str, text: str) -> Choices:
    """The choices with one of the texts changed; an unknown name, or a value that is none of its choices, changes nothing."""
    if name not in _TEXT - {"query", "file", "tag", "ids_words"} or text not in _ONE_OF.get(name, (text,)):
        return choices
    return replace(choices, **{name: text[:300]})


def with_flag(choices: Choices, name: str, is_on: bool) -> Choices:
    """The choices with one of the yes-or-no ones changed."""
    return replace(choices, **{name: is_on}) if name in _FLAGS else choices


def switched(choices: Choices, name: str, value: str) -> Choices:
    """The choices with a day, or a result after which to try again, switched over."""
    order = {"days": DAYS, "retry_on": RESULTS}.get(name, ())
    if value not in order:
        return choices
    now = {*getattr(choices, name)} ^ {value}
    return replace(choices, **{name: [each for each in order if each in now]})


def lead_filter_of(choices: Choices) -> LeadFilter:
    """Which leads are meant, when not each by its id."""
    if choices.source == "file":
        return LeadFilter(tags=(choices.tag,))
    return lead_filter_from(parse_qs(choices.query))[0]


def has_who(choices: Choices) -> bool:
    """Whether it is said whom to call."""
    return choices.source == "filter" or bool(choices.lead_ids if choices.source == "ids" else choices.tag)


def wish_of(choices: Choices, *, zone: str, lead_ids: tuple[str, ...] | None = None) -> LaunchBatch:
    """The request that follows from the choices; `zone` is that of whoever chose. Raises Invalid naming the field."""
    if lead_ids is not None:
        who: dict[str, Any] = {"lead_ids": lead_ids}
    elif choices.source == "ids":
        who = {"lead_ids": tuple(choices.lead_ids)}
    else:
        who = {"lead_filter": lead_filter_of(choices)}
    return LaunchBatch(
        **who,
        name=choices.name,
        priority=Priority[choices.priority.upper()],
        max_concurrent=_whole(choices.cap, 1, 1_000, "cap") if choices.cap else None,
        scheduled_at=_instant(choices.at, zone, "at") if choices.start == "later" else None,
        ends_at=_instant(choices.ends, zone, "ends") if choices.ends else None,
        window=window_of(choices),
        window_reason=choices.hours_reason,
        retry=retry_of(choices),
        max_attempts=_whole(choices.attempts, 1, MAX_ATTEMPTS, "attempts"),
        stop=stop_rule(choices.errors, choices.errors_of, choices.answers, choices.answers_of),
        agent_id=None if choices.agent == "default" else choices.agent,
    )


def retry_of(choices: Choices) -> RetryPolicy:
    """After what each lead is tried again, and when. Raises Invalid naming the field."""
    own = {result: _of_result(choices, result) for result in choices.retry_on}
    return RetryPolicy(
        on=tuple(choices.retry_on),
        after_minutes=_whole(choices.after, 0, MAX_AFTER_MINUTES, "after"),
        per={result: each for result, each in own.items() if each != PerResult()},
        another_time_of_day=choices.other_time,
    )


def _of_result(choices: Choices, result: str) -> PerResult:
    times, after = getattr(choices, f"times_{result}"), getattr(choices, f"after_{result}")
    return PerResult(
        times=None if times == ANY else _whole(times, 0, MAX_ATTEMPTS - 1, f"times_{result}"),
        after_minutes=None if after == SAME else _whole(after, 0, MAX_AFTER_MINUTES, f"after_{result}"),
    )


def _of_policy(policy: RetryPolicy) -> dict[str, Any]:
    """The choices that a policy is."""
    own = {result: policy.per.get(result, PerResult()) for result in RESULTS}
    return {
        "retry_on": list(policy.on),
        "after": str(policy.after_minutes),
        "other_time": policy.another_time_of_day,
        **{f"times_{result}": ANY if each.times is None else str(each.times) for result, each in own.items()},
        **{f"after_{result}": SAME if each.after_minutes is None else str(each.after_minutes) for result, each in own.items()},
    }


def stop_rule(errors: str, errors_of: str, answers: str, answers_of: str) -> StopRule:
    """When the batch stops by itself, from four texts; a percentage left empty is never. Raises Invalid naming the field."""
    return StopRule(
        error_percent=_whole(errors, 1, 100, "errors") if errors.strip() else None,
        error_of=_whole(errors_of, FEWEST, MOST, "errors_of"),
        answer_percent=_whole(answers, 1, 100, "answers") if answers.strip() else None,
        answer_of=_whole(answers_of, FEWEST, MOST, "answers_of"),
    )


def choices_of(batch: Batch, *, zone: str) -> Choices:
    """The rules of a batch as choices, to be edited; hours that the fields cannot show are "kept"."""
    windows, rule = batch.window, batch.stop
    own = windows[0] if windows is not None and len(windows) == 1 and windows[0].end is not None else None
    shown = {"days": list(own.days), "opens": f"{own.start:%H:%M}", "closes": f"{own.end:%H:%M}"} if own else {}
    return Choices(
        name=batch.name,
        cap=str(batch.max_concurrent or ""),
        priority=batch.priority.name.lower(),
        ends=f"{batch.ends_at.astimezone(ZoneInfo(zone)):%Y-%m-%dT%H:%M}" if batch.ends_at else "",
        hours="client" if windows is None else "own" if own else "kept",
        attempts=str(batch.max_attempts),
        **_of_policy(batch.retry),
        errors=str(rule.error_percent or ""),
        errors_of=str(rule.error_of),
        answers=str(rule.answer_percent or ""),
        answers_of=str(rule.answer_of),
        **shown,
    )


#: Fields that are one choice: who changes one of them means all.
_TOGETHER = (
    ("name",), ("cap",), ("priority",), ("ends",), ("hours", "days", "opens", "closes"), ("attempts",),
    ("retry_on", "after", "other_time", *(f"{what}_{result}" for what in ("times", "after") for result in RESULTS)),
    ("errors", "errors_of", "answers", "answers_of"),
)  # fmt: skip


def _differs(before: Choices, after: Choices, names: tuple[str, ...]) -> bool:
    return any(getattr(before, name) != getattr(after, name) for name in names)


def hours_differ(before: Choices, after: Choices) -> bool:
    """Whether other hours were chosen."""
    return _differs(before, after, _TOGETHER[4])


def merged(seen: Choices, mine: Choices, theirs: Choices) -> Choices:
    """Theirs in every field that I left as I had seen it, mine in the others."""
    kept = {name: getattr(mine, name) for names in _TOGETHER if _differs(seen, mine, names) for name in names}
    return replace(theirs, hours_reason=mine.hours_reason, **kept)


def changes_between(before: Choices, after: Choices, *, zone: str) -> dict[str, Any]:
    """What somebody changed, as `editing` takes it; what they left alone is not in it. Raises Invalid naming the field."""
    wish = wish_of(after, zone=zone)
    fields = ("name", "max_concurrent", "priority", "ends_at", "window", "max_attempts", "retry", "stop")
    return {name: getattr(wish, name) for names, name in zip(_TOGETHER, fields, strict=True) if _differs(before, after, names)}


def window_of(choices: Choices) -> tuple[Window, ...] | None:
    """The batch's own hours, None when the client's hold. Raises Invalid."""
    if choices.hours != "own":
        return None
    if not choices.days:
        raise Invalid("Choose at least one day.", field="days")
    try:
        opens, closes = time.fromisoformat(choices.opens), time.fromisoformat(choices.closes)
    except ValueError:
        raise Invalid("Give both times, like 09:00 and 18:00.", field="hours") from None
    if closes <= opens:
        raise Invalid("The end must come after the start.", field="hours")
    return (Window(tuple(choices.days), opens, closes),)


def needs_reason(choices: Choices) -> bool:
    """Whether these hours go beyond the careful default, so that somebody must say why."""
    try:
        window = window_of(choices)
    except Invalid:
        return False
    return window is not None and goes_beyond(window, DEFAULT_HOURS)


# In words -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Problem:
    """A kind of doubt about some leads: how many, and what is done with them. `flag` is the choice that leaves them out,
    "" when they are always left out."""

    icon: str
    title: str
    detail: str
    count: str
    flag: str = ""
    is_out: bool = True


@dataclass(frozen=True)
class Sum:
    """The running sum at the right. `number` is how many calls, and `share` how much of all found (0–100). `stop` says why
    nothing of it would be dialled, "" when it would; `stop_href` is where that is put right."""

    number: int = 0
    calls: str = "—"
    share: float = 0.0
    called_words: str = ""
    out_words: str = ""
    at_a_time: str = ""
    pace: str = ""
    starts: str = ""
    finishes: str = ""
    tries: str = ""
    cost: str = ""
    budget: str = ""
    warning: str = ""
    stop: str = ""
    stop_href: str = ""
    sentences: list[str] = field(default_factory=list)
    must_type: bool = False


def ids_of(found: BatchRehearsal, choices: Choices) -> tuple[str, ...]:
    """Whom to call after all that is left out."""
    left = [
        each
        for each, is_out in (
            (found.lately, choices.leave_lately),
            (found.unsure, choices.leave_unsure),
            (found.no_zone, choices.leave_no_zone),
        )
        if is_out
    ]
    return found.without(*left)


def problems_of(found: BatchRehearsal, choices: Choices, imported: Mapping[str, Any]) -> list[Problem]:
    """What is doubtful about the leads, worst first; kinds that do not occur are left out."""
    reasons: dict[str, int] = {}
    for refusal in found.refused:
        reasons[refusal.reason] = reasons.get(refusal.reason, 0) + 1
    bad = int(imported.get("refused_count", 0))
    rows = [
        (bad, Problem("phone_off", "Refused rows of the list", "No number, one that is none, or the same number twice", "")),
        (
            reasons.get("another lead of this batch has the same number", 0),
            Problem("copy", "Twice in this batch", "Same number as another lead, who is called", ""),
        ),
        (reasons.get("on the do-not-call list", 0), Problem("ban", "On the do-not-call list", "Never called", "")),
        (
            len(found.lately),
            Problem("history", "Called in the last 7 days", "By any batch or person", "", "leave_lately", choices.leave_lately),
        ),
        (
            len(found.no_zone),
            Problem("map_pin_off", "Time zone unknown", "Nobody is called whose hour we cannot tell", "", "leave_no_zone", True),
        ),
        (
            len(found.unsure),
            Problem(
                "map_pin_off",
                "Time zone not certain",
                "Called only when all the zones it may be in are open",
                "",
                "leave_unsure",
                choices.leave_unsure,
            ),
        ),
    ]
    return [replace(problem, count=words.count(count)) for count, problem in rows if count]


def sum_of(found: BatchRehearsal, choices: Choices, viewer: Viewer, *, agent: str, now: datetime) -> Sum:
    """The running sum, and the batch in sentences."""
    number, client = len(ids_of(found, choices)), found.client
    cap = min(int(choices.cap), client.max_concurrent) if choices.cap.isdigit() else client.max_concurrent
    attempts = int(choices.attempts) if choices.attempts.isdigit() else 1
    dials = found.usual.dials(number, attempts=attempts)
    cost = None if found.usual.cost is None else found.usual.cost * dials
    start = _start(choices, viewer.zone) or now
    windows = _windows(choices, client.calling_hours)
    closed = found.closed_days
    start = opens_at(windows, (client.timezone,), start, closed_days=closed) or start  # the first hour anybody may be called
    ends = done_at(
        dials, seconds=found.usual.seconds, at_a_time=cap, start=start, windows=windows, zone=client.timezone,
        closed_days=closed,
    )  # fmt: skip
    finishes = _day_time(ends, viewer.zone, now=now) if ends else "in over two weeks"
    out = found.found - number
    stop, stop_href = stop_of(client)
    over = client.daily_budget is not None and cost is not None and cost > client.daily_budget
    return Sum(
        number=number,
        calls=words.count(number),
        share=round(100 * number / found.found, 1) if found.found else 0.0,
        called_words=f"{number:,} of {words.counted(found.found, 'lead')}",
        out_words=f"{out:,} left out" if out else "",
        at_a_time=f"{cap} of {client.max_concurrent}",
        pace=f"{cap} at a time",
        starts="Now" if start <= now else _day_time(start, viewer.zone, now=now),
        finishes=f"about {finishes}" if number and not stop else words.NONE,
        tries="1 try" if attempts == 1 else f"up to {attempts} tries",
        cost=words.NONE if not number else f"about {words.money(cost)}" if cost is not None else "not known yet",
        budget=words.money(client.daily_budget) if client.daily_budget is not None else "",
        warning="The estimate is over the budget of a day. What is left goes on the day after." if over else "",
        stop=stop,
        stop_href=stop_href,
        sentences=_sentences(
            found, choices, viewer, number=number, cap=cap, agent=agent, start=start, finishes="" if stop else finishes, now=now
        ),
        must_type=number > MANY_CALLS or (cost or 0) > MUCH_MONEY,
    )  # fmt: skip


def stop_of(client: Client) -> tuple[str, str]:
    """Why nothing of this client is dialled as it is set up now, and the page where that changes; "" when it is dialled."""
    page = f"/clients/{client.client_id}"
    if not client.is_active:
        return f"{client.name} is switched off: nothing is dialled until it is on again.", page
    if client.account_id is None:
        return f"{client.name} has no Retell key yet: nothing is dialled until it has one.", f"{page}?tab=retell"
    if client.from_number is None:
        return f"{client.name} has no from-number yet: nothing is dialled until it has one.", f"{page}?tab=retell"
    if client.paused_at is not None:
        return f"{client.name} is paused: nothing is dialled until someone resumes it.", page
    return "", ""


def _sentences(
    found: BatchRehearsal, choices: Choices, viewer: Viewer, *, number: int, cap: int, agent: str, start: datetime, finishes: str,
    now: datetime,
) -> list[str]:  # fmt: skip
    client = found.client
    when = "from now on" if start <= now else f"from {_day_time(start, viewer.zone, now=now)} on"
    hours = hours_words(_windows(choices, client.calling_hours))
    said = [
        f"{agent} calls {words.counted(number, 'lead')} of {client.name}, {cap} at a time, {when}.",
        f"Calls go out in these hours, on the lead’s own clock: {hours}.",
        _tries_words(choices),
        f"At the usual pace it is done about {finishes}." if finishes else "",
        _stop_words(choices),
    ]
    if choices.ends:
        said.append("What is left then is cancelled at the end you chose.")
    if found.found > number:
        said.append(f"{words.counted(found.found - number, 'lead')} left out by the check.")
    return [each for each in said if each]


_RESULT_WORDS = {"no_answer": "no answer", "voicemail": "voicemail", "failed": "a failed call"}


def _tries_words(choices: Choices) -> str:
    if choices.attempts == "1" or not choices.retry_on:
        return "Each is tried once."
    results = " or ".join(_result_words(choices, each) for each in choices.retry_on if each in _RESULT_WORDS)
    other = ", at another time of their day" if choices.other_time else ""
    pause = _pause_words(choices.after)
    return f"After {results} each is tried again, up to {choices.attempts} times in all, {pause} apart{other}."


def _result_words(choices: Choices, result: str) -> str:
    times, after = getattr(choices, f"times_{result}"), getattr(choices, f"after_{result}")
    said = [
        "" if times == ANY else f"{words.counted(int(times), 'time')} at most" if times.isdigit() else "",
        "" if after == SAME else f"{_pause_words(after)} later",
    ]
    own = ", ".join(each for each in said if each)
    return _RESULT_WORDS[result] + (f" ({own})" if own else "")


def _pause_words(text: str) -> str:
    minutes = int(text) if text.isdigit() else 120
    if minutes < 1440:
        return f"{minutes} min" if minutes < 60 or minutes % 60 else f"{minutes // 60} h"
    return words.counted(minutes // 1440, "day")


def _stop_words(choices: Choices) -> str:
    said: list[str] = []
    if choices.errors.strip():
        said.append(f"{choices.errors} % of the last {choices.errors_of} calls are errors")
    if choices.answers.strip():
        said.append(f"fewer than {choices.answers} % of the last {choices.answers_of} are answered")
    return f"It pauses itself when {' or when '.join(said)}." if said else "It never pauses itself."


def _windows(choices: Choices, of_client: tuple[Window, ...]) -> tuple[Window, ...]:
    try:
        return window_of(choices) or of_client
    except Invalid:
        return of_client


def _start(choices: Choices, zone: str) -> datetime | None:
    try:
        return _instant(choices.at, zone, "at") if choices.start == "later" else None
    except Invalid:
        return None


def _instant(text: str, zone: str, name: str) -> datetime:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
    except ValueError:
        raise Invalid("Choose a day and a time.", field=name) from None


def _whole(text: str, least: int, most: int, name: str) -> int:
    if not text.strip().isdigit() or not least <= int(text) <= most:
        raise Invalid(f"Give a whole number from {least} to {most}.", field=name)
    return int(text)


def _day_time(at: datetime, zone: str, *, now: datetime) -> str:
    return words.ahead(at, now=now, zone=zone).split(" (")[0].replace("Today", "today").replace("Tomorrow", "tomorrow")

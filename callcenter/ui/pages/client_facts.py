"""One client as its page shows it: flat words, and the report of a tested connection."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from callcenter.domain.hours import words as hours_words
from callcenter.domain.retry import PerResult, RetryPolicy
from callcenter.services.browsing.pages import ClientPage
from callcenter.services.connecting import ConnectionReport
from callcenter.services.onboarding import ClientView
from callcenter.services.ports import AgentInfo
from callcenter.ui import words
from callcenter.ui.pages.calls_viewer import Viewer
from callcenter.ui.pages.client_words import dollars, last_words, rate
from callcenter.ui.pages.events_rows import KINDS
from callcenter.ui.pages.zones import Option, zone_words

#: Chosen where no agent or number is set.
NONE = "none"
_GONE_WRONG = ("forged", "lost", "late", "doubled")
_NUMBER_STATES = {"ok": "", "spam": "taken for spam", "gone": "not in the account any more"}


@dataclass(frozen=True)
class Counted:
    """A name and how often."""

    name: str
    raw: str
    count: str


@dataclass(frozen=True)
class ClientFacts:
    """Everything on the page that is only read."""

    id: str = ""
    name: str = ""
    where: str = ""
    health: str = "connected"
    health_words: str = ""
    in_progress: str = ""
    cap: str = ""
    waiting: str = ""
    today: str = ""
    answered: str = ""
    answered_base: str = ""
    success: str = ""
    success_base: str = ""
    cost: str = ""
    budget: str = ""
    leads: str = ""
    hours: str = ""
    hours_note: str = ""
    agent: str = ""
    from_number: str = ""
    is_active: bool = True
    is_paused: bool = False
    paused_words: str = ""
    account_paused: str = ""
    key: str = ""
    is_default_key: bool = False
    has_key: bool = False
    is_simulated: bool = False
    may_resend: bool = False
    account_limit: str = ""
    webhook_url: str = ""
    last_event: str = ""
    last_event_at: str = ""
    last_event_exact: str = ""
    event_kinds: list[Counted] = field(default_factory=list)
    forged: str = ""
    lost: str = ""
    late: str = ""
    doubled: str = ""
    delays: str = ""
    numbers: list[Option] = field(default_factory=list)


@dataclass(frozen=True)
class Found:
    """An agent or number that a test found."""

    name: str
    detail: str


@dataclass(frozen=True)
class Report:
    """What a test of the connection said; `face` is "", "asking", "good" or "bad"."""

    face: str = ""
    words: str = ""
    agents: list[Found] = field(default_factory=list)
    numbers: list[Found] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class RetryField:
    """One result in the limits form: whether it is tried again, and its own limit and pause, "" for none."""

    result: str
    word: str
    is_on: bool
    times: str
    minutes: str


@dataclass(frozen=True)
class Limits:
    """The numbers of the limits form, as they stand in its fields."""

    max_concurrent: str = ""
    daily_budget: str = ""
    hours_note: str = ""
    retries: list[RetryField] = field(default_factory=list)
    retry_minutes: str = ""
    retry_other_time: bool = False
    calls_back: bool = False


def facts_of(page: ClientPage, view: ClientView, viewer: Viewer, *, now: datetime) -> ClientFacts:
    """A client in words for this viewer."""
    client, line, account = page.client, page.line, page.account
    local = now.astimezone(ZoneInfo(client.timezone))
    budget = f"of {words.money(line.daily_budget).removesuffix('.00')} a day" if line.daily_budget else "no daily budget"
    return ClientFacts(
        id=client.client_id,
        name=client.name,
        where=f"{zone_words(client.timezone)}, {local:%H:%M} there now",
        health=line.health,
        health_words=line.health_words,
        in_progress=words.count(line.in_progress),
        cap=f"of {line.max_concurrent}",
        waiting=words.count(line.waiting),
        today=words.count(line.dialled_today),
        answered=rate(line.reached_today, line.dialled_today),
        answered_base=words.base(line.reached_today, line.dialled_today) if line.dialled_today >= 20 else "",
        success=rate(line.success_today, line.reached_today),
        success_base=words.base(line.success_today, line.reached_today) if line.reached_today >= 20 else "",
        cost=words.money(line.cost_today),
        budget=budget,
        leads=words.count(line.leads),
        hours=words.sentence(hours_words(client.calling_hours)),
        hours_note=client.hours_note,
        agent=client.agent_id or "",
        from_number=viewer.number(client.from_number) if client.from_number else "",
        is_active=client.is_active,
        is_paused=client.paused_at is not None,
        paused_words=_paused(page, viewer.zone),
        account_paused=(account.paused_why or "Retell refused the key") if account and account.paused_at else "",
        key=f"•••• {page.key_last4}" if page.key_last4 else "",
        is_default_key=account is not None and account.is_default,
        has_key=account is not None,
        is_simulated=account is not None and account.is_simulated,
        may_resend=account is not None and account.may_resend,
        account_limit=_limit(page),
        webhook_url=view.webhook_url or "",
        last_event=last_words(view.last_event_at, now=now, zone=viewer.zone),
        last_event_at=view.last_event_at.isoformat(timespec="seconds") if view.last_event_at else "",
        last_event_exact=words.exact(view.last_event_at, viewer.zone) if view.last_event_at else "",
        event_kinds=_counted(page.webhook.kinds.items()),
        **{name: words.count(number) if (number := getattr(page.webhook, name)) else "" for name in _GONE_WRONG},
        delays=_delays(page),
        numbers=_numbers(page, viewer),
    )


def _paused(page: ClientPage, zone: str) -> str:
    at = page.client.paused_at
    return f"Paused since {words.clock_time(at, zone)}. {page.client.paused_why or ''}".strip() if at else ""


def _limit(page: ClientPage) -> str:
    account = page.account
    if account is None or account.provider_limit is None:
        return ""
    used = f", {account.in_use} in use" if account.in_use is not None else ""
    return f"{account.provider_limit} at a time{used}"


def _counted(kinds: Iterable[tuple[str, int]]) -> list[Counted]:
    ordered = sorted(kinds, key=lambda pair: -pair[1])
    return [Counted(KINDS.get(kind) or kind or "Unreadable", kind, words.count(count)) for kind, count in ordered]


def _delays(page: ClientPage) -> str:
    if page.webhook.delays_ms is None:
        return ""
    half, most = (f"{ms} ms" if ms < 1000 else f"{ms / 1000:.1f} s" for ms in page.webhook.delays_ms)
    return f"half within {half}, 95 % within {most}"


def _numbers(page: ClientPage, viewer: Viewer) -> list[Option]:
    known = {number: (nickname, state) for number, nickname, state in page.numbers}
    if page.client.from_number and page.client.from_number not in known:
        known[page.client.from_number] = ("", "gone" if known else "ok")
    found = [Option(NONE, "None: nothing is dialled")]
    for number, (nickname, state) in known.items():
        notes = ", ".join(filter(None, (nickname, _NUMBER_STATES.get(state, state))))
        found.append(Option(number, viewer.number(number) + (f" ({notes})" if notes else "")))
    return found


def agents_of(agents: Iterable[AgentInfo], chosen: str | None) -> list[Option]:
    """The agents to choose from; the one chosen now stays even if the account does not list it."""
    found = {agent.agent_id: agent.name or agent.agent_id for agent in agents}
    if chosen and chosen not in found:
        found[chosen] = f"{words.short_id(chosen)} (not listed by Retell)" if found else chosen
    return [Option(NONE, "None: chosen for each batch and call"), *(Option(key, name) for key, name in found.items())]


def report_of(report: ConnectionReport, viewer: Viewer) -> Report:
    """A test in words."""
    if not report.ok:
        return Report("bad", report.problem)
    whose = f" to {report.org_name}" if report.org_name else ""
    limit = f" Retell lets this account make {report.limit} calls at a time." if report.limit is not None else ""
    return Report(
        "good",
        f"Connected{whose}.{limit}",
        agents=[Found(agent.name or "Without a name", agent.agent_id) for agent in report.agents],
        numbers=[Found(viewer.number(number.number), number.nickname) for number in report.numbers],
        warnings=list(report.warnings),
    )


_RETRY_WORDS = (("no_answer", "Nobody answered"), ("voicemail", "Voicemail"), ("failed", "Couldn’t be connected"))


def _retry_field(retry: RetryPolicy, result: str, word: str) -> RetryField:
    own = retry.per.get(result, PerResult())
    times, minutes = ("" if each is None else str(each) for each in (own.times, own.after_minutes))
    return RetryField(result, word, result in retry.on, times, minutes)


def limits_of(page: ClientPage) -> Limits:
    """The limits as they stand in the form."""
    client, retry = page.client, page.client.retry or RetryPolicy()
    return Limits(
        max_concurrent=str(client.max_concurrent),
        daily_budget=dollars(client.daily_budget),
        hours_note=client.hours_note,
        retries=[_retry_field(retry, result, word) for result, word in _RETRY_WORDS],
        retry_minutes=str(retry.after_minutes),
        retry_other_time=retry.another_time_of_day,
        calls_back=client.calls_back,
    )

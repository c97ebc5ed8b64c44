"""May this call be dialled now? Each rule at its border, their order, and the instant at which the answer changes."""

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from callcenter.domain.batch import BatchState
from callcenter.domain.client import Account
from callcenter.domain.eligibility import (
    LONGEST_UNCOMPARED,
    RULES,
    AccountFacts,
    Ask,
    BatchFacts,
    ClientFacts,
    NumberFacts,
    account_limit,
    judge,
    label,
    windows_for,
    zones_for,
)
from callcenter.domain.hours import ALL_WEEK, DAYS, DEFAULT_HOURS, Window
from tests import builders

BERLIN = ("Europe/Berlin",)
NOW = datetime(2026, 11, 23, 14, tzinfo=ZoneInfo("Europe/Berlin")).astimezone(UTC)  # a Monday
HOUR = timedelta(hours=1)
TINY = timedelta(microseconds=1)
ORDER = (
    "may_be_called", "hours", "client_on", "batch_running", "client_cap", "batch_cap", "account_cap", "pace", "budget",
    "due",
)  # fmt: skip

ACME = builders.client(name="Acme", max_concurrent=5)
BATCH = builders.batch(ACME, max_concurrent=3)
CALL = builders.call(ACME, batch=BATCH, scheduled_at=NOW - HOUR)
ACCOUNT = Account(account_id="a1")


def client_facts(**more):
    facts = {"used": 0, "cost_today": 0, "uncosted_today": 0, "day_ends_at": NOW + 10 * HOUR, "closed_days": {}}
    own = {name: more.pop(name) for name in list(more) if name in facts}
    return ClientFacts(client=replace(ACME, **more), **facts | own)


def batch_facts(*, used=0, **more):
    return BatchFacts(replace(BATCH, **more), used)


def account_facts(*, used=0, limit=20, pace_free_at=None, **more):
    return AccountFacts(replace(ACCOUNT, **more), used, limit, pace_free_at)


def ask(**more):
    """A call that may be dialled, unless `more` says otherwise."""
    return Ask(**{
        "now": NOW, "call": CALL, "zones": BERLIN, "windows": DEFAULT_HOURS, "number": NumberFacts(),
        "client": client_facts(), "batch": batch_facts(), "account": account_facts(), "all_paused_why": None,
    } | more)  # fmt: skip


def test_a_call_with_nothing_in_its_way_may_be_dialled_now():
    judgement = judge(ask())
    assert judgement.may_dial
    assert judgement.blocked_by is None
    assert judgement.earliest_at == NOW
    assert tuple(result.rule for result in judgement.rules) == ORDER
    assert all(result.reason.endswith(".") and result.opens_at is None for result in judgement.rules)


def test_every_rule_has_its_words():
    assert [label(rule) for rule in ORDER] == [
        "Lead may be called", "In calling hours", "Client is on", "Batch is running", "Client has a free slot",
        "Batch has a free slot", "Account has a free slot", "Pace allows it", "Budget has room",
        "Pause after last try is over",
    ]  # fmt: skip
    assert len(RULES) == len(ORDER)


SAYING_NO = {
    "suppressed": ({"number": NumberFacts(suppressed_why="asked on 3 Nov")}, "may_be_called", "do-not-call list: asked"),
    "suppressed without a reason": ({"number": NumberFacts(suppressed_why="")}, "may_be_called", "do-not-call list."),
    "deleted": ({"number": NumberFacts(is_deleted=True)}, "may_be_called", "deleted"),
    "three dials in 24 h": (
        {"number": NumberFacts(dialled_24h=(NOW - HOUR, NOW - 2 * HOUR, NOW - 24 * HOUR + TINY))}, "may_be_called",
        "The number was dialled 3 times in 24 hours; 3 are allowed.",
    ),
    "open dial": ({"number": NumberFacts(open_dial=True)}, "may_be_called", "Another call to this number"),
    "held elsewhere": ({"number": NumberFacts(held_elsewhere=True)}, "may_be_called", "Another client"),
    "outside hours": ({"now": NOW + 6 * HOUR}, "hours", "It is Mon 20:00 for them (Berlin); calling hours are Mon–Sat"),
    "holiday": (
        {"client": client_facts(closed_days={date(2026, 11, 23): "Thanksgiving"})}, "hours",
        "It is Mon 14:00 for them (Berlin), Thanksgiving, a day on which nobody is called.",
    ),
    "closed day": (
        {"client": client_facts(closed_days={date(2026, 11, 23): ""})}, "hours", "(Berlin), a day on which nobody is called.",
    ),
    "holiday at night": (
        {"client": client_facts(closed_days={date(2026, 11, 23): "Thanksgiving"}), "now": NOW + 7 * HOUR}, "hours",
        "Thanksgiving",
    ),
    "holiday in one of two zones": (
        {"client": client_facts(closed_days={date(2026, 11, 24): "Labour Day"}), "zones": ("Europe/Berlin", "Asia/Tokyo"),
         "now": NOW + 4 * HOUR, "windows": ALL_WEEK}, "hours", "It is Tue 02:00 for them (Tokyo and 1 more), Labour Day, a day",
    ),
    "zone unknown": ({"zones": ()}, "hours", "Zone unknown"),
    "all paused": ({"all_paused_why": "fire drill"}, "client_on", "Calling is paused for everyone: fire drill."),
    "all paused by": ({"all_paused_why": "paused by Ana"}, "client_on", "Calling is paused by Ana for everyone."),
    "all paused silently": ({"all_paused_why": ""}, "client_on", "Calling is paused for everyone."),
    "all paused, said whole": (
        {"all_paused_why": "All calling was paused by Ana: drill"}, "client_on", "All calling was paused by Ana: drill.",
    ),
    "client off": ({"client": client_facts(is_active=False)}, "client_on", "Acme is switched off."),
    "client paused": ({"client": client_facts(paused_at=NOW, paused_why="x")}, "client_on", "Acme is paused: x."),
    "no account": ({"account": None}, "client_on", "no Retell account"),
    "account paused": ({"account": account_facts(paused_at=NOW, paused_why="key refused")}, "client_on", "key refused"),
    "account not compared with Retell": (
        {"account": account_facts(swept_to=NOW - LONGEST_UNCOMPARED - TINY)}, "client_on", "compared",
    ),
    "account resting": ({"account": account_facts(breaker_until=NOW + TINY)}, "client_on", "trouble"),
    "no from-number": (
        {"client": client_facts(from_number=None), "call": replace(CALL, from_number=None)}, "client_on", "from-number",
    ),
    "batch paused": ({"batch": batch_facts(state=BatchState.PAUSED, state_why="Paused by Tom")}, "batch_running", "by Tom"),
    "batch scheduled": (
        {"batch": batch_facts(state=BatchState.SCHEDULED, scheduled_at=NOW + TINY)}, "batch_running", "not started",
    ),
    "batch draft": ({"batch": batch_facts(state=BatchState.DRAFT)}, "batch_running", "draft"),
    "batch done": ({"batch": batch_facts(state=BatchState.DONE)}, "batch_running", "done"),
    "batch cancelled": ({"batch": batch_facts(state=BatchState.CANCELLED)}, "batch_running", "cancelled"),
    "batch over": ({"batch": batch_facts(ends_at=NOW)}, "batch_running", "past its end"),
    "client full": ({"client": client_facts(used=5)}, "client_cap", "All 5 slots of Acme are busy."),
    "client over its lowered cap": ({"client": client_facts(used=5, max_concurrent=1)}, "client_cap", "The only slot"),
    "batch full": ({"batch": batch_facts(used=3)}, "batch_cap", "All 3 slots of the batch are busy."),
    "account full": ({"account": account_facts(used=20)}, "account_cap", "All 20 slots of the Retell account are busy."),
    "account crowded out": ({"account": account_facts(limit=0)}, "account_cap", "No slot of the Retell account"),
    "pace": ({"account": account_facts(pace_free_at=NOW + TINY)}, "pace", "spaced out"),
    "budget": ({"client": client_facts(daily_budget=1_000_000, cost_today=500_001)}, "budget", "$1.00"),
    "not due": ({"call": replace(CALL, scheduled_at=NOW + TINY)}, "due", "not due yet."),
    "retry not due": ({"call": replace(CALL, scheduled_at=NOW + TINY, attempt_number=2)}, "due", "after the last try"),
    "backing off": ({"call": replace(CALL, not_before_at=NOW + TINY)}, "due", "reached nobody"),
    "call paused": ({"call": replace(CALL, paused_at=NOW)}, "due", "paused"),
    "cancel asked": ({"call": replace(CALL, cancel_requested_at=NOW)}, "due", "cancelled"),
    "closed": ({"call": replace(CALL, closed_why="number put on do-not-call")}, "due", "cancelled"),
}  # fmt: skip


@pytest.mark.parametrize(("change", "rule", "words"), SAYING_NO.values(), ids=SAYING_NO)
def test_each_rule_says_no_alone_and_says_why(change, rule, words):
    judgement = judge(ask(**change))
    assert not judgement.may_dial
    assert [result.rule for result in judgement.rules if not result.ok] == [rule]
    assert judgement.blocked_by == rule
    assert words in judgement.reason


SAYING_YES = {
    "two dials in 24 h": {"number": NumberFacts(dialled_24h=(NOW - HOUR, NOW - HOUR))},
    "a third dial that is 24 h old": {"number": NumberFacts(dialled_24h=(NOW - HOUR, NOW - HOUR, NOW - 24 * HOUR))},
    "no batch": {"batch": None},
    "a batch whose start has come": {"batch": batch_facts(state=BatchState.SCHEDULED, scheduled_at=NOW)},
    "a batch without a cap": {"batch": batch_facts(used=100, max_concurrent=None)},
    "a batch that ends in a moment": {"batch": batch_facts(ends_at=NOW + TINY)},
    "the last slots": {"client": client_facts(used=4), "batch": batch_facts(used=2), "account": account_facts(used=19)},
    "the pace just free": {"account": account_facts(pace_free_at=NOW)},
    "the account compared lately": {"account": account_facts(swept_to=NOW - LONGEST_UNCOMPARED)},
    "the account just rested": {"account": account_facts(breaker_until=NOW)},
    "the last of the budget": {"client": client_facts(daily_budget=1_000_000, cost_today=500_000)},
    "a budget with calls not paid yet": {"client": client_facts(daily_budget=1_500_000, uncosted_today=2)},
    "a budget of yesterday": {
        "client": client_facts(daily_budget=1_000_000, cost_today=9_000_000, uncosted_today=7, day_ends_at=NOW)
    },
    "just due": {"call": replace(CALL, scheduled_at=NOW, not_before_at=NOW)},
    "its own from-number": {"client": client_facts(from_number=None)},
    "unknown zone, all week": {"zones": (), "windows": ALL_WEEK},
}


@pytest.mark.parametrize("change", SAYING_YES.values(), ids=SAYING_YES)
def test_the_border_of_each_rule_still_says_yes(change):
    assert judge(ask(**change)).reason == "Nothing stands in the way."


def test_one_more_call_without_a_cost_is_too_much_for_the_budget():
    facts = client_facts(daily_budget=1_499_999, uncosted_today=2)
    judgement = judge(ask(client=facts))
    assert judgement.blocked_by == "budget"
    assert judgement.earliest_at == datetime(2026, 11, 24, 8, tzinfo=UTC)  # its day ends at night; their morning is 09:00


def test_a_budget_below_one_call_never_opens():
    assert judge(ask(client=client_facts(daily_budget=499_999))).earliest_at is None


def test_the_first_rule_in_order_speaks_for_all():
    everything = {}
    for change, _, _ in reversed(SAYING_NO.values()):
        everything |= change
    judgement = judge(ask(**everything))
    assert judgement.blocked_by == "may_be_called"
    assert judgement.reason == judgement.rules[0].reason


def test_the_number_is_free_when_the_third_newest_dial_is_a_day_old():
    dials = (NOW - 23 * HOUR, NOW - 2 * HOUR, NOW - 20 * HOUR, NOW - 22 * HOUR)
    judgement = judge(ask(number=NumberFacts(dialled_24h=dials), windows=ALL_WEEK))
    assert judgement.blocked_by == "may_be_called"
    assert "4 times" in judgement.reason
    assert judgement.earliest_at == NOW + 2 * HOUR


def test_a_call_due_at_night_goes_out_in_the_morning():
    due_at_nine_at_night = replace(CALL, scheduled_at=NOW + 7 * HOUR)
    judgement = judge(ask(call=due_at_nine_at_night))
    assert judgement.blocked_by == "due"
    assert judgement.earliest_at == datetime(2026, 11, 24, 8, tzinfo=UTC)  # 09:00 in Berlin


def test_a_call_due_in_a_month_has_a_date_though_hours_are_looked_up_a_fortnight_ahead():
    closed = {date(2026, 11, 23) + timedelta(days=n): "" for n in range(20)}
    judgement = judge(ask(call=replace(CALL, scheduled_at=NOW + timedelta(days=30)), client=client_facts(closed_days=closed)))
    assert judgement.blocked_by == "hours"
    assert judgement.earliest_at == NOW + timedelta(days=30)


def test_a_full_cap_has_no_date_of_its_own():
    assert judge(ask(client=client_facts(used=5))).earliest_at is None
    night = judge(ask(client=client_facts(used=5), now=NOW + 7 * HOUR))
    assert night.earliest_at == datetime(2026, 11, 24, 8, tzinfo=UTC)


DIALS = (NOW - HOUR, NOW - 2 * HOUR, NOW - 3 * HOUR)


@pytest.mark.parametrize(
    "change",
    [
        {"number": NumberFacts(open_dial=True, dialled_24h=DIALS)},
        {"number": NumberFacts(held_elsewhere=True, dialled_24h=DIALS)},
        {"call": replace(CALL, paused_at=NOW, scheduled_at=NOW + HOUR)},
        {"client": client_facts(paused_at=NOW)},
        {"batch": batch_facts(state=BatchState.PAUSED)},
    ],
)
def test_what_time_alone_will_not_change_has_no_date(change):
    judgement = judge(ask(**change))
    assert judgement.blocking.opens_at is None
    assert judgement.earliest_at is None


@pytest.mark.parametrize(
    "change",
    [
        {"number": NumberFacts(suppressed_why="asked")},
        {"number": NumberFacts(is_deleted=True)},
        {"batch": batch_facts(state=BatchState.CANCELLED)},
        {"batch": batch_facts(ends_at=NOW + 8 * HOUR)},
        {"call": replace(CALL, scheduled_at=NOW + 7 * HOUR, closed_why="cancelled")},
    ],
)
def test_what_no_time_undoes_has_no_date_even_at_night(change):
    assert judge(ask(**{"now": NOW + 7 * HOUR} | change)).earliest_at is None


def test_of_two_zones_the_one_that_is_closed_is_named():
    zones = ("America/New_York", "America/Chicago")
    morning = datetime(2026, 11, 23, 9, 30, tzinfo=ZoneInfo("America/New_York")).astimezone(UTC)
    judgement = judge(ask(zones=zones, now=morning))
    assert "It is Mon 08:30 for them (Chicago and 1 more)" in judgement.reason
    assert judgement.earliest_at == morning + HOUR / 2


moments = st.timedeltas(timedelta(0), timedelta(days=9)).map(lambda ahead: NOW + ahead)
maybe = st.none() | moments


@settings(deadline=None, max_examples=300)
@given(
    now=moments,
    due=moments,
    dials=st.lists(moments.map(lambda at: at - timedelta(days=9)), max_size=5),
    zones=st.sampled_from([BERLIN, ("Pacific/Auckland",), ("America/New_York", "America/Chicago"), ()]),
    windows=st.sampled_from([DEFAULT_HOURS, ALL_WEEK, (Window(DAYS, time(8), time(8, 1)),)]),
    closed=st.frozensets(st.dates(date(2026, 11, 23), date(2026, 11, 26)), max_size=2),
    times=st.tuples(maybe, maybe, maybe, maybe),
    cost=st.integers(0, 2_000_000),
)
def test_the_call_may_be_dialled_at_the_earliest_instant_and_not_a_microsecond_before(
    now, due, dials, zones, windows, closed, times, cost
):
    batch_at, breaker, pace, back_off = times
    question = ask(
        now=now,
        call=replace(CALL, scheduled_at=due, not_before_at=back_off),
        zones=zones,
        windows=windows,
        number=NumberFacts(dialled_24h=tuple(at + (now - NOW) for at in dials if at <= NOW)),
        client=client_facts(
            closed_days=dict.fromkeys(closed, ""), daily_budget=2_000_000, cost_today=cost, day_ends_at=now + 7 * HOUR
        ),
        batch=batch_facts(state=BatchState.SCHEDULED, scheduled_at=batch_at) if batch_at else None,
        account=account_facts(breaker_until=breaker, pace_free_at=pace),
    )
    judgement = judge(question)
    if judgement.may_dial:
        assert judgement.earliest_at == now
        return
    assume(judgement.earliest_at is not None)
    assert judgement.earliest_at > now
    assert judge(replace(question, now=judgement.earliest_at)).may_dial
    assert not judge(replace(question, now=judgement.earliest_at - TINY)).may_dial


def test_the_leads_own_zone_stands_alone():
    assert zones_for("Europe/Berlin", "+12125550123") == BERLIN
    assert zones_for(None, "+12125550123") == ("America/New_York",)
    assert zones_for("", "+12125550123") == ("America/New_York",)
    assert zones_for(None, "+80012345678") == ()


def test_hours_of_the_call_stand_in_place_of_the_batchs_and_these_of_the_clients():
    morning, evening = (Window(DAYS, time(9), time(10)),), (Window(DAYS, time(18), time(19)),)
    client, batch = replace(ACME, calling_hours=DEFAULT_HOURS), replace(BATCH, window=evening)
    assert windows_for(replace(CALL, window=morning), batch, client) == morning
    assert windows_for(CALL, batch, client) == evening
    assert windows_for(CALL, BATCH, client) == DEFAULT_HOURS
    assert windows_for(CALL, None, client) == DEFAULT_HOURS


@pytest.mark.parametrize(
    ("limits", "foreign", "expected"),
    [
        ({}, 0, 20),
        ({}, 3, 17),
        ({"own_limit": 8}, 0, 8),
        ({"provider_limit": 100}, 0, 100),
        ({"provider_limit": 100, "reserved_inbound": 30}, 5, 65),
        ({"provider_limit": 10, "own_limit": 50}, 0, 10),
        ({"provider_limit": 10, "own_limit": 8}, 1, 8),
        ({"provider_limit": 10, "reserved_inbound": 6}, 6, 0),
    ],
)
def test_the_limit_of_an_account(limits, foreign, expected):
    assert account_limit(replace(ACCOUNT, **limits), foreign=foreign) == expected

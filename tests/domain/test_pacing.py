"""Who is next between clients and inside one, and how fast after a refusal."""

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callcenter.domain.call import Priority
from callcenter.domain.client import Account
from callcenter.domain.pacing import (
    Pace,
    Queue,
    Share,
    allowed_pace,
    backoff,
    free_at,
    next_client,
    next_head,
    slowed,
)

NOW = datetime(2026, 11, 23, 14, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def ago(seconds):
    return NOW - seconds * SECOND


@pytest.mark.parametrize(
    ("shares", "limit", "expected"),
    [
        ([], 10, None),
        ([Share("a", 0, 5, None)], 0, None),
        ([Share("a", 5, 5, ago(9))], 10, None),  # at its cap
        ([Share("a", 7, 10, ago(9))], 10, "a"),  # alone it may have all
        ([Share("a", 3, 10, ago(9)), Share("b", 4, 10, ago(99))], 10, "b"),  # both below: longest ago
        ([Share("a", 4, 10, ago(9)), Share("b", 4, 10, None)], 10, "b"),  # never is longest ago
        ([Share("a", 5, 10, ago(99)), Share("b", 4, 10, ago(9))], 10, "b"),  # only b is below five
        ([Share("a", 6, 10, ago(99)), Share("b", 5, 10, ago(9))], 20, "a"),
        ([Share("a", 8, 20, ago(99)), Share("b", 2, 2, ago(9))], 10, "a"),  # b's cap leaves its share to a
        ([Share("a", 7, 20, ago(9)), Share("b", 6, 20, ago(9)), Share("c", 3, 3, None)], 9, "b"),  # none below: fewest
        ([Share("a", 2, 9, ago(9)), Share("b", 3, 9, ago(99))], 5, "a"),  # half of five: two is below, three is not
        ([Share("b", 0, 5, None), Share("a", 0, 5, None)], 10, "a"),  # equal: always the same one
    ],
)
def test_a_free_place_goes_to(shares, limit, expected):
    assert next_client(shares, limit=limit) == expected


@settings(deadline=None)
@given(limit=st.integers(1, 12), caps=st.lists(st.integers(1, 12), min_size=2, max_size=6), seed=st.integers(0, 10**6))
def test_below_its_share_a_client_waits_for_at_most_one_place_for_each_other_client(limit, caps, seed):
    chance = random.Random(seed)
    used, last = [0] * len(caps), [None] * len(caps)
    waited = [0] * len(caps)
    now = NOW
    for _ in range(200):
        now += SECOND
        busy = [i for i, count in enumerate(used) for _ in range(count)]
        if sum(used) >= limit or (busy and chance.random() < 0.4):
            used[chance.choice(busy)] -= 1
            if sum(used) >= limit:
                continue
        shares = [Share(str(i), used[i], cap, last[i]) for i, cap in enumerate(caps)]
        below = [i for i, cap in enumerate(caps) if used[i] * len(caps) < limit and used[i] < cap]
        chosen = next_client(shares, limit=limit)
        if chosen is None:
            assert all(count >= cap for count, cap in zip(used, caps, strict=True))
            continue
        for i in range(len(caps)):
            waited[i] = waited[i] + 1 if i in below and i != int(chosen) else 0
        assert max(waited) <= len(caps) - 1
        assert used[int(chosen)] < caps[int(chosen)]
        used[int(chosen)] += 1
        last[int(chosen)] = now


def queue(call_id, *, priority=Priority.NORMAL, used=0, scheduled_at=NOW, batch_id="b"):
    return Queue(batch_id, used, priority, scheduled_at, call_id)


def test_inside_a_client_priority_then_the_emptiest_batch_then_the_oldest_then_the_id():
    heads = [
        queue("5", used=0, scheduled_at=ago(1)),
        queue("3", used=1, scheduled_at=ago(9)),
        queue("1", priority=Priority.HIGH, used=9),
        queue("4", used=0, scheduled_at=ago(2), batch_id=None),
        queue("2", priority=Priority.URGENT, used=9),
        queue("6", used=0, scheduled_at=ago(1)),
        queue("0", priority=Priority.LOW, used=0, scheduled_at=ago(99)),
    ]
    order = []
    while heads:
        head = next_head(heads)
        heads.remove(head)
        order.append(head.call_id)
    assert order == ["2", "1", "4", "5", "6", "3", "0"]


ACCOUNT = Account(account_id="a1")


def per_second(account, at):
    return allowed_pace(account, at).per_second


def test_without_a_refusal_or_a_setting_there_is_no_pace():
    assert allowed_pace(ACCOUNT, NOW) is None


def test_a_refusal_halves_the_rate_but_leaves_one_a_second():
    assert slowed(NOW, 8.0) == (4.0, NOW)
    assert slowed(NOW, 1.2) == (1.0, NOW)
    assert slowed(NOW, 0.0) == (1.0, NOW)


def test_the_pace_grows_by_a_tenth_with_each_whole_minute_until_it_limits_nothing():
    slow = replace(ACCOUNT, learned_pace=4.0, paced_at=NOW)
    assert allowed_pace(slow, NOW) == Pace(4.0, is_learned=True)
    assert per_second(slow, NOW + 59 * SECOND) == 4.0
    assert per_second(slow, NOW + 60 * SECOND) == pytest.approx(4.4)
    assert per_second(slow, NOW + 120 * SECOND) == pytest.approx(4.84)
    assert allowed_pace(slow, NOW + timedelta(hours=1)) is None
    assert allowed_pace(slow, NOW + timedelta(days=999)) is None


def test_a_clock_set_back_does_not_slow_it_further():
    assert per_second(replace(ACCOUNT, learned_pace=4.0, paced_at=NOW), NOW - timedelta(days=1)) == 4.0


def test_a_pace_that_a_person_set_stays():
    assert allowed_pace(replace(ACCOUNT, pace_per_second=2.0), NOW + timedelta(days=9)) == Pace(2.0)


def test_of_a_persons_pace_and_the_learned_one_the_smaller_holds():
    strict = replace(ACCOUNT, pace_per_second=2.0, learned_pace=4.0, paced_at=NOW)
    assert allowed_pace(strict, NOW) == Pace(2.0)
    learned = replace(ACCOUNT, pace_per_second=4.4, learned_pace=4.0, paced_at=NOW)
    assert allowed_pace(learned, NOW) == Pace(4.0, is_learned=True)
    assert allowed_pace(learned, NOW + timedelta(minutes=2)) == Pace(4.4), "it grew past what the person allows"


@pytest.mark.parametrize(("per_second", "words"), [(2.0, "2 a second"), (1.1, "1.1 a second"), (0.1, "6 a minute")])
def test_a_pace_in_words(per_second, words):
    assert Pace(per_second).words == words


def test_a_pace_lets_a_burst_go_and_then_waits_for_the_window():
    assert free_at(Pace(2.0), [NOW], NOW) is None
    assert free_at(Pace(2.0), [NOW, NOW], NOW) == NOW + SECOND
    assert free_at(Pace(2.0), [NOW, NOW], NOW + SECOND) is None
    assert free_at(Pace(0.1), [NOW], NOW + SECOND) == NOW + 10 * SECOND


def test_back_off_doubles_to_five_minutes_with_a_random_part():
    chance = random.Random(7)
    for tries, longest in [(0, 2), (1, 2), (2, 4), (5, 32), (8, 256), (9, 300), (10_000, 300)]:
        waits = [backoff(tries, retry_after=None, rng=chance).total_seconds() for _ in range(200)]
        assert longest / 2 <= min(waits) < max(waits) <= longest
        assert max(waits) - min(waits) > longest / 4


def test_back_off_is_never_shorter_than_asked_for():
    waits = [backoff(1, retry_after=timedelta(seconds=30), rng=random.Random(seed)) for seed in range(50)]
    assert 30 * SECOND <= min(waits) < max(waits) <= 33 * SECOND

"""The score of a talk, with sums done by hand."""

from dataclasses import replace

import pytest

from callcenter.domain.call import Outcome
from callcenter.domain.ending import EndClass
from callcenter.domain.quality import Talk, quality

#: Sold, delighted, half the words theirs, answered within a second, hung up at the end: nothing to wish for.
BEST = Talk(
    outcome=Outcome.SALE_MADE,
    sentiment=1.0,
    agent_words=50,
    lead_words=50,
    delay_ms=800,
    end_class=EndClass.TALKED,
)
#: Nothing known but that both spoke, each half: 20 + 10 + 20 + 5 + 5.
UNKNOWN = Talk(outcome=None, sentiment=None, agent_words=5, lead_words=5, delay_ms=None, end_class=EndClass.UNKNOWN)


@pytest.mark.parametrize(
    ("talk", "points"),
    [
        (BEST, 100),
        (UNKNOWN, 60),
        (replace(BEST, outcome=Outcome.NOT_INTERESTED), 60),  # the goal's 40 gone
        (replace(BEST, outcome=None), 80),  # half of the 40
        (replace(BEST, sentiment=0.0), 90),  # 20 × 1 ÷ 2
        (replace(BEST, sentiment=0.7), 97),  # 20 × 1.7 ÷ 2 = 17
        (replace(BEST, sentiment=-0.7), 83),  # 20 × 0.3 ÷ 2 = 3
        (replace(BEST, sentiment=0.65), 97),  # 96.5, half up
        (replace(BEST, sentiment=0.64), 96),  # 96.4
        (replace(BEST, sentiment=-1.0), 80),
        (replace(BEST, agent_words=80, lead_words=20), 100),  # 20 %: full from here
        (replace(BEST, agent_words=40, lead_words=60), 100),  # 60 %: full to here
        (replace(BEST, agent_words=90, lead_words=10), 90),  # 10 % is half of 20 %
        (replace(BEST, agent_words=20, lead_words=80), 90),  # 80 % is half way from 60 to 100
        (replace(BEST, agent_words=1, lead_words=999_999), 80),  # as good as 100 %
        (replace(BEST, delay_ms=1_000), 100),
        (replace(BEST, delay_ms=2_000), 95),
        (replace(BEST, delay_ms=3_000), 90),
        (replace(BEST, delay_ms=60_000), 90),
        (replace(BEST, delay_ms=None), 95),
        (replace(BEST, end_class=EndClass.UNKNOWN), 95),
        (replace(BEST, end_class=EndClass.THEIR_FAULT), 90),
        (replace(BEST, end_class=EndClass.OPT_OUT), 90),
        # 0 (missed) + 3 (−0.7) + 20 × (12.5 % ÷ 20 %) = 12.5 + 10 × 1.5 s ÷ 2 s = 7.5 + 10 = 33
        (
            Talk(
                outcome=Outcome.DO_NOT_CALL,
                sentiment=-0.7,
                agent_words=70,
                lead_words=10,
                delay_ms=1_500,
                end_class=EndClass.TALKED,
            ),
            33,
        ),
    ],
)
def test_the_score_is_the_sum_of_its_parts(talk: Talk, points: int) -> None:
    scored = quality(talk)
    assert scored is not None
    assert scored[0] == points


@pytest.mark.parametrize("silent", [{"agent_words": 0}, {"lead_words": 0}, {"agent_words": 0, "lead_words": 0}])
def test_there_is_no_score_unless_both_sides_spoke(silent: dict[str, int]) -> None:
    assert quality(replace(BEST, **silent)) is None


@pytest.mark.parametrize(
    ("talk", "reason"),
    [
        (BEST, "Gained most from the goal (40 of 40) and lost nothing."),
        (replace(BEST, delay_ms=2_500), "Gained most from the goal (40 of 40) and lost most on the answer delay (2.5 of 10)."),
        (
            replace(BEST, outcome=Outcome.NOT_INTERESTED, sentiment=-0.7),
            "Gained most from their share of the talk (20 of 20) and lost most on a missed goal (0 of 40).",
        ),
        (UNKNOWN, "Gained most from their share of the talk (20 of 20) and lost most on an open result (20 of 40)."),
    ],
)
def test_the_reason_names_the_largest_gain_and_the_largest_loss(talk: Talk, reason: str) -> None:
    scored = quality(talk)
    assert scored is not None
    assert scored[1] == reason

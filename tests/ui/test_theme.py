"""Every value of the domain has a look, and the colours are the ones that were measured."""

from callcenter.domain.batch import BatchState
from callcenter.domain.call import CallStatus, Outcome, Priority
from callcenter.ui import theme


def test_every_status_has_a_look() -> None:
    assert {status.value for status in CallStatus} <= set(theme.STATUS)
    assert set(theme.STATUS) - {status.value for status in CallStatus} == {"waiting", "not_reached", "checking"}


def test_every_outcome_has_a_look_and_one_place_in_charts() -> None:
    assert set(theme.OUTCOME) == {outcome.value for outcome in Outcome}
    charted = [outcome for group in theme.CHART_GROUPS for outcome in group.outcomes]
    assert sorted(charted) == sorted(theme.OUTCOME)


def test_every_batch_state_and_priority_has_a_look() -> None:
    assert {state.value for state in BatchState} <= set(theme.BATCH_STATUS)
    assert set(theme.PRIORITY) == {priority.name.lower() for priority in Priority}


def test_gray_says_nobody_must_act() -> None:
    quiet = {key for key, look in theme.STATUS.items() if not look.is_tinted}
    assert quiet == {"scheduled", "waiting", "completed", "cancelled"}
    assert all(theme.STATUS[key].hue == "gray" for key in quiet)


def _luminance(colour: str) -> float:
    def channel(at: int) -> float:
        value = int(colour[at : at + 2], 16) / 255
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)


def test_chart_colours_hold_three_to_one_on_white_and_on_the_dark_card() -> None:
    for group in theme.CHART_GROUPS:
        own = _luminance(group.colour)
        for card in ("#ffffff", "#18191b"):
            low, high = sorted((own, _luminance(card)))
            assert (high + 0.05) / (low + 0.05) >= 2.9, (group.word, card)

"""Plans and talks: every outcome in every language and trade, the same again for the same seed."""

import json
import re
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise

import pytest

from callcenter.simulator.analysis import analysis_of
from callcenter.simulator.config import WorkspaceSettings
from callcenter.simulator.outcomes import MAGIC, OUTCOMES
from callcenter.simulator.script import GOALS, LANGUAGES, Plan, Wish, magic_outcome, place_of, plan_call, wish_of
from callcenter.simulator.talk import Talk, tell

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
NUMBERS = {"en": "+12125550155", "es": "+34912345678", "de": "+493023125001", "fr": "+33199001155"}
CONNECTED = sorted(name for name, one in OUTCOMES.items() if one.connects)
PHRASES = {
    "not_interested": r"not interested|don't need it|no me interesa|no estoy interesado|Interesse|intéress",
    "do_not_call": "call me again|Stop calling|no me llamen|Dejen de llamarme|nicht mehr an|Hören Sie auf|m'appelez plus|Arrêtez",
    "wrong_number": r"[Ww]rong number|equivocado|falsche Nummer|trompé de numéro",
    "callback": r"call me back|Try me|[Ll]l[aá]m|zurückrufen|Versuchen|[Rr]appel",
}


def plan(outcome: str, *, language: str = "en", trade: str = "dental", seed: str = "s", **wish: float) -> Plan:
    return plan_call(
        seed=seed,
        number=NUMBERS[language],
        trade=trade,
        language=None,
        settings=WorkspaceSettings(),
        wish=Wish(outcome=outcome, **wish),
        limits=(30.0, 3600.0),
    )


def told(one: Plan, name: str | None = "Ana Example") -> Talk:
    return tell(one, variables={"name": name} if name else {}, placed_at=NOW)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("trade", sorted(GOALS))
@pytest.mark.parametrize("outcome", CONNECTED)
def test_every_talk_is_whole(outcome: str, trade: str, language: str) -> None:
    for seed in ("a", "b", "c", "d"):
        talk = told(plan(outcome, language=language, trade=trade, seed=seed))
        said = "\n".join(turn.content for turn in talk.turns)
        assert talk.turns
        assert not re.search(r"[{}]|  ", said), said
        times = [word for turn in talk.turns for word in turn.words]
        assert all(word.start < word.end for word in times)
        assert all(one.end <= two.start for one, two in pairwise(times))
        assert times[-1].end <= talk.seconds
        for turn in talk.turns:
            assert " ".join(word.word for word in turn.words) == turn.content


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("outcome", sorted(PHRASES))
def test_the_person_says_what_they_mean(outcome: str, language: str) -> None:
    for seed in map(str, range(6)):
        talk = told(plan(outcome, language=language, seed=seed))
        assert re.search(PHRASES[outcome], " ".join(turn.content for turn in talk.turns if turn.role == "user"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_only_those_who_ask_for_it_say_that_they_want_no_calls(language: str) -> None:
    for outcome in set(CONNECTED) - {"do_not_call"}:
        for seed in map(str, range(6)):
            talk = told(plan(outcome, language=language, seed=seed))
            assert not re.search(PHRASES["do_not_call"], " ".join(turn.content for turn in talk.turns if turn.role == "user"))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_name_of_the_person_is_used_and_can_be_missing(language: str) -> None:
    for outcome in CONNECTED:
        one = plan(outcome, language=language)
        with_name = " ".join(turn.content for turn in told(one, "Ana Example").turns)
        without = " ".join(turn.content for turn in told(one, None).turns)
        assert "Ana Example" in with_name or outcome in ("ivr", "voicemail")
        assert "Ana" not in without
        assert not re.search(r" ,| \.|,\.", without), without


def test_names_with_braces_and_company_variables_are_taken_as_they_are() -> None:
    talk = tell(plan("appointment"), variables={"name": "{Bo} %s", "company": "Example & Sons"}, placed_at=NOW)
    said = " ".join(turn.content for turn in talk.turns)
    assert "{Bo} %s" in said
    assert "Example & Sons" in said


def test_the_same_seed_tells_the_same_talk_and_another_seed_another() -> None:
    one, again, other = (told(plan("appointment", seed=seed)) for seed in ("x", "x", "y"))
    assert one == again
    assert one != other


def test_an_appointment_is_a_working_hour_ahead_in_the_zone_of_the_person() -> None:
    for seed in map(str, range(20)):
        one = plan("appointment", language="de", seed=seed)
        fields = analysis_of(one, told(one), stopped=False)["custom_analysis_data"]
        at = datetime.fromisoformat(fields["appointment_date"])
        assert at > NOW
        assert at.weekday() < 5
        assert 9 <= at.hour <= 17
        assert at.utcoffset() is not None
        assert at.utcoffset().total_seconds() == 3600  # Berlin, in winter


@pytest.mark.parametrize("outcome", sorted(OUTCOMES))
def test_every_outcome_is_analysed_in_plain_words(outcome: str) -> None:
    one = plan(outcome)
    talk = told(one) if one.outcome.connects else None
    analysis = analysis_of(one, talk, stopped=False)
    json.dumps(analysis)
    assert "{" not in analysis["call_summary"]
    assert analysis["user_sentiment"] in ("Negative", "Positive", "Neutral", "Unknown")
    assert analysis["in_voicemail"] is (outcome == "voicemail")
    assert analysis["custom_analysis_data"].get("outcome") == (one.outcome.verdict if talk else None)


def test_every_verdict_is_one_of_the_results_a_call_centre_knows() -> None:
    verdicts = {one.verdict for one in OUTCOMES.values()} - {None}
    assert verdicts == {
        *("appointment_scheduled", "sale_made", "qualified_lead", "successful"),
        *("not_interested", "do_not_call", "wrong_number", "voicemail"),
    }


def test_rates_are_kept() -> None:
    settings = WorkspaceSettings(answer_rate=0.6, voicemail_rate=0.25)
    drawn = Counter(
        plan_call(
            seed=str(seed), number=NUMBERS["en"], trade="solar", language=None, settings=settings, wish=Wish(), limits=(30, 3600)
        ).outcome.name
        for seed in range(3000)
    )
    machines = drawn["voicemail"] + drawn["ivr"]
    nobody = sum(count for name, count in drawn.items() if not OUTCOMES[name].connects)
    assert 0.57 < (3000 - machines - nobody) / 3000 < 0.63
    assert 0.22 < machines / 3000 < 0.28
    assert drawn["sale"] == 0  # solar panels are not sold on the phone
    assert drawn["qualified"] > drawn["appointment"] > 0


def test_no_answer_rings_to_the_limit_and_nothing_rings_longer() -> None:
    assert plan("no_answer").ring_seconds == 30.0
    short = replace(WorkspaceSettings())
    for seed in map(str, range(50)):
        one = plan_call(
            seed=seed, number=NUMBERS["en"], trade="car", language=None, settings=short, wish=Wish(), limits=(5.0, 60.0)
        )
        assert one.ring_seconds <= 5.0


def test_the_length_of_a_talk_is_bounded_by_the_longest_call() -> None:
    one = plan_call(
        seed="1",
        number=NUMBERS["en"],
        trade="car",
        language=None,
        settings=WorkspaceSettings(),
        wish=Wish(outcome="appointment"),
        limits=(30.0, 12.0),
    )
    talk = told(one)
    assert talk.seconds == 12.0
    assert talk.turns[-1].end <= 12.0


def test_wishes_are_read_forgivingly() -> None:
    assert wish_of("voicemail") == Wish(outcome="voicemail")
    assert wish_of("nonsense") == Wish()
    assert wish_of(17) == Wish()
    assert wish_of({"outcome": "busy", "ring_seconds": 1, "talk_seconds": "x"}) == Wish(outcome="busy", ring_seconds=1.0)


def test_magic_numbers_name_outcomes_that_exist() -> None:
    assert set(MAGIC.values()) == set(OUTCOMES)
    assert magic_outcome("+12125550102") == "busy"
    assert magic_outcome("+12125550199") is None


@pytest.mark.parametrize(
    ("number", "zone"),
    [("+14155550100", "America/Los_Angeles"), ("+13035550100", "America/Denver"), ("+12125550100", "America/New_York"),
     ("+493023125100", "Europe/Berlin")],
)  # fmt: skip
def test_people_live_where_their_number_says(number: str, zone: str) -> None:
    assert place_of(number)[1] == zone

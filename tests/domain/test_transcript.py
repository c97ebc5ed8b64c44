"""What is understood of a lead's words, in four languages, with the sentences that only look like it."""

import pytest

from callcenter.domain.call import Told, Turn
from callcenter.domain.language.known import EVERYTHING, INTENTS, LANGUAGES
from callcenter.domain.language.phrase import plain
from callcenter.domain.transcript import (
    do_not_call_words,
    find_keywords,
    last_wish,
    lead_turns,
    spoken_turns,
    word_counts,
)

ASKS = [
    "Please don't call me again.",
    "Don't call me.",
    "Do not call this number anymore",
    "don’t ever call here again!",
    "Never call me again.",
    "Never, ever... never call me back.",
    "Stop calling me.",
    "STOP CALLING ME!!!",
    "Can you please stop calling?",
    "You people need to stop calling my house.",
    "Quit calling us, okay?",
    "Why don't you stop calling me?",
    "Didn't I ask you to stop calling me?",
    "I asked you not to call me.",
    "I told you, don't call me.",
    "I told you don't call me anymore",
    "I want you to never call me again.",
    "Could you please not call me again?",
    "You do not call me again, understood?",
    "Take me off your list.",
    "Could you take me off of your calling list, please?",
    "Can't you take me off your list?",
    "Remove my number from your database.",
    "Please remove us from all of your marketing lists",
    "Put me on your do not call list.",
    "Add this number to the do-not-call registry",
    "I'm on the do not call list.",
    "We are on the national do not call registry",
    "Lose my number.",
    "I don't want you to call me anymore.",
    "I don't want you calling here.",
    "I do not want to be called again.",
    "I don't want any more calls.",
    "No more calls, please.",
    "I'd prefer not to be contacted.",
    "I want to opt out.",
    "Unsubscribe me",
    "Just leave me alone.",
    "I revoke my consent",
    "Don't call us, we'll call you.",
    "I would like to be removed from your list",
    "I'd like my number removed.",
    "Please remove my number.",
    "Remove me, please.",
    "Put me down as do not call.",
    "Don't call back.",
    "Please do not call anymore.",
    "Stop fucking calling me",
    "I don't want to receive calls from you.",
    # Spanish
    "No me llame más.",
    "No me vuelva a llamar, por favor.",
    "¡No me llamen nunca más!",
    "Por favor no me llames.",
    "No vuelvan a llamarme.",
    "No llame más a este número",
    "No llamen más.",
    "Nunca más me llamen.",
    "Deje de llamarme.",
    "Dejen ya de molestar.",
    "No quiero que me llamen más.",
    "No quiero recibir más llamadas.",
    "Sáqueme de su lista.",
    "Quíteme de la lista, por favor",
    "Borren mi número.",
    "Déjeme en paz.",
    "Estoy en la Lista Robinson",
    "Bórreme de la lista.",
    # German
    "Rufen Sie mich nicht mehr an!",
    "Rufen Sie hier bitte nie wieder an.",
    "Ruf mich nicht an.",
    "Bitte nicht mehr anrufen.",
    "Nie wieder anrufen!",
    "Ich möchte nicht mehr angerufen werden.",
    "Ich will nicht, dass Sie mich noch einmal anrufen.",
    "Ich möchte keine Anrufe mehr.",
    "Keine weiteren Anrufe bitte.",
    "Hören Sie auf, mich anzurufen.",
    "Hören Sie endlich auf mich zu belästigen",
    "Streichen Sie mich von Ihrer Liste.",
    "Nehmen Sie mich bitte aus Ihrer Kundenliste",
    "Löschen Sie meine Nummer!",
    "Lassen Sie mich in Ruhe.",
    "Ich stehe auf der Robinsonliste",
    "Ich möchte nicht mehr von Ihnen angerufen werden.",
    "Unterlassen Sie diese Anrufe!",
    # French
    "Ne m'appelez plus.",
    "Ne m’appelez plus jamais !",
    "Ne me rappelez pas, s'il vous plaît.",
    "M'appelez plus jamais !",
    "Je vous demande de ne plus m'appeler.",
    "Arrêtez de m'appeler.",
    "Cessez de me déranger",
    "Retirez-moi de votre liste.",
    "Enlevez-moi de vos fichiers",
    "Supprimez mon numéro.",
    "Je ne veux plus être appelé.",
    "Je ne veux plus que vous m'appeliez.",
    "Je ne veux plus recevoir d'appels",
    "Laissez-moi tranquille.",
    "Je suis inscrit sur Bloctel.",
    "N'appelez plus.",
    "Merci de ne plus appeler.",
    "Arrêtez vos appels !",
    "Je veux être retiré de votre liste.",
]

TRAPS = [
    "Don't stop calling me.",
    "Please never stop calling me.",
    "I don't want you to stop calling me.",
    "I never said stop calling me.",
    "I didn't ask you to take me off your list.",
    "You don't have to take me off the list.",
    "Don't take me off your list.",
    "I'm not on the do not call list.",
    "I don't want to opt out.",
    "Don't leave me alone with this.",
    "Don't call me before nine.",
    "Please don't call me today.",
    "Don't call me at work, call my cell.",
    "Don't call me until Monday.",
    "Don't call me, unless it is urgent.",
    "Don't call me again until next week.",
    "Don't call me back today.",
    "Don't call me Bob.",
    "Don't call me sir.",
    "You can stop calling me Bob.",
    "You never call me back.",
    "They don't call me back.",
    "If you don't call me back I'll go elsewhere.",
    "Why don't you call me back?",
    "Why don't you ever call me back?",
    "Don't hesitate to call me.",
    "Don't forget to call me again.",
    "I don't want any calls after nine.",
    "I don't like to be called at work.",
    "Call me again tomorrow.",
    "Take the car out of the garage and put it on the list.",
    "How do I get on your list?",
    "I never asked to be removed from your list.",
    "It's not that I want you to stop calling.",
    "I can't stop calling my mother.",
    "Did they stop calling you?",
    "Can you remove the charge from my account?",
    "I lost my number.",
    "Please don't call me in the morning.",
    # Spanish
    "No me llamo Juan.",
    "No me llame antes de las cinco.",
    "No me llame hoy.",
    "No deje de llamarme.",
    "No me llame señora.",
    "Me llama mañana, por favor.",
    "No quiero llamadas después de las ocho.",
    # German
    "Rufen Sie mich nicht vor 17 Uhr an.",
    "Rufen Sie mich heute nicht mehr an.",
    "Rufen Sie mich nicht am Abend an.",
    "Rufen Sie mich nicht an, bevor Sie mehr wissen.",
    "Hören Sie nicht auf, mich anzurufen.",
    "Bitte heute nicht mehr anrufen.",
    "Sie haben mich nie wieder angerufen.",
    "Ich habe keine Anrufe mehr bekommen.",
    "Rufen Sie mich morgen an.",
    # French
    "Je ne m'appelle pas Jean.",
    "Ne m'appelez pas avant 17 heures.",
    "Ne m'appelez plus ce soir.",
    "Vous ne m'appelez plus.",
    "N'arrêtez pas de m'appeler.",
    "Vous n'arrêtez pas de m'appeler.",
    "Ne m'appelez pas Monsieur.",
    "Rappelez-moi demain.",
]

WISHES = [
    ("book", "Yes, could you book me in?"),
    ("book", "I'd like to schedule a visit."),
    ("book", "Tuesday at 10:30 works."),
    ("book", "Great, see you on Thursday."),
    ("buy", "I'll take it."),
    ("buy", "Okay, sign me up."),
    ("learn_more", "How much does it cost?"),
    ("learn_more", "I'm interested."),
    ("learn_more", "Could you tell me more about that?"),
    ("call_back", "Can you call me back tomorrow?"),
    ("call_back", "It's not a good time, I'm driving."),
    ("call_back", "Don't call me before nine."),
    ("decline", "I'm not interested."),
    ("decline", "I'm not interested in booking an appointment."),
    ("decline", "I'm not interested if you only want to schedule a visit."),
    ("decline", "No, thank you."),
    ("decline", "I don't need it."),
    ("stop", "I'm not interested, take me off your list."),
    ("stop", "I don't want to be called again."),
    ("wrong_person", "You've got the wrong number."),
    ("wrong_person", "There's nobody here by that name."),
    ("complain", "This is ridiculous."),
    ("complain", "You never stop calling me!"),
    ("other", "Hello?"),
    ("book", "Me gustaría pedir una cita."),
    ("learn_more", "¿Cuánto cuesta?"),
    ("decline", "No me interesa, gracias."),
    ("call_back", "Llámeme más tarde."),
    ("wrong_person", "Se ha equivocado."),
    ("stop", "No me llame más."),
    ("book", "Ich möchte einen Termin vereinbaren."),
    ("learn_more", "Was kostet das?"),
    ("decline", "Kein Interesse."),
    ("call_back", "Rufen Sie mich morgen an."),
    ("wrong_person", "Sie haben die falsche Nummer."),
    ("stop", "Rufen Sie mich nie wieder an."),
    ("book", "Je voudrais un rendez-vous."),
    ("learn_more", "Combien ça coûte ?"),
    ("decline", "Non merci."),
    ("call_back", "Rappelez-moi plus tard."),
    ("wrong_person", "Vous avez un faux numéro."),
    ("stop", "Arrêtez de m'appeler."),
]


def said(*texts: str) -> tuple[Turn, ...]:
    return tuple(Turn("user", text) for text in texts)


@pytest.mark.parametrize("text", ASKS)
def test_asking_not_to_be_called_is_understood(text: str) -> None:
    assert do_not_call_words(Told(turns=said(text)), by_machine=False) == text


@pytest.mark.parametrize("text", TRAPS)
def test_what_only_looks_like_it_is_not_taken_for_it(text: str) -> None:
    assert do_not_call_words(Told(turns=said(text)), by_machine=False) is None


@pytest.mark.parametrize(("intent", "text"), WISHES)
def test_the_wish_of_an_utterance_is_found(intent: str, text: str) -> None:
    wish = last_wish(said(text))
    assert wish is not None
    assert wish.intent == intent


def test_every_language_can_say_every_intent() -> None:
    for language in LANGUAGES:
        assert set(language.phrases) == set(INTENTS) - {"other"}


def test_every_phrase_is_filed_under_the_words_it_can_begin_with() -> None:
    """A phrase filed under a word its own pattern does not begin with could never be found."""
    for phrases in (phrases for language in LANGUAGES for phrases in language.phrases.values()):
        for phrase in phrases:
            assert phrase.first
            starts = phrase.pattern.pattern.removeprefix("(?:").split(")")[0].split("|")
            assert all(any(start.startswith(word) for start in starts) for word in phrase.first)
            assert all(start == plain(start) for start in starts), starts


def test_what_the_agent_says_is_not_the_leads() -> None:
    told = Told(turns=(Turn("agent", "Should we stop calling you? Say: stop calling me."), Turn("user", "Yes.")))
    assert do_not_call_words(told, by_machine=False) is None


def test_what_a_voicemail_says_is_nobodys() -> None:
    told = Told(turns=said("You have reached Lee. Telemarketers: don't call me again."))
    assert do_not_call_words(told, by_machine=True) is None
    assert lead_turns(told, by_machine=True) == ()


def test_a_pause_inside_the_sentence_does_not_hide_it() -> None:
    assert do_not_call_words(Told(turns=said("Please don't", "call me again.")), by_machine=False)


def test_words_on_both_sides_of_the_agents_turn_are_not_joined() -> None:
    told = Told(turns=(Turn("user", "Please don't"), Turn("agent", "Sorry?"), Turn("user", "call me again, at six.")))
    assert do_not_call_words(told, by_machine=False) is None


def test_the_last_wish_counts() -> None:
    turns = said("I'm not interested.", "Well, how much is it?", "Okay, book me for Tuesday.", "Thanks, bye.")
    wish = last_wish(turns)
    assert wish is not None
    assert (wish.intent, wish.words) == ("book", "Okay, book me for Tuesday.")
    within_one = last_wish(said("I'm not interested. Or well, tell me more."))
    assert within_one is not None
    assert within_one.intent == "learn_more"


def test_a_lead_who_said_nothing_had_no_wish() -> None:
    assert last_wish(()) is None


def test_a_transcript_without_turns_is_read_line_by_line() -> None:
    told = Told(transcript="Agent: Hello, this is Ava.\nUser: Stop calling me.\nI mean it.\nTransfer Target: Yes?")
    assert [turn.role for turn in spoken_turns(told)] == ["agent", "user", "transfer_target"]
    assert spoken_turns(told)[1].text == "Stop calling me. I mean it."
    assert word_counts(told) == (4, 6)


def test_tool_calls_are_no_speech() -> None:
    told = Told(turns=(Turn("tool", "end_call", tool="end_call"), Turn("user", "  "), Turn("user", "Hi there")))
    assert [turn.text for turn in spoken_turns(told)] == ["Hi there"]
    assert word_counts(told) == (0, 2)


def test_keywords_are_the_frequent_words_and_pairs_then_the_first_said() -> None:
    turns = said(
        "We have solar panels on the roof.",
        "The solar panels are from Spain, and the roof leaks.",
        "An inverter? I think the inverter is broken, and the solar panels are dirty.",
    )
    # "solar panels" three times; roof and inverter twice; the rest once, as said.
    assert find_keywords(turns, language="en-US") == (
        "solar panels", "roof", "inverter", "spain", "leaks", "broken", "dirty",
    )  # fmt: skip


def test_a_word_said_more_often_than_its_pair_stays() -> None:
    turns = said("Solar panels. Solar panels. Panels!")
    assert find_keywords(turns, language="en") == ("panels", "solar panels")


def test_at_most_eight_keywords() -> None:
    words = "apple bread cheese donut eggplant fennel garlic honey icing jam"
    assert find_keywords(said(", ".join(words.split())), language="en") == tuple(words.split()[:8])


@pytest.mark.parametrize(
    ("language", "text", "keywords"),
    [
        ("es-ES", "Pues mire, la caldera no funciona y la caldera es vieja", ("caldera", "funciona", "vieja")),
        ("de-DE", "Also die Heizung ist kaputt, und die Heizung ist alt", ("heizung", "kaputt", "alt")),
        ("fr-FR", "Alors l'assurance est trop chère, et l'assurance augmente", ("assurance", "chère", "augmente")),
        (None, "Also die Heizung ist kaputt, und die Heizung ist alt", ("heizung", "kaputt", "alt")),
        ("multi", "Pues mire, la caldera no funciona y la caldera es vieja", ("caldera", "funciona", "vieja")),
    ],
)
def test_stop_words_are_those_of_the_language_given_or_heard(language: str | None, text: str, keywords: tuple[str, ...]) -> None:
    found = find_keywords(said(text), language=language)
    assert tuple(word for word in found if word not in {"mire", "alors"}) == keywords


def test_reading_a_hostile_talk_takes_no_time() -> None:
    """Long repetitions of what patterns begin with are the worst case of a pattern that backtracks."""
    for text in ("do not want " * 3_000, "stop calling " * 3_000, "take me off of your the all " * 1_000, "a" * 50_000):
        assert isinstance(EVERYTHING.read(plain(text)), list)

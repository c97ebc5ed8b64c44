"""The languages we understand, all at once: what a lead speaks is seldom known, and a wrong guess would be deaf."""

from callcenter.domain.language.english import ENGLISH
from callcenter.domain.language.french import FRENCH
from callcenter.domain.language.german import GERMAN
from callcenter.domain.language.phrase import Phrasebook
from callcenter.domain.language.spanish import SPANISH

LANGUAGES = (ENGLISH, SPANISH, GERMAN, FRENCH)

INTENTS = ("book", "buy", "learn_more", "call_back", "decline", "stop", "wrong_person", "complain", "other")

#: Every phrase of every intent.
EVERYTHING = Phrasebook((meaning, phrase) for each in LANGUAGES for meaning, said in each.phrases.items() for phrase in said)

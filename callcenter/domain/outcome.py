"""What came of a call, by the first voice that speaks, and whether its number may ever be called again."""

from dataclasses import dataclass

from callcenter.domain.analysis import facts, named_outcome
from callcenter.domain.call import Call, Outcome, Phase, Told
from callcenter.domain.ending import EndClass, classify, ended_outcome
from callcenter.domain.transcript import do_not_call_words, spoken_turns


@dataclass(frozen=True, slots=True)
class Ending:
    """The end of a call as everything else reads it: its class, whether it had started, whether a machine answered."""

    end_class: EndClass
    started: bool
    by_machine: bool


def has_started(told: Told) -> bool:
    """True if somebody or something picked up: a start was seen, or the end tells of time or talk."""
    return told.started_seen or bool(told.duration_ms) or bool(spoken_turns(told))


def ending(told: Told) -> Ending:
    """Reads the end of a call, as far as it is known; before the end the class is `unknown`."""
    started = has_started(told)
    end_class = classify(told.disconnection_reason, told.provider_status, started)
    return Ending(end_class, started, by_machine=end_class is EndClass.MACHINE or told.in_voicemail is True)


def decide_outcome(call: Call, *, intent: str | None) -> Outcome | None:
    """What came of an ended call; `intent` is what the lead wanted. A person's word comes before everything."""
    told, end = call.told, ending(call.told)
    if call.outcome_by_hand:
        return call.outcome_by_hand
    if end.end_class is EndClass.OPT_OUT:
        return Outcome.DO_NOT_CALL
    if end.by_machine:
        return Outcome.VOICEMAIL
    if end.end_class in (EndClass.NOBODY, EndClass.BAD_NUMBER):
        return ended_outcome(end.end_class, told.disconnection_reason)
    if do_not_call_words(told, by_machine=False):
        return Outcome.DO_NOT_CALL
    return named_outcome(told) or next(facts(told), None) or _by_success(told, intent, end.end_class)


def suppresses(call: Call) -> str | None:
    """Why the number of this call must not be called again, in the lead's own words if there are any; else None.

    The signal counts, not the outcome shown. Nothing said on a voicemail is the lead's; but Retell's own flag that the
    person opted out stands even if the analysis later takes the call for a voicemail. Words count from the end of the
    call on: before it, nobody can tell a person from a greeting.
    """
    told, end = call.told, ending(call.told)
    if call.outcome_by_hand is Outcome.DO_NOT_CALL:
        return "Marked as do not call by hand"
    if told.phase < Phase.ENDED:
        return None
    words = do_not_call_words(told, by_machine=end.by_machine)
    if end.end_class is EndClass.OPT_OUT:
        return words or "Asked not to be called"
    if end.by_machine:
        return None
    if words:
        return words
    said_so = named_outcome(told) is Outcome.DO_NOT_CALL or Outcome.DO_NOT_CALL in facts(told)
    return "The call's analysis says do not call" if said_so else None


def _by_success(told: Told, intent: str | None, end_class: EndClass) -> Outcome | None:
    if told.call_successful:
        return Outcome.SUCCESSFUL
    if told.call_successful is False and (intent or "").lower() == "decline":
        return Outcome.NOT_INTERESTED
    return ended_outcome(end_class, told.disconnection_reason)

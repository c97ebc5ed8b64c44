"""How a call ended: the class of Retell's disconnection reason, and the status, words and retry that follow from it."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from callcenter.domain.call import CallStatus, Outcome


class EndClass(StrEnum):
    """What kind of end it was. Everything that depends on why a call ended depends on this, never on the raw reason."""

    TALKED = "talked"
    OPT_OUT = "opt_out"
    MACHINE = "machine"
    NOBODY = "nobody"
    BAD_NUMBER = "bad_number"
    SILENT = "silent"
    LINE = "line"
    THEIR_FAULT = "their_fault"
    REPUTATION = "reputation"
    MONEY = "money"
    FULL = "full"
    STOPPED = "stopped"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Reason:
    """One disconnection reason: its class, and what people read."""

    end_class: EndClass
    words: str


_E = EndClass
_BROKEN = "Something broke on Retell's side"
_NO_LINE = "Couldn't be connected (line)"
_ACCOUNT = "Retell account needs attention"

#: Every reason Retell names today, and two it retired that old calls still carry.
REASONS: Mapping[str, Reason] = {
    "user_hangup": Reason(_E.TALKED, "They hung up"),
    "agent_hangup": Reason(_E.TALKED, "The agent hung up"),
    "call_transfer": Reason(_E.TALKED, "Transferred"),
    "transfer_bridged": Reason(_E.TALKED, "Transferred"),
    "transfer_cancelled": Reason(_E.TALKED, "Transfer failed"),
    "call_take_over": Reason(_E.TALKED, "Handed to a person"),
    "user_requested_callback": Reason(_E.TALKED, "Asked for a call back"),
    "no_concurrency_fallback": Reason(_E.TALKED, "Sent to the fallback number"),
    "user_requested_dnc": Reason(_E.OPT_OUT, "Asked not to be called"),
    "voicemail_reached": Reason(_E.MACHINE, "Voicemail"),
    "ivr_reached": Reason(_E.MACHINE, "Phone menu"),
    "machine_detected": Reason(_E.MACHINE, "Voicemail"),
    "dial_no_answer": Reason(_E.NOBODY, "No answer"),
    "dial_busy": Reason(_E.NOBODY, "Busy"),
    "user_declined": Reason(_E.NOBODY, "Declined"),
    "invalid_destination": Reason(_E.BAD_NUMBER, "Number doesn't work"),
    "inactivity": Reason(_E.SILENT, "Went silent"),
    "max_duration_reached": Reason(_E.SILENT, "Reached the time limit"),
    "error_no_audio_received": Reason(_E.SILENT, "No sound"),
    "dial_failed": Reason(_E.LINE, _NO_LINE),
    "sip_routing_error": Reason(_E.LINE, _NO_LINE),
    "network_blocked": Reason(_E.LINE, _NO_LINE),
    "telephony_provider_permission_denied": Reason(_E.LINE, _NO_LINE),
    "telephony_provider_unavailable": Reason(_E.LINE, _NO_LINE),
    "registered_call_timeout": Reason(_E.LINE, _NO_LINE),
    "error_llm_websocket_open": Reason(_E.THEIR_FAULT, _BROKEN),
    "error_llm_websocket_lost_connection": Reason(_E.THEIR_FAULT, _BROKEN),
    "error_llm_websocket_runtime": Reason(_E.THEIR_FAULT, _BROKEN),
    "error_llm_websocket_corrupt_payload": Reason(_E.THEIR_FAULT, _BROKEN),
    "error_asr": Reason(_E.THEIR_FAULT, _BROKEN),
    "error_retell": Reason(_E.THEIR_FAULT, _BROKEN),
    "error_unknown": Reason(_E.THEIR_FAULT, _BROKEN),
    "error_user_not_joined": Reason(_E.THEIR_FAULT, _BROKEN),
    "error_twilio": Reason(_E.THEIR_FAULT, _BROKEN),
    "marked_as_spam": Reason(_E.REPUTATION, "Our number is taken for spam"),
    "scam_detected": Reason(_E.REPUTATION, "Retell stopped the agent"),
    "no_valid_payment": Reason(_E.MONEY, _ACCOUNT),
    "credit_exhausted": Reason(_E.MONEY, _ACCOUNT),
    "budget_reached": Reason(_E.MONEY, _ACCOUNT),
    "concurrency_limit_reached": Reason(_E.FULL, "Retell is full"),
    "manual_stopped": Reason(_E.STOPPED, "Stopped by us"),
}

#: Families in which Retell invents new members; the class of the family is right for them too.
_FAMILIES: Mapping[str, Reason] = {
    "telephony_provider_": Reason(_E.LINE, _NO_LINE),
    "error_": Reason(_E.THEIR_FAULT, _BROKEN),
}

_COMPLETED = frozenset({_E.TALKED, _E.OPT_OUT, _E.MACHINE})
_OUTCOMES: Mapping[EndClass, Outcome | None] = {
    _E.TALKED: None,
    _E.OPT_OUT: Outcome.DO_NOT_CALL,
    _E.MACHINE: Outcome.VOICEMAIL,
    _E.NOBODY: Outcome.NO_ANSWER,
    _E.BAD_NUMBER: Outcome.WRONG_NUMBER,
    _E.FULL: None,
    _E.STOPPED: None,
}


def classify(reason: str | None, provider_status: str | None, started: bool) -> EndClass:
    """The class of an end. `started`: somebody or something picked up, so Retell cannot have refused the call."""
    known = _known(reason)
    if known is None:
        return EndClass.UNKNOWN
    if known.end_class is EndClass.FULL and started:
        return EndClass.THEIR_FAULT
    return known.end_class


def ended_status(reason: str | None, provider_status: str | None, started: bool) -> CallStatus:
    """The status of a call that ended so. Class full is `scheduled`: Retell never took it, it waits for a new dial."""
    match classify(reason, provider_status, started):
        case EndClass.FULL:
            return CallStatus.SCHEDULED
        case EndClass.STOPPED:
            return CallStatus.CANCELLED
        case EndClass.SILENT:
            return CallStatus.FAILED if _normal(reason).startswith("error_") else CallStatus.COMPLETED
        case EndClass.UNKNOWN:
            return _by_provider_status(provider_status, started)
        case known:
            return CallStatus.COMPLETED if known in _COMPLETED else CallStatus.FAILED


def ended_outcome(end_class: EndClass, reason: str | None) -> Outcome | None:
    """What came of a call when nothing better is known than how it ended."""
    if end_class is EndClass.UNKNOWN:
        return Outcome.FAILED if _normal(reason) else None
    return _OUTCOMES.get(end_class, Outcome.FAILED)


def ended_words(reason: str | None) -> str:
    """Why the call ended, for people; a reason we do not know is shown as it came, an absent one as an empty text."""
    known = _known(reason)
    return known.words if known else (reason or "").strip()


def is_new_reason(reason: str | None) -> bool:
    """True for a reason Retell gave that is in no table of ours, so that a screen can mark it."""
    return bool(_normal(reason)) and _known(reason) is None


def _known(reason: str | None) -> Reason | None:
    name = _normal(reason)
    if name in REASONS:
        return REASONS[name]
    return next((each for prefix, each in _FAMILIES.items() if name.startswith(prefix)), None)


def _normal(reason: str | None) -> str:
    return (reason or "").strip().lower()


def _by_provider_status(provider_status: str | None, started: bool) -> CallStatus:
    """Retell's own sample of an ended call says `registered`: a status that names no end leaves it to the start."""
    match _normal(provider_status):
        case "ended":
            return CallStatus.COMPLETED
        case "not_connected" | "error":
            return CallStatus.FAILED
        case _:
            return CallStatus.COMPLETED if started else CallStatus.FAILED

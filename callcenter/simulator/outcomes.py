"""What can come of a call: one row per result, with the words the provider has for it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One result. `status` is the call's last status; `ring` is how long it rings (seconds, low and high), None: to the limit."""

    name: str
    reasons: tuple[str, ...]
    status: str = "ended"
    connects: bool = True
    ring: tuple[float, float] | None = (4.0, 16.0)
    successful: bool = False
    sentiments: tuple[str, ...] = ("Neutral",)
    verdict: str | None = None  # the custom field `outcome` of the analysis


def talked(name: str, *reasons: str, verdict: str | None, sentiments: tuple[str, ...], successful: bool = False) -> Outcome:
    """A result after talking to a person."""
    return Outcome(name=name, reasons=reasons, verdict=verdict, sentiments=sentiments, successful=successful)


def failed(name: str, reason: str, *, ring: tuple[float, float] | None, status: str = "not_connected") -> Outcome:
    """A result without any connection."""
    return Outcome(name=name, reasons=(reason,), status=status, connects=False, ring=ring, sentiments=("Unknown",), verdict=None)


OUTCOMES: dict[str, Outcome] = {
    one.name: one
    for one in (
        talked(
            *("appointment", "agent_hangup", "user_hangup"),
            verdict="appointment_scheduled",
            sentiments=("Positive", "Positive", "Neutral"),
            successful=True,
        ),
        talked(*("sale", "agent_hangup", "user_hangup"), verdict="sale_made", sentiments=("Positive",), successful=True),
        talked(
            *("qualified", "agent_hangup", "user_hangup"),
            verdict="qualified_lead",
            sentiments=("Positive", "Neutral"),
            successful=True,
        ),
        talked(
            *("successful", "agent_hangup", "user_hangup"),
            verdict="successful",
            sentiments=("Positive", "Neutral"),
            successful=True,
        ),
        talked("not_interested", "user_hangup", verdict="not_interested", sentiments=("Neutral", "Neutral", "Negative")),
        talked("do_not_call", "user_requested_dnc", verdict="do_not_call", sentiments=("Negative",)),
        talked("wrong_number", "user_hangup", verdict="wrong_number", sentiments=("Neutral",)),
        talked("callback", "user_requested_callback", verdict=None, sentiments=("Neutral", "Positive")),
        talked("transfer", "call_transfer", verdict=None, sentiments=("Neutral", "Positive"), successful=True),
        talked("silence", "inactivity", verdict=None, sentiments=("Unknown",)),
        talked("max_duration", "max_duration_reached", verdict=None, sentiments=("Neutral",)),
        Outcome(name="voicemail", reasons=("voicemail_reached",), ring=(12.0, 25.0), verdict="voicemail"),
        Outcome(name="ivr", reasons=("ivr_reached",), ring=(2.0, 5.0), verdict="voicemail"),
        Outcome(name="their_fault_midcall", reasons=("error_asr", "error_llm_websocket_runtime"), status="error", verdict=None),
        failed("no_answer", "dial_no_answer", ring=None),
        failed("busy", "dial_busy", ring=(1.5, 4.0)),
        failed("declined", "user_declined", ring=(3.0, 10.0)),
        failed("invalid_destination", "invalid_destination", ring=(0.5, 2.0)),
        failed("line_failure", "dial_failed", ring=(1.0, 5.0)),
        failed("carrier_refused", "telephony_provider_permission_denied", ring=(0.5, 2.0)),
        failed("spam", "marked_as_spam", ring=(0.5, 2.0)),
        failed("their_fault", "error_retell", ring=(0.5, 2.0), status="error"),
        failed("no_payment", "no_valid_payment", ring=(0.3, 1.0), status="error"),
        failed("concurrency", "concurrency_limit_reached", ring=(0.1, 0.4), status="error"),
    )
}

# The last two digits of a number force a result, while magic numbers are on.
MAGIC: dict[str, str] = {
    "01": "no_answer",
    "02": "busy",
    "03": "declined",
    "04": "invalid_destination",
    "05": "line_failure",
    "06": "their_fault",
    "07": "voicemail",
    "08": "wrong_number",
    "09": "do_not_call",
    "10": "callback",
    "11": "appointment",
    "12": "sale",
    "13": "qualified",
    "14": "successful",
    "15": "not_interested",
    "16": "transfer",
    "17": "silence",
    "18": "max_duration",
    "19": "ivr",
    "20": "spam",
    "21": "no_payment",
    "22": "concurrency",
    "23": "their_fault_midcall",
    "24": "carrier_refused",
}

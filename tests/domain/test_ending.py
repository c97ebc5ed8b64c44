"""Every reason Retell gives for the end of a call: its class, status, outcome and words."""

import re

import pytest

from callcenter.domain.call import CallStatus, Outcome
from callcenter.domain.ending import (
    REASONS,
    EndClass,
    classify,
    ended_outcome,
    ended_status,
    ended_words,
    is_new_reason,
)

E, S, O = EndClass, CallStatus, Outcome  # noqa: E741

TABLE = [
    (E.TALKED, S.COMPLETED, None, "user_hangup agent_hangup call_transfer transfer_bridged transfer_cancelled"),
    (E.TALKED, S.COMPLETED, None, "call_take_over user_requested_callback no_concurrency_fallback"),
    (E.OPT_OUT, S.COMPLETED, O.DO_NOT_CALL, "user_requested_dnc"),
    (E.MACHINE, S.COMPLETED, O.VOICEMAIL, "voicemail_reached ivr_reached machine_detected"),
    (E.NOBODY, S.FAILED, O.NO_ANSWER, "dial_no_answer dial_busy user_declined"),
    (E.BAD_NUMBER, S.FAILED, O.WRONG_NUMBER, "invalid_destination"),
    (E.SILENT, S.COMPLETED, O.FAILED, "inactivity max_duration_reached"),
    (E.SILENT, S.FAILED, O.FAILED, "error_no_audio_received"),
    (E.LINE, S.FAILED, O.FAILED, "dial_failed sip_routing_error network_blocked registered_call_timeout"),
    (E.LINE, S.FAILED, O.FAILED, "telephony_provider_permission_denied telephony_provider_unavailable"),
    (E.LINE, S.FAILED, O.FAILED, "telephony_provider_of_tomorrow"),
    (E.THEIR_FAULT, S.FAILED, O.FAILED, "error_llm_websocket_open error_llm_websocket_lost_connection"),
    (E.THEIR_FAULT, S.FAILED, O.FAILED, "error_llm_websocket_runtime error_llm_websocket_corrupt_payload"),
    (E.THEIR_FAULT, S.FAILED, O.FAILED, "error_asr error_retell error_unknown error_user_not_joined"),
    (E.THEIR_FAULT, S.FAILED, O.FAILED, "error_inbound_webhook error_twilio error_frontend_corrupted_payload"),
    (E.REPUTATION, S.FAILED, O.FAILED, "marked_as_spam scam_detected"),
    (E.MONEY, S.FAILED, O.FAILED, "no_valid_payment credit_exhausted budget_reached"),
    (E.FULL, S.SCHEDULED, None, "concurrency_limit_reached"),
    (E.STOPPED, S.CANCELLED, None, "manual_stopped"),
]
ROWS = [(reason, *row) for *row, reasons in TABLE for reason in reasons.split()]


@pytest.mark.parametrize(("reason", "end_class", "status", "outcome"), ROWS)
def test_each_reason_has_its_class_status_and_outcome(
    reason: str, end_class: EndClass, status: CallStatus, outcome: Outcome | None
) -> None:
    assert classify(reason, "ended", False) is end_class
    assert ended_status(reason, "ended", False) is status
    assert ended_outcome(end_class, reason) is outcome
    assert not is_new_reason(reason)


def test_the_table_here_names_every_reason_we_know() -> None:
    assert set(REASONS) <= {reason for reason, *_ in ROWS}


@pytest.mark.parametrize(
    ("reason", "provider_status", "started", "status", "outcome"),
    [
        (None, "ended", True, S.COMPLETED, None),
        (None, "not_connected", False, S.FAILED, None),
        (None, "error", True, S.FAILED, None),
        ("", "error", True, S.FAILED, None),
        ("abducted_by_aliens", "ended", True, S.COMPLETED, O.FAILED),
        ("abducted_by_aliens", "not_connected", False, S.FAILED, O.FAILED),
        ("abducted_by_aliens", "registered", True, S.COMPLETED, O.FAILED),
        ("abducted_by_aliens", "registered", False, S.FAILED, O.FAILED),
        (None, None, False, S.FAILED, None),
    ],
)
def test_a_new_reason_or_none_goes_by_the_providers_status(
    reason: str | None, provider_status: str | None, started: bool, status: CallStatus, outcome: Outcome | None
) -> None:
    assert classify(reason, provider_status, started) is EndClass.UNKNOWN
    assert ended_status(reason, provider_status, started) is status
    assert ended_outcome(EndClass.UNKNOWN, reason) is outcome


def test_a_call_that_had_started_cannot_have_been_refused_for_want_of_room() -> None:
    assert classify("concurrency_limit_reached", "error", True) is EndClass.THEIR_FAULT
    assert ended_status("concurrency_limit_reached", "error", True) is CallStatus.FAILED


def test_reasons_are_read_in_any_case() -> None:
    assert classify(" User_Hangup ", "ended", True) is EndClass.TALKED


def test_people_read_words_and_a_new_reason_as_it_came() -> None:
    for reason in REASONS:
        assert re.match(r"^[A-Z][a-zA-Z' ()]+$", ended_words(reason)), reason
    assert ended_words("user_hangup") == "They hung up"
    assert ended_words("abducted_by_aliens") == "abducted_by_aliens"
    assert is_new_reason("abducted_by_aliens")
    assert ended_words(None) == ""
    assert not is_new_reason(None)

"""Whether and when to try again after a call has ended."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """After which results (`no_answer`, `voicemail`, `failed`) a lead is tried again, and how many minutes later."""

    on: tuple[str, ...] = ("no_answer", "voicemail", "failed")
    after_minutes: int = 120

"""Every error we raise on purpose: a sentence fit for a person, and the facts as attributes."""

from datetime import timedelta


class CallCenterError(Exception):
    """The root of all our own errors; `str(error)` is a sentence an operator may read."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Invalid(CallCenterError):
    """It makes no sense. `field` names what to correct; `errors` lists several (field, message) at once."""

    def __init__(self, message: str, *, field: str = "", errors: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.field = field
        self.errors = errors or (((field, message),) if field else ())


class Unauthenticated(CallCenterError):
    """We do not know who is asking."""


class Forbidden(CallCenterError):
    """We know who is asking, and they may not."""


class NotFound(CallCenterError):
    """No such thing, or none that this person may see."""


class Conflict(CallCenterError):
    """Someone was first, or the thing is past the point where this could be done."""


class Overtaken(Conflict):
    """Somebody changed the thing after it was read; `current` is as they left it, and the sentence says what they changed."""

    def __init__(self, message: str, *, current: object) -> None:
        super().__init__(message)
        self.current = current


class TooMany(CallCenterError):
    """Asked too often; `retry_after` says how long to wait."""

    def __init__(self, message: str, *, retry_after: timedelta) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(CallCenterError):
    """Our own store cannot take it now; nothing was accepted, the same request may be repeated."""


class Refused(CallCenterError):
    """The provider said no, in its own well-formed words: `status` is the HTTP status, `words` what it said."""

    def __init__(self, message: str, *, status: int, words: str = "", retry_after: timedelta | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.words = words
        self.retry_after = retry_after

    @property
    def is_for_now(self) -> bool:
        """True when the provider is only too busy (429): the same call may be placed later."""
        return self.status == 429

    @property
    def stops_account(self) -> bool:
        """True when the key or the payment is at fault: no call of this account can succeed."""
        return self.status in (401, 402, 403)


class Unreachable(CallCenterError):
    """It surely never got there: no byte of the request reached the provider."""


class Uncertain(CallCenterError):
    """It may or may not have happened; `status` is the HTTP status if there was one."""

    def __init__(self, message: str, *, status: int | None = None) -> None:
        super().__init__(message)
        self.status = status

"""The provider's ways of saying no: a status, a sentence, and one of its two shapes."""

from typing import Any, Literal

from callcenter.simulator.config import ErrorShape, Switches

RefusalKind = Literal["missing_key", "wrong_key", "validation", "refusal"]
NOT_FOUND = "Cannot find requested asset under given api key."
THROTTLED = "Account rate limited, please throttle your requests."


class Refusal(Exception):
    """A request that is answered with an error."""

    def __init__(self, status: int, message: str, *, kind: RefusalKind = "refusal", retry_after: float | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.kind: RefusalKind = kind
        self.retry_after = retry_after


def invalid(message: str) -> Refusal:
    """A body that does not fit the schema; `message` as the provider's validator words it."""
    return Refusal(400, message, kind="validation")


def not_found() -> Refusal:
    """A call, agent or number that this key does not have."""
    return Refusal(422, NOT_FOUND)


def error_body(message: str, *, shape: ErrorShape) -> dict[str, Any]:
    """One of the two shapes in which errors are met."""
    return {"error_message": message} if shape == "error_message" else {"status": "error", "message": message}


def shape_of(kind: RefusalKind, switches: Switches) -> ErrorShape:
    """Which shape a kind of refusal comes in."""
    match kind:
        case "missing_key":
            return switches.missing_key_shape
        case "wrong_key":
            return switches.wrong_key_shape
        case "validation":
            return switches.validation_shape
        case "refusal":
            return switches.refusal_shape

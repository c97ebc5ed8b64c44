"""Our errors as problem documents (RFC 9457), and the unexpected ones as a reference to look up in the log."""

import math
import secrets
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any, cast

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException

from callcenter.domain.errors import (
    CallCenterError,
    Conflict,
    Forbidden,
    Invalid,
    NotFound,
    Refused,
    TooMany,
    Unauthenticated,
    Unavailable,
    Uncertain,
    Unreachable,
)

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"

#: Error family → HTTP status, the last part of `type`, `title`.
FAMILIES: Mapping[type[CallCenterError], tuple[int, str, str]] = {
    Invalid: (422, "invalid", "The request makes no sense"),
    Unauthenticated: (401, "unauthenticated", "Who is asking?"),
    Forbidden: (403, "forbidden", "Not allowed"),
    NotFound: (404, "not-found", "No such thing"),
    Conflict: (409, "conflict", "Someone was first"),
    TooMany: (429, "too-many", "Asked too often"),
    Unavailable: (503, "unavailable", "Not now"),
    Refused: (502, "refused", "The provider said no"),
    Unreachable: (503, "unreachable", "The provider could not be reached"),
    Uncertain: (202, "uncertain", "It may or may not have happened"),
}
_LETTERS = "BCDFGHJKLMNPQRSTVWXZ"  # no vowels, no words


class FieldError(BaseModel):
    """What is wrong with one field of a request."""

    field: str
    message: str


class Problem(BaseModel):
    """A problem document, the body of every answer that is not a success."""

    type: str = Field(examples=["urn:callcenter:problem:invalid"])
    title: str
    status: int
    detail: str
    errors: list[FieldError] | None = None
    ref: str | None = Field(default=None, description="What to look for in the server's log.")


class ProblemResponse(JSONResponse):
    """Any problem document."""

    media_type = MEDIA_TYPE


def problem(
    status: int,
    kind: str,
    title: str,
    detail: str,
    *,
    errors: Sequence[tuple[str, str]] = (),
    ref: str | None = None,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Gives a problem document. `kind` ends its type, `detail` is the sentence for a person."""
    body: dict[str, Any] = {"type": f"urn:callcenter:problem:{kind}", "title": title, "status": status, "detail": detail}
    if errors:
        body["errors"] = [{"field": field, "message": message} for field, message in errors]
    if ref:
        body["ref"] = ref
    return ProblemResponse(body, status_code=status, headers=dict(headers or {}))


def of_error(error: CallCenterError) -> Response:
    """Gives the problem document of one of our own errors."""
    status, kind, title = next((found for family, found in FAMILIES.items() if isinstance(error, family)), FAMILIES[Invalid])
    headers: dict[str, str] = {}
    if isinstance(error, TooMany):
        headers["Retry-After"] = str(max(1, math.ceil(error.retry_after.total_seconds())))
    elif isinstance(error, Refused) and error.is_for_now:
        headers["Retry-After"] = "30"
    elif status == 503:
        headers["Retry-After"] = "5"
    elif isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    errors = error.errors if isinstance(error, Invalid) else ()
    return problem(status, kind, title, error.message, errors=errors, headers=headers)


def unexpected(error: Exception, *, path: str) -> Response:
    """Logs an error nobody meant to raise, and gives an answer that says nothing but where to find it."""
    ref = "".join(secrets.choice(_LETTERS) for _ in range(6))
    ref = f"{ref[:3]}-{ref[3:]}"
    log.error("unexpected error", ref=ref, path=path, exc_info=error)
    return problem(500, "unexpected", "Something went wrong", f"Something went wrong on our side (ref {ref}).", ref=ref)


def add_handlers(app: FastAPI) -> None:
    """Makes every error of the app a problem document."""
    app.add_exception_handler(CallCenterError, _own)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _validation)


async def _own(_request: Request, error: Exception) -> Response:
    return of_error(cast("CallCenterError", error))


async def _http(_request: Request, error: Exception) -> Response:
    found = cast("HTTPException", error)
    title = HTTPStatus(found.status_code).phrase
    detail = found.detail if found.detail != title else _DETAILS.get(found.status_code, f"{title}.")
    return problem(found.status_code, _kind(title), title, detail, headers=found.headers)


_DETAILS = {404: "There is nothing at this address.", 405: "This address does not know that method."}


def _kind(title: str) -> str:
    return "-".join("".join(char if char.isalnum() else " " for char in title.lower()).split())


async def _validation(_request: Request, error: Exception) -> Response:
    found = [(_field(each["loc"]), _sentence(each)) for each in cast("RequestValidationError", error).errors()]
    return problem(422, "invalid", FAMILIES[Invalid][2], found[0][1] if found else "", errors=found)


def _field(location: Sequence[str | int]) -> str:
    """Gives the dotted name of a field, without where it was (body, query, path)."""
    parts = location[1:] if location and location[0] in ("body", "query", "path", "header") else location
    text = ""
    for part in parts:
        text += f"[{part}]" if isinstance(part, int) else (f".{part}" if text else part)
    return text or "body"


def _sentence(each: Mapping[str, Any]) -> str:
    words = str(each["msg"]).removeprefix("Value error, ")
    match each["type"]:
        case "missing":
            return "This is required."
        case "json_invalid":
            return "The body is no valid JSON."
        case "extra_forbidden":
            return "There is no such field."
        case _:
            return words if words.endswith((".", "!", "?")) else f"{words}."

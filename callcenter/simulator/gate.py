"""Stands before the endpoints: writes create requests into the log and commits the faults of the plan."""

import json
from dataclasses import dataclass, field
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from callcenter.simulator.faults import FaultRule
from callcenter.simulator.provider import Provider
from callcenter.simulator.refusals import error_body
from callcenter.simulator.wire import Address, Lines

OPEN_PATHS = ("/simulator", "/recordings", "/logs", "/docs", "/openapi.json")
CREATES = frozenset({"create-phone-call"})
EXAMPLES = {
    400: "Invalid request format, please check API reference.",
    401: "API key is missing or invalid.",
    402: "Trial has ended, please add payment method.",
    403: "Forbidden",
    404: "The requested resource was not found.",
    409: "Resource update conflict.",
    422: "Cannot find requested asset under given api key.",
    429: "Account rate limited, please throttle your requests.",
    500: "An unexpected server error occurred.",
}
PROXY_PAGE = b"<html><head><title>%d</title></head><body><center><h1>%d</h1></center><hr><center>proxy</center></body></html>"


@dataclass(slots=True)
class Answer:
    """What the endpoints answered, kept back."""

    status: int = 0
    headers: list[tuple[bytes, bytes]] = field(default_factory=list[tuple[bytes, bytes]])
    body: bytes = b""

    async def take(self, message: Message) -> None:
        """Stands in for `send`."""
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], list(message["headers"])
        else:
            self.body += message.get("body", b"")

    async def give(self, send: Send) -> None:
        """Answers for real."""
        await send({"type": "http.response.start", "status": self.status, "headers": self.headers})
        await send({"type": "http.response.body", "body": self.body})


class Gate:
    """The outermost application."""

    def __init__(self, app: ASGIApp, *, provider: Provider, lines: Lines) -> None:
        self.app = app
        self.provider = provider
        self.lines = lines

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(OPEN_PATHS):
            await self.app(scope, receive, send)
            return
        operation = operation_of(scope["path"])
        rule = self.provider.desk.request_fault(operation)
        client: Address = scope["client"] or ("", 0)
        if rule is not None and rule.do == "reset":
            self.note(scope, operation, None, rule)
            self.lines.reset(client)
            await gone(receive)
            return
        body = await whole_body(receive)
        entry = self.note(scope, operation, body, rule)
        if rule is None:
            answer = await self.ask(scope, body, entry)
            await answer.give(send)
            return
        await self.commit(rule, scope, body, entry, Ends(client, receive, send))

    def note(self, scope: Scope, operation: str, body: bytes | None, rule: FaultRule | None) -> dict[str, Any] | None:
        """Writes a create request into the log; other requests are of no interest."""
        if operation not in CREATES:
            return None
        key = header(scope, b"authorization").removeprefix("Bearer ")
        entry = self.provider.log.receive(
            at=self.provider.clock.now(), key=key, path=scope["path"], body=parsed(body) if body is not None else None
        )
        entry["fault"] = rule.do if rule else None
        return entry

    async def ask(self, scope: Scope, body: bytes, entry: dict[str, Any] | None) -> Answer:
        """Lets the endpoints do what the request says, and keeps their answer."""
        answer = Answer()
        await self.app(scope, once(body), answer.take)
        if entry is not None:
            entry["answer"] = answer.status
            if answer.status < 300:
                self.provider.log.took_effect(entry, str(parsed(answer.body)["call_id"]))
        return answer

    async def commit(self, rule: FaultRule, scope: Scope, body: bytes, entry: dict[str, Any] | None, ends: "Ends") -> None:
        """Does to this request what the rule says."""
        clock = self.provider.clock
        if rule.do == "late":
            self.lines.close(ends.client)
            await clock.sleep(rule.seconds)
        if rule.do == "slow" and not rule.takes_effect:
            await clock.sleep(rule.seconds)
        answer = await self.ask(scope, body, entry) if rule.takes_effect or rule.do == "slow" else Answer()
        match rule.do:
            case "slow":
                if rule.takes_effect:
                    await clock.sleep(rule.seconds)
                await answer.give(ends.send)
            case "twice":
                await self.ask(scope, without_key(body), entry)
                await answer.give(ends.send)
            case "status":
                await clock.sleep(rule.seconds)
                await made_up(rule, status=rule.status).give(ends.send)
            case "garbage":
                page = rule.body if rule.body != "retell" else "garbage"
                await made_up(rule, status=201, page=page).give(ends.send)
            case "half":
                self.lines.write(ends.client, half_of(answer))
                self.lines.close(ends.client)
                await gone(ends.receive)
            case "hang":
                if rule.seconds:
                    await clock.sleep(rule.seconds)
                    self.lines.close(ends.client)
                await gone(ends.receive)
            case _:
                self.lines.close(ends.client)
                await gone(ends.receive)
        if entry is not None:
            entry["answer"] = rule.status if rule.do == "status" else entry["answer"] if rule.do == "slow" else rule.do


@dataclass(frozen=True, slots=True)
class Ends:
    """Both ends of a request, and whose it is."""

    client: Address
    receive: Receive
    send: Send


def operation_of(path: str) -> str:
    """ "/v2/get-call/call_1" is the operation get-call."""
    parts = [part for part in path.split("/") if part]
    if len(parts) > 1 and parts[0] in ("v2", "v3"):
        parts = parts[1:]
    return parts[0] if parts else ""


def header(scope: Scope, name: bytes) -> str:
    """A header of the request."""
    return next((value.decode("latin-1") for key, value in scope["headers"] if key == name), "")


async def whole_body(receive: Receive) -> bytes:
    """The body of a request."""
    body = b""
    while (message := await receive())["type"] == "http.request":
        body += message.get("body", b"")
        if not message.get("more_body"):
            break
    return body


def once(body: bytes) -> Receive:
    """A `receive` that gives this body."""

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    return receive


async def gone(receive: Receive) -> None:
    """Waits until the connection is no more, so that nobody tries to answer on it."""
    while (await receive())["type"] != "http.disconnect":
        pass


def parsed(body: bytes) -> Any:
    """JSON, or None."""
    try:
        return json.loads(body)
    except ValueError:
        return None


def without_key(body: bytes) -> bytes:
    """The same request as if it had been sent without an idempotency key."""
    asked = parsed(body)
    return json.dumps({name: value for name, value in asked.items() if name != "idempotency_key"}).encode() if asked else body


def half_of(answer: Answer) -> bytes:
    """Status and headers that promise a whole body, and the first half of it."""
    lines = [f"HTTP/1.1 {answer.status} OK".encode()] + [name + b": " + value for name, value in answer.headers]
    return b"\r\n".join([*lines, b"", b""]) + answer.body[: len(answer.body) // 2]


def made_up(rule: FaultRule, *, status: int, page: Any = None) -> Answer:
    """An answer that no endpoint gave."""
    kind, body = page_of(rule.body if page is None else page, status)
    headers = [(b"content-type", kind), (b"content-length", str(len(body)).encode())]
    if rule.retry_after is not None:
        headers.append((b"retry-after", f"{rule.retry_after:g}".encode()))
    return Answer(status, headers, body)


def page_of(page: Any, status: int) -> tuple[bytes, bytes]:
    """Content type and body."""
    message = EXAMPLES.get(status, "An unexpected server error occurred.")
    match page:
        case "retell":
            return b"application/json", json.dumps(error_body(message, shape="message")).encode()
        case "error_message":
            return b"application/json", json.dumps(error_body(message, shape="error_message")).encode()
        case "html":
            return b"text/html", PROXY_PAGE % (status, status)
        case "empty":
            return b"application/json", b""
        case "garbage":
            return b"application/json", b'{"call_id": "call_0123456789abc'
        case "no_call_id":
            return b"application/json", b'{"call_type":"phone_call","call_status":"registered"}'
        case str():
            return b"text/plain", page.encode()
        case _:
            return b"application/json", json.dumps(page).encode()

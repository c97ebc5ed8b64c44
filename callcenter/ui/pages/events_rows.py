"""Provider news in words: rows of the inspector, and one piece of news with its checks, its changes and its body."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from zoneinfo import ZoneInfo

from callcenter.domain.lines import EventDetail, EventLine
from callcenter.services.refolding import Refolded
from callcenter.ui import words

#: What the provider calls it → what people call it.
KINDS: Mapping[str, str] = {
    "call_started": "Started",
    "call_ended": "Ended",
    "call_analyzed": "Analysis",
    "call_ringing": "Ringing",
    "call_connected": "Connected",
    "call_answered": "Answered",
    "transcript_updated": "Transcript",
    "transfer_started": "Transfer started",
    "transfer_bridged": "Transferred",
    "transfer_cancelled": "Transfer failed",
    "transfer_ended": "Transfer ended",
    "snapshot": "Asked by us",
    "test_event": "Test",
}
#: A result as the store words it → its key in `theme.EVENT_RESULT`.
RESULTS: Mapping[str, str] = {
    "applied": "applied",
    "duplicate": "duplicate",
    "out_of_order": "late",
    "bad_signature": "bad_signature",
    "unknown_call": "unknown_call",
    "stale": "stale",
    "failed": "failed",
    "waiting": "pending",
}
RESULT_WORDS: Mapping[str, str] = {
    "applied": "Applied",
    "duplicate": "Already had it",
    "out_of_order": "Out of order – kept",
    "bad_signature": "Bad signature",
    "unknown_call": "Unknown call",
    "stale": "Signed too long ago",
    "failed": "Failed",
    "waiting": "Waiting",
}
_SOURCES: Mapping[str, str] = {
    "webhook": "",
    "us": "This is Retell’s answer when we placed the call, so there was no signature to check.",
    "get": "We asked Retell about this call ourselves, so there was no signature to check.",
    "list": "We read this in Retell’s list of calls ourselves, so there was no signature to check.",
}
#: Longer bodies are cut on screen: a transcript of hours would stall the browser.
LONGEST_BODY = 256_000
#: Longer ones are too long for a shell.
LONGEST_COMMAND = 100_000


@dataclass(frozen=True)
class EventRow:
    """One event. `received` is the time of day, with its date in front when it was not today."""

    id: str
    received: str
    instant: str
    exact: str
    kind: str
    raw_kind: str
    call: str
    client: str
    result: str
    took: str
    size: str


@dataclass(frozen=True)
class Check:
    """One step of the signature check, with what was found."""

    words: str
    found: str
    is_good: bool


@dataclass(frozen=True)
class Change:
    """One field that an event changed."""

    name: str
    before: str
    after: str


@dataclass(frozen=True)
class EventView:
    """One event in full. `checks_note` stands where there was nothing to check; `cut` says that the body was cut."""

    id: str = ""
    title: str = ""
    raw_kind: str = ""
    line: str = ""
    result: str = ""
    error: str = ""
    call_href: str = ""
    provider_call_id: str = ""
    checks: list[Check] = field(default_factory=list)
    checks_note: str = ""
    is_signed: bool = False
    changes: list[Change] = field(default_factory=list)
    changes_note: str = ""
    body: str = ""
    body_note: str = ""
    curl: str = ""
    may_replay: bool = False


def row_of(line: EventLine, zone: str, *, now: datetime) -> EventRow:
    """The row of one event."""
    local, today = line.received_at.astimezone(ZoneInfo(zone)), now.astimezone(ZoneInfo(zone))
    date = "" if local.date() == today.date() else f"{local.day} {local:%b} "
    return EventRow(
        id=line.event_id,
        received=f"{date}{local:%H:%M:%S}.{local.microsecond // 1000:03}",
        instant=line.received_at.isoformat(timespec="milliseconds"),
        exact=words.exact(line.received_at, zone),
        kind=kind_words(line),
        raw_kind=line.kind,
        call=words.short_id(line.call_id or line.provider_call_id or "") or words.NONE,
        client=line.client_name or words.NONE,
        result=RESULTS.get(line.result, line.result),
        took=words.NONE if line.took_ms is None else str(line.took_ms),
        size=bytes_words(line.size),
    )


def kind_words(line: EventLine) -> str:
    """What kind of event it is, for people."""
    if not line.kind:
        return "Not read" if line.result == "bad_signature" else "Unreadable"
    return KINDS.get(line.kind) or line.kind.replace("_", " ").capitalize()


def bytes_words(size: int) -> str:
    """A number of bytes: "512 B", "18 KB", "48 MB"."""
    for unit in ("B", "KB", "MB"):
        if size < 1000:
            return f"{size} {unit}"
        size = round(size / 1000)
    return f"{size} GB"


def view_of(detail: EventDetail, zone: str) -> EventView:
    """One event in words."""
    line = detail.line
    local = line.received_at.astimezone(ZoneInfo(zone))
    parts = [f"{local.day} {local:%b %Y, %H:%M:%S}.{local.microsecond // 1000:03} {local.tzname()}"]
    parts += [f"took {line.took_ms} ms"] if line.took_ms is not None else []
    parts += [words.counted(line.tries, "try", "tries")] if line.tries else []
    parts += [f"came {line.copies} times"] if line.copies > 1 else []
    parts += [bytes_words(line.size)]
    body, note = _body(detail)
    nothing = f"Nothing: it is {said}." if (said := detail.changed.get("note")) else _NOTHING.get(line.result, _KNOWN)
    return EventView(
        id=line.event_id,
        title=kind_words(line),
        raw_kind=line.kind,
        line=" · ".join(parts),
        result=RESULTS.get(line.result, line.result),
        error=line.error or "",
        call_href=f"/calls/{line.call_id}" if line.call_id else "",
        provider_call_id=line.provider_call_id or "",
        checks=_checks(detail),
        checks_note=_SOURCES.get(line.source, _SOURCES["get"]),
        is_signed=line.source == "webhook" and line.result != "bad_signature",
        changes=[Change(name, *_both(pair)) for name, pair in detail.changed.items() if name != "note"],
        changes_note=nothing,
        body=body,
        body_note=note,
        curl=curl_of(detail),
        may_replay=line.result != "bad_signature",
    )


_KNOWN = "Nothing: it told what was known already."
_NOTHING: Mapping[str, str] = {
    "bad_signature": "Nothing: what nobody can vouch for is not read.",
    "unknown_call": "Nothing yet: no call of ours has this id. It is kept, and applied when the call turns up.",
    "stale": "Nothing: it was signed too long ago to be believed, so we asked Retell instead.",
    "failed": "Nothing: it could not be understood. It is kept.",
    "waiting": "Nothing yet: it waits its turn.",
    "out_of_order": "Nothing: it came after the news that follows it, so it is kept and changes nothing.",
}


def replayed_words(done: Refolded) -> str:
    """What a replay did, in one sentence."""
    if done.is_fetched_instead:
        return "It cannot be applied as it is; Retell is asked for the call instead."
    if done.state == "poison":
        return "It still cannot be read, and names no call we could ask Retell for."
    if done.state == "unmatched":
        return "Its call is still unknown here. Nothing changed."
    if done.changed:
        return f"Replayed. It changed {', '.join(sorted(done.changed))}."
    return "Replayed. Nothing changed: the call had it already."


def curl_of(detail: EventDetail) -> str:
    """A command that sends the same body again; it needs a signature of its own, for the old one has run out."""
    if not detail.raw or len(detail.raw) > LONGEST_COMMAND or detail.line.source != "webhook":
        return ""
    return (
        "curl -X POST \"$CALLCENTER/api/calls/webhook/retell\" -H 'content-type: application/json' "
        f'-H "x-retell-signature: $SIGNATURE" --data-raw {shlex.quote(detail.raw)}'
    )


def _both(pair: object) -> tuple[str, str]:
    if isinstance(pair, list | tuple) and len(pair) == 2:
        return _value(pair[0]), _value(pair[1])
    return words.NONE, _value(pair)


def _value(value: object) -> str:
    return words.NONE if value is None else str(value)


def _checks(detail: EventDetail) -> list[Check]:
    """The steps of the signature check as they must have gone, from what is kept of them."""
    line = detail.line
    if line.source != "webhook":
        return []
    if line.result == "bad_signature":
        return [Check(*_refusal(line.error or ""), is_good=False), Check("Body", f"{line.size:,} bytes, not kept", is_good=True)]
    age = (line.received_at - detail.signed_at).total_seconds() if detail.signed_at else None
    is_fresh = line.result != "stale"
    signed = "" if detail.signed_at is None else f"v={int(detail.signed_at.timestamp() * 1000)}"
    return [
        Check("Header x-retell-signature", signed, is_good=True),
        Check("Time is under 5 min old", "" if age is None else f"{age:.1f} s", is_good=is_fresh),
        Check(f"Key of {line.client_name or 'an account of ours'}", "known", is_good=True),
        Check(f"HMAC of {line.size:,} bytes", "matches", is_good=True),
    ]


def _refusal(why: str) -> tuple[str, str]:
    step, colon, found = why.partition(": ")
    names = {"header": "Header x-retell-signature", "time": "Time is under 5 min old", "digest": "HMAC of the body"}
    return (names.get(step, "Signature"), found if colon else why)


def _body(detail: EventDetail) -> tuple[str, str]:
    if not detail.raw:
        return "", f"The body is not kept. Its SHA-256 is {detail.sha256}." + (
            f" It came from {detail.address}." if detail.address else ""
        )
    text = json.dumps(detail.body, indent=2, ensure_ascii=False) if detail.body is not None else detail.raw
    if len(text) > LONGEST_BODY:
        return text[:LONGEST_BODY], f"Cut here: the whole body has {len(text):,} characters."
    return text, "" if detail.body is not None else "This is no JSON; shown as it came."

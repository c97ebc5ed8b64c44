"""Entries of the audit in words: "Ana · Paused · November recall"."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from callcenter.domain.lines import AuditLine
from callcenter.ui import words
from callcenter.ui.pages import batch_words
from callcenter.ui.pages.dials_rows import DECISIONS
from callcenter.ui.pages.settings_roles import ROLE_WORDS

#: What the audit may be narrowed to.
SUBJECT_WORDS: Mapping[str, str] = {
    "call": "Calls",
    "batch": "Batches",
    "lead": "Leads",
    "client": "Clients",
    "person": "People",
    "token": "Tokens",
    "workspace": "The workspace",
}
_DID: Mapping[tuple[str, str], str] = {
    ("installation", "paused"): "Paused all calling",
    ("installation", "resumed"): "Resumed all calling",
    ("blackout", "added"): "Closed a day",
    ("blackout", "removed"): "Opened a day again",
    ("client", "leads imported"): "Imported leads",
    ("user", "signed_in"): "Signed in",
}
_PLACES: Mapping[str, str] = {
    "batch": "/batches/",
    "lead": "/leads/",
    "client": "/clients/",
    "decision": "/dials?peek=",
    "event": "/events/",
    "user": "/settings/team",
    "token": "/settings/tokens",
    "blackout": "/settings/rules",
    "account": "/settings/accounts",
}
_OF_A_CALL = frozenset({"call", "outcome", "note", "tags", "pause", "resume"})
_NAMELESS: Mapping[str, str] = {
    "installation": "Everybody",
    "account": "A Retell account",
    "blackout": "Closed days",
    "event": "An event",
    "lead": "A deleted lead",
}
_WHOSE = re.compile(r" for client [0-9a-f]{32}$")


@dataclass(frozen=True)
class AuditRow:
    """One entry. `label` is who it was as it was written down."""

    id: str
    exact: str
    instant: str
    who: str
    label: str
    did: str
    name: str
    href: str
    detail: str


def row_of(line: AuditLine, zone: str) -> AuditRow:
    """One entry for a person in this zone."""
    return AuditRow(
        id=line.entry_id,
        exact=words.exact(line.at, zone),
        instant=line.at.isoformat(timespec="seconds"),
        who=words.sentence(words.person(line.by)),
        label=line.by,
        did=_did(line),
        name=line.name or _NAMELESS.get(line.what, words.short_id(line.row_id)),
        href=_href(line),
        detail=_detail(line),
    )


def _did(line: AuditLine) -> str:
    to = line.to_state
    if line.what == "batch":
        return batch_words.did(line.from_state, to)
    if line.what == "outcome":
        return f"Set the outcome to {words.spoken(to, 'UTC')}" if to else "Took the outcome away"
    if line.what == "tags":
        return f"Tagged {to}" if to else "Took all tags off"
    if line.what == "decision":
        return DECISIONS.get(to, words.sentence(to))
    if line.what == "note":
        return "Changed the note"
    if line.what in ("pause", "resume"):
        return f"{line.what.capitalize()}d"
    said = _DID.get((line.what, to), words.sentence(to.replace("_", " ")))
    head, _space, role = said.rpartition(" ")
    return f"{head} {ROLE_WORDS[role].lower()}" if line.what == "user" and role in ROLE_WORDS else said


def _href(line: AuditLine) -> str:
    if line.what in _OF_A_CALL:
        return f"/calls/{line.row_id}"
    place = _PLACES.get(line.what, "")
    return place + line.row_id if place.endswith(("/", "=")) else place


def _detail(line: AuditLine) -> str:
    if line.what == "client" and line.to_state == "changed":
        return words.sentence(line.why.replace("_", " "))
    if line.to_state == "signed_in":
        return f"From {line.why}" if line.why else ""
    return words.sentence(words.person(_WHOSE.sub(" for one client", line.why)))

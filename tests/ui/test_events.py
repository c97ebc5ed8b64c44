"""The inspector: rows, one piece of news with its checks and changes, and a list that holds still."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.domain.lines import EventDetail, EventLine
from callcenter.services import browsing
from callcenter.services.runtime import Runtime
from callcenter.store import inbox
from callcenter.store.inbox import Letter
from callcenter.ui.pages.events import Asked, EventsState
from callcenter.ui.pages.events_rows import LONGEST_BODY, bytes_words, row_of, view_of
from tests.builders import ADMIN, new_id, saved_client
from tests.fakes import START
from tests.ui.conftest import FakeTab

SignIn = Callable[[str], Awaitable[str]]
LINE = EventLine(
    event_id="e1", received_at=START, kind="call_ended", source="webhook", client_id="c1", client_name="Acme", call_id="a" * 32,
    provider_call_id="call_1", result="applied", error=None, copies=1, tries=1, took_ms=14, size=18_204,
)  # fmt: skip


def detail(**more: object) -> EventDetail:
    """An event that changed an outcome; `more` goes to its line or to itself."""
    line = replace(LINE, **{name: more.pop(name) for name in list(more) if hasattr(LINE, name)})  # type: ignore[arg-type]
    usual = {"signed_at": START - timedelta(seconds=0.3), "sha256": "ab12", "address": "", "body": {"event": "call_ended"},
             "raw": '{"event": "call_ended"}', "changed": {"outcome": [None, "voicemail"]}}  # fmt: skip
    return EventDetail(line=line, **usual | more)  # type: ignore[arg-type]


async def saved(rt: Runtime, kind: str = "call_ended", *, at: timedelta = timedelta(0)) -> str:
    """An event of a client; gives its id."""
    client = await saved_client(rt)
    letter = Letter(
        inbox_id=new_id(), account_id=client.account_id or "", client_id=client.client_id, source="webhook", kind=kind,
        provider_call_id="call_x", token=None, sha256=new_id(), body=b'{"event": "call_ended"}', received_at=START + at,
        signed_at=START,
    )  # fmt: skip
    await rt.database.write(lambda tx: inbox.add(tx, letter))
    return letter.inbox_id


def test_an_event_says_what_it_changed_and_why_it_is_believed() -> None:
    view = view_of(detail(), "UTC")
    assert (view.title, view.raw_kind, view.is_signed) == ("Ended", "call_ended", True)
    assert view.line == "23 Nov 2026, 16:00:00.000 UTC · took 14 ms · 1 try · 18 KB"
    assert [(change.name, change.before, change.after) for change in view.changes] == [("outcome", "—", "voicemail")]
    assert [check.found for check in view.checks[1:]] == ["0.3 s", "known", "matches"]
    assert all(check.is_good for check in view.checks)


def test_a_kind_that_changes_nothing_says_so_instead_of_a_change() -> None:
    view = view_of(detail(kind="test_event", changed={"note": "a kind of event that changes nothing"}), "UTC")
    assert (view.title, view.changes, view.changes_note) == ("Test", [], "Nothing: it is a kind of event that changes nothing.")


@pytest.mark.parametrize(
    ("why", "words", "found"),
    [
        ("digest: None of the 2 known keys makes this digest", "HMAC of the body", "None of the 2 known keys makes this digest"),
        ("header: There is no x-retell-signature header.", "Header x-retell-signature", "There is no x-retell-signature header."),
        ("no key made this signature", "Signature", "no key made this signature"),
    ],
)
def test_a_bad_signature_names_the_step_that_failed(why: str, words: str, found: str) -> None:
    view = view_of(detail(result="bad_signature", error=why, raw="", body=None, changed={}, address="192.0.2.7"), "UTC")
    assert (view.checks[0].words, view.checks[0].found, view.checks[0].is_good) == (words, found, False)
    assert not view.is_signed
    assert view.body_note == "The body is not kept. Its SHA-256 is ab12. It came from 192.0.2.7."


def test_what_we_asked_for_ourselves_had_no_signature() -> None:
    view = view_of(detail(source="get", changed={}), "UTC")
    assert (view.checks, view.is_signed) == ([], False)
    assert "no signature to check" in view.checks_note
    assert view.changes_note.startswith("Nothing")


def test_a_late_signature_is_not_called_good() -> None:
    view = view_of(detail(result="stale", signed_at=START - timedelta(hours=1)), "UTC")
    assert [check.is_good for check in view.checks] == [True, False, True, True]


def test_long_and_odd_bodies_are_cut_and_named() -> None:
    long = view_of(detail(body=None, raw="x" * (LONGEST_BODY + 5)), "UTC")
    assert (len(long.body), long.body_note) == (LONGEST_BODY, "Cut here: the whole body has 256,005 characters.")
    assert view_of(detail(body=None, raw="no json"), "UTC").body_note == "This is no JSON; shown as it came."


def test_rows_of_another_day_show_their_date() -> None:
    assert row_of(LINE, "UTC", now=START).received == "16:00:00.000"
    assert row_of(LINE, "UTC", now=START + timedelta(days=1)).received == "23 Nov 16:00:00.000"
    assert row_of(replace(LINE, kind="brand_new"), "UTC", now=START).kind == "Brand new"


@pytest.mark.parametrize(("size", "words"), [(512, "512 B"), (18_204, "18 KB"), (48_000_000, "48 MB"), (7_000_000_000, "7 GB")])
def test_sizes_in_words(size: int, words: str) -> None:
    assert bytes_words(size) == words


def test_equal_views_have_equal_addresses() -> None:
    assert Asked().address() == "/events"
    assert Asked(q="a b", result="failed").address() == "/events?q=a+b&result=failed"
    assert Asked(q="a", cursor="z").address(cursor="") == "/events?q=a"


async def test_a_link_to_an_event_opens_it_beside_the_list(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    event_id = await saved(running)
    cookie = await sign_in_as("admin")
    await tab.run(EventsState.load, cookie=cookie, path=f"/events/{event_id}")
    state = await tab.state(EventsState)
    assert (state.face, state.peeked, state.event.id, state.close_href) == ("ready", event_id, event_id, "/events")
    await tab.run(EventsState.load, cookie=cookie, path="/events?peek=gone")
    assert state.is_gone


async def test_filters_go_into_the_address(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    await saved(running, "call_started")
    cookie = await sign_in_as("admin")
    await tab.run(EventsState.load, cookie=cookie, path="/events?kind=call_ended&result=nonsense")
    state = await tab.state(EventsState)
    assert (state.face, state.kind_shown, state.result_shown, state.filter_count) == ("empty", "Ended", "", "1")
    await tab.run(EventsState.choose("result", "failed"), cookie=cookie, path="/events?kind=call_ended")
    await tab.run(EventsState.choose("peek", "x"), cookie=cookie, path="/events?kind=call_ended")
    assert [event.payload["path"] for event in tab.events] == ["/events?kind=call_ended&result=failed"]


async def test_new_events_wait_while_the_pointer_is_over_the_list(tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    await saved(running)
    cookie = await sign_in_as("admin")
    await tab.run(EventsState.load, cookie=cookie, path="/events")
    await tab.run(EventsState.hold(True), cookie=cookie, path="/events")
    second = await saved(running, at=timedelta(seconds=1))
    state = await tab.state(EventsState)
    state._news(await browsing.events_page(running, ADMIN), START)
    assert (len(state.rows), state.new_words) == (1, "1 new event")
    await tab.run(EventsState.show_new, cookie=cookie, path="/events")
    assert (state.rows[0].id, state.new_words) == (second, "")


async def test_only_admins_look_into_events(guarded_tab: FakeTab, running: Runtime, sign_in_as: SignIn) -> None:
    await saved(running)
    await guarded_tab.run(EventsState.load, cookie=await sign_in_as("manager"), path="/events")
    assert (await guarded_tab.state(EventsState)).rows == []

"""What can be done with one call, wherever it is shown: end, cancel, pause, follow up, do not call, tag; and their dialogs."""

from collections.abc import Awaitable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import reflex as rx

from callcenter.domain.errors import CallCenterError
from callcenter.domain.hours import zone_info
from callcenter.domain.phone import city
from callcenter.services import browsing, calling, pausing, reviewing, runtime, suppressing
from callcenter.services.browsing.pages import CallPage
from callcenter.ui import live, session, words
from callcenter.ui.components import form, toasts
from callcenter.ui.components.buttons import button, segments
from callcenter.ui.components.confirm import confirm, dialog
from callcenter.ui.pages.calls_viewer import viewer_of
from callcenter.ui.session import OPERATORS, allow
from callcenter.ui.shell_state import closed_when_left

TOPICS = ("all", "calls")


@closed_when_left("", "calls", asks="")
class CallActs(rx.State):
    """The call that something is about to be done with, and which dialog asks."""

    asks: str = ""
    call_id: str = ""
    who: str = ""
    facts: str = ""
    zone_words: str = ""
    at: str = ""
    kind: str = "follow_up"
    tags: str = ""
    error: str = ""
    _zone: str = "UTC"

    @rx.event
    @allow(*OPERATORS)
    async def close(self) -> None:
        """Closes whatever asks."""
        self.asks = ""

    # -- ending and cancelling -------------------------------------------------------------------------------------

    @rx.event
    @allow(*OPERATORS)
    async def ask_end(self, call_id: str) -> Any:
        """Asks before a live call is ended."""
        page = await self._open("end", call_id)
        if page is None:
            return toasts.failed("There is no such call any more.")
        said = f"{page.line.agent_name or 'The agent'} stops talking and hangs up at once."
        self.facts = f"{self.who} is on the phone with us. {said} This cannot be undone."
        return None

    @rx.event
    @allow(*OPERATORS)
    async def end(self) -> Any:
        """Ends the call that was asked about."""
        self.asks = ""
        rt, actor = runtime.current(), await session.who(self)
        error = await _refusal(calling.cancel(rt, actor, self.call_id))
        if error:
            return toasts.failed("The call was not ended", error)
        _changed(self.call_id)
        return toasts.done(f"The call with {self.who} is being ended.")

    @rx.event
    @allow(*OPERATORS)
    async def cancel(self, call_id: str) -> Any:
        """Cancels a call that waits, at once; it can be taken back while nothing was dialled."""
        rt, actor = runtime.current(), await session.who(self)
        error = await _refusal(calling.cancel(rt, actor, str(call_id)))
        if error:
            return toasts.failed("The call was not cancelled", error)
        _changed(call_id)
        return toasts.done("Cancelled.", undo=CallActs.take_back(call_id))

    @rx.event
    @allow(*OPERATORS)
    async def take_back(self, call_id: str) -> Any:
        """Lets a cancelled call wait again."""
        rt, actor = runtime.current(), await session.who(self)
        error = await _refusal(calling.undo_cancel(rt, actor, str(call_id)))
        if error:
            return toasts.failed("It stays cancelled", error)
        _changed(call_id)
        return toasts.done("The call waits again.")

    @rx.event
    @allow(*OPERATORS)
    async def pause(self, call_id: str) -> Any:
        """Keeps a call that waits from being dialled."""
        rt, actor = runtime.current(), await session.who(self)
        error = await _refusal(pausing.pause_call(rt, actor, str(call_id)))
        if error:
            return toasts.failed("The call was not paused", error)
        _changed(call_id)
        return toasts.done("Paused. It is not dialled until someone resumes it.", undo=CallActs.resume(call_id))

    @rx.event
    @allow(*OPERATORS)
    async def resume(self, call_id: str) -> Any:
        """Lets a paused call be dialled."""
        rt, actor = runtime.current(), await session.who(self)
        error = await _refusal(pausing.resume_call(rt, actor, str(call_id)))
        if error:
            return toasts.failed("The call was not resumed", error)
        _changed(call_id)
        return toasts.done("The call waits for its turn again.")

    # -- do not call -----------------------------------------------------------------------------------------------

    @rx.event
    @allow(*OPERATORS)
    async def do_not_call(self, call_id: str) -> Any:
        """Puts the call's number on the do-not-call list, at once."""
        rt, actor = runtime.current(), await session.who(self)
        try:
            call = await calling.get(rt, actor, str(call_id))
            client_id = None if actor.client_ids is None else call.client_id
            done = await suppressing.suppress(rt, actor, call.to_number, client_id=client_id, why="from a call's page")
        except CallCenterError as error:
            return toasts.failed("The number was not added", error.message)
        _changed(call_id)
        viewer = await viewer_of(self)
        also = f" {words.counted(done.cancelled, 'waiting call')} cancelled." if done.cancelled else ""
        said = f"{viewer.number(done.number)} is on the do-not-call list.{also}"
        undo = CallActs.may_be_called(done.number, client_id or "") if done.is_new else None
        return toasts.done(said, undo=undo)

    @rx.event
    @allow(*OPERATORS)
    async def may_be_called(self, number: str, client_id: str) -> Any:
        """Takes back what `do_not_call` did a moment ago; calls it cancelled stay cancelled."""
        rt, actor = runtime.current(), await session.who(self)
        error = await _refusal(suppressing.undo_suppress(rt, actor, str(number), client_id=str(client_id) or None))
        if error:
            return toasts.failed("The number stays on the list", error)
        _changed("")
        return toasts.done("Taken off the do-not-call list. Cancelled calls stay cancelled.")

    # -- follow-ups ------------------------------------------------------------------------------------------------

    @rx.event
    @allow(*OPERATORS)
    async def ask_follow_up(self, call_id: str) -> Any:
        """Opens the form for a follow-up, tomorrow morning in the lead's zone."""
        page = await self._open("follow_up", call_id)
        if page is None:
            return toasts.failed("There is no such call any more.")
        zone = page.zone or (page.client.timezone if page.client else "UTC")
        self._zone, self.kind, self.error = zone, "follow_up", ""
        self.zone_words = f"Their time ({city(zone)})" if page.zone_is_sure else "Their time, likely"
        self.at = _tomorrow(runtime.current().clock.now(), zone)
        return None

    @rx.event
    @allow(*OPERATORS)
    async def set_kind(self, kind: str) -> None:
        """A follow-up, or an appointment."""
        self.kind = kind if kind in reviewing.KINDS else "follow_up"

    @rx.event
    @allow(*OPERATORS)
    async def set_at(self, at: str) -> None:
        """When, as typed."""
        self.at, self.error = str(at)[:30], ""

    @rx.event
    @allow(*OPERATORS)
    async def add_follow_up(self, given: dict[str, Any]) -> Any:
        """Adds what was filled in."""
        at = _instant(self.at, self._zone)
        if at is None:
            self.error = "Choose a day and a time."
            return None
        rt, actor = runtime.current(), await session.who(self)
        why = str(given.get("why", ""))
        try:
            await reviewing.add_follow_up(rt, actor, call_id=self.call_id, kind=self.kind, at=at, zone=self._zone, why=why)
        except CallCenterError as error:
            self.error = error.message
            return None
        self.asks = ""
        _changed(self.call_id)
        live.hub.bump("follow_ups")
        return toasts.done(f"{'Appointment' if self.kind == 'appointment' else 'Follow-up'} with {self.who} added.")

    # -- tags ------------------------------------------------------------------------------------------------------

    @rx.event
    @allow(*OPERATORS)
    async def ask_tags(self, call_id: str) -> Any:
        """Opens the field with the call's tags."""
        page = await self._open("tags", call_id)
        if page is None:
            return toasts.failed("There is no such call any more.")
        self.tags, self.error = ", ".join(page.call.tags), ""
        return None

    @rx.event
    @allow(*OPERATORS)
    async def set_tags(self, given: dict[str, Any]) -> Any:
        """Replaces the call's tags by those in the field."""
        rt, actor = runtime.current(), await session.who(self)
        tags = [tag.strip() for tag in str(given.get("tags", "")).split(",") if tag.strip()]
        try:
            await reviewing.set_tags(rt, actor, self.call_id, tags)
        except CallCenterError as error:
            self.error = error.message
            return None
        self.asks = ""
        _changed(self.call_id)
        return toasts.done("Tags changed.")

    async def _open(self, dialog_name: str, call_id: str) -> CallPage | None:
        rt, actor = runtime.current(), await session.who(self)
        try:
            page = await browsing.call_page(rt, actor, str(call_id))
        except CallCenterError:
            return None
        viewer = await viewer_of(self)
        self.call_id, self.who = page.line.call_id, page.line.lead_name or viewer.number(page.line.number)
        self.asks = dialog_name
        return page


def act_dialogs() -> rx.Component:
    """The dialogs; every page that offers these acts has them once."""
    return rx.fragment(_end_dialog(), _follow_up_dialog(), _tags_dialog())


def pause_button(head: rx.Var) -> rx.Component:
    """Pauses a call that waits, or lets it go on; `head` is a Var of CallHead."""
    return rx.cond(
        head.is_paused,
        button("Resume", icon_name="play", on_click=CallActs.resume(head.id)),
        button("Pause", icon_name="pause", on_click=CallActs.pause(head.id)),
    )


def _end_dialog() -> rx.Component:
    return confirm(
        is_open=CallActs.asks == "end",
        on_close=CallActs.close,
        title="End this call?",
        facts=CallActs.facts,
        safe_word="Let them talk",
        word="End call",
        icon_name="phone_off",
        on_confirm=CallActs.end,
    )


def _follow_up_dialog() -> rx.Component:
    when = form.field(
        "When",
        rx.el.input(
            id="follow-up-at",
            name="at",
            type="datetime-local",
            value=CallActs.at,
            on_change=CallActs.set_at,
            aria_describedby="follow-up-at-note",
            class_name="input",
        ),
        name="follow-up-at",
        error=CallActs.error,
        help_text=CallActs.zone_words,
    )
    kind = segments(
        [("follow_up", "Follow-up"), ("appointment", "Appointment")],
        current=CallActs.kind,
        on_pick=CallActs.set_kind,
        label="Kind",
    )
    why = form.text_field("Why", name="why", placeholder="Asked to be called again about the offer", max_length=500)
    return dialog(
        rx.el.form(
            rx.el.div(kind, when, why, class_name="stack gap-4 mt-4"),
            _foot("Add", "calendar_clock"),
            on_submit=CallActs.add_follow_up,
        ),
        is_open=CallActs.asks == "follow_up",
        on_close=CallActs.close,
        title="Follow up with " + CallActs.who,
        width=440,
    )


def _tags_dialog() -> rx.Component:
    field = form.text_field(
        "Tags",
        name="tags",
        default_value=CallActs.tags,
        error=CallActs.error,
        help_text="Separated by commas",
        key=CallActs.call_id + CallActs.tags,
    )
    return dialog(
        rx.el.form(
            rx.el.div(field, class_name="stack mt-4"),
            _foot("Save tags", "tag"),
            on_submit=CallActs.set_tags,
        ),
        is_open=CallActs.asks == "tags",
        on_close=CallActs.close,
        title="Tags",
        width=440,
    )


def _foot(word: str, icon_name: str) -> rx.Component:
    return rx.el.div(
        button("Cancel", kind="quiet", needs_server=False, on_click=CallActs.close),
        button(word, kind="main", icon_name=icon_name, type="submit", hotkey="mod+enter"),
        class_name="row justify-end mt-6",
    )


async def _refusal(act: Awaitable[object]) -> str:
    """Does it; gives why not, "" when it was done."""
    try:
        await act
    except CallCenterError as error:
        return error.message
    return ""


def _changed(call_id: str) -> None:
    live.hub.bump(*TOPICS, *([f"call:{call_id}"] if call_id else []))


def _tomorrow(now: datetime, zone: str) -> str:
    """Tomorrow at nine there, as a date field wants it."""
    day = (now.astimezone(ZoneInfo(zone)) + timedelta(days=1)).date()
    return f"{day.isoformat()}T09:00"


def _instant(text: str, zone: str) -> datetime | None:
    """The instant of a local day and time; None when it is none."""
    try:
        local = datetime.fromisoformat(text)
    except ValueError:
        return None
    return local.replace(tzinfo=zone_info(zone)) if local.tzinfo is None else None

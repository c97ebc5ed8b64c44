"""Follow-ups and appointments: what is to do, when in both zones, and the buttons that settle it."""

import logging
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import reflex as rx

from callcenter.domain.errors import CallCenterError, Unauthenticated
from callcenter.domain.hours import zone_info
from callcenter.domain.lines import FollowUpLine
from callcenter.domain.user import Actor
from callcenter.services import browsing, reviewing, runtime, staffing
from callcenter.ui import live, session, shell, words
from callcenter.ui.components import faces, tabs, toasts
from callcenter.ui.components.buttons import button, icon_button
from callcenter.ui.components.confirm import dialog
from callcenter.ui.components.form import text_field
from callcenter.ui.components.icons import icon
from callcenter.ui.components.links import link
from callcenter.ui.components.status_badge import tint_badge
from callcenter.ui.pages.calls_viewer import Viewer, viewer_of
from callcenter.ui.pages.follow_up_rows import FollowUpGroup, FollowUpRow, groups_of, later_today, tomorrow_morning
from callcenter.ui.pages.zones import Option, zone_words
from callcenter.ui.session import ANYONE, OPERATORS, allow
from callcenter.ui.shell_state import ShellState, closed_when_left

log = logging.getLogger(__name__)

TABS = (("todo", "To do"), ("appointments", "Appointments"), ("done", "Done"))
_SHOWN = 100
_COUNTED = {"todo": "to do", "appointments": "ahead", "done": "done"}


@dataclass(frozen=True)
class _Place:
    """What the address asks for."""

    tab: str = "todo"
    client_id: str | None = None


@closed_when_left("followups", moved_id="")
class FollowUpsState(rx.State):
    """The follow-ups of one tab, and the dialog that moves one."""

    groups: list[FollowUpGroup] = []
    face: str = "loading"
    tab: str = "todo"
    side: str = ""
    people: list[Option] = []
    todo_href: str = "/followups"
    appointments_href: str = "/followups?tab=appointments"
    done_href: str = "/followups?tab=done"
    moved_id: str = ""
    moved_who: str = ""
    moved_zone: str = ""
    moved_at: str = ""
    move_error: str = ""
    _place: _Place = _Place()
    _viewer: Viewer = Viewer()
    _lines: dict[str, FollowUpLine] = {}

    @rx.event
    @allow(*ANYONE)
    async def load(self) -> None:
        """Reads the address and asks for the rows of its tab."""
        rt, actor = runtime.current(), await session.who(self)
        query = self.router.url.query_parameters
        self._viewer = await viewer_of(self)
        client_id = query.get("client", "")
        known = client_id in dict(self._viewer.clients)
        tab = query.get("tab", "")
        self._place = _Place(tab if tab in dict(TABS) else "todo", client_id if known else None)
        try:
            lines = await _read(actor, self._place)
        except Exception:
            self.face = "error"
            raise
        self.people = await _people(actor)
        more = f"client={client_id}" if known else ""
        self.todo_href = "/followups" + (f"?{more}" if more else "")
        self.appointments_href, self.done_href = (
            f"/followups?tab={name}" + (f"&{more}" if more else "") for name in ("appointments", "done")
        )
        self.tab = self._place.tab
        self._take(lines, rt.clock.now())

    @rx.event(background=True)
    @allow(*ANYONE)
    async def watch(self) -> None:
        """Keeps the rows true while the page is open."""
        rt, cookie = runtime.current(), session.cookie_value(self)
        async for _ in live.hub.follow("follow_ups"):
            try:
                actor, place = await session.still(cookie), self._place
                lines = await _shared(actor, place)
                if {line.follow_up_id: line for line in lines} != self._lines and place == self._place:
                    async with live.push_slots, self:
                        self._take(lines, rt.clock.now())
            except Unauthenticated:
                return
            except Exception:
                log.exception("the follow-ups could not be refreshed")

    def _take(self, lines: tuple[FollowUpLine, ...], now: datetime) -> None:
        self._lines = {line.follow_up_id: line for line in lines}
        self.groups = groups_of(lines, self._viewer, tab=self._place.tab, now=now)
        late = sum(1 for line in lines if line.done_at is None and line.at is not None and line.at <= now)
        shown = f"first {_SHOWN} shown" if len(lines) >= _SHOWN else f"{len(lines)} {_COUNTED[self._place.tab]}"
        self.side = f"{words.count(late)} due" if late and self._place.tab == "todo" else shown if lines else ""
        self.face = "ready" if lines else "empty"

    # -- what can be done ------------------------------------------------------------------------------------------

    @rx.event
    @allow(*OPERATORS)
    async def done(self, follow_up_id: str) -> Any:
        """Marks one done; can be taken back."""
        rt, actor = runtime.current(), await session.who(self)
        act = reviewing.done_follow_up(rt, actor, str(follow_up_id))
        return await self._after(act, toasts.done("Marked done.", undo=FollowUpsState.undone(str(follow_up_id))))

    @rx.event
    @allow(*OPERATORS)
    async def undone(self, follow_up_id: str) -> Any:
        """Takes "done" back."""
        rt, actor = runtime.current(), await session.who(self)
        act = reviewing.done_follow_up(rt, actor, str(follow_up_id), is_done=False)
        return await self._after(act, toasts.info("Back on the list."))

    @rx.event
    @allow(*OPERATORS)
    async def move(self, follow_up_id: str, to: str) -> Any:
        """Moves one to later `today` or `tomorrow` morning; can be taken back."""
        line = self._lines.get(str(follow_up_id))
        if line is None or to not in ("today", "tomorrow"):
            return toasts.failed("This follow-up is not on the list any more.")
        now = runtime.current().clock.now()
        return await self._move(line, later_today(now) if to == "today" else tomorrow_morning(now, line.zone))

    async def _move(self, line: FollowUpLine, at: datetime) -> Any:
        rt, actor = runtime.current(), await session.who(self)
        when = words.ahead(at, now=rt.clock.now(), zone=self._viewer.zone).split(" (")[0]
        back = FollowUpsState.move_back(line.follow_up_id, line.at.isoformat()) if line.at else None
        act = reviewing.move_follow_up(rt, actor, line.follow_up_id, at, rev=line.rev)
        return await self._after(act, toasts.done(f"Moved to {when}.", undo=back))

    @rx.event
    @allow(*OPERATORS)
    async def move_back(self, follow_up_id: str, instant: str) -> Any:
        """Takes a move back."""
        at = _instant(str(instant))
        if at is None:
            return toasts.failed("This time cannot be read.")
        rt, actor = runtime.current(), await session.who(self)
        return await self._after(reviewing.move_follow_up(rt, actor, str(follow_up_id), at), toasts.info("Moved back."))

    @rx.event
    @allow(*OPERATORS)
    async def ask_time(self, follow_up_id: str) -> None:
        """Opens the dialog in which a time is picked, on their clock."""
        line = self._lines.get(str(follow_up_id))
        if line is None:
            return
        at = line.at or tomorrow_morning(runtime.current().clock.now(), line.zone)
        self.moved_id, self.moved_who, self.move_error = line.follow_up_id, line.who, ""
        self.moved_zone = zone_words(line.zone)
        self.moved_at = at.astimezone(zone_info(line.zone) or UTC).strftime("%Y-%m-%dT%H:%M")

    @rx.event
    @allow(*OPERATORS)
    async def keep_time(self) -> None:
        """Closes the dialog."""
        self.moved_id = ""

    @rx.event
    @allow(*OPERATORS)
    async def move_to(self, form: dict[str, Any]) -> Any:
        """Moves the one in the dialog to the time that was picked."""
        line = self._lines.get(self.moved_id)
        if line is None:
            self.moved_id = ""
            return toasts.failed("This follow-up is not on the list any more.")
        at = _instant(str(form.get("moved_at", "")), zone=line.zone)
        now = runtime.current().clock.now()
        if at is None or at <= now:
            self.move_error = "Choose a day and a time." if at is None else "This time has passed."
            return None
        self.moved_id = ""
        return await self._move(line, at)

    @rx.event
    @allow(*OPERATORS)
    async def assign(self, follow_up_id: str, owner: str) -> Any:
        """Gives one to somebody of the list, or to nobody."""
        if owner and owner not in {person.value for person in self.people}:
            return toasts.failed("There is nobody of that name.")
        rt, actor = runtime.current(), await session.who(self)
        act = reviewing.assign_follow_up(rt, actor, str(follow_up_id), owner or None)
        return await self._after(act, toasts.done(f"Given to {owner}." if owner else "Nobody has it now."))

    @rx.event
    @allow(*OPERATORS)
    async def confirm(self, follow_up_id: str) -> Any:
        """Says that a loosely understood time is right."""
        rt, actor = runtime.current(), await session.who(self)
        return await self._after(reviewing.confirm_follow_up(rt, actor, str(follow_up_id)), toasts.done("The time is confirmed."))

    async def _after(self, act: Awaitable[object], said: Any) -> Any:
        """Awaits an act, shows the list as it is now, and says how it went."""
        try:
            await act
        except CallCenterError as error:
            said = toasts.failed("That did not work.", error.message)
        self._take(await _read(await session.who(self), self._place), runtime.current().clock.now())
        live.hub.bump("follow_ups", "all")
        return said


async def _shared(actor: Actor, place: _Place) -> tuple[FollowUpLine, ...]:
    return await live.hub.snapshot("follow_ups", (actor.client_ids, actor.role, place), lambda: _read(actor, place))


async def _read(actor: Actor, place: _Place) -> tuple[FollowUpLine, ...]:
    return await browsing.follow_up_list(runtime.current(), actor, tab=place.tab, client_id=place.client_id, limit=_SHOWN)


async def _people(actor: Actor) -> list[Option]:
    """Whom this person may give work to: themselves, and for admins everybody."""
    if actor.role.value != "admin" or actor.client_ids is not None:
        return [Option(actor.label, "Me")]
    users = [user for user in await staffing.users_of(runtime.current(), actor) if user.is_active and user.email != actor.label]
    return [Option(actor.label, "Me"), *(Option(user.email, user.name) for user in users)]


def _instant(text: str, *, zone: str = "UTC") -> datetime | None:
    try:
        at = datetime.fromisoformat(text)
        return (at if at.tzinfo else at.replace(tzinfo=zone_info(zone) or UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


# The page ------------------------------------------------------------------------------------------------------------


def follow_ups_page() -> rx.Component:
    """The page."""
    hrefs = {"todo": FollowUpsState.todo_href, "appointments": FollowUpsState.appointments_href, "done": FollowUpsState.done_href}
    return shell.frame(
        faces.faced(
            FollowUpsState.face,
            ready=rx.el.div(rx.foreach(FollowUpsState.groups, _group), class_name="stack gap-6 pt-4"),
            empty=_empty(),
            error=faces.page_error("The follow-ups could not be loaded.", "Nothing was lost.", on_retry=FollowUpsState.load),
        ),
        _move_dialog(),
        nav="followups",
        title="Follow-ups",
        side=FollowUpsState.side,
        tabs=tabs.tab_bar(
            *[tabs.tab(word, hrefs[name], is_current=FollowUpsState.tab == name) for name, word in TABS], label="Follow-ups"
        ),
        face=FollowUpsState.face,
    )


def _empty() -> rx.Component:
    return rx.match(
        FollowUpsState.tab,
        ("done", faces.empty("circle_check", "Nothing done yet", "What you tick off stands here.")),
        (
            "appointments",
            faces.empty("calendar_check", "No appointments", "When an agent makes one in a call, it stands here by its day."),
        ),
        faces.empty(
            "calendar_clock",
            "Nothing to do",
            "Somebody who asks to be called back in a call comes here by itself. You can add one on any call or lead.",
            link("See calls", href="/calls"),
        ),
    )


def _group(group: rx.Var[FollowUpGroup]) -> rx.Component:
    head = rx.el.div(
        rx.el.h2(
            group.title,
            class_name=rx.cond(group.is_late, "m-0 text-base leading-6 font-medium bad", "m-0 text-base leading-6 font-medium"),
        ),
        rx.el.span(group.count, class_name="quiet"),
        class_name="row mb-2",
    )
    return rx.el.section(head, rx.el.ul(rx.foreach(group.rows, _row), class_name="card card-rows list-none m-0 p-0"))


def _row(row: rx.Var[FollowUpRow]) -> rx.Component:
    who = rx.el.div(
        link(row.who, href=row.href, class_name="plain-link strong clip"),
        rx.cond(row.number != "", rx.el.span(row.number, class_name="quiet small")),
        rx.el.span(row.client, class_name="quiet small clip"),
        class_name="stack min-w-0",
    )
    unsure = rx.el.div(
        tint_badge("Check the time", hue="amber", icon_name="clock_alert"),
        rx.el.span("“", row.said, "”", class_name="quiet small"),
        rx.cond(ShellState.may_call, button("It is right", size="small", on_click=FollowUpsState.confirm(row.id))),
        class_name="row flex-wrap mt-1",
    )
    why = rx.el.div(
        rx.el.p(
            rx.cond(row.why != "", row.why, "No reason noted"), class_name=rx.cond(row.why != "", "m-0 line-clamp-2", "m-0 quiet")
        ),
        rx.cond(row.said != "", unsure),
        class_name="min-w-0",
    )
    when = rx.el.div(
        rx.el.span(row.when, title=row.exact, class_name=rx.cond(row.is_late, "bad strong", "strong")),
        rx.cond(row.theirs != "", rx.el.span(row.theirs, class_name="quiet small")),
        rx.cond(row.done != "", rx.el.span("done ", row.done, class_name="quiet small")),
        class_name="stack",
    )
    owner = rx.el.div(
        rx.cond(row.owner != "", rx.el.span(row.owner, class_name="clip"), rx.el.span("Nobody", class_name="quiet")),
        class_name="row quiet small min-w-0",
    )
    return rx.el.li(
        who,
        why,
        when,
        owner,
        _actions(row),
        key=row.id,
        class_name="grid items-center gap-x-4 gap-y-2 py-3 grid-cols-1 "
        "md:grid-cols-[minmax(0,1.1fr)_minmax(0,1.6fr)] xl:grid-cols-[minmax(0,1fr)_minmax(0,2.2fr)_200px_72px_auto]",
    )


def _actions(row: rx.Var[FollowUpRow]) -> rx.Component:
    move = rx.dropdown_menu.root(
        rx.dropdown_menu.trigger(button("Move", after="chevron_down")),
        rx.dropdown_menu.content(
            rx.dropdown_menu.item("Later today", on_click=FollowUpsState.move(row.id, "today")),
            rx.dropdown_menu.item("Tomorrow morning, their time", on_click=FollowUpsState.move(row.id, "tomorrow")),
            rx.dropdown_menu.item("Pick a time…", on_click=FollowUpsState.ask_time(row.id)),
            align="end",
        ),
    )
    assign = rx.dropdown_menu.root(
        rx.dropdown_menu.trigger(icon_button("user_plus", "Assign")),
        rx.dropdown_menu.content(
            rx.foreach(
                FollowUpsState.people,
                lambda person: rx.dropdown_menu.item(person.word, on_click=FollowUpsState.assign(row.id, person.value)),
            ),
            rx.dropdown_menu.separator(),
            rx.dropdown_menu.item("Nobody", on_click=FollowUpsState.assign(row.id, "")),
            align="end",
        ),
    )
    calendar = rx.cond(
        row.calendar != "",
        rx.el.a(
            icon("calendar_plus"),
            href=row.calendar,
            download="appointment.ics",
            aria_label="Add to calendar",
            title="Add to calendar",
            class_name="btn btn-ghost btn-icon",
        ),
    )
    is_open = rx.el.div(
        rx.cond(row.dial != "", shell.new_call_link("Call now", to=row.dial, kind="outline")),
        button("Done", icon_name="check", on_click=FollowUpsState.done(row.id)),
        move,
        assign,
        calendar,
        class_name="row flex-wrap md:max-xl:col-span-2",
    )
    is_done = button("Not done", kind="ghost", icon_name="undo_2", on_click=FollowUpsState.undone(row.id))
    return rx.cond(ShellState.may_call, rx.cond(row.done != "", is_done, is_open), rx.el.span())


def _move_dialog() -> rx.Component:
    form = rx.el.form(
        text_field(
            "New time",
            name="moved_at",
            type="datetime-local",
            default_value=FollowUpsState.moved_at,
            key=FollowUpsState.moved_id,
            error=FollowUpsState.move_error,
            help_text=rx.el.span("On their clock: ", FollowUpsState.moved_zone),
            required=True,
        ),
        rx.el.div(
            button("Keep the time", kind="quiet", on_click=FollowUpsState.keep_time),
            button("Move", kind="main", type="submit", data_hotkey="mod+enter"),
            class_name="actions",
        ),
        on_submit=FollowUpsState.move_to,
        reset_on_submit=False,
    )
    return dialog(
        form,
        is_open=FollowUpsState.moved_id != "",
        on_close=FollowUpsState.keep_time,
        title="Move the follow-up",
        description=FollowUpsState.moved_who,
        width=400,
    )


on_load = [FollowUpsState.load, FollowUpsState.watch]

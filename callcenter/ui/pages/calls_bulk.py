"""What can be done with many calls at once: the facts are said before, and each call is judged anew when its turn comes."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from callcenter.domain.errors import CallCenterError
from callcenter.domain.lines import CallLine
from callcenter.domain.user import Actor
from callcenter.services import browsing, calling, reviewing, runtime, suppressing
from callcenter.services.calling import ScheduleCall
from callcenter.ui import live, session, shell, words
from callcenter.ui.components import form, toasts
from callcenter.ui.components.buttons import button
from callcenter.ui.components.confirm import confirm, dialog
from callcenter.ui.components.data_table import select_bar
from callcenter.ui.components.icons import icon
from callcenter.ui.components.links import server_link
from callcenter.ui.pages.calls_rows import GOING_ON, OVER
from callcenter.ui.pages.calls_state import CallsState
from callcenter.ui.session import OPERATORS, allow
from callcenter.ui.shell_state import closed_when_left

#: The most calls one act goes through; more are asked to narrow the filter.
MOST = 2_000
#: The most people one click may have called again; more are a batch.
MOST_AGAIN = 500
_CHUNK = 200
_EVERY = 20


@dataclass(frozen=True)
class Plan:
    """What an act would do: the calls it applies to, how many were looked at, and the sentence that says so."""

    lines: tuple[CallLine, ...]
    facts: str


@closed_when_left("calls", asks="")
class CallsBulk(rx.State):
    """Which act on the selection is being asked about, and how far it has come."""

    asks: str = ""
    facts: str = ""
    word: str = ""
    is_off: bool = False
    error: str = ""
    progress: str = ""
    _plan: tuple[CallLine, ...] = ()
    _undone: tuple[str, ...] = ()

    @rx.event
    @allow(*OPERATORS)
    async def close(self) -> None:
        """Closes the dialog."""
        self.asks = ""

    @rx.event
    @allow(*OPERATORS)
    async def ask(self, act: str) -> Any:
        """Says what an act would do with the selection: "cancel", "again", "stop" or "tag"."""
        if act not in PLANS:
            return None
        actor = await session.who(self)
        lines, is_cut = await self._selected(actor)
        if is_cut:
            return toasts.failed(f"At most {MOST:,} calls at once", "Narrow the filter; nothing was changed.")
        plan = PLANS[act](lines)
        self._plan, self.facts, self.asks, self.error = plan.lines, plan.facts, act, ""
        self.word = _verb(act, len(plan.lines))
        self.is_off = not plan.lines
        return None

    async def _selected(self, actor: Actor) -> tuple[list[CallLine], bool]:
        """The calls selected, as they are now; True when there are more than one act may take."""
        page = await self.get_state(CallsState)
        rt = runtime.current()
        if not page.is_all_selected:
            return list(await browsing.calls_by_id(rt, actor, page.selected)), False
        found: list[CallLine] = []
        cursor: str | None = None
        asked = page._listed()
        while True:
            some = await browsing.page_of_calls(rt, actor, asked, limit=_CHUNK, cursor=cursor, with_total=False)
            found += some.items
            cursor = some.older
            if cursor is None or len(found) > MOST:
                return found, len(found) > MOST

    @rx.event(background=True)
    @allow(*OPERATORS)
    async def do(self) -> AsyncIterator[Any]:
        """Does what was asked about, one call after the other."""
        async with self:
            act, lines = self.asks, self._plan
            self.asks, self._plan = "", ()
        if act not in ACTS or not lines:
            return
        actor, done, refused = await session.who(self), [], ""
        for nth, line in enumerate(lines):
            try:
                done.append(await ACTS[act](actor, line))
            except CallCenterError as error:
                refused = refused or error.message
            if nth % _EVERY == _EVERY - 1:
                async with self:
                    self.progress = f"{nth + 1} of {len(lines)}"
        async with self:
            self.progress = ""
            self._undone = tuple(done) if act == "cancel" else ()
            page = await self.get_state(CallsState)
            page.selected, page.is_all_selected = [], False
        live.hub.bump("all", "calls", "do_not_call", "slots")
        yield _said(act, len(done), len(lines) - len(done), refused)

    @rx.event
    @allow(*OPERATORS)
    async def take_back(self) -> Any:
        """Lets the calls that were just cancelled wait again."""
        rt, actor = runtime.current(), await session.who(self)
        back = 0
        for call_id in self._undone:
            try:
                await calling.undo_cancel(rt, actor, call_id)
                back += 1
            except CallCenterError:
                continue  # one that cannot wait again stays cancelled, and the count says so
        self._undone = ()
        live.hub.bump("all", "calls", "slots")
        return toasts.done(f"{words.counted(back, 'call')} {'waits' if back == 1 else 'wait'} again.")

    @rx.event
    @allow(*OPERATORS)
    async def tag(self, given: dict[str, Any]) -> Any:
        """Adds tags to everything selected."""
        rt, actor = runtime.current(), await session.who(self)
        tags = [tag.strip() for tag in str(given.get("bulk-tags", "")).split(",") if tag.strip()]
        if not tags:
            self.error = "Type at least one tag."
            return None
        page = await self.get_state(CallsState)
        which = page._listed() if page.is_all_selected else list(page.selected)
        try:
            changed = await reviewing.tag_calls(rt, actor, which, add=tags)
        except CallCenterError as error:
            self.error = error.message
            return None
        self.asks = ""
        page.selected, page.is_all_selected = [], False
        live.hub.bump("calls")
        return toasts.done(f"{words.counted(changed, 'call')} tagged {', '.join(tags)}.")


# -- what each act applies to --------------------------------------------------------------------------------------


def plan_cancel(lines: Sequence[CallLine]) -> Plan:
    """Only what waits can be cancelled here; a live call is ended one by one, with its own question."""
    waiting = tuple(line for line in lines if line.status == "scheduled")
    running = sum(1 for line in lines if line.status in GOING_ON)
    over = len(lines) - len(waiting) - running
    facts = f"Cancel applies to {words.base(len(waiting), len(lines))}."
    if running:
        facts += f" {words.counted(running, 'call')} in progress {'goes' if running == 1 else 'go'} on."
    if over:
        facts += f" {words.counted(over, 'call')} already ended."
    return Plan(waiting, facts + (" Nobody is dialled for the cancelled ones." if waiting else ""))


def plan_again(lines: Sequence[CallLine]) -> Plan:
    """Everybody whose call is over, once each."""
    over = [line for line in lines if line.status in OVER and line.client_id]
    people = {(line.client_id, line.number): line for line in over}
    chosen = tuple(people.values())
    facts = f"{words.counted(len(chosen), 'person', 'people')} will be called again, as soon as the rules allow."
    left = len(lines) - len(over)
    if left:
        facts += f" {words.counted(left, 'call')} {'is' if left == 1 else 'are'} not over yet and left alone."
    if len(over) > len(chosen):
        facts += " Whoever was called several times is called once."
    if len(chosen) > MOST_AGAIN:
        return Plan((), f"At most {MOST_AGAIN} people at once; for more, start a batch.")
    return Plan(chosen, facts + (" Their phones will ring." if chosen else ""))


def plan_stop(lines: Sequence[CallLine]) -> Plan:
    """Every number once."""
    numbers = {line.number: line for line in lines}
    count = words.counted(len(numbers), "number")
    facts = f"{count} {'goes' if len(numbers) == 1 else 'go'} on the do-not-call list, and nobody dials them."
    waiting = sum(1 for line in lines if line.status == "scheduled")
    if waiting:
        facts += f" {words.counted(waiting, 'waiting call')} of the selection {'is' if waiting == 1 else 'are'} cancelled."
    return Plan(tuple(numbers.values()), facts + " Taking a number off again needs a manager and a reason.")


def plan_tag(lines: Sequence[CallLine]) -> Plan:
    """All of them."""
    return Plan(tuple(lines), f"The tags are added to {words.counted(len(lines), 'call')}.")


PLANS: dict[str, Callable[[Sequence[CallLine]], Plan]] = {
    "cancel": plan_cancel,
    "again": plan_again,
    "stop": plan_stop,
    "tag": plan_tag,
}


async def _cancel(actor: Actor, line: CallLine) -> str:
    rt = runtime.current()
    now = await calling.get(rt, actor, line.call_id)
    if now.derived.status.value != "scheduled":
        raise CallCenterError("Some were dialled meanwhile and go on.")
    await calling.cancel(rt, actor, line.call_id)
    return line.call_id


async def _again(actor: Actor, line: CallLine) -> str:
    wish = ScheduleCall(
        lead_id=line.lead_id,
        to_number=None if line.lead_id else line.number,
        agent_id=line.agent_id,
        from_number=line.from_number,
    )
    call = await calling.schedule(runtime.current(), actor, line.client_id or "", wish)
    return call.call_id


async def _stop(actor: Actor, line: CallLine) -> str:
    client_id = None if actor.client_ids is None else line.client_id
    await suppressing.suppress(runtime.current(), actor, line.number, client_id=client_id, why="chosen in the list of calls")
    return line.number


ACTS = {"cancel": _cancel, "again": _again, "stop": _stop}


def _verb(act: str, count: int) -> str:
    return {
        "cancel": f"Cancel {words.counted(count, 'call')}",
        "again": f"Call {words.counted(count, 'person', 'people')} again",
        "stop": f"Stop {words.counted(count, 'number')}",
    }.get(act, "")


def _said(act: str, done: int, left: int, refused: str) -> Any:
    what = {
        "cancel": f"{words.counted(done, 'call')} cancelled.",
        "again": f"{words.counted(done, 'call')} scheduled.",
        "stop": f"{words.counted(done, 'number')} on the do-not-call list.",
    }[act]
    if left:
        return toasts.failed(what, f"{words.counted(left, 'call')} left out: {refused}")
    return toasts.done(what, undo=CallsBulk.take_back if act == "cancel" else None)


# -- on screen -----------------------------------------------------------------------------------------------------


def bulk_bar() -> rx.Component:
    """The bar while rows are selected."""
    acts = rx.fragment(
        _act("phone", "Call again", "again"),
        _act("tag", "Tag", "tag"),
        _act("ban", "Do not call", "stop"),
        _act("circle_slash", "Cancel", "cancel"),
    )
    export = server_link(
        icon("download"), rx.el.span("Export"), href=CallsState.export_href, class_name="btn btn-ghost", download=True
    )
    return select_bar(
        rx.el.span(rx.cond(CallsBulk.progress != "", CallsBulk.progress, CallsState.selected_words), class_name="text-nowrap"),
        rx.cond(shell.ShellState.may_call, acts),
        rx.cond(CallsState.is_all_selected, export),
        on_clear=CallsState.select_none,
    )


def _act(icon_name: str, word: str, act: str) -> rx.Component:
    return button(word, kind="ghost", icon_name=icon_name, on_click=CallsBulk.ask(act))


def bulk_dialogs() -> rx.Component:
    """The dialogs that say the facts before."""
    return rx.fragment(
        _confirm("again", "Call them again?", safe="Leave them", icon_name="phone", kind="main"),
        _confirm("stop", "Add to the do-not-call list?", safe="Keep them", icon_name="ban"),
        _confirm("cancel", "Cancel these calls?", safe="Keep them", icon_name="circle_slash"),
        _tag_dialog(),
    )


def _confirm(act: str, title: str, *, safe: str, icon_name: str, kind: Any = "danger") -> rx.Component:
    return confirm(
        is_open=CallsBulk.asks == act,
        on_close=CallsBulk.close,
        title=title,
        facts=CallsBulk.facts,
        safe_word=safe,
        word=CallsBulk.word,
        on_confirm=CallsBulk.do,
        icon_name=icon_name,
        kind=kind,
        is_off=CallsBulk.is_off,
    )


def _tag_dialog() -> rx.Component:
    field = form.text_field("Tags to add", name="bulk-tags", error=CallsBulk.error, help_text="Separated by commas")
    foot = rx.el.div(
        button("Cancel", kind="quiet", needs_server=False, on_click=CallsBulk.close),
        button("Add tags", kind="main", icon_name="tag", type="submit", hotkey="mod+enter"),
        class_name="row justify-end mt-6",
    )
    return dialog(
        rx.el.form(rx.el.div(field, class_name="stack mt-4"), foot, on_submit=CallsBulk.tag),
        is_open=CallsBulk.asks == "tag",
        on_close=CallsBulk.close,
        title="Tag calls",
        description=CallsBulk.facts,
        width=440,
    )

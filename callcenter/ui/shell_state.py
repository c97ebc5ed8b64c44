"""What the frame around every page knows: who is looking, at which client, and whether calling is on."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from urllib.parse import parse_qsl, quote, urlencode

import reflex as rx

from callcenter.domain.errors import CallCenterError, Unauthenticated
from callcenter.domain.phone import national
from callcenter.domain.user import Actor
from callcenter.services import browsing, pausing, runtime
from callcenter.services.browsing.pages import AttentionLine, QuickHit, ShellView
from callcenter.ui import live, session, theme, words
from callcenter.ui.components import toasts
from callcenter.ui.session import ANYONE, MANAGERS, OPERATORS, allow

log = logging.getLogger(__name__)

Kind = TypeVar("Kind", bound=rx.State)

#: A page that stands open without any news is used at least this often, lest its state expire as that of a closed one.
USED_EVERY = timedelta(minutes=5)
#: Parts of an address that belong to a dialog over the page, not to the page.
DIALOG_NAMES = frozenset({"new", "to", "lead"})
#: What is said of a found thing that nothing else describes.
_KIND_WORDS = {"client": "Client", "batch": "Batch"}
#: Resuming asks first when calling has been off for longer than this.
ASK_AFTER = timedelta(hours=1)


@dataclass(frozen=True)
class Dialogs:
    """What the dialogs of a state hang on: the values that close them, and the pages they open over, by the first word of
    their path ("" is Live)."""

    state: type[rx.State]
    places: tuple[str, ...]
    closed: Mapping[str, Any]


#: Whoever leaves a page leaves its dialogs; each page adds its own.
_dialogs: list[Dialogs] = []


def closed_when_left(*places: str, **closed: Any) -> Callable[[type[Kind]], type[Kind]]:
    """Marks a state whose dialogs open over `places`: once another page is opened, these values close them."""

    def mark(state: type[Kind]) -> type[Kind]:
        _dialogs.append(Dialogs(state, places, closed))
        return state

    return mark


@dataclass(frozen=True)
class ClientOption:
    """A client in the switcher; `href` is this page for that client."""

    id: str
    name: str
    href: str


@dataclass(frozen=True)
class Notice:
    """Something that needs a person: what is wrong, and where it can be put right."""

    title: str
    detail: str
    href: str
    is_error: bool


@dataclass(frozen=True)
class Found:
    """Something the search found: `kind` is call, lead, batch or client."""

    kind: str
    word: str
    detail: str
    href: str


class ShellState(rx.State):
    """The frame's own data; pages read it and never write it."""

    is_loaded: bool = False
    workspace: str = ""
    clients: list[ClientOption] = []
    client_id: str = ""
    client_name: str = ""
    all_clients_href: str = "/"
    client_query: str = ""
    user_name: str = ""
    user_initials: str = ""
    role: str = ""
    followups_due: int = 0
    attention: int = 0
    notices: list[Notice] = []
    unread: int = 0
    in_progress: int = 0
    waiting: int = 0
    calling_paused: bool = False
    paused_words: str = ""
    pause_facts: str = ""
    resume_facts: str = ""
    simulated_words: str = ""
    trouble_words: str = ""
    trouble_action: str = ""
    trouble_href: str = ""
    admins: str = ""
    here: str = "/"
    new_call_href: str = "?new=call"
    asks_pause: bool = False
    asks_resume: bool = False
    ends_too: bool = False
    palette_is_open: bool = False
    found: list[Found] = []
    found_words: str = ""
    _view: ShellView | None = None
    _path: str = ""

    @rx.var
    def may_call(self) -> bool:
        """Whether this person may place calls; services decide again."""
        return self.role in OPERATORS

    @rx.var
    def may_manage(self) -> bool:
        """Whether this person may pause, launch and set limits."""
        return self.role in MANAGERS

    @rx.var
    def is_admin(self) -> bool:
        """Whether this person may set up clients and people."""
        return self.role == "admin"

    @rx.event
    @allow(*ANYONE)
    async def load(self) -> None:
        """Reads everything anew; runs before the page's own load, also after a reconnect."""
        actor = await session.who(self)
        view = await browsing.shell_of(runtime.current(), actor)
        self.palette_is_open = self.asks_pause = self.asks_resume = False  # they belong to the page that was left
        await self._leave_dialogs()
        self._show_place(view)
        self._show(view)

    async def _leave_dialogs(self) -> None:
        """Closes what was open over the page before; after a reconnect to the same one it stays, with what was typed in it."""
        left, self._path = self._path, self.router.url.path
        if left in ("", self._path):
            return
        for dialogs in _dialogs:
            if left.split("/")[1] in dialogs.places:
                state = await self.get_state(dialogs.state)
                for name, value in dialogs.closed.items():
                    setattr(state, name, value)

    @rx.event(background=True)
    @allow(*ANYONE)
    async def watch(self) -> None:
        """Keeps the counts and the calling state true while a page is open."""
        clock, cookie = runtime.current().clock, session.cookie_value(self)
        used_at = clock.now()
        async for _ in live.hub.follow(live.FRAME):
            try:
                view = await self._fresh_view(await session.still(cookie))
                if view != self._view or clock.now() - used_at >= USED_EVERY:
                    async with live.aside_slots, self:
                        live.bare(self)._show(view)
                    used_at = clock.now()
            except Unauthenticated:
                return
            except Exception:
                log.exception("the frame could not be refreshed")

    async def _fresh_view(self, actor: Actor) -> ShellView:
        rt = runtime.current()
        return await live.hub.snapshot(live.FRAME, actor, lambda: browsing.shell_of(rt, actor), is_dear=True)

    def _show(self, view: ShellView) -> None:
        self._view = view
        self.workspace = view.workspace
        self.user_name, self.user_initials, self.role = view.user_name, view.user_initials, view.role
        self.followups_due, self.attention = view.followups_due, len(view.attention)
        self.notices = [_notice(each) for each in view.attention]
        self.unread = view.unread
        self.in_progress, self.waiting = view.in_progress, view.waiting
        self.calling_paused = view.calling_paused
        self.paused_words = _paused_words(view)
        self.pause_facts, self.resume_facts = _pause_facts(view), _resume_facts(view)
        self.simulated_words = _simulated_words(view)
        self.admins = ", ".join(view.admins) + "."
        trouble = view.trouble
        self.trouble_words = f"{trouble.title}. {trouble.detail}." if trouble else ""
        self.trouble_action, self.trouble_href = (trouble.action, trouble.href) if trouble else ("", "")
        self.is_loaded = True

    def _show_place(self, view: ShellView) -> None:
        url = self.router.url
        query = [(name, value) for name, value in parse_qsl(url.query) if name not in DIALOG_NAMES]
        known = dict(view.clients)
        wanted = dict(query).get("client", "")
        self.client_id = wanted if wanted in known else ""
        self.client_name = known.get(wanted, "")
        self.client_query = f"?client={quote(self.client_id)}" if self.client_id else ""
        self.here = _address(url.path, query)
        self.new_call_href = _address(url.path, [*query, ("new", "call")])
        others = [(name, value) for name, value in query if name not in ("client", "peek", "cursor")]
        self.all_clients_href = _address(url.path, others)
        self.clients = [ClientOption(key, name, _address(url.path, [*others, ("client", key)])) for key, name in view.clients]

    @rx.event
    @allow(*MANAGERS)
    async def ask_pause(self) -> None:
        """Opens the dialog that says what pausing does."""
        self.ends_too, self.asks_pause = False, True

    @rx.event
    @allow(*ANYONE)
    async def keep_calling(self) -> None:
        """Closes the dialogs about pausing and resuming."""
        self.asks_pause = self.asks_resume = False

    @rx.event
    @allow(*MANAGERS)
    async def set_ends_too(self, ends: bool) -> None:
        """Whether pausing also ends the calls in progress."""
        self.ends_too = bool(ends)

    @rx.event
    @allow(*MANAGERS)
    async def pause(self) -> Any:
        """Pauses all calling."""
        rt, actor = runtime.current(), await session.who(self)
        try:
            await pausing.pause_everything(rt, actor, end_live=self.ends_too)
        except CallCenterError as error:
            return toasts.failed("Calling was not paused", error.message)
        self._show(await browsing.shell_of(rt, actor))
        self.asks_pause = False
        live.hub.bump("all", live.FRAME, "installation")
        also = " Calls in progress are being ended." if self.ends_too else ""
        return toasts.done(f"Calling is paused.{also}", undo=ShellState.resume)

    @rx.event
    @allow(*MANAGERS)
    async def ask_resume(self) -> Any:
        """Resumes at once after a short pause; asks first after a long one."""
        paused_at = self._view.paused_at if self._view else None
        if paused_at and runtime.current().clock.now() - paused_at > ASK_AFTER:
            self.asks_resume = True
            return None
        return ShellState.resume

    @rx.event
    @allow(*MANAGERS)
    async def resume(self) -> Any:
        """Lets calls be dialled again."""
        rt, actor = runtime.current(), await session.who(self)
        try:
            await pausing.resume_everything(rt, actor)
        except CallCenterError as error:
            return toasts.failed("Calling was not resumed", error.message)
        self._show(await browsing.shell_of(rt, actor))
        self.asks_resume = False
        live.hub.bump("all", live.FRAME, "installation")
        return toasts.done("Calling is on again.")

    @rx.event
    @allow(*ANYONE)
    async def set_palette(self, is_open: bool) -> None:
        """Opens or closes the search."""
        self.palette_is_open, self.found, self.found_words = bool(is_open), [], ""

    @rx.event(supersedes=True)
    @allow(*ANYONE)
    async def look_up(self, text: str) -> None:
        """Finds calls, leads, batches and clients for what has been typed so far."""
        wanted = str(text)[:200].strip()
        hits = await browsing.quick_search(runtime.current(), await session.who(self), wanted) if wanted else ()
        self.found = [_found(hit, self._view.country if self._view else "US") for hit in hits]
        self.found_words = f"{words.counted(len(hits), 'result')}" if wanted else ""

    @rx.event
    @allow(*ANYONE)
    async def search(self, form: dict[str, Any]) -> Any:
        """Goes to the calls that match what was typed."""
        self.palette_is_open = False
        text = str(form.get("q", ""))[:200].strip()
        return rx.redirect(_address("/calls", [("q", text)])) if text else None


def _notice(line: AttentionLine) -> Notice:
    return Notice(line.title, words.person(line.detail), line.href, line.level == "error")


def _found(hit: QuickHit, country: str) -> Found:
    """What the search found, as people write it: "(415) 555-0142 · Acme Dental · Voicemail"."""
    number = national(hit.number, country=country) if hit.number else ""
    look = theme.OUTCOME.get(hit.outcome) or theme.STATUS.get(words.shown_status(hit.status, outcome=hit.outcome))
    is_named = hit.title != hit.number
    detail = [number if is_named else "", hit.client, look.word if look else "", _KIND_WORDS.get(hit.kind, "")]
    return Found(hit.kind, hit.title if is_named else number, " · ".join(part for part in detail if part), hit.href)


def _address(path: str, query: list[tuple[str, str]]) -> str:
    return f"{path}?{urlencode(query)}" if query else path


def _paused_words(view: ShellView) -> str:
    if not view.calling_paused:
        return ""
    since = f" since {words.clock_time(view.paused_at, view.user_timezone)}" if view.paused_at else ""
    by = f" by {view.paused_by}" if view.paused_by else ""
    verb = "is" if view.waiting == 1 else "are"
    return f"Calling is paused for everyone{since}{by}. {words.counted(view.waiting, 'call')} {verb} waiting."


def _pause_facts(view: ShellView) -> str:
    goes = "goes on until it hangs up" if view.in_progress == 1 else "go on until they hang up"
    return f"New calls stop at once. {words.counted(view.in_progress, 'call')} in progress {goes}."


def _resume_facts(view: ShellView) -> str:
    return f"{words.counted(view.waiting, 'call')} will be dialled again as soon as the rules let them."


def _simulated_words(view: ShellView) -> str:
    if view.is_demo:
        return f"Demo. Calls are simulated at {view.speed}× speed, no real phone rings."
    return "Some clients use the simulator: their calls ring no real phone." if view.has_simulated else ""

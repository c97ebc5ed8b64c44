"""What the wizard of a new batch holds: a draft that is kept on every step, its running sum, and the launch."""

import contextlib
import logging
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs

import reflex as rx

from callcenter.domain.errors import CallCenterError, Invalid, NotFound
from callcenter.domain.lead_search import LeadFilter, lead_filter_from, lead_query
from callcenter.domain.user import Actor
from callcenter.services import batching, browsing, connecting, drafting, onboarding, rehearsing, runtime
from callcenter.services.rehearsing import BatchRehearsal
from callcenter.ui import live, session, words
from callcenter.ui.components import toasts
from callcenter.ui.pages import batch_plan as plan
from callcenter.ui.pages import leads_rows as rows
from callcenter.ui.pages.batch_plan import Choices, Problem, Sum
from callcenter.ui.pages.calls_viewer import Viewer, viewer_of
from callcenter.ui.pages.choices import Option, options
from callcenter.ui.pages.lead_file import LeadFileState
from callcenter.ui.pages.leads_rows import Filters
from callcenter.ui.session import MANAGERS, allow

log = logging.getLogger(__name__)

STEPS = ("Client and agent", "Who", "Match columns", "Check", "Pace and rules", "Launch")
_FIELD_STEPS = {
    "cap": 5, "maxConcurrent": 5, "at": 5, "ends": 5, "endsAt": 5, "days": 5, "hours": 5, "attempts": 5, "after": 5,
    "errors": 5, "errors_of": 5, "answers": 5, "answers_of": 5,
}  # fmt: skip


@dataclass(frozen=True)
class StepLink:
    """A step in the list at the left: `state` is done, current, open or closed (not to be gone to yet)."""

    number: str
    word: str
    href: str
    state: str


class BatchNewState(rx.State):
    """A batch that is being chosen."""

    face: str = "loading"
    step: int = 1
    draft: str = ""
    saved: str = ""
    clients: list[Option] = []
    client: str = ""
    client_name: str = ""
    client_cap: int = 1
    client_hours: str = ""
    agents: list[Option] = []
    choices: Choices = Choices()
    ids_count: str = ""
    filters: Filters = Filters()
    found_words: str = ""
    steps: list[StepLink] = []
    problems: list[Problem] = []
    sum: Sum = Sum()
    error: str = ""
    error_field: str = ""
    needs_reason: bool = False
    zone_words: str = ""
    asks: bool = False
    typed: str = ""
    launching: str = ""
    back_href: str = ""
    next_href: str = ""
    next_word: str = ""
    _viewer: Viewer = Viewer()
    _chosen: Choices = Choices()
    _voiced: str = ""
    _imported: dict[str, Any] = {}

    # -- from the address ------------------------------------------------------------------------------------------

    @rx.event
    @allow(*MANAGERS)
    async def load(self) -> Any:
        """Reads the draft in the address, or begins one with what the address says of client and leads."""
        rt, actor = runtime.current(), await session.who(self)
        self._viewer = viewer = await viewer_of(self)
        query = parse_qs(self.router.url.query)
        self.clients, self.zone_words = options(viewer.clients), f"your time, {viewer.zone.replace('_', ' ')}"
        draft_id = query.get("draft", [""])[0][:64]
        if not draft_id:
            return await self._begin(actor, query)
        try:
            draft = await drafting.get(rt, actor, draft_id)
        except NotFound:
            self.face = "empty"
            return None
        step = query.get("step", ["1"])[0]
        self.step = int(step) if step in "123456" and len(step) == 1 else 1
        self.draft, self.client = draft_id, draft.client_id or ""
        self._hold(plan.choices_from(draft.data))
        self._imported = dict(draft.data.get("import") or {})
        self.error, self.error_field, self.asks = query.get("message", [""])[0][:300], "file" if "message" in query else "", False
        file = await self.get_state(LeadFileState)
        file.message = self.error
        await file._open(actor, query.get("file", [self.choices.file])[0][:64], batch_draft=draft_id)
        await self._show(actor)
        self.face = "ready"
        return BatchNewState.load_voices if self.client and self._voiced != self.client else None

    def _hold(self, chosen: Choices) -> None:
        """Takes the choices; the ids of leads are many, and no business of the browser."""
        self._chosen, self.choices = chosen, replace(chosen, lead_ids=[])
        self.ids_count = words.counted(len(chosen.lead_ids), "lead")

    async def _begin(self, actor: Actor, query: dict[str, list[str]]) -> Any:
        known = dict(self._viewer.clients)
        client_id = query.get("client", [""])[0]
        client_id = client_id if client_id in known else self._viewer.clients[0][0] if len(known) == 1 else ""
        asked = lead_filter_from({name: each for name, each in query.items() if name != "client"})[0]
        draft = await drafting.begin(
            runtime.current(), actor, "batch", client_id=client_id or None, data={"query": lead_query(asked)}
        )
        self.agents, self._voiced = [], ""
        return rx.redirect(f"/batches/new?draft={draft.draft_id}&step=1", replace=True)

    async def _show(self, actor: Actor) -> None:
        """Works out everything that follows from the choices."""
        rt, now = runtime.current(), runtime.current().clock.now()
        self.client_name = dict(self._viewer.clients).get(self.client, "")
        self.needs_reason = plan.needs_reason(self.choices)
        self.saved = f"Draft saved {words.clock_time(now, self._viewer.zone)}"
        if not self.agents:
            self.agents = options([("default", "The client’s agent")])
        if not self.client:
            self.sum, self.problems, self.found_words = Sum(), [], ""
            self._show_steps()
            return
        view = await onboarding.get_client(rt, actor, self.client)
        self.client_cap = view.client.max_concurrent
        self.client_hours = plan.hours_words(view.client.calling_hours)
        if self.step == 2 or self.choices.source == "filter":
            tags = await browsing.lead_tags(rt, actor, self.client)
            self.filters = rows.filters_of(self._filter(), tags, self._viewer)
        try:
            found = await self._rehearsed(actor)
        except Invalid as error:
            self.error, self.error_field = error.message, "who"
            self.sum, self.problems = Sum(), []
        else:
            agent = next((option.word for option in self.agents if option.value == self.choices.agent), "")
            agent = "The agent" if agent in ("", "The client’s agent") else agent
            self.sum = plan.sum_of(found, self.choices, self._viewer, agent=agent, now=now)
            self.problems = plan.problems_of(found, self.choices, self._imported)
            self.found_words = f"{words.counted(found.found, 'lead')} of {self.client_name}"
        self._show_steps()

    def _filter(self) -> LeadFilter:
        return lead_filter_from(parse_qs(self.choices.query))[0]

    async def _rehearsed(self, actor: Actor) -> BatchRehearsal:
        rt, client_id, chosen = runtime.current(), self.client, self._chosen
        if not plan.has_who(chosen):
            wish = batching.LaunchBatch(lead_ids=())
        elif chosen.source == "ids":
            wish = batching.LaunchBatch(lead_ids=tuple(chosen.lead_ids))
        else:
            wish = batching.LaunchBatch(lead_filter=plan.lead_filter_of(chosen))
        return await rehearsing.rehearse_batch(rt, actor, client_id, wish)

    def _show_steps(self) -> None:
        is_file = self.choices.source == "file"
        ready = bool(self.client) and plan.has_who(self._chosen)
        self.steps = []
        for number, word in enumerate(STEPS, start=1):
            closed = (number > 1 and not self.client) or (number > 3 and not ready) or (number == 3 and not is_file)
            state = "current" if number == self.step else "closed" if closed else "done" if number < self.step else "open"
            self.steps.append(StepLink(str(number), word, self._at(number), state))
        order = [number for number in range(1, 7) if number != 3 or is_file]
        before = [number for number in order if number < self.step]
        after = [number for number in order if number > self.step]
        self.back_href = self._at(before[-1]) if before else ""
        may_go_on = (
            after and self.steps[after[0] - 1].state != "closed" and not (self.step == 2 and is_file and not self.choices.tag)
        )
        self.next_href = self._at(after[0]) if may_go_on else ""
        self.next_word = f"Next: {STEPS[after[0] - 1]}" if may_go_on else ""

    def _at(self, step: int) -> str:
        return f"/batches/new?draft={self.draft}&step={step}"

    # -- choosing: each choice is kept at once ---------------------------------------------------------------------

    async def _keep(self, choices: Choices) -> None:
        rt, actor = runtime.current(), await session.who(self)
        if not choices.tag and self._imported:
            self._imported = {}
            await drafting.change(rt, actor, self.draft, {"import": {}})
        self._hold(choices)
        self.error, self.error_field = "", ""
        await drafting.change(rt, actor, self.draft, plan.data_of(choices), client_id=self.client or None)
        await self._show(actor)

    @rx.event
    @allow(*MANAGERS)
    async def set_client(self, client_id: str) -> Any:
        """Chooses for whom; leads of another client are no longer meant."""
        if client_id not in {option.value for option in self.clients} or client_id == self.client:
            return None
        self.client, self.agents, self._voiced = client_id, [], ""
        kept = plan.Choices(name=self.choices.name, query=self.choices.query if self.choices.source == "filter" else "")
        await self._keep(kept)
        return BatchNewState.load_voices

    @rx.event(supersedes=True)
    @allow(*MANAGERS)
    async def load_voices(self) -> None:
        """Asks Retell for the client's agents."""
        rt, actor = runtime.current(), await session.who(self)
        if not self.client:
            return
        client = (await onboarding.get_client(rt, actor, self.client)).client
        try:
            agents = await connecting.agents_of(rt, actor, self.client)
        except CallCenterError:
            agents = ()  # Retell does not answer: the client's own agent will do
        names = {each.agent_id: each.name or words.short_id(each.agent_id) for each in agents}
        default = names.pop(client.agent_id or "", "The client’s agent")
        self.agents, self._voiced = options([("default", default), *names.items()]), self.client
        await self._show(actor)

    @rx.event
    @allow(*MANAGERS)
    async def set_text(self, name: str, text: str) -> None:
        """Changes one of the texts and choices."""
        await self._keep(plan.with_text(self._chosen, str(name), str(text)))

    @rx.event
    @allow(*MANAGERS)
    async def set_flag(self, name: str, is_on: bool) -> None:
        """Answers one of the yes-or-no questions."""
        await self._keep(plan.with_flag(self._chosen, str(name), bool(is_on)))

    @rx.event
    @allow(*MANAGERS)
    async def switch(self, name: str, value: str) -> None:
        """Switches a day, or a reason to try again, over."""
        await self._keep(plan.switched(self._chosen, str(name), str(value)))

    @rx.event
    @allow(*MANAGERS)
    async def drop_list(self) -> None:
        """Forgets the list that came in, for another one; its leads stay."""
        chosen = {**plan.data_of(self._chosen), "tag": "", "file": "", "source": "file"}
        file = await self.get_state(LeadFileState)
        file.step, file.draft_id, file.message = "choose", "", ""
        await self._keep(plan.choices_from(chosen))

    # -- who -------------------------------------------------------------------------------------------------------

    async def _keep_filter(self, asked: LeadFilter) -> None:
        chosen = {**plan.data_of(self._chosen), "query": lead_query(asked), "source": "filter"}
        await self._keep(plan.choices_from(chosen))

    @rx.event
    @allow(*MANAGERS)
    async def toggle(self, name: str, value: str) -> None:
        """Switches one choice of a filter of leads over."""
        await self._keep_filter(rows.toggled(self._filter(), str(name), str(value)))

    @rx.event
    @allow(*MANAGERS)
    async def clear_filter(self, name: str) -> None:
        """Takes one filter off."""
        await self._keep_filter(rows.cleared(self._filter(), str(name)))

    @rx.event
    @allow(*MANAGERS)
    async def negate(self, is_not: bool) -> None:
        """Turns "has the tag" into "has it not", or back."""
        await self._keep_filter(rows.negated(self._filter(), bool(is_not)))

    # -- launching -------------------------------------------------------------------------------------------------

    @rx.event
    @allow(*MANAGERS)
    async def ask(self) -> Any:
        """Opens the dialog that says once more what will happen."""
        try:
            plan.wish_of(self._chosen, zone=self._viewer.zone)
            if self.needs_reason and not self.choices.hours_reason.strip():
                raise Invalid("Say why these hours; the reason is kept.", field="hours")
        except Invalid as error:
            self.error, self.error_field = error.message, error.field
            return rx.redirect(self._at(_FIELD_STEPS.get(error.field, self.step)))
        self.asks, self.typed = True, ""
        return None

    @rx.event
    @allow(*MANAGERS)
    async def close(self) -> None:
        """Closes the dialog; nothing was dialled."""
        self.asks = False

    @rx.event
    @allow(*MANAGERS)
    async def set_typed(self, text: str) -> None:
        """Takes the number of calls, typed by hand."""
        self.typed = str(text)[:12]

    @rx.var
    def is_confirmed(self) -> bool:
        """Whether the number of calls was typed, where it must be."""
        digits = "".join(each for each in self.typed if each.isdigit())
        return not self.sum.must_type or digits == str(self.sum.number)

    @rx.event(background=True)
    @allow(*MANAGERS)
    async def launch(self) -> AsyncIterator[Any]:
        """Launches exactly the calls that were shown; asks again when they are no longer the same."""
        rt, actor = runtime.current(), await session.who(self)
        async with self:
            if not self.asks or self.launching or not self.is_confirmed:
                return
            shown, choices, client_id, zone, draft = self.sum.number, self._chosen, self.client, self._viewer.zone, self.draft
            self.asks, self.launching = False, f"Writing {words.counted(shown, 'call')}…"
            found = await self._rehearsed(actor)
        ids = plan.ids_of(found, choices)
        try:
            if len(ids) != shown:
                raise Invalid(
                    f"The leads changed meanwhile: it would be {words.counted(len(ids), 'call')} now. Look at them again."
                )
            wanted = (*ids, *(refusal.lead_id for refusal in found.refused))
            launched = await batching.launch(rt, actor, client_id, plan.wish_of(choices, zone=zone, lead_ids=wanted))
        except CallCenterError as error:
            async with self:
                self.launching = ""
                await self._show(actor)
            yield toasts.failed("Nothing was launched", error.message)
            return
        except Exception:
            log.exception("a batch could not be launched")
            async with self:
                self.launching = ""
            yield toasts.failed("The batch was not launched", "Look at the list of batches before you try again.")
            return
        await drafting.discard(rt, actor, draft)
        live.hub.bump("all", "batches", "calls")
        async with self:
            self.launching = ""
        yield rx.redirect(f"/batches/{launched.batch.batch_id}")
        yield toasts.done(f"Launched {words.counted(launched.accepted, 'call')}.")

    @rx.event
    @allow(*MANAGERS)
    async def discard(self) -> Any:
        """Throws the draft away."""
        rt, actor = runtime.current(), await session.who(self)
        with contextlib.suppress(NotFound):
            await drafting.discard(rt, actor, self.draft)
        return rx.redirect("/batches")

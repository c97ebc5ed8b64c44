"""What the dialog that edits a running batch holds, and what is done when two people edit at once."""

from typing import Any

import reflex as rx

from callcenter.domain.batch import Batch
from callcenter.domain.errors import CallCenterError, Invalid, Overtaken
from callcenter.domain.hours import words as hours_words
from callcenter.services import batching, editing, onboarding, runtime
from callcenter.ui import live, session, words
from callcenter.ui.components import toasts
from callcenter.ui.pages import batch_plan as plan
from callcenter.ui.pages.batch_plan import Choices
from callcenter.ui.pages.batch_state import BatchPageState
from callcenter.ui.pages.calls_viewer import viewer_of
from callcenter.ui.session import ANYONE, MANAGERS, allow
from callcenter.ui.shell_state import closed_when_left

#: What the service calls a field, by what the dialog calls it.
_FIELDS = {"maxConcurrent": "cap", "maxAttempts": "attempts", "endsAt": "ends", "window.reason": "hours"}


@closed_when_left("batches", is_open=False)
class BatchEditState(rx.State):
    """The rules of one batch while somebody changes them; `overtaken` is what somebody else changed meanwhile."""

    is_open: bool = False
    choices: Choices = Choices()
    client: str = ""
    client_cap: int = 1
    client_hours: str = ""
    needs_reason: bool = False
    error: str = ""
    error_field: str = ""
    overtaken: str = ""
    _seen: Choices = Choices()
    _rev: int = 0
    _batch_id: str = ""
    _zone: str = "UTC"

    @rx.event
    @allow(*ANYONE)
    async def enter(self) -> None:
        """Closes the dialog when the address names another batch."""
        if self._batch_id != _last(self.router.url.path):
            self.is_open = False

    @rx.event
    @allow(*MANAGERS)
    async def ask(self) -> Any:
        """Opens the dialog with the rules as they are now."""
        rt, actor = runtime.current(), await session.who(self)
        self._zone = (await viewer_of(self)).zone
        self._batch_id = _last(self.router.url.path)
        try:
            batch = (await batching.get(rt, actor, self._batch_id)).batch
            client = (await onboarding.get_client(rt, actor, batch.client_id)).client
        except CallCenterError as error:
            return toasts.failed("The batch cannot be edited", error.message)
        self._take(batch)
        self.choices = self._seen
        self.client, self.client_cap = client.name, client.max_concurrent
        kept = self.choices.hours == "kept" and batch.window
        self.client_hours = hours_words(batch.window if kept else client.calling_hours)  # type: ignore[arg-type]
        self.error = self.error_field = self.overtaken = ""
        self.needs_reason, self.is_open = False, True
        return None

    def _take(self, batch: Batch) -> None:
        """Remembers how the batch stands: what is chosen otherwise is what this person changed."""
        self._seen, self._rev = plan.choices_of(batch, zone=self._zone), batch.rev

    @rx.event
    @allow(*ANYONE)
    async def close(self) -> None:
        """Closes the dialog; nothing is changed."""
        self.is_open = False

    @rx.event
    @allow(*MANAGERS)
    async def set_text(self, name: str, text: str) -> None:
        """Changes one of the texts and choices."""
        self._choose(plan.with_text(self.choices, str(name), str(text)))

    @rx.event
    @allow(*MANAGERS)
    async def switch(self, name: str, value: str) -> None:
        """Switches a day, or a reason to try again, over."""
        self._choose(plan.switched(self.choices, str(name), str(value)))

    @rx.event
    @allow(*MANAGERS)
    async def set_flag(self, name: str, is_on: bool) -> None:
        """Answers one of the yes-or-no questions."""
        self._choose(plan.with_flag(self.choices, str(name), bool(is_on)))

    def _choose(self, choices: Choices) -> None:
        self.choices = choices
        self.needs_reason = plan.needs_reason(choices) and plan.hours_differ(self._seen, choices)
        self.error = self.error_field = ""

    @rx.event
    @allow(*MANAGERS)
    async def save(self) -> Any:
        """Saves what this person changed; if somebody was first, shows what they changed and asks once more."""
        rt, actor = runtime.current(), await session.who(self)
        try:
            changes = plan.changes_between(self._seen, self.choices, zone=self._zone)
            if changes:
                reason = self.choices.hours_reason
                await editing.edit(rt, actor, self._batch_id, changes, rev=self._rev, window_reason=reason)
        except Overtaken as error:
            return self._merge(error)
        except Invalid as error:
            self.error, self.error_field = error.message, _FIELDS.get(error.field, error.field)
            return None
        except CallCenterError as error:
            return toasts.failed("The batch was not changed", error.message)
        self.is_open = False
        live.hub.bump(f"batch:{self._batch_id}", "batches")
        page = await self.get_state(BatchPageState)
        await page._refresh(actor)
        return toasts.done("Saved. It holds from the next call on." if changes else "Nothing was changed.")

    def _merge(self, error: Overtaken) -> None:
        """Shows the other's values in every field this person left alone, and keeps this person's own."""
        if not isinstance(error.current, Batch):
            return
        mine, seen = self.choices, self._seen
        self._take(error.current)
        self.choices = plan.merged(seen, mine, self._seen)
        self.overtaken = words.person(error.message)


def _last(path: str) -> str:
    return path.rstrip("/").rsplit("/", 1)[-1][:64]

"""What people do while everything happens: start, pause, resume, cancel, change caps, put numbers on the do-not-call list."""

import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta

from callcenter.domain.retry import RetryPolicy
from callcenter.services import batching, calling, connecting, deciding, editing, leading, onboarding, pausing, suppressing
from callcenter.services.batching import LaunchBatch
from callcenter.services.calling import ScheduleCall
from callcenter.services.deciding import Decision
from callcenter.services.runtime import Runtime
from tests import builders
from tests.simulation.disk import Disk
from tests.simulation.retell import Retell

Act = Callable[[Runtime], Awaitable[object]]
MANAGER, ADMIN = builders.MANAGER, builders.ADMIN


@dataclass
class People:
    """Chooses acts by chance; each is a request that some process serves, and may die with it."""

    disk: Disk
    rng: random.Random
    clients: list[str]
    account_id: str
    retell: Retell

    def choose(self) -> tuple[str, Act]:
        """Gives one act and its name."""
        name = self.rng.choice(tuple(_ACTS))
        return name, _ACTS[name](self)

    def launch(self) -> Act:
        """A batch for some leads of a client."""
        client_id = self.rng.choice(self.clients)
        found = self._ids("SELECT id FROM leads WHERE client_id = ?", client_id)
        wish = LaunchBatch(
            lead_ids=self.rng.sample(found, min(len(found), self.rng.randint(1, 6))),
            max_concurrent=self.rng.choice((None, 1)),
            max_attempts=self.rng.choice((1, 2, 3)),
            retry=RetryPolicy(after_minutes=self.rng.choice((0, 1, 30))),
        )
        return lambda rt: batching.launch(rt, MANAGER, client_id, wish)

    def schedule(self) -> Act:
        """One call, soon or a little later."""
        client_id = self.rng.choice(self.clients)
        lead_id = self._one("SELECT id FROM leads WHERE client_id = ?", client_id)
        retry = RetryPolicy(after_minutes=self.rng.choice((0, 2)))
        later = timedelta(minutes=self.rng.choice((0, 0, 3)))
        attempts = self.rng.choice((1, 2))

        def act(rt: Runtime) -> Awaitable[object]:
            at = rt.clock.now() + later
            wish = ScheduleCall(lead_id=lead_id, max_attempts=attempts, retry=retry, scheduled_at=at)
            return calling.schedule(rt, MANAGER, client_id, wish)

        return act

    def pause_batch(self) -> Act:
        batch_id = self._one("SELECT id FROM batches")
        return lambda rt: batching.pause(rt, MANAGER, batch_id, why="a look")

    def resume_batch(self) -> Act:
        batch_id = self._one("SELECT id FROM batches")
        return lambda rt: batching.resume(rt, MANAGER, batch_id)

    def cancel_batch(self) -> Act:
        batch_id, end_live = self._one("SELECT id FROM batches"), self.rng.random() < 0.5
        return lambda rt: batching.cancel(rt, MANAGER, batch_id, end_live=end_live)

    def edit_batch(self) -> Act:
        batch_id, cap = self._one("SELECT id FROM batches"), self.rng.choice((None, 1, 2))
        return lambda rt: editing.edit(rt, MANAGER, batch_id, {"max_concurrent": cap})

    def cancel_call(self) -> Act:
        call_id = self._one("SELECT id FROM calls WHERE status NOT IN ('completed', 'failed', 'cancelled')")
        return lambda rt: calling.cancel(rt, MANAGER, call_id)

    def pause_call(self) -> Act:
        call_id, pause = self._one("SELECT id FROM calls WHERE status = 'scheduled'"), self.rng.random() < 0.6
        return lambda rt: (pausing.pause_call if pause else pausing.resume_call)(rt, MANAGER, call_id)

    def undo_cancel(self) -> Act:
        call_id = self._one("SELECT id FROM calls WHERE status = 'cancelled'")
        return lambda rt: calling.undo_cancel(rt, MANAGER, call_id)

    def suppress(self) -> Act:
        number, scope = self._one("SELECT number FROM leads"), self.rng.choice((None, *self.clients))
        return lambda rt: suppressing.suppress(rt, MANAGER, number, client_id=scope, why="they asked")

    def unsuppress(self) -> Act:
        number = self._one("SELECT number FROM do_not_call WHERE removed_at IS NULL")
        return lambda rt: suppressing.unsuppress(rt, MANAGER, number, why="a mistake")

    def pause_client(self) -> Act:
        client_id, pause = self.rng.choice(self.clients), self.rng.random() < 0.4
        return lambda rt: (pausing.pause_client if pause else pausing.resume_client)(rt, MANAGER, client_id)

    def pause_everything(self) -> Act:
        pause = self.rng.random() < 0.3
        return lambda rt: (pausing.pause_everything if pause else pausing.resume_everything)(rt, MANAGER)

    def change_cap(self) -> Act:
        client_id, cap = self.rng.choice(self.clients), self.rng.randint(1, 4)
        return lambda rt: onboarding.change_client(rt, MANAGER, client_id, {"max_concurrent": cap})

    def delete_lead(self) -> Act:
        lead_id = self._one("SELECT id FROM leads WHERE deleted_at IS NULL")
        return lambda rt: leading.delete_lead(rt, MANAGER, lead_id)

    def edit_lead(self) -> Act:
        lead_id, name = self._one("SELECT id FROM leads WHERE deleted_at IS NULL"), self.rng.choice(("Ann", "Bea"))
        return lambda rt: leading.change_lead(rt, MANAGER, lead_id, {"name": name})

    def decide(self) -> Act:
        """Somebody who has looked at Retell's own pages says what they saw there of a dial in doubt."""
        found = self.disk.rows("SELECT id, token FROM dials WHERE state IN ('unknown', 'quarantined') ORDER BY id")
        dial_id, token = self.rng.choice([tuple(row) for row in found] or [("nothing", "")])
        call = self.retell.with_token(token)
        seen = Decision.PLACED if call else Decision.NOT_PLACED
        word = Decision.LEFT if self.rng.random() < 0.2 else seen
        named = call.provider_call_id if call else ""
        return lambda rt: deciding.decide(rt, MANAGER, dial_id, word, provider_call_id=named, why="I looked")

    def resume_account(self) -> Act:
        return lambda rt: connecting.resume_account(rt, ADMIN, self.account_id)

    async def resume_all(self, rt: Runtime) -> None:
        """Ends every pause, so that what can be done will be done."""
        await pausing.resume_everything(rt, MANAGER)
        await connecting.resume_account(rt, ADMIN, self.account_id)
        for client_id in self.clients:
            await pausing.resume_client(rt, MANAGER, client_id)
        for call_id in self._ids("SELECT id FROM calls WHERE status = 'scheduled' AND paused_at IS NOT NULL"):
            await pausing.resume_call(rt, MANAGER, call_id)
        for batch_id in self._ids("SELECT id FROM batches WHERE state = 'paused'"):
            await batching.resume(rt, MANAGER, batch_id)

    def _ids(self, query: str, *facts: str) -> list[str]:
        return [row[0] for row in self.disk.rows(query + " ORDER BY 1", facts)]

    def _one(self, query: str, *facts: str) -> str:
        return self.rng.choice(self._ids(query, *facts) or ["nothing"])


_ACTS: dict[str, Callable[[People], Act]] = {
    each.__name__: each
    for each in (
        People.launch, People.launch, People.schedule, People.schedule, People.pause_batch, People.resume_batch,
        People.cancel_batch, People.edit_batch, People.cancel_call, People.undo_cancel, People.suppress, People.unsuppress,
        People.pause_client, People.pause_everything, People.change_cap, People.delete_lead, People.resume_account,
        People.edit_lead, People.decide, People.pause_call,
    )
}  # fmt: skip

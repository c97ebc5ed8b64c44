"""Brings a dial into doubt, for tests of what happens then."""

from datetime import timedelta

from callcenter.domain.call import Call
from callcenter.domain.client import Client
from callcenter.domain.dial import Dial
from callcenter.domain.errors import Uncertain
from callcenter.services.dispatching import Dispatcher
from callcenter.services.reconciling import Reconciler
from callcenter.services.runtime import Runtime
from callcenter.store import dials
from tests import builders
from tests.fakes import FakeClock, FakeProvider, Lost


async def dial_all(rt: Runtime) -> None:
    """Dials whatever may be dialled now."""
    dispatcher = Dispatcher(rt)
    while await dispatcher.step():
        await dispatcher.settled()
    await dispatcher.settled()


async def dial_of(rt: Runtime, call: Call) -> Dial:
    """Gives the newest dial of a call."""
    return (await rt.database.read(lambda tx: dials.of_call(tx, call.call_id)))[-1]


async def in_doubt(rt: Runtime, provider: FakeProvider, *, exists: bool, with_control: bool = True) -> tuple[Client, Call]:
    """Dials one call whose answer is lost; an older call stands beside it as control."""
    client = await builders.saved_client(rt, max_concurrent=3)
    if with_control:
        await builders.saved_call(rt, client)
        await dial_all(rt)
    call = await builders.saved_call(rt, client)
    lost = Uncertain("the answer was lost")
    provider.answers.append(Lost(lost) if exists else lost)
    await dial_all(rt)
    return client, call


async def look(rt: Runtime, clock: FakeClock, *, minutes: float, step: float = 20) -> None:
    """Lets time pass, and asks the provider whenever that is due. `step` is in seconds."""
    reconciler, end = Reconciler(rt), clock.now() + timedelta(minutes=minutes)
    while clock.now() < end:
        clock.turn(step)
        dispatcher = Dispatcher(rt)
        await dispatcher.step()
        await dispatcher.settled()
        await reconciler.step()

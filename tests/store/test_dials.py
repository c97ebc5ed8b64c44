"""Steps of dials: only from where a dial really is, written down as they were, with its place given back and taken again."""

from callcenter.domain.dial import DialState
from callcenter.services.runtime import Runtime
from callcenter.store import dials, slots, transitions
from tests import builders


async def test_a_step_is_written_down_from_where_the_dial_was(any_rt: Runtime) -> None:
    rt = any_rt
    client = await builders.saved_client(rt)
    sent = await builders.saved_dial(rt, await builders.saved_call(rt, client))
    now = rt.clock.now()
    await rt.database.write(lambda tx: dials.settle(tx, sent, DialState.UNKNOWN, now=now, by="another process"))
    moved = await rt.database.write(lambda tx: dials.settle(tx, sent, DialState.REJECTED, now=now, by="a late answer"))
    assert moved is not None
    steps = await rt.database.read(lambda tx: transitions.of(tx, sent.dial_id))
    assert [(s["from_state"], s["to_state"]) for s in steps] == [
        ("planned", "sending"), ("sending", "unknown"), ("unknown", "rejected"),
    ]  # fmt: skip


async def test_a_step_that_is_not_allowed_from_where_the_dial_is_now_changes_nothing(any_rt: Runtime) -> None:
    rt = any_rt
    client = await builders.saved_client(rt)
    sent = await builders.saved_dial(rt, await builders.saved_call(rt, client))
    now = rt.clock.now()
    await rt.database.write(lambda tx: dials.settle(tx, sent, DialState.UNKNOWN, now=now, by="another process"))
    assert await rt.database.write(lambda tx: dials.settle(tx, sent, DialState.UNSENT, now=now, by="test")) is None
    assert (await rt.database.read(lambda tx: dials.get(tx, sent.dial_id))).state is DialState.UNKNOWN


async def test_a_dial_that_proves_to_exist_takes_its_place_again(any_rt: Runtime) -> None:
    rt = any_rt
    client = await builders.saved_client(rt)
    sent = await builders.saved_dial(rt, await builders.saved_call(rt, client))
    now = rt.clock.now()

    def give_back(tx: slots.Tx) -> None:
        dials.settle(tx, sent, DialState.UNKNOWN, now=now, by="test")
        dials.note(tx, sent.dial_id, slot_freed_at=now)

    await rt.database.write(give_back)
    assert (await rt.database.read(lambda tx: slots.used(tx, sent.account_id))).total == 0
    await rt.database.write(lambda tx: dials.settle(tx, sent, DialState.ACCEPTED, now=now, by="test", provider_call_id="call_1"))
    assert (await rt.database.read(lambda tx: slots.used(tx, sent.account_id))).total == 1

"""Why was this call not dialled yet? The answer comes from the very function that decides."""

from callcenter.domain.call import Call, CallStatus
from callcenter.domain.eligibility import Judgement, judge
from callcenter.domain.errors import Conflict
from callcenter.domain.user import Actor, sees
from callcenter.services import gathering
from callcenter.services.runtime import Runtime
from callcenter.store import calls, clients
from callcenter.store.database import Tx


async def explain(rt: Runtime, actor: Actor, call_id: str) -> Judgement:
    """Gives every rule in order, the first that blocks, and when the call may be dialled at the earliest.

    Raises NotFound, and Conflict for a call that is dialled already or over.
    """

    def work(tx: Tx) -> Judgement:
        call = calls.get(tx, call_id)
        sees(actor, call.client_id, what="call")
        if call.derived.status is not CallStatus.SCHEDULED:
            raise Conflict(f"This call does not wait any more, it is {call.derived.status.value}.")
        return judge_in(tx, rt, call)

    return await rt.database.read(work)


def judge_in(tx: Tx, rt: Runtime, call: Call) -> Judgement:
    """Judges one waiting call as the dispatcher would, in this transaction."""
    client = clients.get(tx, call.client_id or "")
    account_id = client.account_id or call.account_id
    if account_id is None:
        # no account at all: the rules still say what else stands in the way
        return judge(gathering.ask_without_account(tx, client, call, now=rt.clock.now()))
    gathered = gathering.account(tx, account_id, now=rt.clock.now(), only_client=client.client_id)
    gathering.know(tx, gathered, [call])
    return judge(gathered.ask(call))

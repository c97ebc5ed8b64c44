"""The recording of a call, for those who may hear it."""

from callcenter.domain.errors import Invalid, NotFound
from callcenter.domain.user import Actor, require, sees
from callcenter.services import keys
from callcenter.services.browsing.call import MAY_LISTEN
from callcenter.services.ports import Recording
from callcenter.services.runtime import Runtime
from callcenter.store import calls
from callcenter.store.database import Tx


async def open_recording(rt: Runtime, actor: Actor, call_id: str, *, byte_range: str | None = None) -> Recording:
    """Opens the recording of a call; `byte_range` is a Range header's value.

    Raises Forbidden, NotFound when there is none, Refused when the provider does not keep it any more, Unreachable.
    """

    def work(tx: Tx) -> tuple[str, str]:
        call = calls.get(tx, call_id)
        sees(actor, call.client_id, what="call")
        require(actor, MAY_LISTEN, to="listen to recordings")
        if call.told.recording_url is None or call.account_id is None:
            raise NotFound("This call has no recording.")
        return call.account_id, call.told.recording_url

    account_id, url = await rt.database.read(work)
    provider = await keys.providers_for(rt, account_id)
    try:
        return await provider.recording(url, byte_range=byte_range)
    except Invalid as error:
        raise NotFound("The address of this recording is not one we fetch from.") from error

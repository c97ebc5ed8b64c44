"""Keep what somebody has begun: an uploaded list on its way to becoming leads, a batch that is still being chosen."""

from collections.abc import Mapping
from typing import Any

from callcenter.domain.draft import Draft
from callcenter.domain.errors import Forbidden, Invalid
from callcenter.domain.user import Actor, Role, require, sees
from callcenter.services.runtime import Runtime
from callcenter.services.unpacking import MOST_BYTES
from callcenter.store import drafts
from callcenter.store.database import Tx


async def begin(
    rt: Runtime,
    actor: Actor,
    kind: str,
    *,
    client_id: str | None = None,
    data: Mapping[str, Any] | None = None,
    file: bytes | None = None,
    filename: str = "",
) -> Draft:
    """Starts a draft of `kind` ("import", "batch"), with a file if there is one. Raises Invalid, Forbidden, NotFound."""
    require(actor, Role.AGENT, to="import leads or launch batches")
    if client_id is not None:
        sees(actor, client_id)
    if file is not None and len(file) > MOST_BYTES:
        raise Invalid(f"The file has {len(file) / 1e6:.0f} MB; {MOST_BYTES / 1e6:.0f} MB are allowed.", field="file")
    if file is not None and not file.strip():
        raise Invalid("The file is empty.", field="file")
    now = rt.clock.now()
    draft = Draft(
        draft_id=rt.new_id(), kind=kind, user_id=_person(actor), client_id=client_id, filename=filename.strip()[:200],
        size=len(file or b""), data=dict(data or {}), created_at=now, updated_at=now,
    )  # fmt: skip
    await rt.database.write(lambda tx: drafts.add(tx, draft, body=file))
    return draft


async def get(rt: Runtime, actor: Actor, draft_id: str) -> Draft:
    """Gives a draft of one's own; raises NotFound."""
    person = _person(actor)
    return await rt.database.read(lambda tx: drafts.get(tx, draft_id, user_id=person))


async def file_of(rt: Runtime, actor: Actor, draft_id: str) -> bytes:
    """Gives the file that came with a draft of one's own; raises NotFound."""
    person = _person(actor)

    def work(tx: Tx) -> bytes:
        return drafts.body(tx, drafts.get(tx, draft_id, user_id=person).draft_id)

    return await rt.database.read(work)


async def change(rt: Runtime, actor: Actor, draft_id: str, changes: Mapping[str, Any], *, client_id: str | None = None) -> Draft:
    """Writes over what was chosen; names that are not among the changes stay. Raises NotFound."""
    person, now = _person(actor), rt.clock.now()
    if client_id is not None:
        sees(actor, client_id)

    def work(tx: Tx) -> Draft:
        draft = drafts.get(tx, draft_id, user_id=person)
        return drafts.save(tx, draft, {**draft.data, **changes}, client_id=client_id or draft.client_id, now=now)

    return await rt.database.write(work)


async def discard(rt: Runtime, actor: Actor, draft_id: str) -> None:
    """Throws a draft of one's own away; raises NotFound."""
    person = _person(actor)
    await rt.database.write(lambda tx: drafts.remove(tx, drafts.get(tx, draft_id, user_id=person).draft_id))


def _person(actor: Actor) -> str:
    if actor.user_id is None:
        raise Forbidden("Drafts belong to people; a token has none.")
    return actor.user_id

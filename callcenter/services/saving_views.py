"""Named filters over the calls: keep one, share it with the team, take it away."""

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import parse_qs

from callcenter.domain.errors import Conflict, Forbidden, Invalid
from callcenter.domain.saved_view import MOST_LETTERS, MOST_VIEWS, SavedView
from callcenter.domain.user import Actor, Role, is_at_least, require
from callcenter.services.runtime import Runtime
from callcenter.store import saved_views
from callcenter.store.database import Tx

_MOST_QUERY = 2_000
_PLACES = frozenset({"cursor", "peek", "view"})


async def views_of(rt: Runtime, actor: Actor) -> list[SavedView]:
    """Gives this person's views and the team's; a script has none."""
    user_id = actor.user_id
    return await rt.database.read(lambda tx: saved_views.listed(tx, user_id)) if user_id else []


async def keep(
    rt: Runtime, actor: Actor, *, name: str, query: str, columns: Sequence[str] = (), is_shared: bool = False
) -> SavedView:
    """Keeps a filter under a name; one of one's own with that name is replaced.

    Raises Invalid for a name or a filter that will not do, Forbidden for sharing without being a manager.
    """
    name = " ".join(name.split())
    if not name or len(name) > MOST_LETTERS:
        raise Invalid(f"Give the view a name of at most {MOST_LETTERS} letters.", field="name")
    if len(query) > _MOST_QUERY or _PLACES & parse_qs(query).keys():
        raise Invalid("A view keeps filters and the sort, not a place in the list.", field="query")
    if is_shared:
        require(actor, Role.MANAGER, to="share a view with the team")
    view = SavedView(
        view_id=rt.new_id(), user_id=_person(actor), name=name, query=query, columns=tuple(columns)[:30], is_shared=is_shared,
        created_at=rt.clock.now(),
    )  # fmt: skip

    def work(tx: Tx) -> SavedView:
        own = [each for each in saved_views.listed(tx, view.user_id) if each.user_id == view.user_id]
        same = next((each for each in own if each.name.lower() == name.lower()), None)
        if same is None and len(own) >= MOST_VIEWS:
            raise Conflict(f"You have {MOST_VIEWS} views already. Remove one first.")
        kept = view if same is None else replace(view, view_id=same.view_id)  # links to it still find it
        saved_views.keep(tx, kept)
        return kept

    return await rt.database.write(work)


async def remove(rt: Runtime, actor: Actor, view_id: str) -> SavedView:
    """Takes away a view of one's own, or as a manager one of the team; gives what it was. Raises NotFound, Forbidden."""
    user_id = _person(actor)

    def work(tx: Tx) -> SavedView:
        view = saved_views.get(tx, view_id, user_id=user_id)
        if not may_remove(view, actor):
            raise Forbidden("This view belongs to somebody else of your team.")
        saved_views.remove(tx, view_id)
        return view

    return await rt.database.write(work)


def may_remove(view: SavedView, actor: Actor) -> bool:
    """Says whether this person may take the view away."""
    return view.user_id == actor.user_id or is_at_least(actor, Role.MANAGER)


def _person(actor: Actor) -> str:
    if actor.user_id is None:
        raise Forbidden("Views belong to people; a token has none.")
    return actor.user_id

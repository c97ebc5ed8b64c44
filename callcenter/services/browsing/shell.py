"""The frame around every page: workspace, clients, pause, counts, and who is looking."""

from callcenter.domain.user import Actor, Role
from callcenter.services.browsing import attention
from callcenter.services.browsing.pages import ShellView
from callcenter.services.runtime import Runtime
from callcenter.store import alerts, live, users
from callcenter.store import clients as client_store
from callcenter.store.database import Tx

#: Trouble that every page says at its top, the gravest first.
ON_EVERY_PAGE = ("webhook_silent", "budget")


async def shell_of(rt: Runtime, actor: Actor) -> ShellView:
    """Gives the frame for this person."""
    now = rt.clock.now()

    def work(tx: Tx) -> ShellView:
        installation = client_store.get_installation(tx)
        clients = live.client_facts(tx, actor)
        counts = live.by_status(tx, actor)
        waiting = counts.pop("scheduled", 0)
        name, zone = live.viewer(tx, actor.user_id)
        name = name or actor.label
        by, why = installation.calling_paused_by or "", installation.calling_paused_why or ""
        found = attention.lines(tx, actor, clients=clients, client_id=None, now=now, since=rt.began_at)
        return ShellView(
            workspace=installation.name or "Call center",
            country=installation.country,
            timezone=installation.timezone,
            clients=tuple((each.client_id, each.name) for each in clients),
            calling_paused=installation.calling_paused_at is not None,
            paused_at=installation.calling_paused_at,
            paused_by=by,
            paused_words=why,
            waiting=waiting,
            in_progress=sum(counts.values()),
            followups_due=live.follow_ups_due(tx, actor, before=now)[0],
            attention=found,
            has_simulated=any(each.is_simulated for each in clients),
            is_demo=rt.is_demo,
            speed=rt.demo_speed,
            user_name=name,
            user_initials=initials(name),
            user_timezone=zone or installation.timezone,
            role=actor.role.value,
            trouble=next((line for kind in ON_EVERY_PAGE for line in found if line.kind == kind), None),
            unread=alerts.unread(tx, actor),
            admins=tuple(user.name for user in users.listed(tx) if user.is_active and user.role is Role.ADMIN),
        )

    return await rt.database.read(work)


def initials(name: str) -> str:
    """Gives two letters for a name or an e-mail address: "Ana Duarte" → AD, "ana@example.com" → AN."""
    words = name.partition("@")[0].replace(".", " ").split()
    letters = words[0][0] + words[-1][0] if len(words) > 1 else "".join(words)[:2]
    return letters.upper() or "?"

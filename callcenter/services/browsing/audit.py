"""Who did what, when: for admins who see every client."""

from dataclasses import dataclass

from callcenter.domain.errors import Invalid
from callcenter.domain.lines import AuditLine
from callcenter.domain.paging import MOST_ON_WIRE, Page
from callcenter.domain.user import Actor, Role, require
from callcenter.services.onboarding import require_all_clients
from callcenter.services.runtime import Runtime
from callcenter.store import audit
from callcenter.store.database import Tx


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A page of entries, and the labels of all who did something."""

    page: Page[AuditLine]
    people: tuple[str, ...]


async def audit_page(
    rt: Runtime, actor: Actor, *, by: str = "", subject: str = "", limit: int = 50, cursor: str | None = None
) -> AuditPage:
    """Gives a page of what people and scripts did, newest first.

    Raises Forbidden for anyone but an admin of all clients, Invalid for a subject there is not or a damaged cursor.
    """
    require(actor, Role.ADMIN, to="read the audit")
    require_all_clients(actor)
    if subject and subject not in audit.SUBJECTS:
        raise Invalid(f"There is no such subject: {subject}. Known: {', '.join(audit.SUBJECTS)}.", field="subject")

    def work(tx: Tx) -> AuditPage:
        page = audit.search(tx, by=by, subject=subject, limit=min(max(limit, 1), MOST_ON_WIRE), cursor=cursor)
        return AuditPage(page, audit.people(tx))

    return await rt.database.read(work)

"""Lists that a browser uploads on their way to becoming leads: the file in, and the refused rows out."""

from collections.abc import AsyncIterator
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Request
from fastapi.responses import RedirectResponse, Response, StreamingResponse
from starlette.datastructures import UploadFile

from callcenter.api.deps import Rt, limited, require_own_origin
from callcenter.domain.errors import CallCenterError, Unauthenticated
from callcenter.domain.table_text import BOM, csv_bytes
from callcenter.domain.user import Actor
from callcenter.services import drafting, signing_in
from callcenter.services.runtime import Runtime

router = APIRouter(prefix="/api/drafts", tags=["Drafts"], include_in_schema=False)

_PAGES = {"import": "/leads/import", "batch": "/batches/new"}


async def _person(request: Request, rt: Rt) -> Actor:
    """The person signed in with this browser; a form of another site is refused."""
    actor = await signing_in.actor_of(rt, signing_in.cookie_from(request.headers.get("cookie")))
    if actor is None:
        raise Unauthenticated("Sign in first.")
    if request.method == "POST":
        require_own_origin(request, rt)
    return actor


Person = Annotated[Actor, Depends(_person)]


@router.post("/files")
async def upload(request: Request, rt: Rt, actor: Person) -> Response:
    """Keeps a list that a page's form sends, and goes on to where its columns are matched; or back with what is wrong."""
    async with request.form(max_files=1, max_fields=10) as form:
        kind = "batch" if form.get("kind") == "batch" else "import"
        client_id = str(form.get("client") or "")[:64]
        earlier = str(form.get("draft") or "")[:64]
        files: list[Any] = [each for each in form.getlist("file") if isinstance(each, UploadFile)]
        data, name = (await files[0].read(), files[0].filename or "") if files else (b"", "")
    try:
        draft_id = await _keep(rt, actor, kind, client_id, earlier, data, name)
    except CallCenterError as error:
        back = f"{_PAGES[kind]}?client={quote(client_id, safe='')}&message={quote(error.message, safe='')}"
        if kind == "batch":
            back += f"&draft={quote(earlier, safe='')}&step=2"
        return RedirectResponse(back, status_code=303)
    where = f"&step=3&draft={quote(earlier, safe='')}&file={draft_id}" if kind == "batch" else f"&draft={draft_id}"
    return RedirectResponse(f"{_PAGES[kind]}?client={quote(client_id, safe='')}{where}", status_code=303)


async def _keep(rt: Runtime, actor: Actor, kind: str, client_id: str, earlier: str, data: bytes, name: str) -> str:
    if kind == "batch":
        await drafting.get(rt, actor, earlier)
    made = await drafting.begin(rt, actor, "import", client_id=client_id or None, file=data, filename=name)
    return made.draft_id


@router.get("/{draftId}/refused.csv", dependencies=[Depends(limited("exports", per_minute=60))])
async def refused(rt: Rt, actor: Person, draftId: str) -> Response:
    """Gives the rows of an import that became no lead, each with why."""
    draft = await drafting.get(rt, actor, draftId)
    rows: list[list[object]] = [list(row) for row in draft.data.get("report", {}).get("refused", ())]

    async def body() -> AsyncIterator[bytes]:
        yield BOM + csv_bytes([["line", "field", "value", "reason"], *rows])

    headers = {"Content-Disposition": 'attachment; filename="refused-rows.csv"'}
    return StreamingResponse(body(), media_type="text/csv; charset=utf-8", headers=headers)

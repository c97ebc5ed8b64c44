"""Who is asking and for what: the workspace behind the key, and the body of the request.

Nothing here waits, yet all of it is async: what is not would run in a thread, and everything belongs to one loop.
"""

import json
from typing import Annotated, Any, cast

from fastapi import Depends, Request
from fastapi.responses import JSONResponse

from callcenter.simulator.provider import Provider
from callcenter.simulator.refusals import Refusal, error_body, invalid, shape_of
from callcenter.simulator.workspaces import Workspace


async def the_provider(request: Request) -> Provider:
    """The provider that this application belongs to."""
    return cast(Provider, request.app.state.provider)


async def the_workspace(request: Request, provider: Annotated[Provider, Depends(the_provider)]) -> Workspace:
    """The workspace of the key in the request. Raises Refusal."""
    header = request.headers.get("authorization")
    if not header:
        raise Refusal(401, "Authorization header required", kind="missing_key")
    scheme, _, key = header.partition(" ")
    workspace = provider.workspaces.find(key.strip()) if scheme.lower() == "bearer" else None
    if workspace is None:
        raise Refusal(401, "Invalid API Key.", kind="wrong_key")
    request.state.workspace = workspace
    return workspace


async def the_body(request: Request, _: Annotated[Workspace, Depends(the_workspace)]) -> dict[str, Any]:
    """The JSON object that was sent; nothing at all counts as an empty one."""
    raw = await request.body()
    try:
        body: Any = json.loads(raw) if raw else {}
    except ValueError as problem:
        raise invalid("Invalid request format, please check API reference.") from problem
    if not isinstance(body, dict):
        raise invalid("request/body must be object")
    return cast(dict[str, Any], body)


Asked = Annotated[Provider, Depends(the_provider)]
Asking = Annotated[Workspace, Depends(the_workspace)]
Body = Annotated[dict[str, Any], Depends(the_body)]


async def say_no(request: Request, problem: Exception) -> JSONResponse:
    """A refusal, in the shape its kind comes in."""
    assert isinstance(problem, Refusal)
    workspace = getattr(request.state, "workspace", None)
    switches = (workspace or (await the_provider(request)).workspaces).switches
    headers = {"retry-after": f"{problem.retry_after:g}"} if problem.retry_after is not None else None
    body = error_body(problem.message, shape=shape_of(problem.kind, switches))
    return JSONResponse(body, status_code=problem.status, headers=headers)

"""Assembles the routes of the API."""

from importlib.metadata import version

from fastapi import FastAPI, Request
from fastapi.routing import APIRoute
from starlette.exceptions import HTTPException

from callcenter.api import (
    accounts,
    batches,
    blackouts,
    calling,
    calls,
    clients,
    dials,
    docs,
    drafts,
    exports,
    health,
    leads,
    problems,
    recordings,
    session,
    webhook,
)
from callcenter.api.guard import Guard
from callcenter.services.runtime import Runtime

_DESCRIPTION = """
Everything the screens can do to clients, leads, calls and batches.

Send a token as `Authorization: Bearer …`. Errors are problem documents (RFC 9457). Lists take `limit` and `cursor`. Every
POST that creates something takes an `Idempotency-Key`.
"""


def make_api(rt: Runtime | None = None) -> FastAPI:
    """Gives the API; without `rt` it uses the running parts of this process, whenever there are any."""
    app = FastAPI(
        title="callcenter",
        version=version("callcenter"),
        description=_DESCRIPTION,
        openapi_url=docs.OPENAPI,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        responses={"default": {"description": "A problem.", "model": problems.Problem, "content": _PROBLEM}},
    )
    app.state.rt = rt
    for module in _MODULES:
        app.include_router(module.router)
    for path in ("/api", "/api/{rest:path}"):
        app.add_api_route(path, _nothing, include_in_schema=False, methods=_EVERY_METHOD)
    problems.add_handlers(app)
    app.add_middleware(Guard)
    return app


_MODULES = (
    health, webhook, session, docs, clients, accounts, exports, leads, calls, dials, recordings, batches, blackouts, drafts,
    calling,
)  # fmt: skip
_PROBLEM = {problems.MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
_EVERY_METHOD = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


async def _nothing(request: Request, rest: str = "") -> None:
    """Answers what no route of ours knows; else the pages mounted below would answer with HTML."""
    known = [route for module in _MODULES for route in module.router.routes if isinstance(route, APIRoute)]
    methods = {method for route in known if route.path_regex.match(request.url.path) for method in (route.methods or ())}
    if methods:
        raise HTTPException(405, headers={"Allow": ", ".join(sorted(methods))})
    raise HTTPException(404)

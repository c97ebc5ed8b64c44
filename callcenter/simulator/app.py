"""The provider's endpoints as one application."""

from collections.abc import Callable

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from callcenter.simulator.faults import FaultPlan
from callcenter.simulator.provider import Provider
from callcenter.simulator.refusals import Refusal, error_body
from callcenter.simulator.routes import account, calls, control, media
from callcenter.simulator.routes.asking import say_no


def create_app(provider: Provider, *, set_faults: Callable[[FaultPlan], None]) -> FastAPI:
    """Joins the endpoints over a provider. `set_faults` takes a new plan; closing the listener is beyond an application."""
    app = FastAPI(title="Retell simulator", docs_url=None, redoc_url=None)
    app.state.provider = provider
    app.state.set_faults = set_faults
    for routes in (calls, account, media, control):
        app.include_router(routes.router)
    app.add_exception_handler(Refusal, say_no)
    app.add_exception_handler(HTTPException, unknown_path)
    return app


async def unknown_path(request: Request, problem: Exception) -> JSONResponse:
    """A path or method that the provider does not have."""
    status = problem.status_code if isinstance(problem, HTTPException) else 500
    message = "The requested resource was not found." if status == 404 else "Forbidden"
    return JSONResponse(error_body(message, shape="message"), status_code=status)

"""What the documentation promises, held against what the API does, by making requests up."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from callcenter.api.app import make_api
from callcenter.domain.user import Role
from callcenter.services import onboarding, staffing
from callcenter.services.runtime import Runtime
from tests import builders
from tests.conftest import make_rt

APP = make_api()
SCHEMA = schemathesis.openapi.from_asgi("/api/openapi.json", APP)
OPERATIONS = {
    operation.ok().label: operation.ok()
    for operation in SCHEMA.exclude(path_regex="metrics|health|ready|/recording").get_all_operations()
}
CHECKS: Any = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


SENSIBLE: dict[str, dict[str, Any]] = {
    "POST /api/clients": {"timezone": "UTC", "country": "US", "retell": {}, "retry": None, "callingHours": None},
    "POST /api/clients/{clientId}/leads": {"phone": "+12125550123", "timezone": None, "email": None},
    "POST /api/calls/clients/{clientId}/calls": {
        "toNumber": "+12125550123", "priority": "normal", "scheduledAt": None, "window": None, "retry": None,
    },
    "POST /api/calls/clients/{clientId}/batch-calls": {
        "leadFilter": {}, "leadIds": None, "priority": "normal", "scheduledAt": None, "endsAt": None, "window": None,
        "maxConcurrent": None, "retry": None,
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def known(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The API over a database with one of everything; gives the ids to put into addresses, and a token."""
    path = tmp_path_factory.mktemp("openapi") / "callcenter.db"
    path.write_bytes(sqlite_template.read_bytes())
    rt = make_rt(f"sqlite:///{path}")
    APP.state.rt = rt
    yield anyio.run(_one_of_everything, rt)
    APP.state.rt = None
    rt.database.close()


async def _one_of_everything(rt: Runtime) -> dict[str, str]:
    await onboarding.ensure_installation(rt)
    token, _ = await staffing.add_token(rt, builders.ADMIN, name="made up", role=Role.ADMIN)
    client = await builders.saved_client(rt)
    lead = await builders.saved_lead(rt, client)
    batch = await builders.saved_batch(rt, client)
    call = await builders.saved_call(rt, client, lead, batch)
    ids = {"clientId": client.client_id, "leadId": lead.lead_id, "batchId": batch.batch_id, "callId": call.call_id}
    return ids | {"token": token}


@pytest.mark.parametrize("label", OPERATIONS)
def test_the_api_keeps_what_its_documentation_promises(label: str, known: dict[str, str]) -> None:
    @given(case=OPERATIONS[label].as_strategy())
    @settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck), database=None, derandomize=True)
    def ask(case: Case) -> None:
        if case.method != "DELETE":  # of something that exists, or nothing but 404 would be seen
            here = {name: known[name] for name in case.path_parameters or {} if name in known}
            case.path_parameters = {**(case.path_parameters or {}), **here}
        if isinstance(case.body, dict):  # something that makes sense, or nothing but 422 would be seen
            case.body = {**case.body, **{name: known[name] for name in case.body if name in known}, **SENSIBLE.get(label, {})}
        response = case.call(headers={"authorization": f"Bearer {known['token']}"})
        case.validate_response(response, checks=CHECKS)

    ask()

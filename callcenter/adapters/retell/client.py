"""Their HTTP API behind one key: create, get, list and stop calls; concurrency, agents, numbers, recordings."""

from collections.abc import AsyncIterator, Callable
from datetime import datetime
from urllib.parse import quote

from callcenter.adapters.retell import requests
from callcenter.adapters.retell.answers import Answer, object_in, unreadable
from callcenter.adapters.retell.line import Line
from callcenter.adapters.retell.reading import JsonObject, canonical, children, count, flag, number, text
from callcenter.adapters.retell.recordings import Recordings
from callcenter.adapters.retell.wire import event_of_call, event_of_call_object
from callcenter.domain.errors import Invalid, Uncertain
from callcenter.services.ports import (
    AgentInfo,
    Concurrency,
    CreateCall,
    Evidence,
    KeyInfo,
    ListedPage,
    NumberInfo,
    Recording,
)

#: Of agents and numbers; a provider whose pages never end is stopped here.
MOST_PAGES = 50
_PAGE = 1_000


class RetellClient:
    """The provider behind one key; nothing in here retries. `services.ports.Provider` says what each promises."""

    def __init__(self, line: Line, recordings: Recordings) -> None:
        self._line = line
        self._recordings = recordings

    def body_of(self, request: CreateCall) -> bytes:
        """Gives the exact bytes that `create_call` sends."""
        return requests.body_of(request)

    async def create_call(self, request: CreateCall, *, guard: Callable[[], bool] | None = None) -> Evidence:
        """Creates one call: exactly one POST, or none. Success has a call id and, if it names a token, ours."""
        answer = await self._line.send_once("/v2/create-phone-call", body=requests.body_of(request), guard=guard)
        evidence = _evidence(answer)
        if evidence.event.token not in (None, request.token):
            raise Uncertain("Retell answered with another call than the one we asked for.", status=answer.status)
        return evidence

    async def get_call(self, provider_call_id: str) -> Evidence:
        """Gives a call as it is now; a call the key does not know is Refused with 422."""
        answer = await self._line.ask("GET", f"/v2/get-call/{quote(provider_call_id, safe='')}")
        evidence = _evidence(answer)
        if evidence.event.provider_call_id != provider_call_id:
            raise Uncertain("Retell answered with another call than the one we asked for.", status=answer.status)
        return evidence

    async def list_calls(
        self,
        *,
        token: str | None = None,
        since: datetime | None = None,
        to_number: str | None = None,
        cursor: str | None = None,
        limit: int = 100,
    ) -> ListedPage:
        """Gives one page of calls. A missing or repeated cursor ends the paging, whatever the provider says of more."""
        body = requests.body_of_search(token=token, since=since, to_number=to_number, cursor=cursor, limit=limit)
        answer = await self._line.ask("POST", "/v3/list-calls", body=body)
        page = _page(answer)
        found = [evidence for item in children(page, "items") if (evidence := _listed(item))]
        following = _following(page, cursor)
        is_whole = len(found) == len(page["items"])
        return ListedPage(
            items=tuple(found),
            cursor=following,
            is_complete=is_whole and (following is not None or flag(page, "has_more") is not True),
        )

    async def stop_call(self, provider_call_id: str) -> None:
        """Asks to end a call; sure to work once it is connected. Refused when it rings, is over, or is not ours."""
        await self._line.ask("POST", f"/v2/stop-call/{quote(provider_call_id, safe='')}", body=b"")

    async def concurrency(self) -> Concurrency:
        """Gives the workspace's calls and limit. Never the burst limit: each call above the plain one costs extra."""
        answer = await self._line.ask("GET", "/get-concurrency")
        told = object_in(answer)
        limit = count(told, "concurrency_limit")
        if limit is None:
            base = count(told, "base_concurrency")
            if base is None:
                raise unreadable(answer)
            limit = base + (count(told, "purchased_concurrency") or 0)
        return Concurrency(
            current=count(told, "current_concurrency") or 0,
            limit=limit,
            reserved_inbound=count(told, "reserved_inbound_concurrency") or 0,
        )

    async def agents(self) -> tuple[AgentInfo, ...]:
        """Gives the voice agents that can make calls: neither suspended nor only there to take transfers."""
        criteria = {"filter_criteria": {"channel": {"type": "string", "op": "eq", "value": "voice"}}}
        return tuple(
            [
                AgentInfo(agent_id=agent_id, name=text(item, "agent_name") or agent_id)
                async for item in self._all("POST", "/v2/list-agents", body=canonical(criteria))
                if (agent_id := text(item, "agent_id")) and not any(flag(item, key) for key in _NOT_CALLING)
            ]
        )

    async def numbers(self) -> tuple[NumberInfo, ...]:
        """Gives the numbers that calls can be made from."""
        return tuple(
            [
                NumberInfo(number=phone, nickname=text(item, "nickname") or "", agent_id=_outbound_agent(item))
                async for item in self._all("GET", "/v2/list-phone-numbers")
                if (phone := text(item, "phone_number"))
            ]
        )

    async def key_info(self) -> KeyInfo:
        """Gives whose key it is; a wrong key is Refused with 401."""
        told = object_in(await self._line.ask("GET", "/get-api-key-info"))
        return KeyInfo(org_id=text(told, "org_id"), org_name=text(told, "org_name") or "")

    async def recording(self, url: str, *, byte_range: str | None = None) -> Recording:
        """Opens a recording; see `recordings.py` for where from we fetch one."""
        return await self._recordings.open(url, byte_range=byte_range)

    async def _all(self, method: str, path: str, *, body: bytes | None = None) -> AsyncIterator[JsonObject]:
        cursor: str | None = None
        for _ in range(MOST_PAGES):
            query = {"limit": str(_PAGE)} | ({"pagination_key": cursor} if cursor else {})
            page = _page(await self._line.ask(method, path, body=body, query=query))
            for item in children(page, "items"):
                yield item
            cursor = _following(page, cursor)
            if cursor is None:
                return


_NOT_CALLING = ("is_suspended", "is_transfer_agent")


def _evidence(answer: Answer) -> Evidence:
    try:
        return Evidence(raw=answer.body, event=event_of_call(answer.body))
    except Invalid as error:
        raise unreadable(answer) from error


def _listed(item: JsonObject) -> Evidence | None:
    raw = canonical(item)
    try:
        return Evidence(raw=raw, event=event_of_call_object(item, raw))
    except Invalid:
        return None


def _page(answer: Answer) -> JsonObject:
    page = object_in(answer)
    if not isinstance(page.get("items"), list):
        raise unreadable(answer)
    return page


def _following(page: JsonObject, cursor: str | None) -> str | None:
    following = text(page, "pagination_key")
    return following if flag(page, "has_more") is not False and following != cursor else None


def _outbound_agent(item: JsonObject) -> str | None:
    """The agent bound to the number for calls from it; of several, which share the calls, the one with most."""
    agents = [agent for agent in children(item, "outbound_agents") if text(agent, "agent_id")]
    agents.sort(key=lambda agent: number(agent, "weight") or 0, reverse=True)
    return text(agents[0], "agent_id") if agents else None

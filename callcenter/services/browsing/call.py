"""Everything about one call on one page."""

from callcenter.domain.call import Call, CallStatus, Phase
from callcenter.domain.dial import Dial
from callcenter.domain.eligibility import zones_for
from callcenter.domain.ending import ended_words, is_new_reason
from callcenter.domain.lines import DialLine
from callcenter.domain.user import Actor, Role, is_at_least, sees
from callcenter.services.browsing.pages import CallPage
from callcenter.services.browsing.timeline import timeline
from callcenter.services.runtime import Runtime
from callcenter.store import call_pages, calls, clients, dials, do_not_call, event_pages, follow_ups, leads, transitions
from callcenter.store.database import Tx

#: Who may hear what was said.
MAY_LISTEN = Role.MANAGER


async def call_page(rt: Runtime, actor: Actor, call_id: str) -> CallPage:
    """Gives the page; raises NotFound, also for a call this person may not see."""
    return await rt.database.read(lambda tx: _page(tx, actor, call_id))


def _page(tx: Tx, actor: Actor, call_id: str) -> CallPage:
    call = calls.get(tx, call_id)
    sees(actor, call.client_id, what="call")
    lead = leads.find(tx, call.lead_id) if call.lead_id else None
    lead = None if lead is None or lead.deleted_at else lead
    zones = zones_for(lead.timezone if lead else None, call.to_number)
    made = dials.of_call(tx, call_id)
    attempts = call_pages.chain(tx, call.root_call_id, this=call_id)
    events = event_pages.of_call(tx, call_id)
    steps = transitions.of(tx, call_id, *(dial.dial_id for dial in made))
    waiting = next((each for each in attempts if each.status == CallStatus.SCHEDULED.value and not each.is_this), None)
    return CallPage(
        call=call,
        line=call_pages.by_ids(tx, [call_id])[0],
        client=clients.get(tx, call.client_id) if call.client_id else None,
        lead=lead,
        zone=zones[0] if zones else "",
        zone_is_sure=bool(lead and lead.timezone) or len(zones) == 1,
        attempts=attempts,
        dials=tuple(_dial(dial) for dial in made),
        timeline=timeline(call, made, steps, events, attempts),
        events=events,
        follow_ups=follow_ups.of_call(tx, call_id),
        ended_words=ended_words(call.told.disconnection_reason),
        reason_is_new=is_new_reason(call.told.disconnection_reason),
        outcome_source=_outcome_source(call),
        next_call_id=waiting.call_id if waiting else None,
        next_call_at=waiting.occurred_at if waiting else None,
        on_do_not_call=bool(do_not_call.among(tx, [call.to_number], client_id=call.client_id)),
        has_recording=bool(call.told.recording_url),
        may_listen=is_at_least(actor, MAY_LISTEN),
    )


def _outcome_source(call: Call) -> str:
    if call.derived.outcome is None:
        return ""
    if call.outcome_by_hand is not None:
        return "person"
    return "retell" if call.told.phase >= Phase.ANALYSED else "us"


def _dial(dial: Dial) -> DialLine:
    verdict = dial.verdict
    return DialLine(
        dial_id=dial.dial_id,
        seq=dial.seq,
        state=dial.state.value,
        planned_at=dial.planned_at,
        sent_at=dial.sent_at,
        settled_at=dial.settled_at,
        from_number=dial.from_number,
        agent_id=dial.agent_id,
        provider_call_id=dial.provider_call_id,
        verdict_kind=verdict.kind if verdict else "",
        verdict_status=verdict.status if verdict else None,
        verdict_words=verdict.words if verdict else "",
        zone_used=dial.zone_used,
        local_time=dial.local_time,
        variables_sent=dial.variables_sent,
    )

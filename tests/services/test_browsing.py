"""Every page shows what is there and only what one may see, on both databases."""

from dataclasses import replace
from datetime import timedelta

import pytest

from callcenter.domain.call import CallStatus, Outcome
from callcenter.domain.errors import Invalid, NotFound
from callcenter.domain.search import CallFilter, LeadFilter
from callcenter.services import browsing
from callcenter.services.runtime import Runtime
from callcenter.store import follow_ups, inbox
from callcenter.store.database import Tx
from callcenter.store.inbox import Letter
from tests.builders import ADMIN, VIEWER, new_id, saved_batch, saved_call, saved_client, saved_lead
from tests.fakes import START
from tests.services.news import ended

MINUTE = timedelta(minutes=1)


async def test_older_and_newer_walk_the_whole_list_and_back(any_rt: Runtime) -> None:
    acme = await saved_client(any_rt)
    for nth in range(7):
        await ended(any_rt, acme, at=START - nth // 2 * MINUTE, cost=None if nth % 3 else nth * 1000)
    for sort in ("-started", "started", "-cost", "cost", "duration", "-ended", "priority", "-created"):
        asked = CallFilter(sort=sort)
        whole = [line.call_id for line in (await browsing.page_of_calls(any_rt, ADMIN, asked, limit=50)).items]
        page = await browsing.page_of_calls(any_rt, ADMIN, asked, limit=3)
        seen = [page]
        while page.older:
            page = await browsing.page_of_calls(any_rt, ADMIN, asked, limit=3, cursor=page.older)
            seen.append(page)
        assert [line.call_id for each in seen for line in each.items] == whole
        assert [each.first for each in seen] == [1, 4, 7]
        assert page.total == 7
        back = await browsing.page_of_calls(any_rt, ADMIN, asked, limit=3, cursor=page.newer)
        assert [line.call_id for line in back.items] == [line.call_id for line in seen[1].items]
        assert back.first == 4
        first = await browsing.page_of_calls(any_rt, ADMIN, asked, limit=3, cursor=back.newer)
        assert [line.call_id for line in first.items] == whole[:3]
        assert first.newer is None


async def test_a_cursor_of_another_sort_or_a_damaged_one_is_refused(any_rt: Runtime) -> None:
    acme = await saved_client(any_rt)
    for _ in range(3):
        await saved_call(any_rt, acme)
    page = await browsing.page_of_calls(any_rt, ADMIN, CallFilter(), limit=2)
    for cursor, asked in ((page.older, CallFilter(sort="cost")), ("nonsense!", CallFilter()), ("e30", CallFilter())):
        with pytest.raises(Invalid):
            await browsing.page_of_calls(any_rt, ADMIN, asked, cursor=cursor)


async def test_filters_find_what_they_say(any_rt: Runtime) -> None:
    acme = await saved_client(any_rt, name="Acme")
    maria = await saved_lead(any_rt, acme, name="Maria Gonzalez", number="+14155550142")
    sale = await ended(
        any_rt, acme, maria, at=START, outcome=Outcome.SALE_MADE, cost=600_000, duration_ms=130_000, sentiment=0.7,
        transcript="User: My daughter can drive me.", tags=("vip", "é"), agent_id="agent_a", recording_url="https://x/y.wav",
    )  # fmt: skip
    dull = await ended(any_rt, acme, at=START - MINUTE, outcome=None, sentiment=-0.7, cost=10_000, agent_id="agent_b")
    waits = await saved_call(any_rt, acme, scheduled_at=START + MINUTE)
    both = {
        CallFilter(q="maria"): [sale],
        CallFilter(q="+1415555014"): [sale],
        CallFilter(q="(415) 555-0142"): [sale],
        CallFilter(q=sale.call_id): [sale],
        CallFilter(q="cost>0.50"): [sale],
        CallFilter(q="dur<120 cost<1"): [dull],
        CallFilter(q='"Daughter can"'): [sale],
        CallFilter(q="daughter"): [],
        CallFilter(q="daughter", in_transcripts=True): [sale],
        CallFilter(q="100%"): [],
        CallFilter(outcomes=("unknown",)): [waits, dull],
        CallFilter(not_outcomes=("unknown",)): [sale],
        CallFilter(sentiments=("negative",)): [dull],
        CallFilter(tags=("é",)): [sale],
        CallFilter(not_tags=("vip",)): [waits, dull],
        CallFilter(statuses=("scheduled",)): [waits],
        CallFilter(not_agents=("agent_a", "agent_recall")): [dull],
        CallFilter(min_s=100): [sale],
        CallFilter(max_s=60): [dull],
        CallFilter(has=("recording",)): [sale],
        CallFilter(start=START): [waits, sale],
        CallFilter(end=START): [dull],
    }
    for asked, expected in both.items():
        page = await browsing.page_of_calls(any_rt, ADMIN, asked)
        assert [line.call_id for line in page.items] == [call.call_id for call in expected], asked
        assert page.total == len(expected)


async def test_each_facet_counts_under_the_other_filters(any_rt: Runtime) -> None:
    acme = await saved_client(any_rt)
    await ended(any_rt, acme, at=START, outcome=Outcome.VOICEMAIL)
    await ended(any_rt, acme, at=START, outcome=Outcome.NO_ANSWER, status=CallStatus.FAILED)
    await saved_call(any_rt, acme)
    asked = CallFilter(statuses=("completed",), clients=(acme.client_id,))
    counts = await browsing.facets(any_rt, ADMIN, asked)
    assert counts["status"] == {"completed": 1, "failed": 1, "scheduled": 1}
    assert counts["outcome"] == {"voicemail": 1}
    assert counts["client"] == {acme.client_id: 1}


async def test_a_call_page_tells_what_happened_in_order(any_rt: Runtime) -> None:
    acme = await saved_client(any_rt)
    lead = await saved_lead(any_rt, acme, timezone="America/Denver")
    call = await ended(any_rt, acme, lead, at=START, ended_at=START + MINUTE, summary="Fine.", agent_name="Ava")

    def work(tx: Tx) -> None:
        follow_ups.add(
            tx, follow_up_id=new_id(), client_id=acme.client_id, lead_id=lead.lead_id, call_id=call.call_id, kind="follow_up",
            at=START + MINUTE, zone="UTC", is_sure=True, why="asked", now=START,
        )  # fmt: skip

    await any_rt.database.write(work)
    page = await browsing.call_page(any_rt, ADMIN, call.call_id)
    assert [step.key for step in page.timeline] == ["scheduled", "picked_up", "ended"]
    assert page.timeline[-1].words == "They hung up"
    assert page.timeline[-1].took_s == 60
    assert (page.zone, page.zone_is_sure, page.outcome_source) == ("America/Denver", True, "retell")
    assert (page.line.summary, page.line.agent_name, page.line.follow_up_kind) == ("Fine.", "Ava", "follow_up")
    assert page.follow_ups[0].who == lead.name
    assert page.may_listen
    assert not (await browsing.call_page(any_rt, VIEWER, call.call_id)).may_listen


async def test_batches_tell_their_progress(any_rt: Runtime) -> None:
    acme = await saved_client(any_rt, max_concurrent=2)
    batch = await saved_batch(any_rt, acme)
    await ended(any_rt, acme, None, batch, at=START - MINUTE, cost=50_000)
    tomorrow = START + timedelta(days=1)
    for _ in range(3):
        await saved_call(any_rt, acme, None, batch, scheduled_at=tomorrow, look_again_at=tomorrow)
    line = (await browsing.batch_list(any_rt, ADMIN)).items[0]
    assert (line.status, line.waits_until, line.done, line.total, line.cost) == ("waiting", tomorrow, 1, 4, 50_000)
    assert (await browsing.batch_list(any_rt, ADMIN, statuses=["finishing"])).items == ()
    page = await browsing.batch_page(any_rt, ADMIN, batch.batch_id)
    assert (page.dialled, page.reached, page.median_talk_s) == (1, 1, 60)
    assert page.per_hour[0][1] == {"not_interested": 1}


async def test_leads_tell_their_calls_and_whether_they_may_be_called(any_rt: Runtime) -> None:
    acme = await saved_client(any_rt)
    lead = await saved_lead(any_rt, acme, name="Zoë")
    await ended(any_rt, acme, lead, at=START - MINUTE)
    await saved_call(any_rt, acme, lead, scheduled_at=START + MINUTE)
    page = await browsing.page_of_leads(any_rt, ADMIN, LeadFilter(q="ZOË"))
    line = page.items[0]
    assert (line.attempts, line.last_called_at, line.next_at, line.do_not_call) == (1, START - MINUTE, START + MINUTE, False)
    whole = await browsing.lead_page(any_rt, ADMIN, lead.lead_id)
    assert len(whole.calls) == 2


async def test_clients_tell_how_they_do(any_rt: Runtime) -> None:
    acme = await saved_client(any_rt, name="Acme")
    await saved_lead(any_rt, acme)
    await ended(any_rt, acme, at=START - MINUTE, outcome=Outcome.SALE_MADE, cost=1)
    await saved_call(any_rt, acme)
    line = (await browsing.client_list(any_rt, ADMIN))[0]
    assert (line.leads, line.waiting, line.dialled_today, line.success_today, line.health) == (1, 1, 1, 1, "connected")
    page = await browsing.client_page(any_rt, ADMIN, acme.client_id)
    assert page.key_last4 == "0001"


async def test_the_inspector_shows_events_and_refused_deliveries_together(any_rt: Runtime) -> None:
    acme = await saved_client(any_rt)
    call = await ended(any_rt, acme, at=START - MINUTE)

    def work(tx: Tx) -> str:
        letter = Letter(
            inbox_id=new_id(), account_id=acme.account_id or "", client_id=acme.client_id, source="webhook", kind="call_analyzed",
            provider_call_id=call.told.provider_call_id, token=None, sha256="a", body=b'{"event": "call_analyzed"}',
            received_at=START, signed_at=START,
        )  # fmt: skip
        inbox.add(tx, letter)
        inbox.mark(tx, letter.inbox_id, "folded", now=START, call_id=call.call_id, changed={"outcome": [None, "failed"]})
        inbox.refuse(
            tx, refusal_id=new_id(), address="127.0.0.1", length=3, sha256="b", why="wrong key", at=START - MINUTE, client_id=None
        )  # fmt: skip
        return letter.inbox_id

    event_id = await any_rt.database.write(work)
    page = await browsing.events_page(any_rt, ADMIN)
    assert [line.result for line in page.items] == ["applied", "bad_signature"]
    assert page.by_result == {"applied": 1, "bad_signature": 1}
    assert len((await browsing.events_page(any_rt, VIEWER)).items) == 1
    second = await browsing.events_page(any_rt, ADMIN, limit=1, cursor=(await browsing.events_page(any_rt, ADMIN, limit=1)).older)
    assert [line.result for line in second.items] == ["bad_signature"]
    for q in (call.call_id[-8:], call.to_number):
        assert len((await browsing.events_page(any_rt, ADMIN, q=q)).items) == 1
    for result, count in (("applied", 1), ("bad_signature", 1), ("duplicate", 0), ("failed", 0)):
        assert len((await browsing.events_page(any_rt, ADMIN, result=result)).items) == count, result
    detail = await browsing.event_detail(any_rt, ADMIN, event_id)
    assert (detail.body, detail.changed) == ({"event": "call_analyzed"}, {"outcome": [None, "failed"]})
    assert (await browsing.event_detail(any_rt, ADMIN, page.items[1].event_id)).address == "127.0.0.1"


async def test_the_inspector_has_a_word_for_whatever_became_of_an_event(any_rt: Runtime) -> None:
    acme = await saved_client(any_rt)
    wanted = {
        "new": "waiting", "folded": "applied", "unmatched": "unknown_call", "stale": "stale", "stale_fetched": "stale",
        "poison": "failed", "parked": "failed",
    }  # fmt: skip

    def work(tx: Tx) -> None:
        for state in wanted:
            letter = Letter(
                inbox_id=new_id(), account_id=acme.account_id or "", client_id=acme.client_id, source="webhook", kind=state,
                provider_call_id="call_1", token=None, sha256=state, body=b"{}", received_at=START, state=state,
            )  # fmt: skip
            inbox.add(tx, letter)

    await any_rt.database.write(work)
    page = await browsing.events_page(any_rt, ADMIN)
    assert {line.kind: line.result for line in page.items} == wanted
    assert sum(page.by_result.values()) == len(wanted)
    failed = await browsing.events_page(any_rt, ADMIN, result="failed")
    assert {line.kind for line in failed.items} == {"poison", "parked"}
    board = await browsing.live_board(any_rt, ADMIN, None)
    assert "2 events could not be applied" in {line.title for line in board.attention}


async def test_the_palette_finds_every_kind(any_rt: Runtime) -> None:
    acme = await saved_client(any_rt, name="Recall Dental")
    lead = await saved_lead(any_rt, acme, name="Rita Recallo")
    await saved_batch(any_rt, acme, name="November recall")
    await saved_call(any_rt, acme, lead)
    hits = await browsing.quick_search(any_rt, ADMIN, "recall")
    assert [hit.kind for hit in hits] == ["client", "batch", "lead", "call"]
    assert [(hit.client, hit.number, hit.status) for hit in hits[1:]] == [
        ("Recall Dental", "", ""),
        ("", lead.number, ""),
        ("Recall Dental", lead.number, "scheduled"),
    ]


async def test_another_clients_things_do_not_exist(any_rt: Runtime) -> None:
    acme, other = await saved_client(any_rt), await saved_client(any_rt)
    lead, batch = await saved_lead(any_rt, acme), await saved_batch(any_rt, acme)
    call = await ended(any_rt, acme, lead, batch, at=START)
    stranger = replace(ADMIN, client_ids=frozenset({other.client_id}))
    for ask in (
        browsing.call_page(any_rt, stranger, call.call_id),
        browsing.lead_page(any_rt, stranger, lead.lead_id),
        browsing.batch_page(any_rt, stranger, batch.batch_id),
        browsing.client_page(any_rt, stranger, acme.client_id),
        browsing.live_board(any_rt, stranger, acme.client_id),
    ):
        with pytest.raises(NotFound):
            await ask
    assert (await browsing.page_of_calls(any_rt, stranger, CallFilter(clients=(acme.client_id,)))).items == ()
    assert (await browsing.page_of_leads(any_rt, stranger, LeadFilter())).items == ()
    assert (await browsing.batch_list(any_rt, stranger, client_id=acme.client_id)).items == ()
    assert (await browsing.quick_search(any_rt, stranger, lead.name)) == ()
    assert all(not counts for counts in (await browsing.facets(any_rt, stranger, CallFilter())).values())

"""A page of anything, for a filter, narrowed to what this person may see."""

from callcenter.services.browsing.audit import audit_page
from callcenter.services.browsing.batches import batch_list, batch_page, leads_without_answer
from callcenter.services.browsing.call import call_page
from callcenter.services.browsing.calls import calls_by_id, count_of_calls, facets, page_of_calls
from callcenter.services.browsing.clients import client_list, client_page, webhook_health
from callcenter.services.browsing.dials import dial_detail, ledger_page
from callcenter.services.browsing.events import event_detail, events_page
from callcenter.services.browsing.leads import follow_up_list, lead_page, lead_tags, page_of_leads
from callcenter.services.browsing.live import live_aside, live_board
from callcenter.services.browsing.quick import quick_search
from callcenter.services.browsing.shell import shell_of

__all__ = [
    "audit_page",
    "batch_list",
    "batch_page",
    "call_page",
    "calls_by_id",
    "client_list",
    "client_page",
    "count_of_calls",
    "dial_detail",
    "event_detail",
    "events_page",
    "facets",
    "follow_up_list",
    "lead_page",
    "lead_tags",
    "leads_without_answer",
    "ledger_page",
    "live_aside",
    "live_board",
    "page_of_calls",
    "page_of_leads",
    "quick_search",
    "shell_of",
    "webhook_health",
]

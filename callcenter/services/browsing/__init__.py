"""A page of anything, for a filter, narrowed to what this person may see."""

from callcenter.services.browsing.calls import count_of_calls, facets, page_of_calls
from callcenter.services.browsing.live import live_board
from callcenter.services.browsing.shell import shell_of

__all__ = ["count_of_calls", "facets", "live_board", "page_of_calls", "shell_of"]

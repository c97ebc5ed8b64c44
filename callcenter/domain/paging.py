"""A page of anything, and the opaque cursor that leads to the next or the previous one."""

import base64
import binascii
import json
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from callcenter.domain.errors import Invalid

T = TypeVar("T")

#: The most rows one page may hold, on screen and on the wire.
MOST_ON_SCREEN = 100
MOST_ON_WIRE = 200


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Some rows of a list. `older` and `newer` are cursors (None: there is nothing that way), `first` the position of the
    first row counted from 1, `total` how many match (None: not asked), `is_capped` that it is "that many or more"."""

    items: tuple[T, ...]
    older: str | None = None
    newer: str | None = None
    first: int = 1
    total: int | None = None
    is_capped: bool = False


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place between two rows: the sort value and id of the row beside it, and which way to go on from there.

    `sort` is the sort it was made under; a cursor means nothing under another one. `first` is the position of the page it
    leads to, so that "51–100" can be shown without counting.
    """

    sort: str
    value: str | int | float | None
    id: str
    is_back: bool = False
    first: int = 1

    def encode(self) -> str:
        """Gives text that survives an address bar."""
        fields = [self.sort, self.value, self.id, int(self.is_back), self.first]
        raw = json.dumps(fields, separators=(",", ":"), ensure_ascii=False).encode()
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def read_cursor(text: str | None, *, sort: str) -> Cursor | None:
    """Gives the cursor behind `text`, None for none; raises Invalid when it is damaged or belongs to another sort."""
    if not text:
        return None
    try:
        raw = base64.urlsafe_b64decode(text.encode("ascii") + b"=" * (-len(text) % 4))
        fields: Any = json.loads(raw)
        made_for, value, row_id, back, first = fields
    except (ValueError, TypeError, UnicodeError, RecursionError, binascii.Error) as error:
        raise Invalid("This page link is damaged. Start again from the first page.", field="cursor") from error
    if made_for != sort or not isinstance(row_id, str) or not isinstance(first, int) or back not in (0, 1):
        raise Invalid("This page link belongs to another sorting. Start again from the first page.", field="cursor")
    if not isinstance(value, str | int | float | None):
        raise Invalid("This page link is damaged. Start again from the first page.", field="cursor")
    return Cursor(sort=sort, value=value, id=row_id, is_back=bool(back), first=max(first, 1))

"""Work that somebody has begun and not finished: a list to import, a batch to launch."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

#: A draft nobody touched for this long is thrown away.
KEPT = timedelta(days=14)
KINDS = ("import", "batch")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What was chosen so far, as plain JSON in `data`; `filename` and `size` are of the file that came with it, if any."""

    draft_id: str
    kind: str
    user_id: str
    client_id: str | None = None
    filename: str = ""
    size: int = 0
    data: Mapping[str, Any] = field(default_factory=dict[str, Any])
    created_at: datetime
    updated_at: datetime

"""Rows as CSV that every spreadsheet reads and none executes."""

import csv
import io
from collections.abc import Iterable, Sequence

from callcenter.domain.lead_columns import guarded

#: Tells a spreadsheet that UTF-8 follows.
BOM = "\ufeff".encode()


def csv_bytes(rows: Iterable[Sequence[object]]) -> bytes:
    """Gives rows as RFC 4180 lines in UTF-8. None is an empty cell; a text that begins like a formula gets an apostrophe."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue().encode("utf-8", "replace")


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return f"{value}"
    return guarded(str(value).replace("\x00", ""))

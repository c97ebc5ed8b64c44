"""The PostgreSQL driver's cursor without pipelines, so that the database can always end a session that stands still."""

from collections.abc import Iterable
from typing import Any

import psycopg


class Cursor(psycopg.Cursor[Any]):
    """Runs `executemany` one by one.

    The driver would run it as a pipeline, which it ends with a Sync and a Flush; after that Flush, PostgreSQL no longer counts
    how long the session is idle in its transaction, and a process that stands still there would keep its locks for ever.
    Whoever adds many rows therefore adds several with one statement: the library does so by itself (make_engine), and so does
    `Prepared.many`.
    """

    def executemany(self, query: Any, params_seq: Iterable[Any], *, returning: bool = False) -> None:
        """Runs the statement once for each of its values; `rowcount` is then that of all of them."""
        if returning:
            raise NotImplementedError("executemany gives no rows here")
        changed = 0
        for params in params_seq:
            self.execute(query, params, prepare=True)
            changed += self.rowcount
        self._rowcount = changed

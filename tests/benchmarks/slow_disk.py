"""`callcenter serve` on a disk that takes five milliseconds longer to make a commit durable: run it in the server's place.

A stand-in for a slow disk, not one: each commit of a transaction that writes waits before it, in the thread that commits, with
Python free for the others, as it is while a real disk syncs.
"""

import sys
import time
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from callcenter.cli.main import main

SYNC_S = 0.005


def _sync(connection: Any) -> None:
    if connection.get_execution_options().get("begin") == "IMMEDIATE":
        time.sleep(SYNC_S)


event.listen(sa.Engine, "commit", _sync)

if __name__ == "__main__":
    sys.exit(main())

"""`callcenter serve`, but one process stands still between arming and sending its 25th dial: run in the server's place.

The environment variable FREEZE names a file; of several processes the one that creates it stands still, until it is told to go
on. The file then says which it was, and whom it was about to call.
"""

import itertools
import os
import signal
import sys
from pathlib import Path
from typing import Any

from callcenter.cli.main import main
from callcenter.services import calling

FREEZES_AT = 25
_sent = itertools.count(1)
_place = calling._place  # pyright: ignore[reportPrivateUsage]


async def _send_late(rt: Any, armed: Any) -> Any:
    _stand_still(armed.dial.number)
    return await _place(rt, armed)


def _stand_still(number: str) -> None:
    mark = Path(os.environ["FREEZE"])
    if next(_sent) != FREEZES_AT:  # earlier there would be no call yet that a search must find to prove anything
        return
    try:
        mark.touch(exist_ok=False)
    except FileExistsError:
        return
    mark.write_text(f"{os.getpid()} {number}")
    os.kill(os.getpid(), signal.SIGSTOP)


if __name__ == "__main__":
    calling._place = _send_late  # pyright: ignore[reportPrivateUsage]
    sys.exit(main())

"""Two servers of one installation behind one address, on one PostgreSQL and one Redis."""

import random
import signal
import threading
from pathlib import Path
from typing import Any

from callcenter.simulator.server import Simulator
from tests.journeys.front import Front
from tests.journeys.servers import Server


def two_servers(url: str, redis_url: str, provider: Simulator, folder: Path, address: Front, **more: str) -> list[Server]:
    """Starts two processes of one installation."""
    extra = {"CALLCENTER_REDIS_URL": redis_url, "CALLCENTER_PUBLIC_URL": address.url, **more}
    made: list[Server] = []
    for name in ("first", "second"):
        (folder / name).mkdir()
        made.append(Server(url, provider.url, folder / name, extra=extra))
    first, second = made
    first.prepare()
    second.token = first.token
    for each in made:
        each.start()
    address.stand_before(first.port, second.port)
    return made


class Pair:
    """Two servers handled as one: a kill takes one of them, by chance, and the other goes on."""

    def __init__(self, made: list[Server], chance: random.Random) -> None:
        self.made, self.chance = made, chance
        self.dead: Server | None = None
        self.frozen: Server | None = None

    def ask(self, method: str, path: str, body: Any = None, *, kind: str = "application/json") -> Any:
        """Asks one that runs."""
        return self._awake()[0].ask(method, path, body, kind=kind)

    def kill(self) -> None:
        """Ends one of those that run, as a power cut would."""
        self.dead = self.chance.choice(self._awake())
        self.dead.kill()

    def start(self) -> None:
        """Starts the one that was killed last."""
        assert self.dead is not None
        dead, self.dead = self.dead, None
        dead.start()

    def freeze(self, seconds: float) -> None:
        """Has one of them stand still for so long, from now on."""
        self.frozen = self.chance.choice(self._awake())
        _signal(self.frozen, signal.SIGSTOP)
        thaw = threading.Timer(seconds, self.thaw)
        thaw.daemon = True
        thaw.start()

    def thaw(self) -> None:
        """Has the one that stands still go on."""
        if self.frozen is not None:
            _signal(self.frozen, signal.SIGCONT)
            self.frozen = None

    def stop(self) -> None:
        """Ends both."""
        self.thaw()
        for each in self.made:
            each.stop()

    def _awake(self) -> list[Server]:
        return [each for each in self.made if each is not self.dead and each is not self.frozen]


def _signal(server: Server, what: signal.Signals) -> None:
    if server.process is not None:
        server.process.send_signal(what)

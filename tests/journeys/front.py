"""One address before several servers, as a load balancer is: a new connection goes to the next server that takes it."""

import contextlib
import itertools
import socket
import threading
from collections.abc import Iterator, Sequence

CHUNK = 65_536


class Front:
    """Listens on a free port of loopback and passes bytes on, unread."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self._behind: Sequence[int] = ()
        self._turn = itertools.count()
        threading.Thread(target=self._accept, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def stand_before(self, *ports: int) -> None:
        """Says which servers are behind it."""
        self._behind = ports

    def close(self) -> None:
        """Takes no more connections."""
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                caller, _address = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(caller,), daemon=True).start()

    def _serve(self, caller: socket.socket) -> None:
        first = next(self._turn)
        with caller:
            for nth in range(len(self._behind)):
                port = self._behind[(first + nth) % len(self._behind)]
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2) as server:
                    server.settimeout(None)
                    there = threading.Thread(target=_pass_on, args=(caller, server), daemon=True)
                    there.start()
                    _pass_on(server, caller)
                    there.join()
                    return


def _pass_on(source: socket.socket, target: socket.socket) -> None:
    """Passes on what comes until it ends, then ends both ways."""
    with contextlib.suppress(OSError):
        while chunk := source.recv(CHUNK):
            target.sendall(chunk)
    for each in (source, target):
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def front() -> Iterator[Front]:
    """Stands before nobody yet."""
    made = Front()
    try:
        yield made
    finally:
        made.close()

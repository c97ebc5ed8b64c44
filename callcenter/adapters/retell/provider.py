"""Makes a client for a key, and reads what the provider sends us."""

from collections.abc import Sequence
from datetime import datetime

from callcenter.adapters.retell import posting, signature, wire
from callcenter.adapters.retell.client import RetellClient
from callcenter.adapters.retell.line import Connections, Line, Timeouts, is_possible_key
from callcenter.adapters.retell.recordings import Recordings, Resolve
from callcenter.domain.call import CallEvent
from callcenter.domain.errors import Invalid, Unreachable
from callcenter.domain.their_clock import TheirClock
from callcenter.services.ports import Clock, Verified


class Retell:
    """Retell, and its stand-in where an account is simulated. All keys share the connections; `close` ends them."""

    def __init__(
        self,
        *,
        base_url: str,
        simulator_url: str | None,
        clock: Clock,
        timeouts: Timeouts | None = None,
        resolve: Resolve | None = None,
    ) -> None:
        self._connections = Connections(timeouts or Timeouts())
        self._addresses = {False: base_url.rstrip("/"), True: simulator_url.rstrip("/") if simulator_url else None}
        self._clock = clock
        self._resolve = resolve
        self._their_clocks: dict[bool, TheirClock] = {}

    def open(self, *, api_key: str, is_simulated: bool) -> RetellClient:
        """Gives the client of a key. Raises Invalid for what cannot be a key, Unreachable where no simulator is set."""
        base_url = self._addresses[is_simulated]
        if base_url is None:
            raise Unreachable("This account is simulated, but no simulator's address is set.")
        if not is_possible_key(api_key):
            raise Invalid("This is not an API key: it has blanks or characters that no key has.", field="apiKey")
        line = Line(
            self._connections, base_url=base_url, api_key=api_key, on_date=lambda at: self._hear(at, is_simulated=is_simulated)
        )  # fmt: skip
        return RetellClient(
            line,
            Recordings(self._connections.recordings, base_url=base_url, clock=self._clock, resolve=self._resolve),
        )

    def _hear(self, at: datetime, *, is_simulated: bool) -> None:
        self._their_clocks[is_simulated] = TheirClock(at, self._clock.boot())

    def their_clock(self, *, is_simulated: bool) -> TheirClock | None:
        """Gives what the `Date` of the last answer said; None before the first that had one."""
        return self._their_clocks.get(is_simulated)

    def verify(self, raw: bytes, header: str | None, *, keys: Sequence[str], now: datetime) -> Verified:
        """Says whether one of the keys signed these bytes, and whether lately."""
        return signature.verify(raw, header, keys=keys, now=now)

    def read_webhook(self, raw: bytes) -> CallEvent:
        """Gives the event of an authentic body; raises Invalid when it cannot be read."""
        return wire.event_of_webhook(raw)

    def test_event(self, test_id: str) -> bytes:
        """Gives the body of a webhook that is about no call and changes nothing."""
        return posting.test_event(test_id)

    async def post_event(self, url: str, raw: bytes, *, api_key: str, now: datetime) -> int:
        """Posts a signed webhook once and gives the status; raises Unreachable or Uncertain, saying why."""
        return await posting.post(self._connections, url, raw, signature=signature.sign(raw, key=api_key, at=now))

    def read_call(self, raw: bytes) -> CallEvent:
        """Gives the snapshot event of a stored call; raises Invalid when it cannot be read."""
        return wire.event_of_call(raw)

    async def close(self) -> None:
        """Closes every connection; nothing can be opened afterwards."""
        await self._connections.close()

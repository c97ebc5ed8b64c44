"""The only file that asks for the time."""

import asyncio
import time
from datetime import UTC, datetime


class SystemClock:
    """This computer's time."""

    def now(self) -> datetime:
        """Gives the instant, aware and in UTC."""
        return datetime.now(UTC)

    def boot(self) -> float:
        """Gives seconds since some fixed instant; they go on while the machine sleeps, and no one can set them back."""
        # The plain monotonic clock stands still in suspend: a laptop that wakes would believe its request fresh.
        return time.clock_gettime(_BOOT_CLOCK)

    async def sleep(self, seconds: float) -> None:
        """Waits; not at all when `seconds` is 0 or less."""
        await asyncio.sleep(max(0.0, seconds))


#: Linux alone has the clock that counts suspend; elsewhere the monotonic one is the best there is.
_BOOT_CLOCK: int = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)

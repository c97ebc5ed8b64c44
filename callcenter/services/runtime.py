"""The parts a use case needs: settings, database, providers, bus, clock, chance, vault."""

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from callcenter.services.ports import Bus, Clock, Providers, Rng, Vault
from callcenter.settings import Settings
from callcenter.store.database import Database


@dataclass(slots=True)
class Runtime:
    """Everything below the doors receives this as `rt`. `name` tells this process from others on the same database.

    `began_at` is when it began to listen: what the provider told before, nobody here can have heard.
    """

    settings: Settings
    database: Database
    providers: Providers
    bus: Bus
    clock: Clock
    rng: Rng
    vault: Vault
    name: str
    is_demo: bool = False
    demo_speed: int = 1
    kept: dict[str, Any] = field(default_factory=dict[str, Any])  # what this process worked out and may forget, see keys.py
    wake_dispatcher: asyncio.Event = field(default_factory=asyncio.Event)
    wake_reconciler: asyncio.Event = field(default_factory=asyncio.Event)
    began_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        self.began_at = self.clock.now()

    def new_id(self) -> str:
        """Gives 32 hex digits of a UUIDv7 made from our own clock and chance, so that ids sort by age."""
        millis = int(self.clock.now().timestamp() * 1000)
        value = (millis & (1 << 48) - 1) << 80 | 0x7 << 76 | self.rng.getrandbits(12) << 64 | 0b10 << 62
        return f"{value | self.rng.getrandbits(62):032x}"

    def new_secret(self, bits: int = 128) -> str:
        """Gives `bits` random bits in hex, for tokens and unguessable addresses."""
        return f"{self.rng.getrandbits(bits):0{bits // 4}x}"


_current: Runtime | None = None


def current() -> Runtime:
    """Gives the running parts to a door; the one global of the product."""
    if _current is None:
        raise RuntimeError("the application has not been started: wiring has not set the runtime")
    return _current


def set_current(rt: Runtime | None) -> None:
    """Sets what `current` gives; called by wiring at start, and by tests."""
    global _current
    _current = rt

"""The workspaces behind the keys: each with the same agents and numbers to begin with, and its own calls and limits."""

import hashlib
from collections import OrderedDict
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from callcenter.simulator.config import Switches, WorkspaceSettings

KEY_PREFIX = "key_"


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A voice agent. `language` None follows the number that is called."""

    agent_id: str
    name: str
    trade: str
    version: int
    language: str | None = None
    voice_id: str = "11labs-Adrian"


def agent(name: str, trade: str, *, version: int, language: str | None = None) -> Agent:
    """An agent whose id follows from its name, so that it is the same in every workspace and on every start."""
    digest = hashlib.sha256(name.encode()).hexdigest()
    return Agent(agent_id=f"agent_{digest[:26]}", name=name, trade=trade, version=version, language=language)


AGENTS: tuple[Agent, ...] = (
    agent("Dental recall", "dental", version=3),
    agent("Insurance renewal", "insurance", version=1),
    agent("Solar survey", "solar", version=2),
    agent("Car service", "car", version=1),
    agent("Recordatorio dental", "dental", version=1, language="es"),
)
# Numbers kept for films and examples; nobody can be reached under them.
NUMBERS: tuple[tuple[str, str], ...] = (
    ("+14155550100", "Main line"),
    ("+12125550142", "East coast"),
    ("+442079460018", "London"),
    ("+493023125100", "Berlin"),
    ("+33199001100", "Paris"),
)


@dataclass(frozen=True, slots=True)
class Replay:
    """What a first request with an idempotency key got: the call, the answer's body, and the request's digest."""

    at: datetime
    call_id: str | None
    body: dict[str, Any]
    status: int
    digest: str


@dataclass(slots=True, kw_only=True)
class Workspace:
    """One customer of the provider."""

    key: str
    settings: WorkspaceSettings
    switches: Switches
    placed: int = 0
    live: set[str] = field(default_factory=set[str])  # ids of calls not over yet
    starts: list[datetime] = field(default_factory=list[datetime])  # of the last second
    replays: OrderedDict[str, Replay] = field(default_factory=OrderedDict[str, Replay])
    do_not_call: set[str] = field(default_factory=set[str])
    reserved: dict[str, int] = field(default_factory=dict[str, int])  # by batch: slots it leaves free

    @property
    def org_id(self) -> str:
        """Stable for a key, and does not give it away."""
        return f"org_{hashlib.sha256(self.key.encode()).hexdigest()[:16]}"

    def find_agent(self, agent_id: str) -> Agent | None:
        """One of its agents."""
        return next((one for one in AGENTS if one.agent_id == agent_id), None)


class Workspaces:
    """All workspaces, made when their key is first seen."""

    def __init__(self, *, settings: WorkspaceSettings, switches: Switches) -> None:
        self.settings = settings
        self.switches = switches
        self.by_key: dict[str, Workspace] = {}

    def find(self, key: str) -> Workspace | None:
        """The workspace of a key; None for a key of another shape."""
        if not key.startswith(KEY_PREFIX) or len(key) == len(KEY_PREFIX):
            return None
        return self.of(key)

    def of(self, key: str) -> Workspace:
        """The workspace of a key, made when it is new."""
        if key not in self.by_key:
            self.by_key[key] = Workspace(key=key, settings=self.settings, switches=self.switches)
        return self.by_key[key]

    def set(self, *, settings: WorkspaceSettings | None, switches: Switches | None, key: str | None = None) -> None:
        """Changes one workspace, or all of them with those to come."""
        if key is None:
            self.settings = settings or self.settings
            self.switches = switches or self.switches
        for one in [self.of(key)] if key is not None else self.by_key.values():
            one.settings = settings or one.settings
            one.switches = switches or one.switches

"""Faults on demand: the plan an operator writes, and the desk that says whether a request or a webhook meets one now."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from random import Random
from types import UnionType
from typing import Any, Literal, cast, get_args

FaultKind = Literal[
    "refuse",  # the listener is closed for `seconds`: connecting fails
    "reset_on_connect",  # the connection is reset before a byte is read, whatever it wanted to say
    "reset",  # the request's headers are read, its body is not, the connection is reset
    "hang",  # no answer, ever (or for `seconds`, then the connection closes)
    "die",  # the request takes effect, then the connection closes without a byte
    "half",  # the request takes effect, then half of the answer's body, then the connection closes
    "garbage",  # the request takes effect, the answer is 201 with a body that is no call
    "status",  # the answer is `status` with `body`
    "slow",  # everything is right, `seconds` late
    "late",  # the connection closes at once, the request takes effect `seconds` later
    "twice",  # the request takes effect twice, as if its key were not honoured
]
TAKES_EFFECT: frozenset[str] = frozenset({"die", "half", "garbage", "slow", "late", "twice"})
RULE_TYPES: dict[str, type | UnionType] = {
    "on": str,
    "times": int,
    "after": int,
    "status": int,
    "accepted": bool,
    "chance": int | float,
    "seconds": int | float,
    "retry_after": int | float,
}
MAY_BE_NULL = frozenset({"times", "accepted", "retry_after"})
WORDS: dict[type | UnionType, str] = {str: "a word", int: "a whole number", int | float: "a number", bool: "true or false"}
ON_CONNECTIONS: frozenset[str] = frozenset({"refuse", "reset_on_connect"})


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultRule:
    """One fault. `on` names an operation ("create-phone-call", "list-calls") or "*"; `times` None means always.

    A connection wants nothing yet when it is made, so `on` means nothing to the faults of connections.
    """

    do: FaultKind
    on: str = "*"
    times: int | None = 1
    after: int = 0  # lets this many pass first
    chance: float = 1.0
    seconds: float = 0.0
    status: int = 500
    body: Any = "retell"  # "retell", "error_message", "html", "empty", "garbage", "no_call_id", or what to answer
    accepted: bool | None = None  # whether the request takes effect; None: as is usual for the kind
    retry_after: float | None = None

    @property
    def takes_effect(self) -> bool:
        """Whether the provider does what was asked, whatever the caller gets to see."""
        return self.do in TAKES_EFFECT if self.accepted is None else self.accepted


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookFaults:
    """Chances, 0 to 1, that a delivery is lost, sent twice, delayed, held behind the next one, or preceded by a forgery.

    `delay_seconds` is how late a delayed one is, and how long a held one waits for a next one at most.
    """

    lose: float = 0.0
    double: float = 0.0
    delay: float = 0.0
    delay_seconds: float = 5.0
    reorder: float = 0.0
    forge: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultPlan:
    """Every fault the simulator shall commit."""

    rules: tuple[FaultRule, ...] = ()
    webhooks: WebhookFaults = field(default_factory=WebhookFaults)

    @staticmethod
    def read(path: Path) -> "FaultPlan":
        """Reads a JSON or TOML file, by its name's ending. Raises ValueError with a sentence fit for an operator."""
        try:
            text = path.read_text(encoding="utf-8")
            raw: Any = tomllib.loads(text) if path.suffix.lower() == ".toml" else json.loads(text)
        except OSError as problem:
            raise ValueError(f"The faults file {path} cannot be read: {problem.strerror}.") from problem
        except ValueError as problem:
            raise ValueError(f"The faults file {path} is neither JSON nor TOML that can be read: {problem}.") from problem
        return FaultPlan.parse(raw)

    @staticmethod
    def parse(raw: Any) -> "FaultPlan":
        """Reads `{"rules": [...], "webhooks": {...}}`. Raises ValueError naming what it does not know."""
        table = table_of(raw, what="A fault plan", known={"rules", "webhooks"})
        rules: Any = table.get("rules", [])
        if not isinstance(rules, list):
            raise ValueError("The rules of a fault plan are a list.")
        parsed = tuple(rule_of(rule) for rule in cast(list[Any], rules))
        chances = table_of(table.get("webhooks", {}), what="The webhooks part", known=names_of(WebhookFaults))
        if not all(isinstance(value, int | float) for value in chances.values()):
            raise ValueError("The webhooks part of a fault plan holds numbers only.")
        return FaultPlan(rules=parsed, webhooks=WebhookFaults(**{name: float(value) for name, value in chances.items()}))


def rule_of(raw: Any) -> FaultRule:
    """One rule of a plan."""
    rule = table_of(raw, what="A fault rule", known=names_of(FaultRule))
    if rule.get("do") not in get_args(FaultKind):
        raise ValueError(f"A fault rule says what to do: one of {', '.join(get_args(FaultKind))}.")
    for name, kinds in RULE_TYPES.items():
        value = rule.get(name, 0)
        is_known = isinstance(value, kinds) and (isinstance(value, bool) == (name == "accepted"))
        if name in rule and not is_known and not (value is None and name in MAY_BE_NULL):
            raise ValueError(f"{name} of a fault rule is {WORDS[kinds]}, not {value!r}.")
    return FaultRule(**rule)


def names_of(shape: type) -> set[str]:
    """The fields of a dataclass."""
    return {one.name for one in fields(shape)}


def table_of(raw: Any, *, what: str, known: set[str]) -> Mapping[str, Any]:
    """A table with known names only, or a complaint."""
    if not isinstance(raw, dict):
        raise ValueError(f"{what} is a table of names and values.")
    table = cast(dict[str, Any], raw)
    if unknown := sorted(set(table) - known):
        raise ValueError(f"{what} does not know {', '.join(unknown)}; it knows {', '.join(sorted(known))}.")
    return table


class FaultDesk:
    """Holds the current plan with its counts, and picks what happens next. All chance comes from one seed."""

    def __init__(self, plan: FaultPlan, *, rng: Random) -> None:
        self.rng = rng
        self.replace(plan)

    def replace(self, plan: FaultPlan) -> None:
        """Takes a new plan; every count starts again."""
        self.plan = plan
        self.met = [0] * len(plan.rules)
        self.done = [0] * len(plan.rules)

    def connection_fault(self) -> FaultRule | None:
        """What happens to a connection that was just made."""
        return self.pick("*", kinds=frozenset({"reset_on_connect"}))

    def request_fault(self, operation: str) -> FaultRule | None:
        """What happens to a request for this operation."""
        return self.pick(operation, kinds=frozenset(get_args(FaultKind)) - ON_CONNECTIONS)

    def closed_seconds(self) -> float | None:
        """For how long the listener shall be closed now, if the plan says so; each such rule speaks once."""
        rule = self.pick("*", kinds=frozenset({"refuse"}))
        return rule.seconds if rule else None

    def pick(self, operation: str, *, kinds: frozenset[str]) -> FaultRule | None:
        """The first rule that applies now, counted as done."""
        for place, rule in enumerate(self.plan.rules):
            if rule.do not in kinds or (rule.do not in ON_CONNECTIONS and rule.on not in ("*", operation)):
                continue
            self.met[place] += 1
            spent = rule.times is not None and self.done[place] >= rule.times
            if spent or self.met[place] <= rule.after or self.rng.random() >= rule.chance:
                continue
            self.done[place] += 1
            return rule
        return None

    def strikes(self, chance: float) -> bool:
        """Whether something with this chance happens now."""
        return chance > 0 and self.rng.random() < chance

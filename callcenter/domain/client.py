"""Whom we call for: time zone, cap, which voice; and the Retell account behind it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from callcenter.domain.hours import Window
from callcenter.domain.retry import RetryPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """The tenant: what has its id is never shown or changed across clients. `daily_budget` is in micro-dollars.

    With `calls_back` a wish to be called back at a sure time becomes a call, else a follow-up for a person.
    """

    client_id: str
    name: str
    timezone: str
    country: str = "US"
    is_active: bool = True
    paused_at: datetime | None = None
    paused_why: str | None = None
    account_id: str | None = None
    agent_id: str | None = None
    from_number: str | None = None
    max_concurrent: int = 5
    calling_hours: tuple[Window, ...]
    hours_note: str = ""
    daily_budget: int | None = None
    retry: RetryPolicy | None = None
    calls_back: bool = False
    variables: Mapping[str, str] = field(default_factory=dict[str, str])
    hook_id: str
    rev: int = 0
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One Retell workspace, reached with a key; several clients may share it, and its limit, lease, pace and pause.

    `pace_per_second` is the limit a person set; `learned_pace` what a refusal at `paced_at` taught us. The smaller holds.
    `clock_ahead_s` are the seconds our clock is ahead of the provider's (negative: behind), None while they agree.
    """

    account_id: str
    is_simulated: bool = False
    is_default: bool = False
    org_id: str | None = None
    provider_limit: int | None = None
    reserved_inbound: int = 0
    in_use: int | None = None
    limits_read_at: datetime | None = None
    own_limit: int | None = None
    pace_per_second: float | None = None
    learned_pace: float | None = None
    paced_at: datetime | None = None
    paused_at: datetime | None = None
    paused_why: str | None = None
    breaker_until: datetime | None = None
    swept_to: datetime | None = None
    clock_ahead_s: float | None = None
    may_resend: bool = False
    epoch: int = 0
    holder: str | None = None
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountKey:
    """One API key of an account, as stored: sealed, with its last four characters and a fingerprint to recognise it."""

    key_id: str
    account_id: str
    is_simulated: bool
    sealed: str
    last4: str
    fingerprint: str
    retired_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FromNumber:
    """A number an account calls from, as the provider listed it; `state` is ok, spam or gone."""

    number_id: str
    account_id: str
    number: str
    nickname: str = ""
    agent_id: str | None = None
    pace_per_second: float | None = None
    state: str = "ok"
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """This running product with its database; `install_id` goes into every call's metadata."""

    install_id: str
    name: str = ""
    country: str = "US"
    currency: str = "USD"
    timezone: str = "UTC"
    calling_paused_at: datetime | None = None
    calling_paused_by: str | None = None
    calling_paused_why: str | None = None

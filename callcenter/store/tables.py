"""All tables in one file, so the whole schema can be read at once.

Ids are the 32 hex digits of a UUIDv7, so they sort by age. Instants are UTC. Money is whole micro-dollars. JSON is for what is
never filtered on. What people edit has `rev`, raised with each change.
"""

# pyright: reportAssignmentType=false
# (sqlmodel types __tablename__ as something no plain name fits)

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, cast

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlmodel import Field, SQLModel

from callcenter.domain.call import ACTIVE_STATUSES
from callcenter.domain.dial import HOLDS_NUMBER, DialState

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s",
    "pk": "pk_%(table_name)s",
}


def _one_of(column: str, states: Iterable[StrEnum]) -> str:
    return f"{column} IN ({', '.join(repr(state.value) for state in sorted(states))})"


#: Conditions of partial indexes. A query is served by one only if it says the same, word for word and not with a parameter.
HOLDS_A_NUMBER = _one_of("state", HOLDS_NUMBER)
BY_A_PERSON = "\"by\" NOT IN ('callcenter', 'dispatcher', 'reconciling', 'retell')"
IS_WAITING = "status = 'scheduled'"
IS_FOREIGN = f"origin = 'outside' AND {_one_of('status', ACTIVE_STATUSES)}"
MAY_HAVE_ENDED_A_CALL = _one_of("state", (DialState.FINISHED, DialState.REJECTED))


def table_of(row: type[SQLModel]) -> sa.Table:
    """Gives the table behind a row class; statements on it are several times faster than on the class."""
    return cast("sa.Table", row.__table__)  # type: ignore[attr-defined]


class Instant(sa.types.TypeDecorator[datetime]):
    """An aware UTC datetime: timestamptz on PostgreSQL, sortable ISO text on SQLite; refuses naive ones."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Stores UTC; a naive instant is a bug of ours and fails here."""
        return None if value is None else _utc(value)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Gives an aware UTC datetime back."""
        return None if value is None else value.astimezone(UTC)

    def bind_processor(self, dialect: sa.Dialect) -> Callable[..., Any] | None:
        """On SQLite straight to text: every event writes a dozen instants, and the library goes a long way round."""
        return _text_of_instant if dialect.name == "sqlite" else super().bind_processor(dialect)

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Callable[..., Any] | None:
        """And straight back."""
        return _instant_of_text if dialect.name == "sqlite" else super().result_processor(dialect, coltype)


def _utc(value: datetime) -> datetime:
    if value.tzinfo is None:
        raise ValueError("an instant without a zone cannot be stored")
    return value if value.tzinfo is UTC else value.astimezone(UTC)


def _text_of_instant(value: datetime | None) -> str | None:
    return None if value is None else _utc(value).isoformat(" ", "microseconds")[: len("2026-01-01 00:00:00.000000")]


def _instant_of_text(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text).replace(tzinfo=UTC)


Json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def _at(**more: Any) -> Any:
    return Field(sa_type=Instant, **more)


def _maybe_at(**more: Any) -> Any:
    return Field(default=None, sa_type=Instant, nullable=True, **more)


def _json(default: Any = None, **more: Any) -> Any:
    if default is None:
        return Field(default=None, sa_type=Json, nullable=True, **more)
    return Field(default_factory=default, sa_type=Json, nullable=False, **more)


class InstallationRow(SQLModel, table=True):
    """One row: this running product."""

    __tablename__ = "installation"
    id: int = Field(default=1, primary_key=True)
    install_id: str
    name: str = ""
    country: str = "US"
    currency: str = "USD"
    timezone: str = "UTC"
    calling_paused_at: datetime | None = _maybe_at()
    calling_paused_by: str | None = None
    calling_paused_why: str | None = None
    setup_code_hash: str | None = None
    created_at: datetime = _at()
    updated_at: datetime = _at()


class AccountRow(SQLModel, table=True):
    """One Retell workspace: its limits, its pause, and the lease of the process that dials for it."""

    __tablename__ = "accounts"
    id: str = Field(primary_key=True)
    is_simulated: bool = False
    is_default: bool = False
    org_id: str | None = None
    provider_limit: int | None = None
    reserved_inbound: int = 0
    in_use: int | None = None
    limits_read_at: datetime | None = _maybe_at()
    own_limit: int | None = None
    pace_per_second: float | None = None
    learned_pace: float | None = None
    paced_at: datetime | None = _maybe_at()
    paused_at: datetime | None = _maybe_at()
    paused_why: str | None = None
    breaker_until: datetime | None = _maybe_at()
    swept_to: datetime | None = _maybe_at()
    clock_ahead_s: float | None = None
    may_resend: bool = False
    epoch: int = 0
    holder: str | None = None
    expires_at: datetime | None = _maybe_at()
    created_at: datetime = _at()
    updated_at: datetime = _at()


class AccountKeyRow(SQLModel, table=True):
    """One API key of an account, sealed; webhook signatures are tried with every key not retired."""

    __tablename__ = "account_keys"
    __table_args__ = (sa.UniqueConstraint("is_simulated", "fingerprint"),)
    id: str = Field(primary_key=True)
    account_id: str = Field(foreign_key="accounts.id", index=True)
    is_simulated: bool = False
    sealed: str
    last4: str
    fingerprint: str
    retired_at: datetime | None = _maybe_at()
    created_at: datetime = _at()
    updated_at: datetime = _at()


class FromNumberRow(SQLModel, table=True):
    """A number we call from, as the provider listed it."""

    __tablename__ = "from_numbers"
    __table_args__ = (sa.UniqueConstraint("account_id", "number"),)
    id: str = Field(primary_key=True)
    account_id: str = Field(foreign_key="accounts.id")
    number: str
    nickname: str = ""
    agent_id: str | None = None
    pace_per_second: float | None = None
    state: str = "ok"
    seen_at: datetime = _at()
    created_at: datetime = _at()
    updated_at: datetime = _at()


class ClientRow(SQLModel, table=True):
    """Whom we call for."""

    __tablename__ = "clients"
    id: str = Field(primary_key=True)
    name: str = Field(unique=True)
    timezone: str
    country: str = "US"
    is_active: bool = True
    paused_at: datetime | None = _maybe_at()
    paused_why: str | None = None
    account_id: str | None = Field(default=None, foreign_key="accounts.id", index=True)
    agent_id: str | None = None
    from_number: str | None = None
    max_concurrent: int = 5
    calling_hours: list[Any] = _json(list)
    hours_note: str = ""
    daily_budget: int | None = Field(default=None, sa_type=sa.BigInteger)
    retry: dict[str, Any] | None = _json()
    calls_back: bool = False
    variables: dict[str, Any] = _json(dict)
    hook_id: str = Field(unique=True)
    last_event_at: datetime | None = _maybe_at()
    rev: int = 0
    created_at: datetime = _at()
    updated_at: datetime = _at()


class LeadRow(SQLModel, table=True):
    """A person of a client."""

    __tablename__ = "leads"
    __table_args__ = (
        sa.UniqueConstraint("client_id", "external_id"),
        sa.Index("ix_leads_client_number", "client_id", "number"),
        sa.Index("ix_leads_client_created", "client_id", "created_at", "id"),
        sa.Index("ix_leads_client_name", "client_id", "name", "id"),
        sa.Index("ix_leads_number", "number"),
    )
    id: str = Field(primary_key=True)
    client_id: str = Field(foreign_key="clients.id")
    name: str
    number: str
    phone_given: str = ""
    email: str | None = None
    timezone: str | None = None
    tags: list[Any] = _json(list)
    external_id: str | None = None
    variables: dict[str, Any] = _json(dict)
    search: str = ""  # lower-case name, number digits, e-mail and external id, for `q`
    last_outcome: str | None = Field(default=None, index=True)
    rev: int = 0
    created_at: datetime = _at()
    updated_at: datetime = _at()
    deleted_at: datetime | None = _maybe_at()


class LeadTagRow(SQLModel, table=True):
    """One tag of one lead, so that a tag can be filtered on by index."""

    __tablename__ = "lead_tags"
    lead_id: str = Field(primary_key=True, foreign_key="leads.id")
    tag: str = Field(primary_key=True, index=True)


class BatchRow(SQLModel, table=True):
    """Calls started together."""

    __tablename__ = "batches"
    __table_args__ = (sa.Index("ix_batches_client_created", "client_id", "created_at", "id"),)
    id: str = Field(primary_key=True)
    client_id: str = Field(foreign_key="clients.id")
    name: str
    state: str = Field(index=True)
    state_why: str | None = None
    priority: int = 1
    max_concurrent: int | None = None
    scheduled_at: datetime | None = _maybe_at()
    ends_at: datetime | None = _maybe_at()
    window: list[Any] | None = _json()
    retry: dict[str, Any] = _json(dict)
    max_attempts: int = 1
    stop: dict[str, Any] | None = _json()
    variables: dict[str, Any] = _json(dict)
    refused: list[Any] = _json(list)
    started_at: datetime | None = _maybe_at()
    resumed_at: datetime | None = _maybe_at()
    finished_at: datetime | None = _maybe_at()
    rev: int = 0
    created_at: datetime = _at()
    updated_at: datetime = _at()


class CallRow(SQLModel, table=True):
    """One call: what was given, what people wrote, what the fold knows, what is derived; model and meaning in domain/call.py.

    What lists filter, sort or show stands in columns; the big folded things (transcript, turns, analysis) stand in
    call_details, so that a page of fifty rows stays small.
    """

    __tablename__ = "calls"
    __table_args__ = (
        sa.UniqueConstraint("root_call_id", "attempt_number"),
        sa.UniqueConstraint("account_id", "provider_call_id"),
        sa.Index(
            "uq_calls_batch_number_first",
            "batch_id",
            "to_number",
            unique=True,
            sqlite_where=sa.text("attempt_number = 1 AND batch_id IS NOT NULL"),
            postgresql_where=sa.text("attempt_number = 1 AND batch_id IS NOT NULL"),
        ),
        # who is next: the scan of the dispatcher, inside one client and batch
        sa.Index(
            "ix_calls_waiting",
            "client_id",
            "batch_id",
            "priority",
            "scheduled_at",
            "id",
            "look_again_at",
            "from_number",
            sqlite_where=sa.text(IS_WAITING),
            postgresql_where=sa.text(IS_WAITING),
        ),
        sa.Index("ix_calls_foreign", "account_id", sqlite_where=sa.text(IS_FOREIGN), postgresql_where=sa.text(IS_FOREIGN)),
        # the last two are there for what a client has spent today, which is asked before each dial
        sa.Index("ix_calls_client_occurred", "client_id", "occurred_at", "id", "dialled_at", "cost"),
        sa.Index("ix_calls_occurred", "occurred_at", "id"),
        sa.Index("ix_calls_client_status", "client_id", "status", "occurred_at", "id"),
        sa.Index("ix_calls_status", "status", "occurred_at", "id"),
        sa.Index("ix_calls_client_outcome", "client_id", "outcome", "occurred_at", "id"),
        sa.Index("ix_calls_batch", "batch_id", "status", "occurred_at", "id"),
        sa.Index("ix_calls_batch_results", "batch_id", "status", "outcome", "is_reached", "cost"),
        sa.Index("ix_calls_lead", "lead_id", "created_at"),
        sa.Index("ix_calls_number_status", "to_number", "status"),
        sa.Index("ix_calls_ended", "ended_at", "id"),
        sa.Index("ix_calls_created", "created_at", "id"),
        sa.Index("ix_calls_cost", "cost", "id"),
        sa.Index("ix_calls_duration", "duration_ms", "id"),
        # a word is looked for in here alone, newest first, without touching the wide rows
        sa.Index("ix_calls_search", "occurred_at", "id", "client_id", "search"),
        sa.Index("ix_calls_next_check", "next_check_at"),
    )
    id: str = Field(primary_key=True)
    client_id: str | None = Field(default=None, foreign_key="clients.id")
    account_id: str | None = None
    lead_id: str | None = Field(default=None, foreign_key="leads.id")
    batch_id: str | None = Field(default=None, foreign_key="batches.id")
    root_call_id: str
    attempt_number: int = 1
    max_attempts: int = 1
    origin: str = "ours"
    direction: str = "outbound"
    to_number: str
    from_number: str | None = None
    agent_id: str | None = None
    variables: dict[str, Any] = _json(dict)
    priority: int = 1
    scheduled_at: datetime = _at()
    window: list[Any] | None = _json()
    retry: dict[str, Any] | None = _json()
    # people's
    lead_name: str = ""
    notes: str = ""
    tags: list[Any] = _json(list)
    outcome_by_hand: str | None = None
    outcome_by: str | None = None
    cancel_requested_at: datetime | None = _maybe_at()
    cancel_by: str | None = None
    paused_at: datetime | None = _maybe_at()
    paused_by: str | None = None
    closed_why: str | None = None
    refused: bool = False
    not_before_at: datetime | None = _maybe_at()
    # folded
    phase: int = 0
    started_seen: bool = False
    provider_call_id: str | None = None
    provider_status: str | None = None
    disconnection_reason: str | None = Field(default=None, index=True)
    started_at: datetime | None = _maybe_at()
    ended_at: datetime | None = _maybe_at()
    duration_ms: int | None = None
    cost: int | None = Field(default=None, sa_type=sa.BigInteger)
    latency_p50_ms: int | None = None
    # derived
    status: str = "scheduled"
    checking: bool = False
    outcome: str | None = None
    sentiment: float | None = None
    intent: str | None = None
    quality_score: int | None = None
    is_reached: bool = False
    ended_class: str = ""
    dialled_at: datetime | None = _maybe_at()
    occurred_at: datetime = _at()
    last_words: str = ""  # of the running transcript, for the Live page
    search: str = ""  # lower-case name, number and ids, for `q`
    # ours
    look_again_at: datetime = _at()
    next_check_at: datetime | None = _maybe_at()  # when reconciling asks the provider about it
    checks: int = 0
    rev: int = 0
    created_at: datetime = _at()
    updated_at: datetime = _at()


class CallDetailRow(SQLModel, table=True):
    """The big things of a call, as the fold left them; a row per call that has had any news."""

    __tablename__ = "call_details"
    call_id: str = Field(primary_key=True, foreign_key="calls.id")
    told: dict[str, Any] = _json(dict)  # every folded field with its key: what rebuild compares byte for byte
    transcript: str | None = Field(default=None, sa_type=sa.Text)
    summary: str | None = Field(default=None, sa_type=sa.Text)
    keywords: list[Any] = _json(list)
    quality_reason: str | None = None


class DialRow(SQLModel, table=True):
    """One try to place a call. The partial unique index is the wall behind every rule: one open dial per client and number."""

    __tablename__ = "dials"
    __table_args__ = (
        sa.UniqueConstraint("call_id", "seq"),
        sa.UniqueConstraint("account_id", "provider_call_id"),
        sa.Index(
            "uq_dials_open_number",
            "client_id",
            "number",
            unique=True,
            sqlite_where=sa.text(HOLDS_A_NUMBER),
            postgresql_where=sa.text(HOLDS_A_NUMBER),
        ),
        sa.Index(
            "ix_dials_slots",
            "account_id",
            "client_id",
            "batch_id",
            sqlite_where=sa.text("slot_freed_at IS NULL"),
            postgresql_where=sa.text("slot_freed_at IS NULL"),
        ),
        # how the last calls of a batch ended
        sa.Index(
            "ix_dials_batch_settled",
            "batch_id",
            "settled_at",
            sqlite_where=sa.text(MAY_HAVE_ENDED_A_CALL),
            postgresql_where=sa.text(MAY_HAVE_ENDED_A_CALL),
        ),
        sa.Index("ix_dials_number_sent", "number", "sent_at"),
        sa.Index("ix_dials_client_planned", "client_id", "planned_at"),
        sa.Index("ix_dials_account_sent", "account_id", "sent_at"),
        sa.Index("ix_dials_state_check", "state", "next_check_at"),
    )
    id: str = Field(primary_key=True)
    call_id: str = Field(foreign_key="calls.id")
    client_id: str = Field(foreign_key="clients.id")
    account_id: str = Field(foreign_key="accounts.id")
    batch_id: str | None = None
    number: str
    seq: int
    token: str = Field(unique=True)
    state: str
    epoch: int = 0
    planned_at: datetime = _at()
    sent_at: datetime | None = _maybe_at()
    resent_at: datetime | None = _maybe_at()
    settled_at: datetime | None = _maybe_at()
    body_hash: str = ""
    agent_id: str | None = None
    from_number: str = ""
    variables_sent: dict[str, Any] = _json(dict)
    ring_ms: int = 30000
    verdict: dict[str, Any] | None = _json()
    provider_call_id: str | None = None
    slot_freed_at: datetime | None = _maybe_at()
    next_check_at: datetime | None = _maybe_at()
    checks: int = 0
    zone_used: str = ""
    local_time: str = ""
    rules_version: str = ""
    created_at: datetime = _at()
    updated_at: datetime = _at()


class DialCheckRow(SQLModel, table=True):
    """One look for a dial of unknown end at the provider; the clean ones are the proof of absence."""

    __tablename__ = "dial_checks"
    id: str = Field(primary_key=True)
    dial_id: str = Field(foreign_key="dials.id", index=True)
    at: datetime = _at()
    is_clean: bool = False
    control_found: bool = False
    answer: str = ""
    created_at: datetime = _at()


class InboxRow(SQLModel, table=True):
    """What the provider told us, as received, each body remembered once per account."""

    __tablename__ = "inbox"
    __table_args__ = (
        sa.UniqueConstraint("account_id", "sha256"),
        sa.Index("ix_inbox_received", "received_at", "id"),
        sa.Index("ix_inbox_state", "state", "received_at"),
        sa.Index("ix_inbox_provider_call", "provider_call_id"),
    )
    id: str = Field(primary_key=True)
    account_id: str = Field(foreign_key="accounts.id")
    client_id: str | None = None
    source: str
    kind: str
    provider_call_id: str | None = None
    token: str | None = None
    sha256: str
    body: bytes = Field(sa_type=sa.LargeBinary)
    received_at: datetime = _at()
    signed_at: datetime | None = _maybe_at()
    took_ms: int | None = None
    copies: int = 1
    state: str = "new"
    error: str | None = None
    tries: int = 0
    changed: dict[str, Any] | None = _json()
    call_id: str | None = Field(default=None, index=True)
    created_at: datetime = _at()
    updated_at: datetime = _at()


class RefusedDeliveryRow(SQLModel, table=True):
    """A delivery with a bad signature: no body is kept; only the newest thousand stay."""

    __tablename__ = "refused_deliveries"
    id: str = Field(primary_key=True)
    at: datetime = _at(index=True)
    address: str
    length: int
    sha256: str
    why: str
    client_id: str | None = None


class TransitionRow(SQLModel, table=True):
    """Append-only: every step of a dial, status of a call, state of a batch, and what a person did."""

    __tablename__ = "transitions"
    __table_args__ = (
        sa.Index("ix_transitions_row", "row_id", "at"),
        sa.Index("ix_transitions_by", "at", "id", sqlite_where=sa.text(BY_A_PERSON), postgresql_where=sa.text(BY_A_PERSON)),
    )
    id: str = Field(primary_key=True)
    at: datetime = _at(index=True)
    what: str
    row_id: str
    from_state: str | None = None
    to_state: str
    by: str = ""
    why: str = ""


class EffectRow(SQLModel, table=True):
    """A side effect of a call's news; its key makes sure it happens once."""

    __tablename__ = "effects"
    call_id: str = Field(primary_key=True, foreign_key="calls.id")
    kind: str = Field(primary_key=True)
    at: datetime = _at()
    detail: str = ""


class FollowUpRow(SQLModel, table=True):
    """Something a person has promised to do, or an appointment."""

    __tablename__ = "follow_ups"
    id: str = Field(primary_key=True)
    client_id: str = Field(foreign_key="clients.id", index=True)
    lead_id: str | None = Field(default=None, foreign_key="leads.id")
    call_id: str | None = Field(default=None, foreign_key="calls.id", index=True)
    kind: str
    at: datetime | None = _maybe_at(index=True)
    zone: str = "UTC"
    is_sure: bool = True
    words: str | None = None
    why: str = ""
    owner: str | None = None
    source: str = "person"
    done_at: datetime | None = _maybe_at()
    rev: int = 0
    created_at: datetime = _at()
    updated_at: datetime = _at()


class DoNotCallRow(SQLModel, table=True):
    """A number nobody may dial, for one client or (client_id null) for everybody."""

    __tablename__ = "do_not_call"
    __table_args__ = (
        sa.Index(
            "uq_do_not_call_open",
            "number",
            sa.text("coalesce(client_id, '')"),
            unique=True,
            sqlite_where=sa.text("removed_at IS NULL"),
            postgresql_where=sa.text("removed_at IS NULL"),
        ),
    )
    id: str = Field(primary_key=True)
    number: str
    client_id: str | None = None
    why: str = ""
    source: str
    call_id: str | None = None
    words: str | None = None
    by: str | None = None
    removed_at: datetime | None = _maybe_at()
    removed_why: str | None = None
    removed_by: str | None = None
    created_at: datetime = _at()
    updated_at: datetime = _at()


class RuleRow(SQLModel, table=True):
    """One calling rule as data, with where it comes from and when that was checked."""

    __tablename__ = "rules"
    id: str = Field(primary_key=True)
    key: str = Field(index=True)
    value: dict[str, Any] = _json(dict)
    place: str = ""
    source: str = ""
    verified_on: date | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    version: str = ""
    created_at: datetime = _at()
    updated_at: datetime = _at()


class OverrideRow(SQLModel, table=True):
    """A rule made stricter or, with a reason, looser; never an edit of the rule."""

    __tablename__ = "overrides"
    id: str = Field(primary_key=True)
    client_id: str | None = None
    key: str
    value: dict[str, Any] = _json(dict)
    why: str = ""
    by: str = ""
    created_at: datetime = _at()
    updated_at: datetime = _at()


class BlackoutRow(SQLModel, table=True):
    """A day on which nobody is called, for one client or for all."""

    __tablename__ = "blackouts"
    id: str = Field(primary_key=True)
    on: date = Field(index=True)
    client_id: str | None = None
    name: str = ""
    created_at: datetime = _at()
    updated_at: datetime = _at()


class UserRow(SQLModel, table=True):
    """A person of the team."""

    __tablename__ = "users"
    id: str = Field(primary_key=True)
    email: str = Field(unique=True)
    name: str = ""
    role: str
    is_limited: bool = False
    password_hash: str | None = None
    timezone: str = "UTC"
    is_active: bool = True
    is_demo: bool = False
    last_seen_at: datetime | None = _maybe_at()
    alerts_read_at: datetime | None = _maybe_at()
    rev: int = 0
    created_at: datetime = _at()
    updated_at: datetime = _at()


class UserClientRow(SQLModel, table=True):
    """Which clients a limited person may see."""

    __tablename__ = "user_clients"
    user_id: str = Field(primary_key=True, foreign_key="users.id")
    client_id: str = Field(primary_key=True, foreign_key="clients.id")


class SessionRow(SQLModel, table=True):
    """One sign-in; only the hash of its id is kept."""

    __tablename__ = "sessions"
    id: str = Field(primary_key=True)
    user_id: str = Field(foreign_key="users.id", index=True)
    hash: str = Field(unique=True)
    expires_at: datetime = _at()
    seen_at: datetime = _at()
    address: str = ""
    user_agent: str = ""
    created_at: datetime = _at()


class SignInFailureRow(SQLModel, table=True):
    """Failed sign-ins by account and by address, so that guessing slows down across processes."""

    __tablename__ = "sign_in_failures"
    key: str = Field(primary_key=True)
    count: int = 0
    last_at: datetime = _at()


class TokenRow(SQLModel, table=True):
    """A REST token; the token itself is never stored."""

    __tablename__ = "tokens"
    id: str = Field(primary_key=True)
    name: str
    hash: str = Field(unique=True)
    last4: str
    role: str
    client_id: str | None = Field(default=None, foreign_key="clients.id")
    expires_at: datetime | None = _maybe_at()
    last_used_at: datetime | None = _maybe_at()
    revoked_at: datetime | None = _maybe_at()
    created_by: str = ""
    created_at: datetime = _at()
    updated_at: datetime = _at()


class AnswerRow(SQLModel, table=True):
    """The first answer to a request with an Idempotency-Key, written in the transaction that created."""

    __tablename__ = "answers"
    token_id: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    request_hash: str
    status: int
    body: str = Field(sa_type=sa.Text)
    expires_at: datetime = _at(index=True)
    created_at: datetime = _at()


class AlertRow(SQLModel, table=True):
    """Something that needed a person: while it lasts it has no end, and there is one of its key."""

    __tablename__ = "alerts"
    __table_args__ = (
        sa.Index(
            "uq_alerts_open", "key", unique=True,
            sqlite_where=sa.text("ended_at IS NULL"), postgresql_where=sa.text("ended_at IS NULL"),
        ),
    )  # fmt: skip
    id: str = Field(primary_key=True)
    key: str
    kind: str
    level: str
    title: str
    detail: str = ""
    href: str
    client_id: str | None = None
    times: int = 1
    at: datetime = _at(index=True)
    ended_at: datetime | None = _maybe_at()


class SavedViewRow(SQLModel, table=True):
    """A filter over the calls that somebody has given a name."""

    __tablename__ = "saved_views"
    id: str = Field(primary_key=True)
    user_id: str = Field(foreign_key="users.id", index=True)
    name: str
    query: str
    columns: list[str] = _json(list)
    is_shared: bool = False
    created_at: datetime = _at()


class DraftRow(SQLModel, table=True):
    """Something a person has begun: a list to import with its file, a batch still being chosen."""

    __tablename__ = "drafts"
    id: str = Field(primary_key=True)
    kind: str
    user_id: str = Field(index=True)
    client_id: str | None = None
    filename: str = ""
    size: int = 0
    data: dict[str, Any] = _json(dict)
    body: bytes | None = Field(default=None, sa_type=sa.LargeBinary)
    created_at: datetime = _at()
    updated_at: datetime = _at(index=True)

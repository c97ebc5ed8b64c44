"""All tables.

Revision 0001, after nothing.
"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

Json = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def upgrade() -> None:
    """Goes to this revision."""
    op.create_table(
        "accounts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("is_simulated", sa.Boolean(), nullable=False),
        sa.Column("is_default", sa.Boolean(), nullable=False),
        sa.Column("org_id", sa.String(), nullable=True),
        sa.Column("provider_limit", sa.Integer(), nullable=True),
        sa.Column("reserved_inbound", sa.Integer(), nullable=False),
        sa.Column("in_use", sa.Integer(), nullable=True),
        sa.Column("limits_read_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("own_limit", sa.Integer(), nullable=True),
        sa.Column("pace_per_second", sa.Float(), nullable=True),
        sa.Column("paced_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_why", sa.String(), nullable=True),
        sa.Column("breaker_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("swept_to", sa.DateTime(timezone=True), nullable=True),
        sa.Column("may_resend", sa.Boolean(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("holder", sa.String(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_accounts"),
    )
    op.create_table(
        "answers",
        sa.Column("token_id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("request_hash", sa.String(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token_id", "key", name="pk_answers"),
    )
    op.create_index("ix_answers_expires_at", "answers", ["expires_at"], unique=False)
    op.create_table(
        "blackouts",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("on", sa.Date(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=True),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_blackouts"),
    )
    op.create_index("ix_blackouts_on", "blackouts", ["on"], unique=False)
    op.create_table(
        "do_not_call",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("call_id", sa.String(), nullable=True),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("by", sa.String(), nullable=True),
        sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("removed_why", sa.String(), nullable=True),
        sa.Column("removed_by", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_do_not_call"),
    )
    op.create_index(
        "uq_do_not_call_open",
        "do_not_call",
        ["number", sa.literal_column("coalesce(client_id, '')")],
        unique=True,
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.create_table(
        "installation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("install_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("calling_paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("calling_paused_by", sa.String(), nullable=True),
        sa.Column("calling_paused_why", sa.String(), nullable=True),
        sa.Column("setup_code_hash", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_installation"),
    )
    op.create_table(
        "overrides",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=True),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", Json, nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_overrides"),
    )
    op.create_table(
        "refused_deliveries",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("length", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_refused_deliveries"),
    )
    op.create_index("ix_refused_deliveries_at", "refused_deliveries", ["at"], unique=False)
    op.create_table(
        "rules",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", Json, nullable=False),
        sa.Column("place", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("verified_on", sa.Date(), nullable=True),
        sa.Column("effective_from", sa.Date(), nullable=True),
        sa.Column("effective_to", sa.Date(), nullable=True),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_rules"),
    )
    op.create_index("ix_rules_key", "rules", ["key"], unique=False)
    op.create_table(
        "sign_in_failures",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_sign_in_failures"),
    )
    op.create_table(
        "transitions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("row_id", sa.String(), nullable=False),
        sa.Column("from_state", sa.String(), nullable=True),
        sa.Column("to_state", sa.String(), nullable=False),
        sa.Column("by", sa.String(), nullable=False),
        sa.Column("why", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_transitions"),
    )
    op.create_index("ix_transitions_at", "transitions", ["at"], unique=False)
    op.create_index("ix_transitions_row", "transitions", ["row_id", "at"], unique=False)
    op.create_table(
        "users",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("is_limited", sa.Boolean(), nullable=False),
        sa.Column("password_hash", sa.String(), nullable=True),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("is_demo", sa.Boolean(), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        sa.UniqueConstraint("email", name="uq_users_email"),
    )
    op.create_table(
        "account_keys",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("is_simulated", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.String(), nullable=False),
        sa.Column("last4", sa.String(), nullable=False),
        sa.Column("fingerprint", sa.String(), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_account_keys_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_account_keys"),
        sa.UniqueConstraint("is_simulated", "fingerprint", name="uq_account_keys_is_simulated_fingerprint"),
    )
    op.create_index("ix_account_keys_account_id", "account_keys", ["account_id"], unique=False)
    op.create_table(
        "clients",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("country", sa.String(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("paused_why", sa.String(), nullable=True),
        sa.Column("account_id", sa.String(), nullable=True),
        sa.Column("agent_id", sa.String(), nullable=True),
        sa.Column("from_number", sa.String(), nullable=True),
        sa.Column("max_concurrent", sa.Integer(), nullable=False),
        sa.Column("calling_hours", Json, nullable=False),
        sa.Column("hours_note", sa.String(), nullable=False),
        sa.Column("daily_budget", sa.BigInteger(), nullable=True),
        sa.Column("retry", Json, nullable=True),
        sa.Column("variables", Json, nullable=False),
        sa.Column("hook_id", sa.String(), nullable=False),
        sa.Column("last_event_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_clients_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_clients"),
        sa.UniqueConstraint("hook_id", name="uq_clients_hook_id"),
        sa.UniqueConstraint("name", name="uq_clients_name"),
    )
    op.create_index("ix_clients_account_id", "clients", ["account_id"], unique=False)
    op.create_table(
        "from_numbers",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("nickname", sa.String(), nullable=False),
        sa.Column("agent_id", sa.String(), nullable=True),
        sa.Column("pace_per_second", sa.Float(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_from_numbers_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_from_numbers"),
        sa.UniqueConstraint("account_id", "number", name="uq_from_numbers_account_id_number"),
    )
    op.create_table(
        "inbox",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("provider_call_id", sa.String(), nullable=True),
        sa.Column("token", sa.String(), nullable=True),
        sa.Column("sha256", sa.String(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("took_ms", sa.Integer(), nullable=True),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("error", sa.String(), nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("changed", Json, nullable=True),
        sa.Column("call_id", sa.String(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_inbox_account_id"),
        sa.PrimaryKeyConstraint("id", name="pk_inbox"),
        sa.UniqueConstraint("account_id", "sha256", name="uq_inbox_account_id_sha256"),
    )
    op.create_index("ix_inbox_call_id", "inbox", ["call_id"], unique=False)
    op.create_index("ix_inbox_provider_call", "inbox", ["provider_call_id"], unique=False)
    op.create_index("ix_inbox_received", "inbox", ["received_at", "id"], unique=False)
    op.create_index("ix_inbox_state", "inbox", ["state", "received_at"], unique=False)
    op.create_table(
        "sessions",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("user_agent", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_sessions_user_id"),
        sa.PrimaryKeyConstraint("id", name="pk_sessions"),
        sa.UniqueConstraint("hash", name="uq_sessions_hash"),
    )
    op.create_index("ix_sessions_user_id", "sessions", ["user_id"], unique=False)
    op.create_table(
        "batches",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("state_why", sa.String(), nullable=True),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("max_concurrent", sa.Integer(), nullable=True),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("window", Json, nullable=True),
        sa.Column("retry", Json, nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("variables", Json, nullable=False),
        sa.Column("refused", Json, nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name="fk_batches_client_id"),
        sa.PrimaryKeyConstraint("id", name="pk_batches"),
    )
    op.create_index("ix_batches_client_created", "batches", ["client_id", "created_at", "id"], unique=False)
    op.create_index("ix_batches_state", "batches", ["state"], unique=False)
    op.create_table(
        "leads",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("phone_given", sa.String(), nullable=False),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("timezone", sa.String(), nullable=True),
        sa.Column("tags", Json, nullable=False),
        sa.Column("external_id", sa.String(), nullable=True),
        sa.Column("variables", Json, nullable=False),
        sa.Column("search", sa.String(), nullable=False),
        sa.Column("last_outcome", sa.String(), nullable=True),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name="fk_leads_client_id"),
        sa.PrimaryKeyConstraint("id", name="pk_leads"),
        sa.UniqueConstraint("client_id", "external_id", name="uq_leads_client_id_external_id"),
    )
    op.create_index("ix_leads_client_created", "leads", ["client_id", "created_at", "id"], unique=False)
    op.create_index("ix_leads_client_name", "leads", ["client_id", "name", "id"], unique=False)
    op.create_index("ix_leads_client_number", "leads", ["client_id", "number"], unique=False)
    op.create_index("ix_leads_last_outcome", "leads", ["last_outcome"], unique=False)
    op.create_index("ix_leads_number", "leads", ["number"], unique=False)
    op.create_table(
        "tokens",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("hash", sa.String(), nullable=False),
        sa.Column("last4", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=True),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_by", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name="fk_tokens_client_id"),
        sa.PrimaryKeyConstraint("id", name="pk_tokens"),
        sa.UniqueConstraint("hash", name="uq_tokens_hash"),
    )
    op.create_table(
        "user_clients",
        sa.Column("user_id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name="fk_user_clients_client_id"),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name="fk_user_clients_user_id"),
        sa.PrimaryKeyConstraint("user_id", "client_id", name="pk_user_clients"),
    )
    op.create_table(
        "calls",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=True),
        sa.Column("account_id", sa.String(), nullable=True),
        sa.Column("lead_id", sa.String(), nullable=True),
        sa.Column("batch_id", sa.String(), nullable=True),
        sa.Column("root_call_id", sa.String(), nullable=False),
        sa.Column("attempt_number", sa.Integer(), nullable=False),
        sa.Column("max_attempts", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("direction", sa.String(), nullable=False),
        sa.Column("to_number", sa.String(), nullable=False),
        sa.Column("from_number", sa.String(), nullable=True),
        sa.Column("agent_id", sa.String(), nullable=True),
        sa.Column("variables", Json, nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("window", Json, nullable=True),
        sa.Column("retry", Json, nullable=True),
        sa.Column("lead_name", sa.String(), nullable=False),
        sa.Column("notes", sa.String(), nullable=False),
        sa.Column("tags", Json, nullable=False),
        sa.Column("outcome_by_hand", sa.String(), nullable=True),
        sa.Column("outcome_by", sa.String(), nullable=True),
        sa.Column("cancel_requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_by", sa.String(), nullable=True),
        sa.Column("paused_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_why", sa.String(), nullable=True),
        sa.Column("refused", sa.Boolean(), nullable=False),
        sa.Column("not_before_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("phase", sa.Integer(), nullable=False),
        sa.Column("started_seen", sa.Boolean(), nullable=False),
        sa.Column("provider_call_id", sa.String(), nullable=True),
        sa.Column("provider_status", sa.String(), nullable=True),
        sa.Column("disconnection_reason", sa.String(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("duration_ms", sa.Integer(), nullable=True),
        sa.Column("cost", sa.BigInteger(), nullable=True),
        sa.Column("latency_p50_ms", sa.Integer(), nullable=True),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("checking", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(), nullable=True),
        sa.Column("sentiment", sa.Float(), nullable=True),
        sa.Column("intent", sa.String(), nullable=True),
        sa.Column("quality_score", sa.Integer(), nullable=True),
        sa.Column("is_reached", sa.Boolean(), nullable=False),
        sa.Column("ended_class", sa.String(), nullable=False),
        sa.Column("dialled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_words", sa.String(), nullable=False),
        sa.Column("search", sa.String(), nullable=False),
        sa.Column("look_again_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("next_check_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checks", sa.Integer(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["batch_id"], ["batches.id"], name="fk_calls_batch_id"),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name="fk_calls_client_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_calls_lead_id"),
        sa.PrimaryKeyConstraint("id", name="pk_calls"),
        sa.UniqueConstraint("account_id", "provider_call_id", name="uq_calls_account_id_provider_call_id"),
        sa.UniqueConstraint("root_call_id", "attempt_number", name="uq_calls_root_call_id_attempt_number"),
    )
    op.create_index("ix_calls_batch", "calls", ["batch_id", "status", "occurred_at", "id"], unique=False)
    op.create_index("ix_calls_client_occurred", "calls", ["client_id", "occurred_at", "id"], unique=False)
    op.create_index("ix_calls_client_outcome", "calls", ["client_id", "outcome", "occurred_at", "id"], unique=False)
    op.create_index("ix_calls_client_status", "calls", ["client_id", "status", "occurred_at", "id"], unique=False)
    op.create_index("ix_calls_created", "calls", ["created_at", "id"], unique=False)
    op.create_index("ix_calls_disconnection_reason", "calls", ["disconnection_reason"], unique=False)
    op.create_index("ix_calls_ended", "calls", ["ended_at", "id"], unique=False)
    op.create_index("ix_calls_lead", "calls", ["lead_id", "created_at"], unique=False)
    op.create_index("ix_calls_next_check", "calls", ["next_check_at"], unique=False)
    op.create_index("ix_calls_number_status", "calls", ["to_number", "status"], unique=False)
    op.create_index("ix_calls_occurred", "calls", ["occurred_at", "id"], unique=False)
    op.create_index("ix_calls_status", "calls", ["status", "occurred_at", "id"], unique=False)
    op.create_index(
        "ix_calls_waiting",
        "calls",
        ["client_id", "batch_id", "priority", "scheduled_at", "id"],
        unique=False,
        sqlite_where=sa.text("status = 'scheduled'"),
        postgresql_where=sa.text("status = 'scheduled'"),
    )
    op.create_index(
        "uq_calls_batch_number_first",
        "calls",
        ["batch_id", "to_number"],
        unique=True,
        sqlite_where=sa.text("attempt_number = 1 AND batch_id IS NOT NULL"),
        postgresql_where=sa.text("attempt_number = 1 AND batch_id IS NOT NULL"),
    )
    op.create_table(
        "lead_tags",
        sa.Column("lead_id", sa.String(), nullable=False),
        sa.Column("tag", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_lead_tags_lead_id"),
        sa.PrimaryKeyConstraint("lead_id", "tag", name="pk_lead_tags"),
    )
    op.create_index("ix_lead_tags_tag", "lead_tags", ["tag"], unique=False)
    op.create_table(
        "call_details",
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("told", Json, nullable=False),
        sa.Column("transcript", sa.Text(), nullable=True),
        sa.Column("summary", sa.Text(), nullable=True),
        sa.Column("keywords", Json, nullable=False),
        sa.Column("quality_reason", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_call_details_call_id"),
        sa.PrimaryKeyConstraint("call_id", name="pk_call_details"),
    )
    op.create_table(
        "dials",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("account_id", sa.String(), nullable=False),
        sa.Column("batch_id", sa.String(), nullable=True),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.Column("planned_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("resent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("body_hash", sa.String(), nullable=False),
        sa.Column("agent_id", sa.String(), nullable=True),
        sa.Column("from_number", sa.String(), nullable=False),
        sa.Column("variables_sent", Json, nullable=False),
        sa.Column("ring_ms", sa.Integer(), nullable=False),
        sa.Column("verdict", Json, nullable=True),
        sa.Column("provider_call_id", sa.String(), nullable=True),
        sa.Column("slot_freed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_check_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("checks", sa.Integer(), nullable=False),
        sa.Column("zone_used", sa.String(), nullable=False),
        sa.Column("local_time", sa.String(), nullable=False),
        sa.Column("rules_version", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name="fk_dials_account_id"),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_dials_call_id"),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name="fk_dials_client_id"),
        sa.PrimaryKeyConstraint("id", name="pk_dials"),
        sa.UniqueConstraint("account_id", "provider_call_id", name="uq_dials_account_id_provider_call_id"),
        sa.UniqueConstraint("call_id", "seq", name="uq_dials_call_id_seq"),
        sa.UniqueConstraint("token", name="uq_dials_token"),
    )
    op.create_index("ix_dials_account_sent", "dials", ["account_id", "sent_at"], unique=False)
    op.create_index("ix_dials_client_planned", "dials", ["client_id", "planned_at"], unique=False)
    op.create_index("ix_dials_number_sent", "dials", ["number", "sent_at"], unique=False)
    op.create_index(
        "ix_dials_slots",
        "dials",
        ["account_id", "client_id"],
        unique=False,
        sqlite_where=sa.text("slot_freed_at IS NULL"),
        postgresql_where=sa.text("slot_freed_at IS NULL"),
    )
    op.create_index("ix_dials_state_check", "dials", ["state", "next_check_at"], unique=False)
    op.create_index(
        "uq_dials_open_number",
        "dials",
        ["client_id", "number"],
        unique=True,
        sqlite_where=sa.text("state IN ('accepted', 'live', 'planned', 'quarantined', 'sending', 'unknown')"),
        postgresql_where=sa.text("state IN ('accepted', 'live', 'planned', 'quarantined', 'sending', 'unknown')"),
    )
    op.create_table(
        "effects",
        sa.Column("call_id", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("detail", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_effects_call_id"),
        sa.PrimaryKeyConstraint("call_id", "kind", name="pk_effects"),
    )
    op.create_table(
        "follow_ups",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("client_id", sa.String(), nullable=False),
        sa.Column("lead_id", sa.String(), nullable=True),
        sa.Column("call_id", sa.String(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("is_sure", sa.Boolean(), nullable=False),
        sa.Column("words", sa.String(), nullable=True),
        sa.Column("why", sa.String(), nullable=False),
        sa.Column("owner", sa.String(), nullable=True),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["call_id"], ["calls.id"], name="fk_follow_ups_call_id"),
        sa.ForeignKeyConstraint(["client_id"], ["clients.id"], name="fk_follow_ups_client_id"),
        sa.ForeignKeyConstraint(["lead_id"], ["leads.id"], name="fk_follow_ups_lead_id"),
        sa.PrimaryKeyConstraint("id", name="pk_follow_ups"),
    )
    op.create_index("ix_follow_ups_at", "follow_ups", ["at"], unique=False)
    op.create_index("ix_follow_ups_call_id", "follow_ups", ["call_id"], unique=False)
    op.create_index("ix_follow_ups_client_id", "follow_ups", ["client_id"], unique=False)
    op.create_table(
        "dial_checks",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("dial_id", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_clean", sa.Boolean(), nullable=False),
        sa.Column("control_found", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["dial_id"], ["dials.id"], name="fk_dial_checks_dial_id"),
        sa.PrimaryKeyConstraint("id", name="pk_dial_checks"),
    )
    op.create_index("ix_dial_checks_dial_id", "dial_checks", ["dial_id"], unique=False)


def downgrade() -> None:
    """Goes back to the one before."""
    op.drop_index("ix_dial_checks_dial_id", table_name="dial_checks")
    op.drop_table("dial_checks")
    op.drop_index("ix_follow_ups_client_id", table_name="follow_ups")
    op.drop_index("ix_follow_ups_call_id", table_name="follow_ups")
    op.drop_index("ix_follow_ups_at", table_name="follow_ups")
    op.drop_table("follow_ups")
    op.drop_table("effects")
    op.drop_index(
        "uq_dials_open_number",
        table_name="dials",
        sqlite_where=sa.text("state IN ('accepted', 'live', 'planned', 'quarantined', 'sending', 'unknown')"),
        postgresql_where=sa.text("state IN ('accepted', 'live', 'planned', 'quarantined', 'sending', 'unknown')"),
    )
    op.drop_index("ix_dials_state_check", table_name="dials")
    op.drop_index(
        "ix_dials_slots",
        table_name="dials",
        sqlite_where=sa.text("slot_freed_at IS NULL"),
        postgresql_where=sa.text("slot_freed_at IS NULL"),
    )
    op.drop_index("ix_dials_number_sent", table_name="dials")
    op.drop_index("ix_dials_client_planned", table_name="dials")
    op.drop_index("ix_dials_account_sent", table_name="dials")
    op.drop_table("dials")
    op.drop_table("call_details")
    op.drop_index("ix_lead_tags_tag", table_name="lead_tags")
    op.drop_table("lead_tags")
    op.drop_index(
        "uq_calls_batch_number_first",
        table_name="calls",
        sqlite_where=sa.text("attempt_number = 1 AND batch_id IS NOT NULL"),
        postgresql_where=sa.text("attempt_number = 1 AND batch_id IS NOT NULL"),
    )
    op.drop_index(
        "ix_calls_waiting",
        table_name="calls",
        sqlite_where=sa.text("status = 'scheduled'"),
        postgresql_where=sa.text("status = 'scheduled'"),
    )
    op.drop_index("ix_calls_status", table_name="calls")
    op.drop_index("ix_calls_occurred", table_name="calls")
    op.drop_index("ix_calls_number_status", table_name="calls")
    op.drop_index("ix_calls_next_check", table_name="calls")
    op.drop_index("ix_calls_lead", table_name="calls")
    op.drop_index("ix_calls_ended", table_name="calls")
    op.drop_index("ix_calls_disconnection_reason", table_name="calls")
    op.drop_index("ix_calls_created", table_name="calls")
    op.drop_index("ix_calls_client_status", table_name="calls")
    op.drop_index("ix_calls_client_outcome", table_name="calls")
    op.drop_index("ix_calls_client_occurred", table_name="calls")
    op.drop_index("ix_calls_batch", table_name="calls")
    op.drop_table("calls")
    op.drop_table("user_clients")
    op.drop_table("tokens")
    op.drop_index("ix_leads_number", table_name="leads")
    op.drop_index("ix_leads_last_outcome", table_name="leads")
    op.drop_index("ix_leads_client_number", table_name="leads")
    op.drop_index("ix_leads_client_name", table_name="leads")
    op.drop_index("ix_leads_client_created", table_name="leads")
    op.drop_table("leads")
    op.drop_index("ix_batches_state", table_name="batches")
    op.drop_index("ix_batches_client_created", table_name="batches")
    op.drop_table("batches")
    op.drop_index("ix_sessions_user_id", table_name="sessions")
    op.drop_table("sessions")
    op.drop_index("ix_inbox_state", table_name="inbox")
    op.drop_index("ix_inbox_received", table_name="inbox")
    op.drop_index("ix_inbox_provider_call", table_name="inbox")
    op.drop_index("ix_inbox_call_id", table_name="inbox")
    op.drop_table("inbox")
    op.drop_table("from_numbers")
    op.drop_index("ix_clients_account_id", table_name="clients")
    op.drop_table("clients")
    op.drop_index("ix_account_keys_account_id", table_name="account_keys")
    op.drop_table("account_keys")
    op.drop_table("users")
    op.drop_index("ix_transitions_row", table_name="transitions")
    op.drop_index("ix_transitions_at", table_name="transitions")
    op.drop_table("transitions")
    op.drop_table("sign_in_failures")
    op.drop_index("ix_rules_key", table_name="rules")
    op.drop_table("rules")
    op.drop_index("ix_refused_deliveries_at", table_name="refused_deliveries")
    op.drop_table("refused_deliveries")
    op.drop_table("overrides")
    op.drop_table("installation")
    op.drop_index(
        "uq_do_not_call_open",
        table_name="do_not_call",
        sqlite_where=sa.text("removed_at IS NULL"),
        postgresql_where=sa.text("removed_at IS NULL"),
    )
    op.drop_table("do_not_call")
    op.drop_index("ix_blackouts_on", table_name="blackouts")
    op.drop_table("blackouts")
    op.drop_index("ix_answers_expires_at", table_name="answers")
    op.drop_table("answers")
    op.drop_table("accounts")

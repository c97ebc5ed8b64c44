"""The operator's commands: what they do, and one line and an exit code when they cannot."""

import asyncio
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from typer.testing import CliRunner, Result

from callcenter.cli.main import app
from callcenter.services import signing_in
from callcenter.store import schema
from tests.conftest import make_rt

PASSWORD = "seven purple herons fly"
SECRET = "a secret for tests that is long enough to be one"


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a database that does not exist yet, set as an operator would; logging is put back afterwards."""
    url = f"sqlite:///{tmp_path}/data/callcenter.db"
    for name in ("REDIS_URL", "PUBLIC_URL", "SIMULATOR_URL", "TRUSTED_PROXIES", "NUMBER_HOLD_HOURS", "LOG_LEVEL", "LOG_FORMAT"):
        monkeypatch.setenv(f"CALLCENTER_{name}", "")
    monkeypatch.setenv("CALLCENTER_DATABASE_URL", url)
    monkeypatch.setenv("CALLCENTER_SECRET_KEY", SECRET)
    monkeypatch.setenv("RETELL_API_KEY", "")
    handlers, level, configured = logging.root.handlers[:], logging.root.level, structlog.get_config()
    yield url
    logging.root.handlers, logging.root.level = handlers, level
    structlog.configure(**configured)


def run(*words: str, stdin: str = "") -> Result:
    return CliRunner().invoke(app, words, input=stdin)


def one_line(text: str) -> str:
    assert text.count("\n") == 1, text
    assert "Traceback" not in text
    return text.strip()


COMMANDS = ("demo", "serve", "simulator", "migrate", "add-user", "add-token", "doctor", "rebuild")


def test_every_command_explains_itself() -> None:
    said = run("--help").output
    for command in COMMANDS:
        assert command in said
        answer = run(command, "--help")
        assert answer.exit_code == 0
        assert len(answer.output.splitlines()) > 3


@pytest.mark.parametrize(
    "words",
    [
        ("nonsense",), ("add-user", "a@example.com"), ("add-user", "a@example.com", "--role", "king"), ("serve", "--port", "0"),
        ("demo", "--speed", "1000"), ("simulator", "--faults", "/no/such/file"),
    ],
)  # fmt: skip
def test_wrong_usage_is_exit_code_2(words: tuple[str, ...]) -> None:
    assert run(*words).exit_code == 2


@pytest.mark.parametrize(
    "words",
    [("add-token", "x", "--role", "viewer"), ("add-user", "a@example.com", "--role", "admin", "--password-stdin"), ("rebuild",)],
)
def test_a_database_without_tables_is_named_with_the_command_to_run(url: str, words: tuple[str, ...]) -> None:
    answer = run(*words, stdin=f"{PASSWORD}\n")
    assert answer.exit_code == 1
    assert "callcenter migrate" in one_line(answer.stderr)
    assert answer.stdout == ""


def test_migrating_makes_the_tables_and_may_be_repeated(url: str) -> None:
    for _ in range(2):
        assert run("migrate").exit_code == 0
    assert schema.current_of(url) == schema.head()


def test_a_schema_this_program_does_not_know_is_refused(url: str) -> None:
    import sqlite3

    run("migrate")
    with sqlite3.connect(url.removeprefix("sqlite:///")) as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'older'")
    connection.close()
    answer = run("add-token", "x", "--role", "viewer")
    assert (answer.exit_code, "older" in one_line(answer.stderr)) == (1, True)


def test_a_user_is_added_with_a_password_from_stdin(url: str) -> None:
    run("migrate")
    answer = run("add-user", "Ana@Example.com", "--role", "admin", "--password-stdin", stdin=f"{PASSWORD}\n")
    assert (answer.exit_code, "ana@example.com" in answer.stdout) == (0, True)
    assert PASSWORD not in answer.output
    again = run("add-user", "ana@example.com", "--role", "admin", "--password-stdin", stdin=f"{PASSWORD}\n")
    assert (again.exit_code, "already" in one_line(again.stderr)) == (1, True)
    weak = run("add-user", "b@example.com", "--role", "admin", "--password-stdin", stdin="password\n")
    assert (weak.exit_code, "guess" in one_line(weak.stderr)) == (1, True)
    rt = make_rt(url)
    assert asyncio.run(signing_in.sign_in(rt, "ana@example.com", PASSWORD))
    rt.database.close()


def test_a_token_is_alone_on_stdout(url: str) -> None:
    run("migrate")
    answer = run("add-token", "crm", "--role", "manager")
    assert answer.exit_code == 0
    token = one_line(answer.stdout)
    rt = make_rt(url)
    actor = asyncio.run(signing_in.actor_of_token(rt, token))
    assert actor is not None
    assert actor.role.value == "manager"
    rt.database.close()
    unknown = run("add-token", "crm", "--role", "manager", "--client", "nobody")
    assert (unknown.exit_code, "nobody" in one_line(unknown.stderr)) == (1, True)


def test_a_missing_secret_is_one_line(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    run("migrate")
    monkeypatch.setenv("CALLCENTER_SECRET_KEY", "")
    for words in (("serve",), ("add-token", "x", "--role", "viewer")):
        answer = run(*words)
        assert (answer.exit_code, "CALLCENTER_SECRET_KEY" in one_line(answer.stderr)) == (1, True)


@pytest.mark.parametrize("wrong", ["sqlite:////proc/nothing/x.db", "postgresql://nobody@127.0.0.1:9/none"])
def test_a_database_that_cannot_be_reached_is_one_line(url: str, monkeypatch: pytest.MonkeyPatch, wrong: str) -> None:
    monkeypatch.setenv("CALLCENTER_DATABASE_URL", wrong)
    answer = run("migrate")
    assert answer.exit_code == 1
    one_line(answer.stderr)


def test_the_doctor_says_what_to_do(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def line(output: str, what: str) -> str:
        return next(each for each in output.splitlines() if f"  {what}" in each)

    behind = run("doctor")
    assert behind.exit_code == 1
    assert line(behind.output, "Database").startswith("FAIL")
    assert "callcenter migrate" in line(behind.output, "Database")
    run("migrate")
    monkeypatch.setenv("CALLCENTER_PUBLIC_URL", "http://127.0.0.1:9")
    keyless = run("doctor")
    assert line(keyless.output, "Database").startswith("ok")
    assert line(keyless.output, "Redis").startswith("note")
    assert "RETELL_API_KEY" in line(keyless.output, "Retell")
    assert "no answer" in line(keyless.output, "Webhook")
    monkeypatch.setenv("CALLCENTER_SECRET_KEY", "short")
    assert "32 characters" in line(run("doctor").output, "Settings")
    assert "short" not in run("doctor").output


def test_rebuilding_nothing_is_fine(url: str) -> None:
    run("migrate")
    for words in (("rebuild", "--check"), ("rebuild",)):
        answer = run(*words)
        assert (answer.exit_code, "0 calls" in answer.stdout) == (0, True)


def test_an_unexpected_error_is_one_line_too(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("line one\nline two")

    monkeypatch.setattr(schema, "migrate", broken)
    answer = run("migrate")
    assert (answer.exit_code, "line one line two" in one_line(answer.stderr)) == (1, True)

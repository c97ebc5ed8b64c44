"""The operator's commands: their arguments, and one line and an exit code when something is wrong."""

import sys
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import typer

from callcenter.domain.errors import CallCenterError

app = typer.Typer(
    name="callcenter",
    help="An outbound AI call centre on Retell: campaigns, calling hours, live screens and a REST API.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

Port = Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")]
RoleName = Literal["admin", "manager", "agent", "viewer"]


@app.command()
def demo(
    port: Port = 3000,
    speed: Annotated[float, typer.Option(min=1, max=100, help="How many times faster than life calls run.")] = 20,
    reset: Annotated[bool, typer.Option("--reset", help="Begin with an empty demo database.")] = False,
) -> None:
    """Runs the whole product with nothing configured: its own database, a simulator, a client, leads, a running batch."""
    from callcenter.cli.demo import demo as run

    _do(lambda: run(port=port, speed=speed, reset=reset))


@app.command()
def serve(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Port = 3000,
    migrate: Annotated[bool, typer.Option("--migrate", help="Bring the database schema up to date first.")] = False,
) -> None:
    """Serves the web app, the REST API, the webhook endpoint and the dispatcher on one port."""
    from callcenter.cli.serve import serve as run

    _do(lambda: run(host=host, port=port, migrate=migrate))


@app.command()
def simulator(
    port: Port = 8787,
    webhook_url: Annotated[str | None, typer.Option(help="Where webhooks go unless a call says otherwise.")] = None,
    speed: Annotated[float, typer.Option(min=1, max=100, help="How many times faster than life calls run.")] = 1,
    seed: Annotated[int | None, typer.Option(help="Makes who answers the same in every run.")] = None,
    faults: Annotated[Path | None, typer.Option(exists=True, dir_okay=False, help="JSON file that says what goes wrong.")] = None,
) -> None:
    """Runs only the stand-in for Retell. Any API key that begins with key_ works."""
    from callcenter.cli.simulate import simulate as run

    _do(lambda: run(port=port, webhook_url=webhook_url, speed=speed, seed=seed, faults=faults))


@app.command()
def migrate() -> None:
    """Brings the database schema up to date."""
    from callcenter.cli import database
    from callcenter.settings import load_settings

    def run() -> None:
        url = load_settings().database_url
        database.migrate(url)
        print(f"The schema of {database.place_of(url)} is up to date.")

    _do(run)


@app.command("add-user")
def add_user(
    email: str,
    role: Annotated[RoleName, typer.Option(help="What this person may do.")],
    name: Annotated[str, typer.Option(help="How they are called on screen.")] = "",
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from stdin.")] = False,
) -> None:
    """Creates a user; the password comes from a prompt, or from stdin."""
    from callcenter.cli import accounts

    def run() -> None:
        if password_stdin:
            password = sys.stdin.readline().rstrip("\r\n")
        else:
            password = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        print(accounts.add_user(email=email, role=role, name=name, password=password))

    _do(run)


@app.command("add-token")
def add_token(
    name: str,
    role: Annotated[RoleName, typer.Option(help="What its bearer may do.")],
    client: Annotated[str | None, typer.Option(help="Id of the only client it may see.")] = None,
) -> None:
    """Prints a new REST token once, alone on stdout."""
    from callcenter.cli import accounts

    _do(lambda: print(accounts.add_token(name=name, role=role, client_id=client)))


@app.command()
def doctor() -> None:
    """Checks settings, database, schema, Redis, Retell and the webhook address; says what to do about each failure."""
    from callcenter.cli.doctor import doctor as run

    def check() -> None:
        if not run():
            raise typer.Exit(1)

    _do(check)


@app.command()
def rebuild(
    check: Annotated[bool, typer.Option("--check", help="Only compare; change nothing.")] = False,
) -> None:
    """Folds every stored provider event again, and compares with (or without --check restores) the call records."""
    from callcenter.cli.database import rebuild as run

    def fold() -> None:
        if not run(check=check):
            raise typer.Exit(1)

    _do(fold)


def _do(run: Callable[[], None]) -> None:
    """Runs a command; whatever goes wrong becomes one line on stderr and exit code 1, never a traceback."""
    try:
        run()
    except CallCenterError as error:
        print(error.message, file=sys.stderr)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(0) from None
    except (typer.Exit, typer.Abort):
        raise
    except Exception as error:
        words = " ".join(str(error).split())[:300] or "no details"
        print(f"Something unexpected went wrong: {type(error).__name__}: {words}", file=sys.stderr)
        raise typer.Exit(1) from None


def main() -> None:
    """The console script."""
    app()


if __name__ == "__main__":
    main()

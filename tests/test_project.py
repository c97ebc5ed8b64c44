"""What the project's own files promise: no address in a lock, an example of every setting, set up once."""

from pathlib import Path

import pytest

import start
from callcenter.settings import PROJECT_FOLDER, Settings

LOCKS = ["requirements.lock", "requirements-dev.lock", "reflex.lock/bun.lock", "reflex.lock/package.json"]


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """A project in an empty folder, and what start.py would run there."""
    seen: list[tuple[str, ...]] = []
    for name in ("requirements.lock", "pyproject.toml"):
        (tmp_path / name).write_text(f"{name}, first version\n")
    (tmp_path / ".venv").mkdir()
    monkeypatch.setattr(start, "ROOT", tmp_path)
    monkeypatch.setattr(start, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(start, "run", lambda *command: seen.append(tuple(map(str, command))))
    return seen


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_address(name: str) -> None:
    assert "://" not in (PROJECT_FOLDER / name).read_text()


def test_every_python_dependency_is_locked_with_its_hash() -> None:
    lines = (PROJECT_FOLDER / "requirements.lock").read_text().splitlines()
    named = [number for number, line in enumerate(lines) if "==" in line]
    assert len(named) > 50
    assert all("--hash=sha256:" in lines[number + 1] for number in named)


def test_the_example_names_every_setting_and_no_other() -> None:
    lines = (PROJECT_FOLDER / ".env.example").read_text().splitlines()
    names = [line.lstrip("#").partition("=")[0] for line in lines if "=" in line and " " not in line.partition("=")[0]]
    assert sorted(names) == sorted(str(field.validation_alias) for field in Settings.model_fields.values())


def test_dependencies_are_installed_with_hashes_and_then_the_project(commands: list[tuple[str, ...]]) -> None:
    start.install("requirements.lock")
    locked, project = commands
    assert "--require-hashes" in locked
    assert "--no-deps" in project


def test_nothing_is_installed_twice_for_the_same_lock(commands: list[tuple[str, ...]], tmp_path: Path) -> None:
    start.install("requirements.lock")
    start.install("requirements.lock")
    assert len(commands) == 2
    (tmp_path / "requirements.lock").write_text("second version\n")
    start.install("requirements.lock")
    assert len(commands) == 4


def test_an_older_python_is_told_so(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(start.sys, "version_info", (3, 10, 0))
    assert start.main([]) == 1
    assert "3.11 or newer" in capsys.readouterr().err


@pytest.mark.parametrize(("ci", "code"), [("", 0), ("true", 1)])
def test_a_missing_browser_is_loud_and_under_ci_a_failure(
    ci: str, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ran: list[list[str]] = []

    class Passed:
        returncode = 0

    def run(command: list[object], **_: object) -> Passed:
        ran.append(list(map(str, command)))
        return Passed()

    monkeypatch.setattr(start, "have_browser", lambda: False)
    monkeypatch.setattr(start, "have_redis", lambda: True)
    monkeypatch.setattr(start.subprocess, "run", run)
    monkeypatch.setenv("CI", ci)
    assert start.test([]) == code
    assert "SKIPPED" in capsys.readouterr().out
    assert ran[0][-2:] == ["-m", "not browser"]

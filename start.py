"""Run it or test it on a fresh machine: `python3 start.py` starts the demo, `python3 start.py test` runs every test."""

from __future__ import annotations  # an older Python must get as far as being told that it is too old

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
BIN = VENV / "bin"
PYTHON = BIN / "python"
UV = "uv==0.13.9"
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def main(words: list[str]) -> int:
    """Install what is missing, then test or become the `callcenter` command with the words given."""
    if sys.version_info < (3, 11):  # noqa: UP036 - the system's own Python runs this file
        return fail(f"Python 3.11 or newer is needed; this is {sys.version.split()[0]}.")
    if os.name != "posix":
        return fail("Linux, macOS or Windows' WSL is needed.")
    testing = words[:1] == ["test"]
    try:
        make_venv()
        install("requirements-dev.lock" if testing else "requirements.lock")
    except subprocess.CalledProcessError as failed:
        return fail(f"Setting up failed (exit code {failed.returncode}): {' '.join(map(str, failed.cmd))}")
    os.environ["PATH"] = f"{BIN}{os.pathsep}{os.environ.get('PATH', '')}"  # Reflex finds bun there
    return test(words[1:]) if testing else become_callcenter(words or ["demo"])


def become_callcenter(words: list[str]) -> NoReturn:
    """Hand this process over, so that Ctrl-C and signals reach the command itself."""
    os.execv(BIN / "callcenter", ["callcenter", *words])


def make_venv() -> None:
    """Make `.venv` with pip and uv in it, unless a working one is there."""
    if works(PYTHON, "-c", "import sys; sys.exit(sys.version_info < (3, 11))") and works(BIN / "uv", "--version"):
        return
    say("Making .venv …")
    # Debian without python3-venv has no ensurepip: its own pip can fill the environment from outside.
    with_pip = importlib.util.find_spec("ensurepip") is not None
    venv.create(VENV, clear=True, with_pip=with_pip, symlinks=True)
    if not with_pip:
        run(sys.executable, "-m", "pip", "--python", PYTHON, "install", "-q", "pip")
    run(PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check", UV)


def install(lock: str) -> None:
    """Install the locked dependencies and the project itself, if either changed since the last time."""
    stamp = VENV / f"{lock}.installed"
    content = (ROOT / lock).read_bytes() + (ROOT / "pyproject.toml").read_bytes()
    wanted = hashlib.sha256(content).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return
    say(f"Installing {lock} …")
    uv_install = (BIN / "uv", "pip", "install", "-q", "--python", PYTHON)
    run(*uv_install, "--require-hashes", "-r", ROOT / lock)
    run(*uv_install, "--no-deps", "--no-build-isolation", "-e", ROOT)
    stamp.write_text(wanted)


def test(words: list[str]) -> int:
    """Run pytest on every core; without a browser or Redis run the rest, which is a failure under CI."""
    missing = [name for name, there in (("browser", have_browser()), ("redis", have_redis())) if not there]
    for name in missing:
        say(f"{'!' * 20} SKIPPED: the tests marked '{name}', because there is no {name} and none could be installed.")
    skip = ["-m", " and ".join(f"not {name}" for name in missing)] if missing else []
    workers = 1 + max(2, min(os.cpu_count() or 2, 8))  # one more than cores: the longest tests mostly wait for real processes
    tests = [PYTHON, "-m", "pytest", "-n", str(workers), "--dist=loadgroup", *skip, *words]
    code = subprocess.run(tests, cwd=ROOT, check=False).returncode
    return code or int(bool(missing) and os.environ.get("CI", "").lower() == "true")


def have_browser() -> bool:
    """Find a Chromium, or get one from Debian or from Playwright."""
    if any(map(shutil.which, BROWSERS)) or apt_install("chromium") or playwright_browser().is_file():
        return True
    say("Getting Chromium from Playwright …")
    return works(PYTHON, "-m", "playwright", "install", "chromium") and playwright_browser().is_file()


def playwright_browser() -> Path:
    """Where Playwright keeps its own Chromium, whether it is there or not."""
    ask = "from playwright.sync_api import sync_playwright as p; print(p().start().chromium.executable_path)"
    answer = subprocess.run([PYTHON, "-c", ask], capture_output=True, text=True, check=False).stdout
    return Path(answer.strip() or "nowhere")


def have_redis() -> bool:
    """Find a Redis server, or get one from Debian."""
    return bool(shutil.which("redis-server")) or apt_install("redis-server")


def apt_install(package: str) -> bool:
    """Install a Debian package of one program of the same name; false where that cannot be done."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    say(f"Installing {package} …")
    os.environ["DEBIAN_FRONTEND"] = "noninteractive"
    works("apt-get", "update", "-qq")
    works("apt-get", "install", "-y", "-qq", "--no-install-recommends", package)
    return bool(shutil.which(package))


def run(*command: str | Path) -> None:
    """Run a command in the project's folder; raises CalledProcessError when it fails."""
    subprocess.run(command, cwd=ROOT, check=True)


def works(*command: str | Path) -> bool:
    """Whether a command can be run and succeeds, without showing what it prints."""
    try:
        return subprocess.run(command, cwd=ROOT, capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def say(text: str) -> None:
    """Tell the person what goes on, in order with what the commands print."""
    print(text, flush=True)


def fail(text: str) -> int:
    """Tell the person what went wrong; the exit code for it."""
    print(text, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

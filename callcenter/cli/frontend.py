"""The built front end: made again only when something that goes into it changed."""

import contextlib
import fcntl
import hashlib
import os
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

from callcenter.domain.errors import Unavailable
from callcenter.settings import PROJECT_FOLDER

BUILD = PROJECT_FOLDER / ".web" / "build"
STAMP = BUILD / "fingerprint"
SOURCES = (
    "rxconfig.py",
    "requirements.lock",
    "callcenter/callcenter.py",
    "callcenter/ui/**/*.py",
    "assets/**/*",
    "reflex.lock/*",
)
#: Written by Reflex itself while it builds.
NOT_SOURCES = ("assets/external/",)


def prepare(host: str, port: int) -> None:
    """Builds the front end if needed and sets this process's environment for serving it at `host`:`port`.

    Call it before anything imports the app. Raises Unavailable, with the builder's last words, when the build fails.
    """
    os.chdir(PROJECT_FOLDER)  # Reflex looks for its configuration and its build where it stands
    os.environ |= {
        "REFLEX_ENV_MODE": "prod",
        "REFLEX_FRONTEND_PORT": str(port),
        "REFLEX_BACKEND_PORT": str(port),
        "REFLEX_BACKEND_HOST": host,
        "REFLEX_CHECK_LATEST_VERSION": "false",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_SOCKET_INTERVAL": "15",
        "REFLEX_SOCKET_TIMEOUT": "15",
        "REFLEX_OPLOCK_ENABLED": "true",
    }
    build_if_changed()
    os.environ |= {"__REFLEX_SKIP_COMPILE": "true", "__REFLEX_MOUNT_FRONTEND_COMPILED_APP": "true"}


def build_if_changed() -> None:
    """Builds the front end unless the last build was made from the same files; one process at a time does."""
    with _alone():
        if not (STAMP.is_file() and STAMP.read_text() == fingerprint()):
            _build()


@contextlib.contextmanager
def _alone() -> Generator[None]:
    """Waits for other processes that build in this folder: servers started together would write over each other."""
    folder = os.open(PROJECT_FOLDER, os.O_RDONLY)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def _build() -> None:
    print("Building the web pages (once; about half a minute) …", flush=True)
    folder = Path(sys.executable).parent  # bun is there; not resolved, a venv's python is a symlink out of it
    environment = {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}
    for name in ("__REFLEX_SKIP_COMPILE", "__REFLEX_MOUNT_FRONTEND_COMPILED_APP"):
        environment.pop(name, None)
    command = [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip"]
    done = subprocess.run(command, cwd=PROJECT_FOLDER, env=environment, capture_output=True, text=True, check=False)
    if done.returncode != 0 or not (BUILD / "client").is_dir():
        words = (done.stdout + done.stderr).strip()[-2_000:]
        raise Unavailable(f"The web pages could not be built. The builder said:\n{words}")
    STAMP.write_text(fingerprint())  # again: a build may bring reflex.lock up to date


def fingerprint() -> str:
    """Gives one digest over everything that goes into a build."""
    files = sorted({path for pattern in SOURCES for path in PROJECT_FOLDER.glob(pattern) if path.is_file()})
    digest = hashlib.sha256()
    for path in files:
        name = path.relative_to(PROJECT_FOLDER).as_posix()
        if not name.startswith(NOT_SOURCES):
            digest.update(f"{name}\0".encode() + path.read_bytes() + b"\0")
    return digest.hexdigest()

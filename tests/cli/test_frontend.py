"""The front end is built once, also when several servers start at the same time."""

import os
import subprocess
import sys
import time
from pathlib import Path

BUILDER = """
import sys, time
from pathlib import Path
from callcenter.cli import frontend

frontend.PROJECT_FOLDER = folder = Path(sys.argv[1])
frontend.STAMP = folder / "fingerprint"
frontend.fingerprint = lambda: "same"

def build():
    with (folder / "builds").open("a") as log:
        log.write("one\\n")
    while not (folder / "go").exists():
        time.sleep(0.01)
    frontend.STAMP.write_text("same")

frontend._build = build
(folder / f"up{sys.argv[2]}").touch()
frontend.build_if_changed()
"""


def test_servers_that_start_together_build_once(tmp_path: Path) -> None:
    command = [sys.executable, "-c", BUILDER, str(tmp_path)]
    both = [subprocess.Popen([*command, str(nth)], env=os.environ | {"PYTHONPATH": os.getcwd()}) for nth in range(2)]
    try:
        deadline = time.monotonic() + 30
        while len(list(tmp_path.glob("up*"))) < 2 or not (tmp_path / "builds").exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        (tmp_path / "go").touch()
        assert [each.wait(timeout=30) for each in both] == [0, 0]
        assert (tmp_path / "builds").read_text() == "one\n"
    finally:
        for each in both:
            each.kill()

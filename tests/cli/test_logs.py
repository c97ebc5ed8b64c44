"""The log: nothing in it that opens a door or names a person, whoever writes it."""

import logging

import pytest
import structlog

from callcenter.cli import logs
from callcenter.settings import Settings
from tests.fakes import KEY

LOUD = f"{KEY} of +14155550123, Bearer abc.def"


@pytest.mark.parametrize("format_", ["text", "json"])
@pytest.mark.parametrize("by_library", [False, True])
def test_keys_tokens_and_numbers_are_cut_even_in_a_traceback(
    capsys: pytest.CaptureFixture[str], format_: str, by_library: bool
) -> None:
    handlers = logging.getLogger().handlers[:]
    try:
        logs.configure(Settings(log_format=format_))  # type: ignore[arg-type]
        log = logging.getLogger("a.library") if by_library else structlog.get_logger()
        try:
            raise RuntimeError(LOUD)
        except RuntimeError:
            log.exception(LOUD)
    finally:
        structlog.reset_defaults()
        logging.getLogger().handlers[:] = handlers
    said = "".join(capsys.readouterr())
    assert "RuntimeError" in said
    for secret in (KEY, "+14155550123", "abc.def"):
        assert secret not in said

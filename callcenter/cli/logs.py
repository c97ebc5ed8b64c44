"""How this process writes its log: text or JSON, without keys, tokens or whole phone numbers."""

import logging
import re
from collections.abc import MutableMapping
from typing import Any

import structlog

from callcenter.settings import Settings

_SECRETS = re.compile(
    r"(key_[A-Za-z0-9]{2})[A-Za-z0-9_]{4,}|(cc_[A-Za-z0-9]{2})[A-Za-z0-9_-]{8,}|((?:Bearer|Basic)\s+)\S+|(v=\d+,d=)[0-9a-f]{8,}|(token=)[^&\s]+"
)
_NUMBERS = re.compile(r"(\+\d{4})\d{3,8}(\d{3})\b")


def clean(text: str) -> str:
    """Gives the text without what must not be in a log: keys, tokens, signatures; phone numbers lose their middle."""
    text = _SECRETS.sub(lambda found: next(g for g in found.groups() if g) + "••••", text)
    return _NUMBERS.sub(r"\1•••\2", text).replace("\r", "\\r")


def _clean_event(_logger: object, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: clean(value) if isinstance(value, str) else value for key, value in event.items()}


class _Clean(logging.Formatter):
    """Does the same for libraries that write through the standard library, their tracebacks included."""

    def format(self, record: logging.LogRecord) -> str:
        return clean(super().format(record))


def configure(settings: Settings) -> None:
    """Sets up logging for a whole process; call it once, first."""
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    as_json = settings.log_format == "json"
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        _clean_event,
    ]
    renderer = structlog.processors.JSONRenderer() if as_json else structlog.dev.ConsoleRenderer(colors=False)
    structlog.configure(processors=[*shared, renderer], wrapper_class=structlog.make_filtering_bound_logger(level))
    handler = logging.StreamHandler()
    handler.setFormatter(_Clean("%(asctime)s [%(levelname)s] %(name)s: %(message)s"))
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[handler], force=True)

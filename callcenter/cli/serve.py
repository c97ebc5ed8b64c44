"""Production: web app, REST API, webhook endpoint and dispatcher on one port."""

import gc
import signal
import sys
from typing import Any

import structlog
import uvicorn

from callcenter.cli import database, frontend, logs
from callcenter.settings import check_for_serving, load_settings

log = structlog.get_logger(__name__)


def serve(*, host: str, port: int, migrate: bool) -> None:
    """Serves until stopped. Raises Invalid when a setting is missing, or the schema is behind and `migrate` is not given."""
    settings = load_settings()
    logs.configure(settings)
    check_for_serving(settings)
    if migrate:
        database.migrate(settings.database_url)
    database.require_current(settings.database_url)
    serve_app(host=host, port=port)


def serve_app(*, host: str, port: int) -> None:
    """Builds the pages if needed and serves the app in this process until it is told to stop."""
    frontend.prepare(host, port)
    from callcenter.callcenter import app, entrance  # only now: the app reads the environment that was just prepared

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a stop is a stop, so that what runs on is ended in order
    application: Any = entrance(app())
    tune()
    uvicorn.run(
        application,
        host=host,
        port=port,
        access_log=False,  # a tab's secret is in the query string of its socket
        log_config=None,
        timeout_graceful_shutdown=5,
        ws_per_message_deflate=False,
        proxy_headers=False,  # whom to believe is decided by CALLCENTER_TRUSTED_PROXIES
        server_header=False,
    )


def tune() -> None:
    """Has Python run this process as suits a server: short turns between threads, and no long looks for garbage.

    The thread that writes and the loop that answers take turns at Python; at the usual 5 ms a turn every statement would wait
    that long for the other, and webhooks would take three times as long to store. And what is loaded by now, a quarter of a
    million objects, stays to the end: to look through it for garbage would stop everything for a fifth of a second each time.
    """
    sys.setswitchinterval(0.0005)
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)

"""Reflex's own configuration, filled from our settings; no rule of ours lives here."""

import re
from pathlib import Path
from typing import Any

import reflex as rx

from callcenter.settings import load_settings


class SameOriginPlugin(rx.plugins.Plugin):
    """Lets a built front end be served at any address: it calls back to where the page came from.

    Reflex writes the port of the build into one file, so that on plain http another port would break the socket.
    """

    def post_build(self, **context: Any) -> None:
        """Rewrite that file, before Reflex compresses it."""
        (file,) = Path(context["static_dir"], "assets").glob("reflex-env-*.js")
        code, found = re.subn(r"[`\"'](http|ws)s?://[^/]+(/[\w-]+)[`\"']", _from_this_origin, file.read_text())
        if not found:
            raise RuntimeError(f"Reflex no longer keeps its addresses in {file.name}: look where the port went.")
        file.write_text(code)


def _from_this_origin(address: re.Match[str]) -> str:
    scheme, path = address.groups()
    origin = "location.origin" if scheme == "http" else 'location.origin.replace("http","ws")'
    return f'{origin}+"{path}"'


settings = load_settings()

config = rx.Config(
    app_name="callcenter",
    frontend_port=3000,
    backend_host="127.0.0.1",
    telemetry_enabled=False,
    show_built_with_reflex=False,
    default_color_mode="system",
    plugins=[
        rx.plugins.TailwindV4Plugin(),
        rx.plugins.RadixThemesPlugin(
            theme=rx.theme(
                appearance="inherit",
                accent_color="indigo",
                gray_color="slate",
                radius="medium",
                scaling="100%",
            )
        ),
        SameOriginPlugin(),
    ],
    disable_plugins=[rx.plugins.SitemapPlugin],
    redis_url=settings.redis_url,
    # Seconds a tab's state outlives its last use, so that one which was closed gives back its memory. Open ones are used:
    # the frame sees to it. In Redis each part of a state has a time of its own, and the unused parts of an open page count too.
    redis_token_expiration=3600 if settings.redis_url else 900,
    state_manager_mode=rx.constants.StateManagerMode.REDIS if settings.redis_url else rx.constants.StateManagerMode.MEMORY,
)

# The port and the host served come from REFLEX_FRONTEND_PORT and REFLEX_BACKEND_HOST; the origins follow them.
hosts = dict.fromkeys(["localhost", "127.0.0.1", config.backend_host])
config.cors_allowed_origins = [f"http://{host}:{config.frontend_port}" for host in hosts]
if settings.public_url:
    config.cors_allowed_origins.append(settings.public_url)

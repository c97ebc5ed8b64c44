"""Everything an operator can set, read once from the environment and from `.env` beside pyproject.toml."""

import ipaddress
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from callcenter.domain.errors import Invalid

PROJECT_FOLDER = Path(__file__).resolve().parent.parent
SHORTEST_SECRET = 32


class Settings(BaseSettings):
    """What an operator can set; frozen. Build it with `load_settings`, which words the mistakes for people."""

    model_config = SettingsConfigDict(
        env_file=PROJECT_FOLDER / ".env",
        env_ignore_empty=True,
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,
        populate_by_name=True,
        validate_default=True,
    )

    database_url: str = Field("sqlite:///data/callcenter.db", validation_alias="CALLCENTER_DATABASE_URL", repr=False)
    """SQLAlchemy URL of the SQLite or PostgreSQL database; a relative file counts from the project's folder."""

    redis_url: str | None = Field(None, validation_alias="CALLCENTER_REDIS_URL", repr=False)
    """Redis for several processes: page state, notices and rate limits go through it."""

    secret_key: SecretStr | None = Field(None, validation_alias="CALLCENTER_SECRET_KEY")
    """Encrypts stored Retell keys and signs sessions; several, comma separated, newest first, to rotate."""

    public_url: str | None = Field(None, validation_alias="CALLCENTER_PUBLIC_URL")
    """Origin at which browsers and Retell reach the app; the webhook URL sent with each call derives from it."""

    number_hold_hours: float = Field(24.0, validation_alias="CALLCENTER_NUMBER_HOLD_HOURS", ge=0, allow_inf_nan=False)
    """Hours for which a number stays untouchable after a dial whose outcome cannot be known."""

    simulator_url: str | None = Field(None, validation_alias="CALLCENTER_SIMULATOR_URL")
    """Address of a Retell simulator; only with it may a client be switched to simulated calls."""

    trusted_proxies: Annotated[tuple[str, ...], NoDecode] = Field((), validation_alias="CALLCENTER_TRUSTED_PROXIES")
    """Addresses or networks whose X-Forwarded-For and X-Forwarded-Proto are believed, comma separated."""

    log_level: Literal["debug", "info", "warning", "error"] = Field("info", validation_alias="CALLCENTER_LOG_LEVEL")
    """The least important log lines that are still written."""

    log_format: Literal["text", "json"] = Field("text", validation_alias="CALLCENTER_LOG_FORMAT")
    """Log lines as text for people or as JSON for machines."""

    retell_api_key: SecretStr | None = Field(None, validation_alias="RETELL_API_KEY")
    """Retell key for clients that have none of their own."""

    retell_base_url: str = Field("https://api.retellai.com", validation_alias="RETELL_BASE_URL")
    """Retell's API for every client that is not simulated; plain http only on loopback."""

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """The secret keys, newest first: the first seals, each may open."""
        return _split(self.secret_key.get_secret_value()) if self.secret_key else ()

    @property
    def number_hold(self) -> timedelta:
        """`number_hold_hours` as a duration."""
        return timedelta(hours=self.number_hold_hours)

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a SQLite file."""
        return self.database_url.startswith("sqlite:")

    @field_validator("database_url")
    @classmethod
    def _database(cls, url: str) -> str:
        scheme, colon, rest = url.partition("://")
        if scheme in ("postgres", "postgresql", "postgresql+psycopg") and colon:
            return f"postgresql+psycopg://{rest}"
        if scheme not in ("sqlite", "sqlite+pysqlite") or not colon:
            raise ValueError("must begin with sqlite:/// or postgresql://")
        path, question, query = rest.partition("?")
        if not path.startswith("/") or path in ("/", "/:memory:"):
            raise ValueError("must name a file, as in sqlite:///data/callcenter.db")
        return f"sqlite:///{PROJECT_FOLDER / path[1:]}{question}{query}"

    @field_validator("redis_url")
    @classmethod
    def _redis(cls, url: str | None) -> str | None:
        if url and urlsplit(url).scheme not in ("redis", "rediss", "unix"):
            raise ValueError("must begin with redis://, rediss:// or unix://")
        return url

    @field_validator("secret_key")
    @classmethod
    def _secret(cls, value: SecretStr | None) -> SecretStr | None:
        keys = _split(value.get_secret_value()) if value else ()
        if value and (not keys or min(map(len, keys)) < SHORTEST_SECRET):
            raise ValueError(f"must have {SHORTEST_SECRET} characters or more, each of them when there are several")
        return value

    @field_validator("public_url")
    @classmethod
    def _public(cls, url: str | None) -> str | None:
        return _http_url(url, may_have_path=False) if url else None

    @field_validator("simulator_url")
    @classmethod
    def _simulator(cls, url: str | None) -> str | None:
        return _http_url(url).removesuffix("/v2") if url else None

    @field_validator("retell_base_url")
    @classmethod
    def _retell(cls, url: str) -> str:
        base = _http_url(url).removesuffix("/v2")
        if base.startswith("http:") and not _is_loopback(urlsplit(base).hostname or ""):
            raise ValueError("must begin with https://; plain http is for loopback only")
        return base

    @field_validator("trusted_proxies", mode="before")
    @classmethod
    def _proxies(cls, value: str | tuple[str, ...]) -> tuple[str, ...]:
        addresses = _split(value) if isinstance(value, str) else value
        try:
            return tuple(str(ipaddress.ip_network(address)) for address in addresses)
        except ValueError:
            raise ValueError("must be addresses or networks like 127.0.0.1, 10.0.0.0/8") from None

    @field_validator("log_level", "log_format", mode="before")
    @classmethod
    def _any_case(cls, value: str) -> str:
        return value.strip().lower()


def load_settings(**known: Any) -> Settings:
    """Read the settings; `known` fields win over the environment. Raises Invalid, naming every wrong variable."""
    try:
        return Settings(**known)
    except ValidationError as wrong:
        errors = tuple((str(each["loc"][0]), each["msg"].removeprefix("Value error, ")) for each in wrong.errors())
        raise Invalid("; ".join(f"{name}: {why}" for name, why in errors), errors=errors) from None


def check_for_serving(settings: Settings) -> None:
    """Refuse settings that production cannot run on; raises Invalid, naming both halves of a half-set pair."""
    errors: list[tuple[str, str]] = []
    if not settings.secret_keys:
        partner = " RETELL_API_KEY is set, but" if settings.retell_api_key else ""
        errors.append(("CALLCENTER_SECRET_KEY", f"{partner} CALLCENTER_SECRET_KEY is not; sign-in needs it".strip()))
    if settings.trusted_proxies and not settings.public_url:
        why = "CALLCENTER_TRUSTED_PROXIES is set, but CALLCENTER_PUBLIC_URL, the address behind them, is not"
        errors.append(("CALLCENTER_PUBLIC_URL", why))
    if errors:
        raise Invalid("; ".join(why for _, why in errors), errors=tuple(errors))


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _http_url(url: str, *, may_have_path: bool = True) -> str:
    parts = urlsplit(url.strip())
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError("must be an address like https://calls.example.com")
    if parts.query or parts.fragment or parts.username or (parts.path.strip("/") and not may_have_path):
        raise ValueError("must be only scheme, host and port, as in https://calls.example.com")
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
